"""What waits for the staff outside the ledger: words left for a person, until when they are answered, and whether the
office is open."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.chat.context import Context
from bot.core import clock, workdays
from bot.core.workdays import Deadline
from models.messages import StaffMessage

SELF_HARM, ASKED, MISSED = "self_harm", "asked", "missed_twice"
AT_ONCE = timedelta(minutes=15)  # nobody has looked after so long: the officers are told again


def keep(ctx: Context, words: str, reason: str) -> StaffMessage:
    """Leave words for the staff, with the moment until which they are to be answered."""
    due = ctx.now + AT_ONCE if reason == SELF_HARM else _deadline(ctx).at
    row = StaffMessage(openid=ctx.openid, text=words, reason=reason, created_at=ctx.now, due_at=due)
    ctx.db.add(row)
    ctx.db.flush()
    return row


def is_in_danger(ctx: Context) -> bool:
    """Whether this person spoke of ending their life and nobody has answered yet."""
    mine = (StaffMessage.openid == ctx.openid, StaffMessage.reason == SELF_HARM)
    return (
        ctx.db.scalar(select(StaffMessage.id).where(*mine, StaffMessage.handled_at.is_(None)).limit(1))
        is not None
    )


def promise(ctx: Context) -> str:
    """Until when words left now are answered, for people: 12月1日17:30."""
    due = _deadline(ctx)
    return f"{_when(due.at)}{'（暂估）' if due.estimated else ''}"


def is_open(ctx: Context) -> bool:
    """Whether the office is open at this moment."""
    local, hours = clock.local(ctx.now), ctx.services.config.appeals
    return (
        workdays.is_workday(local.date()) and hours.open_of_business <= local.time() < hours.close_of_business
    )


def hours(ctx: Context) -> str:
    """When the office is open, for people: 工作日9:00—17:30."""
    rules = ctx.services.config.appeals
    opens, closes = rules.open_of_business, rules.close_of_business
    return f"工作日{opens.hour}:{opens.minute:02}—{closes.hour}:{closes.minute:02}"


def _deadline(ctx: Context) -> Deadline:
    rules = ctx.services.config.appeals
    return workdays.deadline(ctx.now, rules.message_days, rules.close)


def _when(moment: datetime) -> str:
    local = clock.local(moment)
    year = f"{local.year}年" if local.year != clock.today().year else ""
    return f"{year}{local.month}月{local.day}日{local:%H:%M}"
