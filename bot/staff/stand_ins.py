"""Who confirms in place of somebody absent, from one day to another."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.refusals import Refused
from bot.staff import inbox
from bot.staff.rights import LABELS, OFFICERS, RIGHTS, Denied, Right
from models.confirmations import StandIn
from models.staff import Role, Staff

LONGEST = timedelta(days=60)


def appoint(actor: Actor, absent: Staff, stand_in: Staff, first: date, last: date, reason: str = "") -> None:
    """Let somebody confirm in place of an absent one: they say so themselves, or the operator does."""
    _check_who(actor, absent, stand_in)
    if not clock.today() <= first <= last <= first + LONGEST:
        raise Refused(f"起止日期不对：从今天起，最长 {LONGEST.days} 天，结束不早于开始。请改正日期。")
    actor.db.add(
        StandIn(absent_id=absent.id, stand_in_id=stand_in.id, first_day=first, last_day=last, created_at=clock.now())
    )  # fmt: skip
    said = f"{first} 至 {last} 由 {stand_in.name} 代 {absent.name} 确认"
    inbox.tell_officers(actor.db, "stand_in", f"{said}。{f'理由：{reason}' if reason else ''}")
    audit.record(
        actor.db, actor.by, "stand_in.appoint", "staff", absent.id, reason=reason or None,
        name=stand_in.name, day_from=first.isoformat(), day_to=last.isoformat(),
    )  # fmt: skip


def _check_who(actor: Actor, absent: Staff, stand_in: Staff) -> None:
    if actor.by is not None and actor.by.id != absent.id:
        raise Denied("代为确认由本人指定；本人联系不上的，请技术员在服务器上办理并写明理由。")
    if not absent.active or Right.CONFIRM not in RIGHTS[absent.role]:
        raise Refused(f"{absent.name} 没有确认的权限，不用指定代为确认的同事。")
    fit = stand_in.active and stand_in.role in OFFICERS - {Role.ADMIN} and stand_in.id != absent.id
    if not fit:
        raise Refused(
            f"代为确认的应是本会另一位在岗的同事；{LABELS[Role.ADMIN]}自己提出的事不能自己确认，也不能代。"
        )


def end(actor: Actor, row: StandIn) -> None:
    """Take it back before its last day."""
    if actor.by is not None and actor.by.id != row.absent_id:
        raise Denied("代为确认由指定的人收回。")
    audit.record(actor.db, actor.by, "stand_in.end", "staff", row.absent_id, name=row.stand_in.name)
    actor.db.delete(row)


def today(db: Session) -> list[StandIn]:
    """Those in force today."""
    day = clock.today()
    return list(db.scalars(select(StandIn).where(StandIn.first_day <= day, StandIn.last_day >= day)))


def of(db: Session, absent: Staff) -> list[StandIn]:
    """Those that this colleague has appointed and that are not over."""
    query = select(StandIn).where(StandIn.absent_id == absent.id, StandIn.last_day >= clock.today())
    return list(db.scalars(query.order_by(StandIn.first_day)))
