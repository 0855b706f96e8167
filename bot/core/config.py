"""config.toml and the environment, read once into frozen settings, or an error that says what to write.

Later wins: default < config.toml < `<key>_file` < TONGXIN_SECTION__KEY_FILE < TONGXIN_SECTION__KEY.
Every mistake is collected, so that the operator corrects the file in one go.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from bot.core.config_lines import lines_of
from bot.core.config_mistakes import ConfigError, Mistake, describe
from bot.core.config_sources import PREFIX, Given, in_environment, in_file, secret_in, tables_of, text_of
from bot.core.secret import Secret
from bot.core.settings import KEYS, SECTIONS, Key, Place, Settings
from bot.core.settings_conflicts import conflicts

__all__ = ["CONFIG_VARIABLE", "PREFIX", "Config", "ConfigError", "Mistake", "Secret", "load"]

CONFIG_VARIABLE = "TONGXIN_CONFIG"
T = TypeVar("T")


@dataclass(frozen=True)
class Config(Settings):
    """All settings. `path` is the file, `base` its folder, where relative paths start."""

    path: Path
    base: Path

    def secrets(self) -> list[str]:
        """Every secret in the clear, for the log's filter and nothing else."""
        values = (getattr(getattr(self, section), name) for section, name in KEYS)
        return [value.reveal() for value in values if isinstance(value, Secret) and value]


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings in `path`, else TONGXIN_CONFIG, else ./config.toml. Raises ConfigError with every mistake."""
    target = Path(path or environ.get(CONFIG_VARIABLE) or "config.toml").absolute()
    text = text_of(target)
    lines = lines_of(text)
    found = [*in_file(tables_of(target, text), lines), *in_environment(environ)]
    given, unknown = _apart(found)
    values, wrong = _apart(_judge(key, given, target.parent) for key in KEYS.values())
    unfit = [Mistake(*at, remedy, where=_where(at, given, lines)) for at, remedy in conflicts(values)]
    if mistakes := [*unknown, *wrong, *unfit]:
        raise ConfigError(target, mistakes)
    return _assemble(target, values)


def _apart(found: Iterable[tuple[Place, T] | Mistake]) -> tuple[dict[Place, T], list[Mistake]]:
    """What is right, the last for each place, and what is wrong."""
    every = list(found)
    mistakes = [each for each in every if isinstance(each, Mistake)]
    return dict(each for each in every if not isinstance(each, Mistake)), mistakes


def _judge(key: Key, given: Mapping[Place, Given], base: Path) -> tuple[Place, object] | Mistake:
    """The key's value as its rule reads it, or what is wrong with it."""
    place = (key.section, key.name)
    source = _source(key, given, base)
    if isinstance(source, Mistake):
        return source
    if key.is_required and source.value == "":
        remedy = f"还没有填写，应为 {key.rule.expected}；初次设置时会问"
        return Mistake(*place, remedy, where=source.where, acts=("init",))
    try:
        return place, key.rule.read(source.value, base)
    except ValueError as error:
        return Mistake(*place, str(error), describe(source.value, private=key.rule.private), source.where)


def _source(key: Key, given: Mapping[Place, Given], base: Path) -> Given | Mistake:
    """What was written for the key, by itself or in a file of its own, else its default."""
    source = given.get((key.section, key.name), Given(key.default))
    file = given.get((key.section, f"{key.name}_file"), Given(""))
    if file.value == "":
        return source
    if source.value not in ("", key.default):
        remedy = f"{key.name} 和 {key.name}_file 只写一个，另一个留空或删去"
        return Mistake(key.section, key.name, remedy, where=source.where)
    try:
        return Given(secret_in(file.value, base), file.where)
    except ValueError as error:
        return Mistake(key.section, f"{key.name}_file", str(error), where=file.where)


def _where(place: Place, given: Mapping[Place, Given], lines: Mapping[Place, str]) -> str:
    section, name = place
    source = given.get(place) or given.get((section, f"{name}_file"))
    return source.where if source else lines.get((section, ""), "")


def _assemble(path: Path, values: Mapping[Place, object]) -> Config:
    sections: dict[str, Any] = {
        name: shape(**{entry.name: values[name, entry.name] for entry in fields(shape)})
        for name, shape in SECTIONS.items()
    }
    return Config(path=path, base=path.parent, **sections)
