"""Supporting units (协办): asked by the dispatcher or the lead unit, they report to the lead (domain §2.1, Art. 14)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.acts.act import WITH_UNIT, Act, ActForm, Side, Tone
from bot.appeals.acts.unit_choice import chosen_unit, unit_choices
from bot.appeals.fields import Field, Given, area
from bot.appeals.wording import when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeal_work import Support
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff
from models.units import Unit


def add_support(actor: ServiceActor, case: Appeal, unit: Unit, wish: str) -> None:
    """Ask another unit for its part."""
    with acting(actor, case, ADD_SUPPORT, unit=unit.id):
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
    actor.db.add(
        Support(
            appeal_id=case.id,
            unit_id=unit.id,
            asked_at=moment,
            asked_by_id=actor.staff_id,
            wish=wish,
            due_at=due,
        )
    )
    states.record(actor.db, case, actor.signature, "support_asked", case.state, unit=unit.id, words=wish)
    text = f"{case.number} 请本单位协办，请在{when(due)}前反馈给主办单位。"
    inbox.tell_unit(actor.db, case, "support", text, unit_id=unit.id)


def _ask_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    units = unit_choices(actor.db, besides=case.unit_id)
    return [
        Field("unit", "协办单位", "choice", choices=[("", "请选择"), *units], needed=True),
        area("wish", "请对方协助什么", "内部：诉求人看不到。"),
    ]


ADD_SUPPORT = Act(
    name="add_support",
    label="请协办单位",
    order=120,
    right=Right.APPEAL_DISPATCH,
    states=frozenset({AppealState.DISPATCHED, AppealState.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="协办单位向主办单位反馈，由主办单位统一答复。",
        button="请协办单位",
        done="已通知协办单位。",
        fields=_ask_fields,
    ),
    run=lambda actor, case, given: add_support(
        actor, case, chosen_unit(actor.db, given.number("unit"), "协办单位"), given.text("wish")
    ),
    side=Side.UNIT,
    events={"support_asked": "请协办单位"},
)


def report_support(actor: ServiceActor, case: Appeal, report: str, *, unit: Unit | None = None) -> None:
    """The supporting unit reports its part, or explains how far it got. `unit` when the office does it on its behalf."""
    with acting(actor, case, REPORT_SUPPORT):
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


def _is_awaited(db: Session, case: Appeal) -> bool:
    query = select(Support.id).where(Support.appeal_id == case.id, Support.reported_at.is_(None))
    return db.scalar(query.limit(1)) is not None


def _owes_report(db: Session, case: Appeal, by: Staff) -> bool:
    """Whether this colleague's own unit still has to report."""
    query = select(Support.id).where(Support.appeal_id == case.id, Support.unit_id == by.unit_id)
    return db.scalar(query.where(Support.reported_at.is_(None)).limit(1)) is not None


def _report_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    report = area("report", "协办情况", "内部：主办单位看得到，诉求人看不到。")
    if actor.by is not None and actor.by.role is Role.UNIT:
        return [report]
    asked = select(Unit).join(Support, Support.unit_id == Unit.id).where(Support.appeal_id == case.id)
    choices = [(str(unit.id), unit.name) for unit in actor.db.scalars(asked)]
    return [Field("unit", "代哪个单位反馈", "choice", choices=choices, needed=True), report]


def _report(actor: ServiceActor, case: Appeal, given: Given) -> None:
    chosen = given.number("unit")
    unit = chosen_unit(actor.db, chosen, "协办单位") if chosen is not None else None
    report_support(actor, case, given.text("report"), unit=unit)


REPORT_SUPPORT = Act(
    name="report_support",
    label="反馈协办情况",
    order=130,
    right=Right.APPEAL_HANDLE,
    states=WITH_UNIT,
    primary_in=WITH_UNIT,
    primary_while=_owes_report,
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="把协办情况反馈给主办单位；没办完的，说明办到哪一步。",
        button="反馈",
        done="已反馈给主办单位。",
        fields=_report_fields,
    ),
    run=_report,
    side=Side.SUPPORT,
    fits_rows=_is_awaited,
    events={"support_reported": "协办反馈"},
)
