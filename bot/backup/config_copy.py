"""The settings as they are kept in a backup: every key that the file sets, without secrets unless asked for."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.engine import make_url

from bot.core.config import Config
from bot.core.secret import Secret
from bot.core.settings import KEYS, Key

MEMBER = "config.toml"
HEAD = "# 备份时的配置。恢复时不会自动覆盖现在的 config.toml，需要时请对照着改。\n"


def text(config: Config, *, with_secrets: bool) -> str:
    """A config.toml. With secrets it also holds those that came from other files or from the environment."""
    written = tomllib.loads(config.path.read_text(encoding="utf-8-sig"))
    sections: dict[str, list[str]] = {}
    for key in KEYS.values():
        if (line := _line(config, written.get(key.section, {}), key, with_secrets)) is not None:
            sections.setdefault(key.section, []).append(line)
    return HEAD + "".join(f"\n[{name}]\n" + "\n".join(lines) + "\n" for name, lines in sections.items())


def _line(config: Config, written: Mapping[str, Any], key: Key, with_secrets: bool) -> str | None:
    value = getattr(getattr(config, key.section), key.name)
    if isinstance(value, Secret):
        return f"{key.name} = {_toml(value.reveal() if with_secrets else '')}"
    if key.from_file:
        return f"{key.name} = {_toml(value if with_secrets else _without_password(value))}"
    return f"{key.name} = {_toml(written[key.name])}" if key.name in written else None


def _without_password(url: str) -> str:
    """An address with nothing in it that opens a door."""
    return make_url(url).set(password=None, query={}).render_as_string(hide_password=False)


def _toml(value: Any) -> str:
    """JSON's strings, numbers and lists are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


def parts(config: Config, *, with_secrets: bool) -> Iterator[bytes]:
    """The member's content."""
    yield text(config, with_secrets=with_secrets).encode()
