"""派单: a case goes to its one lead unit, with the dates that are promised (domain §2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.appeals import deadlines, states
from bot.appeals.access import has
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Tone
from bot.appeals.acts.supporting import ask_support
from bot.appeals.acts.unit_choice import chosen_unit, unit_choices
from bot.appeals.fields import Field, Given, area, choices_of
from bot.appeals.messages import tell
from bot.appeals.wording import one_of, when
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox, rights
from bot.staff.rights import Right
from models.appeal_work import Dispatch
from models.appeals import Appeal, AppealState
from models.units import Unit

S = AppealState
KINDS = ("派单", "转办", "交办")
BY_LEADERS = "交办"  # with a leader's authority
ARREARS = "账款拖欠"


def dispatch(
    actor: ServiceActor,
    case: Appeal,
    unit: Unit,
    *,
    kind: str = "派单",
    remark: str = "",
    supports: Sequence[Unit] = (),
    may_contest: bool = False,
) -> None:
    """Send the case to its one lead unit and promise the dates. After a contest the next unit may contest only with
    `may_contest`."""
    with acting(actor, case, DISPATCH, unit=unit.id, kind=kind):
        _refuse_unless_fit(actor, unit, kind)
        moment = clock.now()
        sign_due, contact_due, due = _promise(actor, case, unit, moment)
        row = Dispatch(appeal_id=case.id, unit_id=unit.id, kind=kind, at=moment, sign_due_at=sign_due)
        row.by_id, row.remark = actor.staff_id, remark.strip()
        actor.db.add(row)
        estimated = "（暂估）" if case.deadline_estimated else ""
        said = f"已{kind}给{unit.name}，办理时限{when(due)}{estimated}"
        detail: dict[str, Any] = {
            "unit": unit.id,
            "kind": kind,
            "may_contest": may_contest,
            "days": case.limit_days,
            "words": row.remark,
        }
        detail |= _statutory(actor, case, moment)
        event = states.move(
            actor.db, case, S.DISPATCHED, actor.signature, "dispatched", public_text=said, **detail
        )
        for one in supports:
            ask_support(actor, case, one, "")
        asked = f"{case.number} 派给本单位，请在{when(sign_due)}前签收或提出异议。"
        inbox.tell_unit(actor.db, case, "dispatched", asked)
        contact = f"承办单位会在{when(contact_due)}前联系您。"
        tell(actor, case, event, f"您的诉求 {case.number} {said}。{contact}回复「查进度」随时可看。")


def _refuse_unless_fit(actor: ServiceActor, unit: Unit, kind: str) -> None:
    if not unit.active:
        raise Refused(f"{unit.name} 已停用，请换一个承办单位。")
    if one_of(kind, KINDS, "派单方式") == BY_LEADERS and actor.by is not None:
        rights.require(actor.by, Right.APPEAL_SUPERVISE)


def _promise(
    actor: ServiceActor, case: Appeal, unit: Unit, moment: datetime
) -> tuple[datetime, datetime, datetime]:
    """The limits for signing, first contact and handling, stored as promised."""
    rules = actor.config.appeals
    case.unit_id, case.unit, case.handler = unit.id, unit, None
    case.dispatched_at, case.signed_at = moment, None
    case.limit_days = deadlines.handling_days(rules, case.type, case.urgency, case.difficulty)
    contact = deadlines.contact_days(rules, case.urgency)
    due = [
        workdays.deadline(moment, days, actor.config.appeals.close).at
        for days in (rules.signing_days, contact, case.limit_days)
    ]
    case.sign_due_at, case.contact_due_at, case.due_at = due
    case.extended_due_at = None
    case.deadline_estimated = deadlines.is_estimated(case)
    return due[0], due[1], due[2]


def _statutory(actor: ServiceActor, case: Appeal, moment: datetime) -> dict[str, Any]:
    """The dates of the statutory complaint, kept with the dispatch of a case about arrears."""
    if case.category != ARREARS:
        return {}
    dates = deadlines.arrears(actor.config.appeals, moment)
    return {"arrears": {name: day.isoformat() for name, day in dates.__dict__.items()}}


def _fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    units = unit_choices(actor.db, with_kind=True)
    kinds = KINDS if has(actor.by, Right.APPEAL_SUPERVISE) else KINDS[:2]
    fields = [
        Field("unit", "主办单位", "choice", "只能有一个主办单位。", [("", "请选择"), *units], needed=True),
        Field("kind", "派单方式", "radio", "转办：工商联系统以外的单位。", choices_of(kinds), value="派单"),
        Field("supports", "协办单位", "many", "可不选，派单后也能再请。", units),
        area("remark", "给单位的说明", "内部：诉求人看不到。", needed=False, rows=4),
    ]
    contested = select(Dispatch.id).where(Dispatch.appeal_id == case.id, Dispatch.contested_at.is_not(None))
    if actor.db.scalar(contested.limit(1)) is not None:
        fields.append(Field("may_contest", "允许新单位再次提出异议", "flag", "这件诉求已有过一次异议。"))
    return fields


def _dispatch(actor: ServiceActor, case: Appeal, given: Given) -> None:
    dispatch(
        actor,
        case,
        chosen_unit(actor.db, given.number("unit"), "承办单位"),
        kind=given.text("kind") or "派单",
        remark=given.text("remark"),
        supports=[chosen_unit(actor.db, one, "协办单位") for one in given.numbers("supports")],
        may_contest=given.flag("may_contest"),
    )


DISPATCH = Act(
    name="dispatch",
    label="派单",
    order=60,
    right=Right.APPEAL_DISPATCH,
    states=frozenset({S.ACCEPTED}),
    primary_in=frozenset({S.ACCEPTED}),
    form=ActForm(
        tone=Tone.STEP,
        lead="派单后计算并保存办理时限，同时告诉诉求人和承办单位。",
        button="派单",
        done="已派单，等待签收。",
        fields=_fields,
    ),
    run=_dispatch,
    events={"dispatched": "派单"},
)
