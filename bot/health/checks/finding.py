"""What a check is told and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from bot.core.config import Config


class Status(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"  # it works, but somebody should know
    FAIL = "fail"  # something will not work
    SKIP = "skip"  # could not or should not be looked at

    @property
    def sign(self) -> str:
        """The sign that begins the line."""
        return {"ok": "✓", "warn": "!", "fail": "✗", "skip": "–"}[self.value]


@dataclass(frozen=True)
class Finding:
    """One line of the report; `section` and `key` name the setting to change, `remedy` what to do."""

    status: Status
    title: str
    detail: str
    remedy: str = ""
    section: str = ""
    key: str = ""

    def line(self, path: Path) -> str:
        """The Chinese line; one that asks for something names the file and the setting."""
        text = f"{self.status.sign} {self.title}：{self.detail}"
        if self.status in (Status.OK, Status.SKIP) or not (self.remedy or self.section):
            return text
        place = f"{path} 的 [{self.section}] {self.key}".rstrip() if self.section else ""
        after = "；".join(part for part in (place and f"配置项：{place}", self.remedy) if part)
        return f"{text}\n    → {after}"

    def as_json(self, path: Path) -> dict[str, str]:
        """The same for programs."""
        return {**asdict(self), "status": self.status.value, "file": str(path) if self.section else ""}


@dataclass(frozen=True)
class Subject:
    """What is examined: the file, the environment, and whether the network may be used."""

    path: Path
    environ: Mapping[str, str]
    offline: bool


MachineCheck = Callable[[Subject], Iterator[Finding]]
Check = Callable[[Subject, Config], Iterator[Finding]]


def ok(title: str, detail: str) -> Finding:
    """Nothing to do."""
    return Finding(Status.OK, title, detail)


def skip(title: str, detail: str) -> Finding:
    """Not looked at, and why."""
    return Finding(Status.SKIP, title, detail)


def warn(title: str, detail: str, remedy: str, at: str = "") -> Finding:
    """Worth knowing; `at` is 「section.key」."""
    section, _, key = at.partition(".")
    return Finding(Status.WARN, title, detail, remedy, section, key)


def fail(title: str, detail: str, remedy: str, at: str = "") -> Finding:
    """Will not work; `at` is 「section.key」."""
    section, _, key = at.partition(".")
    return Finding(Status.FAIL, title, detail, remedy, section, key)
