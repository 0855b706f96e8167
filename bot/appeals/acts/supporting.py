"""Supporting units (协办): asked by the dispatcher or the lead unit, they report to the lead (domain §2.1, Art. 14)."""

from __future__ import annotations

from sqlalchemy import select

from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.wording import when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from models.appeal_work import Support
from models.appeals import Appeal
from models.staff import Role
from models.units import Unit


def add_support(actor: ServiceActor, case: Appeal, unit: Unit, wish: str) -> None:
    """Ask another unit for its part."""
    with acting(actor, case, "add_support", unit=unit.id):
        ask_support(actor, case, unit, written(wish, "请对方协助什么"))


def ask_support(actor: ServiceActor, case: Appeal, unit: Unit, wish: str) -> None:
    """The same within another act."""
    if not unit.active:
        raise Refused(f"{unit.name} 已停用，请换一个协办单位。")
    if unit.id == case.unit_id:
        raise Refused(f"{unit.name} 是主办单位，不能再作协办。请选另一个单位。")
    if _part(actor, case, unit.id) is not None:
        raise Refused(f"{unit.name} 已经是这件诉求的协办单位。")
    moment = clock.now()
    due = workdays.deadline(moment, actor.config.appeals.support_days, actor.config.appeals.close).at
    by = actor.by.id if actor.by else None
    actor.db.add(
        Support(appeal_id=case.id, unit_id=unit.id, asked_at=moment, asked_by_id=by, wish=wish, due_at=due)
    )
    states.record(actor.db, case, actor.signature, "support_asked", case.state, unit=unit.id, words=wish)
    text = f"{case.number} 请本单位协办，请在{when(due)}前反馈给主办单位。"
    inbox.tell_unit(actor.db, case, "support", text, unit_id=unit.id)


def report_support(actor: ServiceActor, case: Appeal, report: str, *, unit: Unit | None = None) -> None:
    """The supporting unit reports its part, or explains how far it got. `unit` when the office does it on its behalf."""
    with acting(actor, case, "report_support"):
        own = actor.by.unit_id if actor.by is not None and actor.by.role is Role.UNIT else None
        unit_id = own or (unit.id if unit else None)
        part = _part(actor, case, unit_id) if unit_id is not None else None
        if part is None:
            raise Refused("没有找到这个单位的协办任务。请选协办单位后再提交。")
        part.report, part.reported_at = written(report, "协办情况"), clock.now()
        states.record(
            actor.db, case, actor.signature, "support_reported", case.state, unit=unit_id, words=part.report
        )
        inbox.tell_unit(actor.db, case, "support", f"{case.number} 的协办单位已反馈，请查看。")


def _part(actor: ServiceActor, case: Appeal, unit_id: int) -> Support | None:
    query = select(Support).where(Support.appeal_id == case.id, Support.unit_id == unit_id)
    return actor.db.scalar(query)
