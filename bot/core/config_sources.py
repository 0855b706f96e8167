"""What the operator wrote, and where: config.toml, the environment, and files that hold one secret."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.config_lines import syntax_mistake
from bot.core.config_mistakes import ConfigError, Mistake, describe
from bot.core.config_unknown import outside_sections, unknown_key, unknown_section
from bot.core.settings import KEYS, SECTIONS, WRITABLE, Place
from bot.core.settings_places import read_path

PREFIX = "TONGXIN_"
SECRET_FILE_LIMIT = 10_000  # bytes; a larger file is not a secret but a wrong path


@dataclass(frozen=True)
class Given:
    """A value before it is judged, and where it was written."""

    value: object
    where: str = ""


Found = Iterator[tuple[Place, Given] | Mistake]


def text_of(path: Path) -> str:
    """The text of config.toml. Raises ConfigError when the file cannot be read."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        remedy = "没有这个文件；请先做初次设置来生成，或指出它在哪里"
        raise ConfigError(path, [Mistake("", "", remedy, acts=("init", "config"))]) from None
    except IsADirectoryError:
        remedy = "这是一个文件夹；请写到文件，如 config.toml"
    except PermissionError:
        remedy = "当前用户读不了这个文件；请改文件属主，或换用户运行"
    except UnicodeDecodeError:
        remedy = "文件不是 UTF-8 编码；请用编辑器「另存为」UTF-8"
    except OSError as error:
        remedy = f"读取失败（{error.strerror}）；请检查磁盘"
    raise ConfigError(path, [Mistake("", "", remedy)])


def tables_of(path: Path, text: str) -> dict[str, Any]:
    """The sections of config.toml. Raises ConfigError when its text is not TOML."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError(path, [Mistake("", "", "方括号套得太深；请对照 config.example.toml")]) from None
    except ValueError as error:
        # `from None`: the parser's own message may quote the line, and with it a secret.
        raise ConfigError(path, [syntax_mistake(text, str(error))]) from None


def in_file(tables: Mapping[str, Any], lines: Mapping[Place, str]) -> Found:
    """Every key of config.toml; a mistake for each that does not exist."""
    for section, table in tables.items():
        where = lines.get((section, "")) or lines.get(("", section), "")
        if isinstance(table, dict) and section in SECTIONS:
            for name, value in table.items():
                yield _known(section, name, Given(value, lines.get((section, name), "")))
        elif isinstance(table, dict):
            yield unknown_section(section, where)
        elif section in SECTIONS:
            remedy = f"应为一个小节：单独一行写 [{section}]，下面每行一个 key = 值"
            yield Mistake(section, "", remedy, describe(table, private=True), where)
        else:
            yield outside_sections(section, where)


def in_environment(environ: Mapping[str, str]) -> Found:
    """Every TONGXIN_SECTION__KEY; a mistake for each that does not exist."""
    found = [_exported(name, text) for name, text in sorted(environ.items()) if _is_setting(name)]
    for each in found:
        if not isinstance(each, Mistake):
            yield from _replaced(*each)
    yield from found


def _is_setting(variable: str) -> bool:
    return variable.startswith(PREFIX) and "__" in variable.removeprefix(PREFIX)


def _exported(variable: str, text: str) -> tuple[Place, Given] | Mistake:
    section, _, name = variable.removeprefix(PREFIX).lower().partition("__")
    where = f"环境变量 {variable}"
    if section not in SECTIONS:
        return unknown_section(section, where)
    key = KEYS.get((section, name))
    return _known(section, name, Given(key.rule.from_text(text.strip()) if key else text, where))


def _replaced(place: Place, given: Given) -> Found:
    """A variable for `key` or `key_file` replaces both of them in config.toml."""
    section = place[0]
    for name in WRITABLE[place].names:
        yield (section, name), Given("", given.where)


def _known(section: str, name: str, given: Given) -> tuple[Place, Given] | Mistake:
    if (section, name) in WRITABLE:
        return (section, name), given
    return unknown_key(section, name, given.where)


def secret_in(value: object, base: Path) -> str:
    """The text of a secret's own file. Raises ValueError saying in Chinese what is wrong with it."""
    path = base / read_path(value)
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
