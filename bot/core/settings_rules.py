"""What one value in config.toml may look like: each rule reads a value, or raises ValueError saying why not.

A rule's `expected` completes the Chinese sentence 「应为 …」. Environment variables are text; `typed` turns
them into what TOML would have given before `read` judges them.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import SplitResult, urlsplit

T = TypeVar("T")
YES = {"true", "1", "yes", "on", "是"}
NO = {"false", "0", "no", "off", "否"}


class Secret:
    """A value that never shows itself: printing, formatting and repr give stars; `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('******')" if self._value else "Secret('')"

    def __str__(self) -> str:
        return "******" if self._value else ""

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)


class Rule(ABC, Generic[T]):
    """How one setting is read. `private` values are never repeated in a message."""

    expected: str = ""
    private: bool = False

    @abstractmethod
    def read(self, value: object, base: Path) -> T:
        """The typed value; relative paths start at `base`. Raises ValueError, its text a Chinese hint or empty."""

    def typed(self, text: str) -> object:
        """What TOML would have given for the environment's `text`; unreadable text is returned as it is."""
        return text


@dataclass(frozen=True)
class Whole(Rule[int]):
    """An integer between two bounds, both allowed."""

    low: int
    high: int
    unit: str = ""

    @property
    def expected(self) -> str:  # type: ignore[override]
        return f"{self.low} 到 {self.high} 之间的整数" + (f"（{self.unit}）" if self.unit else "")

    def read(self, value: object, base: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("数字不加引号" if isinstance(value, str) and value.strip().isdecimal() else "")
        if not self.low <= value <= self.high:
            raise ValueError("超出范围")
        return value

    def typed(self, text: str) -> object:
        return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else text


@dataclass(frozen=True)
class Real(Rule[float]):
    """A number, whole or with decimals, between two bounds."""

    low: float
    high: float
    unit: str = ""

    @property
    def expected(self) -> str:  # type: ignore[override]
        return f"{self.low:g} 到 {self.high:g} 之间的数字" + (f"（{self.unit}）" if self.unit else "")

    def read(self, value: object, base: Path) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("")
        if not self.low <= value <= self.high:  # also refuses nan
            raise ValueError("超出范围")
        return float(value)

    def typed(self, text: str) -> object:
        return float(text) if re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text) else text


class Flag(Rule[bool]):
    """Yes or no."""

    expected = "true 或 false（不加引号）"

    def read(self, value: object, base: Path) -> bool:
        if not isinstance(value, bool):
            raise ValueError("")
        return value

    def typed(self, text: str) -> object:
        word = text.casefold()
        return True if word in YES else False if word in NO else text


class OneOf(Rule[str]):
    """One of a few words."""

    def __init__(self, **meanings: str) -> None:
        self.words = tuple(meanings)
        self.expected = "、".join(f'"{word}"（{label}）' for word, label in meanings.items()) + " 之一"

    def read(self, value: object, base: Path) -> str:
        if value not in self.words:
            raise ValueError("")
        return str(value)


@dataclass(frozen=True)
class Written(Rule[str]):
    """Text that matches a pattern from end to end."""

    pattern: str
    expected: str
    private: bool = False

    def read(self, value: object, base: Path) -> str:
        if not isinstance(value, str):
            raise ValueError("文字要加英文双引号")
        if value != value.strip():
            raise ValueError("前后多了空格或换行")
        if not re.fullmatch(self.pattern, value):
            raise ValueError("")
        return value


@dataclass(frozen=True)
class Hidden(Rule[Secret]):
    """A secret that matches a pattern; empty means not given."""

    pattern: str
    expected: str
    private: bool = True

    def read(self, value: object, base: Path) -> Secret:
        return Secret(Written(f"(?:{self.pattern})?", self.expected).read(value, base))


class TimeOfDay(Rule[time]):
    """A wall-clock time in Shanghai, to the minute."""

    expected = '一天中的时刻，如 "17:30"'

    def read(self, value: object, base: Path) -> time:
        if isinstance(value, time):
            return value.replace(second=0, microsecond=0)
        if not isinstance(value, str) or not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", value):
            raise ValueError("")
        hour, minute = value.split(":")
        return time(int(hour), int(minute))


class LocalPath(Rule[Path]):
    """A file or folder on this machine; relative ones start where the config file lies."""

    expected = "本机上的路径"

    def read(self, value: object, base: Path) -> Path:
        return local_path(value, base)


class OptionalPath(Rule[Path | None]):
    """A path, or empty for none."""

    expected = '本机上的路径，或空 ""'

    def read(self, value: object, base: Path) -> Path | None:
        return None if value == "" else LocalPath().read(value, base)


class Site(Rule[str]):
    """Scheme and host of a web address, without path; a final slash is forgiven."""

    expected = "http:// 或 https:// 开头、只到域名（可带端口）的地址，如 https://gsl.example.gov.cn"

    def read(self, value: object, base: Path) -> str:
        if not isinstance(value, str):
            raise ValueError("文字要加英文双引号")
        if re.search(r"[\s<>\"'\\]", value) or not re.match(r"https?://", value):
            raise ValueError("要以 http:// 或 https:// 开头")
        parts = _split(value)
        if not parts.hostname:
            raise ValueError("缺少域名")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
            raise ValueError("只写到域名，后面的路径（如 /wechat）去掉")
        return value.rstrip("/")


class Addresses(Rule[tuple[str, ...]]):
    """IP addresses or networks."""

    expected = 'IP 地址或网段的列表，如 ["127.0.0.1", "10.0.0.0/8"]'

    def read(self, value: object, base: Path) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError("列表要用英文方括号")
        for item in value:
            try:
                ipaddress.ip_network(item, strict=False)
            except ValueError:
                raise ValueError(f"{item} 不是 IP 地址") from None
        return tuple(value)

    def typed(self, text: str) -> object:
        return [item.strip() for item in text.split(",") if item.strip()]


class DatabaseUrl(Rule[str]):
    """SQLite file or PostgreSQL database; a relative SQLite path starts where the config file lies."""

    expected = '"sqlite:///var/tongxin.db" 或 "postgresql://用户:密码@主机:5432/库名"'
    private = True  # it may carry a password

    def read(self, value: object, base: Path) -> str:
        if not isinstance(value, str):
            raise ValueError("文字要加英文双引号")
        if value.startswith("sqlite:///"):
            return self._sqlite(value, base)
        if value.startswith("postgres://"):
            raise ValueError("开头改写成 postgresql://")
        parts = _split(value)
        if parts.scheme not in ("postgresql", "postgresql+psycopg"):
            raise ValueError("只支持 SQLite 和 PostgreSQL")
        if not parts.hostname and "host=" not in parts.query:
            raise ValueError("缺少主机名")
        if not parts.path.strip("/"):
            raise ValueError("缺少库名")
        return f"postgresql+psycopg:{value.split(':', 1)[1]}"

    def _sqlite(self, value: str, base: Path) -> str:
        path, question, options = value.removeprefix("sqlite:///").partition("?")
        if not path or path.startswith((":memory:", "file:")):
            raise ValueError("要写一个文件：内存数据库一重启就没有了")
        return f"sqlite:///{base / path}{question}{options}"


def local_path(value: object, base: Path) -> Path:
    """A path as typed by the operator, ~ included; raises ValueError with a hint."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("文字要加英文双引号，不能为空")
    try:
        return base / Path(value).expanduser()
    except RuntimeError:
        raise ValueError("~ 后面的用户不存在") from None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.port is None or parts.port > 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("域名或端口不对")
    return parts
