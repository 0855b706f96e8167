"""What waits for the staff outside the ledger: words left for a person, and whether the office is open."""

from __future__ import annotations

from bot.chat.context import Context
from bot.core import clock, workdays
from models.inbound import StaffMessage


def keep(ctx: Context, words: str, reason: str) -> None:
    """Leave words for the staff."""
    ctx.db.add(StaffMessage(openid=ctx.openid, text=words, reason=reason, created_at=ctx.now))


def is_open(ctx: Context) -> bool:
    """Whether the office is open at this moment."""
    local, hours = clock.local(ctx.now), ctx.services.config.appeals
    return (
        workdays.is_workday(local.date()) and hours.open_of_business <= local.time() < hours.close_of_business
    )
