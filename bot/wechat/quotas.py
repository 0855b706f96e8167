"""WeChat's allowances as rows, taken atomically before a call (platform §4.4, §6.1).

A period is part of a row's key, so midnight in Shanghai needs no reset. What was taken and not used is given
back; a crash in between costs a few of the allowance, never a message. When WeChat says that an allowance is
used up, every process waits until the period ends, not just the one that was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.config import Config
from bot.core.db import insert_once
from models.wechat import Quota

MINUTE, DAY, MONTH = "minute", "day", "month"
GOES_ON = "自动继续"
AROUND_MIDNIGHT = timedelta(minutes=10)
FORMATS = {MINUTE: "%Y-%m-%dT%H:%M", DAY: "%Y-%m-%d", MONTH: "%Y-%m"}


@dataclass(frozen=True)
class Allowance:
    """One of WeChat's numbers. `most` 0: not limited."""

    name: str
    label: str
    span: str
    most: int

    def period(self, moment: datetime) -> str:
        """The period that a moment lies in, in Shanghai."""
        return f"{clock.local(moment):{FORMATS[self.span]}}"

    def ends(self, moment: datetime) -> datetime:
        """When the period of a moment is over and the next allowance begins."""
        local = clock.local(moment)
        if self.span == MINUTE:
            return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        if self.span == DAY:
            return clock.at(local.date() + timedelta(days=1), 0, 1)
        return clock.at((local.date().replace(day=1) + timedelta(days=32)).replace(day=1), 0, 1)


def allowances(config: Config) -> dict[str, Allowance]:
    """Every allowance that is counted, by name."""
    wechat, delivery = config.wechat, config.delivery
    found = [
        Allowance("send_minute", "每分钟发送", MINUTE, delivery.per_minute),
        Allowance("custom_day", "今日客服消息", DAY, wechat.custom_per_day),
        Allowance("template_day", "今日模板消息", DAY, wechat.template_per_day),
        Allowance("notice_day", "今日订阅通知", DAY, wechat.template_per_day),
        Allowance("mass_calls_minute", "每分钟群发接口", MINUTE, wechat.mass_calls_per_minute),
        Allowance("mass_calls_day", "今日群发接口", DAY, wechat.mass_calls_per_day),
    ]
    if wechat.account_kind == "subscription":
        found.append(Allowance("mass_day", "今日群发", DAY, wechat.mass_per_day))
    else:
        found.append(Allowance("mass_all_day", "今日全员群发", DAY, wechat.mass_per_day))
        found.append(Allowance("mass_all_month", "本月全员群发", MONTH, wechat.mass_per_month))
    return {one.name: one for one in found}


def take(db: Session, allowance: Allowance, count: int, moment: datetime) -> int:
    """Take up to `count`; how many were granted. Atomic over all processes: the row is locked until commit."""
    if count <= 0:
        return 0
    row = _locked_row(db, allowance, moment)
    if row.blocked_until is not None and row.blocked_until > moment:
        return 0
    granted = count if allowance.most == 0 else max(0, min(count, allowance.most - row.used))
    if granted:
        db.execute(update(Quota).where(Quota.id == row.id).values(used=Quota.used + granted))
    return granted


def give_back(db: Session, allowance: Allowance, count: int, moment: datetime) -> None:
    """Return what was taken in this period and not used."""
    this_period = (Quota.name == allowance.name, Quota.period == allowance.period(moment))
    if count > 0:
        left = func.greatest(Quota.used - count, 0) if _is_postgres(db) else func.max(Quota.used - count, 0)
        db.execute(
            update(Quota).where(*this_period).values(used=left),
            execution_options={"synchronize_session": False},
        )


def block(db: Session, allowance: Allowance, moment: datetime) -> datetime:
    """Note that WeChat calls an allowance used up: nobody gets any more in this period. Gives when it opens again.

    Just after midnight WeChat may mean the day before, by its own clock or by when the call was made: it opens soon.
    """
    row = _locked_row(db, allowance, moment)
    until = allowance.ends(moment)
    if allowance.period(moment) != allowance.period(moment - AROUND_MIDNIGHT):
        until = min(until, moment + AROUND_MIDNIGHT)
    db.execute(update(Quota).where(Quota.id == row.id).values(blocked_until=until))
    return until


def opens(db: Session, allowance: Allowance, moment: datetime) -> datetime:
    """When an allowance that is used up at a moment opens again."""
    this_period = (Quota.name == allowance.name, Quota.period == allowance.period(moment))
    blocked = db.scalar(select(Quota.blocked_until).where(*this_period))
    return blocked if blocked is not None and blocked > moment else allowance.ends(moment)


def left(db: Session, allowance: Allowance, moment: datetime) -> int | None:
    """How many may still be taken in this period; None: not limited."""
    query = select(Quota).where(Quota.name == allowance.name, Quota.period == allowance.period(moment))
    row = db.scalar(query.execution_options(populate_existing=True))
    if row is not None and row.blocked_until is not None and row.blocked_until > moment:
        return 0
    if allowance.most == 0:
        return None
    return max(0, allowance.most - (row.used if row else 0))


def _locked_row(db: Session, allowance: Allowance, moment: datetime) -> Quota:
    period = allowance.period(moment)
    query = select(Quota).where(Quota.name == allowance.name, Quota.period == period).with_for_update()
    query = query.execution_options(populate_existing=True)
    row = db.scalar(query)
    if row is None:
        insert_once(db, Quota, name=allowance.name, period=period, used=0)
        row = db.scalar(query)
    assert row is not None
    return row


def _is_postgres(db: Session) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def quota_wait_words(allowance: Allowance, opens: datetime) -> str:
    """Why a broadcast stands still, for staff."""
    return f"{allowance.label}的额度已用完，其余的等到 {clock.local(opens):%m月%d日 %H:%M} {GOES_ON}"
