"""config.toml and the environment, read once into frozen settings, or an error that says what to write.

Later wins: default < config.toml < `<key>_file` < TONGXIN_SECTION__KEY_FILE < TONGXIN_SECTION__KEY.
Every mistake is collected, so that the operator corrects the file in one go.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from bot.core.config_mistakes import ConfigError, Mistake, describe, line_of, one_line, syntax_mistake
from bot.core.settings import (
    ACROSS,
    KEYS,
    SECTIONS,
    AppealsSettings,
    BackupSettings,
    ConsoleSettings,
    DatabaseSettings,
    DeliverySettings,
    Key,
    LoggingSettings,
    PrivacySettings,
    SchedulerSettings,
    ServerSettings,
    StorageSettings,
    WechatSettings,
)
from bot.core.settings_rules import Secret, local_path

__all__ = ["CONFIG_VARIABLE", "PREFIX", "Config", "ConfigError", "Mistake", "Secret", "load"]

CONFIG_VARIABLE = "TONGXIN_CONFIG"
PREFIX = "TONGXIN_"
SECRET_FILE_LIMIT = 10_000  # bytes; a larger file is not a secret but a wrong path
ALIASES = {  # the platform's own words for our keys
    "encodingaeskey": "aes_key",
    "encoding_aes_key": "aes_key",
    "appsecret": "secret",
    "app_secret": "secret",
    "app_id": "appid",
    "kind": "account_kind",
}


@dataclass(frozen=True)
class Config:
    """All settings. `path` is the file, `base` its folder, where relative paths start."""

    path: Path
    base: Path
    server: ServerSettings
    database: DatabaseSettings
    wechat: WechatSettings
    scheduler: SchedulerSettings
    delivery: DeliverySettings
    appeals: AppealsSettings
    console: ConsoleSettings
    privacy: PrivacySettings
    storage: StorageSettings
    backup: BackupSettings
    logging: LoggingSettings

    def secrets(self) -> list[str]:
        """Every secret in the clear, for the log's filter and nothing else."""
        sections = (getattr(self, name) for name in SECTIONS)
        values = (getattr(section, entry.name) for section in sections for entry in fields(section))
        return [value.reveal() for value in values if isinstance(value, Secret) and value]


@dataclass(frozen=True)
class Given:
    """A value before it is judged, and where it was written."""

    value: object
    where: str


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in `path`, else TONGXIN_CONFIG, else ./config.toml. Raises ConfigError with every mistake."""
    target = Path(path or environ.get(CONFIG_VARIABLE) or "config.toml").absolute()
    text = _text_of(target)
    mistakes: list[Mistake] = []
    given = _from_file(text, _tables(target, text), mistakes)
    given |= _from_environment(environ, mistakes)
    values: dict[tuple[str, str], object] = {}
    for key in KEYS.values():
        mistake = _settle(key, given, target.parent, values)
        if mistake:
            mistakes.append(mistake)
    for rule in ACROSS:
        if remedy := rule.check(values):
            section, name = rule.keys[0]
            mistakes.append(Mistake(section, name, remedy, where=_where(given, text, section, name)))
    if mistakes:
        raise ConfigError(target, mistakes)
    return _assemble(target, values)


def _assemble(path: Path, values: Mapping[tuple[str, str], object]) -> Config:
    sections: dict[str, Any] = {
        name: shape(**{entry.name: values[name, entry.name] for entry in fields(shape)})
        for name, shape in SECTIONS.items()
    }
    return Config(path=path, base=path.parent, **sections)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        remedy = "没有这个文件；先运行 tongxin init 生成，或用 --config 指出它在哪里"
    except IsADirectoryError:
        remedy = "这是一个文件夹；请写到文件，如 config.toml"
    except PermissionError:
        remedy = "当前用户读不了这个文件；请改文件属主，或换用户运行"
    except UnicodeDecodeError:
        remedy = "文件不是 UTF-8 编码；请用编辑器「另存为」UTF-8"
    except OSError as error:
        remedy = f"读取失败（{error.strerror}）；请检查磁盘"
    raise ConfigError(path, [Mistake("", "", remedy)])


def _tables(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(path, [Mistake("", "", "方括号套得太深；请对照 config.example.toml")]) from None
    except ValueError as error:
        # `from None`: the parser's own message may quote the line, and with it a secret.
        raise ConfigError(path, [syntax_mistake(text, str(error))]) from None


def _from_file(text: str, tables: Mapping[str, Any], mistakes: list[Mistake]) -> dict[tuple[str, str], Given]:
    given: dict[tuple[str, str], Given] = {}
    for section, table in tables.items():
        if section not in SECTIONS:
            mistakes.append(
                _unknown_section(section, table, line_of(text, section, "") or line_of(text, "", section))
            )
        elif not isinstance(table, dict):
            remedy = f"应为一个小节：单独一行写 [{section}]，下面每行一个 key = 值"
            where = line_of(text, section, "") or line_of(text, "", section)
            mistakes.append(Mistake(section, "", remedy, describe(table, private=True), where))
        else:
            for name, value in table.items():
                where = line_of(text, section, name)
                if _known(section, name):
                    given[section, name] = Given(value, where)
                else:
                    mistakes.append(_unknown_key(section, name, where))
    return given


def _from_environment(environ: Mapping[str, str], mistakes: list[Mistake]) -> dict[tuple[str, str], Given]:
    given: dict[tuple[str, str], Given] = {}
    for variable in sorted(environ):
        section, double, name = variable.removeprefix(PREFIX).lower().partition("__")
        if not variable.startswith(PREFIX) or not double:
            continue
        where = f"环境变量 {variable}"
        if section not in SECTIONS:
            mistakes.append(_unknown_section(section, {}, where))
        elif not _known(section, name):
            mistakes.append(_unknown_key(section, name, where))
        else:
            key = KEYS.get((section, name))
            text = environ[variable]
            given[section, name] = Given(key.rule.typed(text.strip()) if key else text, where)
            # A variable replaces both ways of writing the setting in the file.
            other = name.removesuffix("_file") if key is None else f"{name}_file"
            if _known(section, other) and f"{PREFIX}{section}__{other}".upper() not in environ:
                given[section, other] = Given("", where)
    return given


def _settle(
    key: Key, given: Mapping[tuple[str, str], Given], base: Path, values: dict[tuple[str, str], object]
) -> Mistake | None:
    """Put the key's value into `values`, or say what is wrong with it."""
    place = (key.section, key.name)
    source = given.get(place)
    if key.from_file and (path := given.get((key.section, f"{key.name}_file"))) and path.value != "":
        if source and source.value not in ("", key.default):
            remedy = f"{key.name} 和 {key.name}_file 只写一个，另一个留空或删去"
            return Mistake(key.section, key.name, remedy, where=source.where)
        try:
            source = Given(_secret_in(path.value, base), path.where)
        except ValueError as error:
            return Mistake(key.section, f"{key.name}_file", str(error), where=path.where)
    source = source or Given(key.default, "")
    if key.required and source.value == "":
        remedy = f"还没有填写，应为 {key.rule.expected}；先运行 tongxin init"
        return Mistake(key.section, key.name, remedy, where=source.where)
    try:
        values[place] = key.rule.read(source.value, base)
    except ValueError as error:
        hint = f"（{error}）" if str(error) else ""
        remedy = f"应为 {key.rule.expected}{hint}"
        found = describe(source.value, private=key.rule.private)
        return Mistake(key.section, key.name, remedy, found, source.where)
    return None


def _secret_in(value: object, base: Path) -> str:
    path = local_path(value, base)
    try:
        content = path.read_bytes()
        if len(content) > SECRET_FILE_LIMIT:
            raise ValueError(f"{path} 太大，不像密钥文件；请核对路径")
        text = content.decode().strip("\r\n")
    except FileNotFoundError:
        raise ValueError(f"没有文件 {path}；请核对路径，相对路径从配置文件所在文件夹算起") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} 不是文本文件；文件里只放密钥一行") from None
    except OSError as error:
        raise ValueError(f"读不了 {path}（{error.strerror}）；请检查文件权限和属主") from None
    if not text:
        raise ValueError(f"{path} 是空的；文件里放密钥一行")
    return text


def _known(section: str, name: str) -> bool:
    key = KEYS.get((section, name)) or KEYS.get((section, name.removesuffix("_file")))
    return key is not None and (key.name == name or key.from_file)


def _names(section: str) -> Iterator[str]:
    for key in KEYS.values():
        if key.section == section:
            yield key.name
            if key.from_file:
                yield f"{key.name}_file"


def _unknown_key(section: str, name: str, where: str) -> Mistake:
    names = list(_names(section))
    plain = name.lower().replace("-", "_")
    close = [ALIASES[plain]] if ALIASES.get(plain) in names else get_close_matches(plain, names, 1, 0.6)
    homes = [key.section for key in KEYS.values() if key.name == plain]
    if close:
        remedy = f"不认识这个配置项；您是不是想写 {close[0]}？"
    elif homes:
        remedy = f"不认识这个配置项；它属于 [{homes[0]}]，请移到那里"
    else:
        remedy = f"不认识这个配置项，请删去；可用的有 {'、'.join(names)}"
    return Mistake(section, one_line(name), remedy, where=where)


def _unknown_section(section: str, table: object, where: str) -> Mistake:
    if not isinstance(table, dict):
        homes = [key.section for key in KEYS.values() if key.name == section]
        remedy = "写在了所有小节之外；" + (f"请移到 [{homes[0]}] 下面" if homes else "请移到所属的小节下面")
        return Mistake("", one_line(section), remedy, where=where)
    close = get_close_matches(section.lower(), SECTIONS, 1, 0.5)
    tail = f"您是不是想写 [{close[0]}]？" if close else f"可用的有 {'、'.join(SECTIONS)}"
    return Mistake(one_line(section), "", f"不认识这个小节；{tail}", where=where)


def _where(given: Mapping[tuple[str, str], Given], text: str, section: str, name: str) -> str:
    source = given.get((section, name)) or given.get((section, f"{name}_file"))
    return source.where if source else line_of(text, section, "")
