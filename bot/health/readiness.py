"""What /readyz says: looked at once in ten seconds at most, whoever asks, with connections of its own.

A question that comes while another is being looked into gets the answer before it, so that probes neither wait for
messages nor make messages wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.core import clock, schema
from bot.core.db import connect, reading
from bot.core.logs import get_logger
from bot.health.checks import database, files, sqlite_file
from bot.health.checks.finding import Finding, Status, Subject, fail, ok
from bot.health.checks.rows import ROW_CHECKS
from bot.health.page_check import PageCheck
from bot.runtime.services import Services
from models.jobs import Beat
from models.wechat import token_row

log = get_logger(__name__)
Checks = dict[str, dict[str, Any]]
GOOD_FOR = 10.0  # seconds
BAD_FOR = 1.0  # a failure is looked at again sooner, so that its end is seen
PATIENCE = 10.0  # for a look that does not come back
UNREACHABLE = "检查 [database] url 和数据库服务"
SILENT: Checks = {"database": {"ok": False, "do": "数据库没有应答：检查数据库服务、磁盘和网络"}}


@dataclass(frozen=True)
class _Answer:
    checks: Checks
    at: float

    @property
    def good(self) -> bool:
        return all(check["ok"] for check in self.checks.values())

    @property
    def fresh(self) -> bool:
        return time.monotonic() - self.at < (GOOD_FOR if self.good else BAD_FOR)


class Readiness:
    """The checks of one web process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._file = sqlite_file.of_url(services.config.database.url)
        self._opened = sqlite_file.OpenedFile(self._file)
        self._opened.lost()  # remembers the file as it is at the start
        self._pages = PageCheck(self._file)
        self._looking = threading.Lock()
        self._answer: _Answer | None = None

    def checks(self) -> Checks:
        """Every check by name: `ok`, and `do` where something is to be done."""
        known = self._answer
        if known and known.fresh:
            return known.checks
        if not self._looking.acquire(timeout=PATIENCE if known is None else 0):
            return known.checks if known and time.monotonic() - known.at < GOOD_FOR + PATIENCE else SILENT
        try:
            self._answer = _Answer(self._look(), time.monotonic())
            return self._answer.checks
        finally:
            self._looking.release()

    def _look(self) -> Checks:
        if problem := self._opened.lost():
            return {"database": _said(problem)}
        # An engine of its own, and only for as long as it takes: no message waits for its connection.
        engine = connect(self._services.config.database.url, pool_size=1)
        try:
            return self._look_with(engine)
        except Exception as error:
            log.exception("database_unreachable")
            return {"database": {"ok": False, "error": type(error).__name__, "do": UNREACHABLE}}
        finally:
            engine.dispose()

    def _look_with(self, engine: Engine) -> Checks:
        if problem := database.unusable(engine, self._file):
            return {"database": _said(problem)}
        return {"database": {"ok": True}, **self._rows(engine), **dict(self._machine())}

    def _rows(self, engine: Engine) -> Checks:
        state = schema.status(engine)
        said = {**_said(database.check_schema(state)), "current": state.current, "head": state.head}
        if not state.ready:
            return {"schema": said}
        with reading(engine) as db:
            return {
                "schema": said,
                "token": _token_state(db, self._services),
                "scheduler": _scheduler_state(db, self._services),
                **{check.__name__: _said(check(db)) for check in ROW_CHECKS},
            }

    def _machine(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The disks, the database file's pages, the clock."""
        config = self._services.config
        subject = Subject(config.path, {}, offline=True)
        yield "disk", _said(_worst([*files.disk(subject, config), *files.storage(subject, config)]))
        yield "pages", _said(self._pages.newest())
        yield "clock", _said(_clock(self._services.drift.seconds()))


def _said(finding: Finding) -> dict[str, Any]:
    """A finding as monitoring reads it."""
    if finding.status is Status.FAIL:
        return {"ok": False, "detail": finding.detail, "do": finding.remedy}
    warning = {"warning": finding.detail, "do": finding.remedy} if finding.status is Status.WARN else {}
    return {"ok": True, "detail": finding.detail, **warning}


def _worst(findings: list[Finding]) -> Finding:
    order = (Status.FAIL, Status.WARN, Status.SKIP, Status.OK)
    return min(findings, key=lambda one: order.index(one.status))


def _clock(ahead: float | None) -> Finding:
    if ahead is None:
        return ok("时钟", "没有发现与微信的时间不一致")
    detail = f"本机与微信签名里的时间相差 {ahead:+.0f} 秒，微信发来的消息都被当作重放而拒收"
    return fail("时钟", detail, "打开自动对时：timedatectl set-ntp true")


def _token_state(db: Session, services: Services) -> dict[str, Any]:
    """The token's state. One that was never needed yet is fine; one whose last fetch failed is not."""
    row = token_row(db, services.config.wechat.appid)
    if row is None:
        return {"ok": True, "age_seconds": None}
    age = (clock.now() - row.fetched_at).total_seconds() if row.token and row.fetched_at else None
    if not row.last_error:
        return {"ok": bool(row.token), "age_seconds": age}
    return {"ok": False, "age_seconds": age, "do": "取不到微信凭证：运行 tongxin doctor，按它说的改"}


def _scheduler_state(db: Session, services: Services) -> dict[str, Any]:
    if not services.config.scheduler.enabled:
        return {"ok": True, "enabled": False}
    last = db.scalar(select(Beat.at).where(Beat.name == "scheduler"))
    patience = timedelta(seconds=services.config.scheduler.beat_seconds * 4 + 10)
    overdue = last is None or clock.now() - last > patience
    return {
        "ok": not overdue,
        "last_beat": last.isoformat() if last else None,
        "do": "启动 tongxin scheduler 或 tongxin run",
    }
