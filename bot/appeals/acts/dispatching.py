"""To one lead unit, and what it may say against it (domain §2.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from bot.appeals import deadlines, states
from bot.appeals.actor import acting
from bot.appeals.acts import table
from bot.appeals.acts.supporting import ask_support
from bot.appeals.messages import tell
from bot.appeals.wording import one_of, when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox, rights
from bot.staff.rights import Right
from models.appeal_work import Dispatch
from models.appeals import Appeal, AppealEvent, AppealState
from models.staff import Role
from models.units import Unit

S = AppealState
KINDS = ("派单", "转办", "交办")
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
    with acting(actor, case, "dispatch", unit=unit.id, kind=kind):
        if not unit.active:
            raise Refused(f"{unit.name} 已停用，请换一个承办单位。")
        if one_of(kind, KINDS, "派单方式") == "交办" and actor.by is not None:
            rights.require(actor.by, Right.APPEAL_SUPERVISE)  # with a leader's authority
        moment = clock.now()
        sign_due, contact_due, due = _promise(actor, case, unit, moment)
        by = actor.by.id if actor.by else None
        actor.db.add(
            Dispatch(
                appeal_id=case.id,
                unit_id=unit.id,
                kind=kind,
                at=moment,
                by_id=by,
                remark=remark.strip(),
                sign_due_at=sign_due,
            )
        )
        estimated = "（暂估）" if case.deadline_estimated else ""
        said = f"已{kind}给{unit.name}，办理时限{when(due)}{estimated}"
        detail = {"unit": unit.id, "kind": kind, "may_contest": may_contest, "days": case.limit_days}
        event = states.move(
            actor.db,
            case,
            S.DISPATCHED,
            actor.signature,
            "dispatched",
            public_text=said,
            **detail,
            **_statutory(actor, case, moment),
        )
        for one in supports:
            ask_support(actor, case, one, "")
        inbox.tell_unit(
            actor.db,
            case,
            "dispatched",
            f"{case.number} 派给本单位，请在{when(sign_due)}前签收或提出异议。",
        )
        contact = f"承办单位会在{when(contact_due)}前联系您。"
        tell(actor, case, event, f"您的诉求 {case.number} {said}。{contact}回复「查进度」随时可看。")


def contest(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """The unit says why it is not the right one: once per dispatch, within the limit for signing."""
    with acting(actor, case, "contest", reason=reason):
        row = _in_force(actor, case)
        moment = clock.now()
        if row.contested_at is not None:
            raise Refused("这次派单已经提过异议，请等派单员裁定；裁定不成立的请签收办理。")
        if moment > row.sign_due_at:
            raise Refused(f"提出异议的期限（{when(row.sign_due_at)}）已过，请签收办理；有困难请联系派单员。")
        if _contests(actor, case) and not _has_leave(actor, case):
            raise Refused("这件诉求已经有过一次异议，再次提出须经派单员同意。请签收办理，或联系派单员。")
        row.contested_at, row.contest_reason = moment, written(reason, "异议理由")
        states.record(actor.db, case, actor.signature, "contested", case.state, words=row.contest_reason)
        text = f"{case.number} 承办单位提出派单异议，请今天裁定。"
        inbox.tell_role(actor.db, Role.DISPATCHER, "contested", text, case)


def decide_contest(actor: ServiceActor, case: Appeal, upheld: bool, remark: str) -> None:
    """Upheld: the case is free for another unit. Not upheld: it stays, with a new limit for signing."""
    with acting(actor, case, "decide_contest", upheld=upheld):
        row = _in_force(actor, case)
        if row.contested_at is None or row.decided_at is not None:
            raise Refused("现在没有待裁定的异议。请刷新后再看。")
        said = written(remark, "裁定意见")
        moment = clock.now()
        row.contest_upheld, row.decided_at = upheld, moment
        row.decided_by_id = actor.by.id if actor.by else None
        sign = workdays.deadline(moment, actor.config.appeals.signing_days, actor.config.appeals.close)
        case.sign_due_at = sign.at
        if upheld:
            inbox.tell_unit(
                actor.db,
                case,
                "decided",
                f"{case.number} 的派单异议成立，本单位不再承办。",
                unit_id=row.unit_id,
            )
            row.ended_at = moment
            _free(case)
            words = "承办单位提出异议，正在另行确定承办单位"
            states.move(
                actor.db,
                case,
                S.ACCEPTED,
                actor.signature,
                "contest_decided",
                public_text=words,
                upheld=True,
                words=said,
            )
        else:
            row.sign_due_at = sign.at
            text = f"{case.number} 的派单异议不成立，请在{when(sign.at)}前签收办理。"
            inbox.tell_unit(actor.db, case, "decided", text)
            states.record(
                actor.db, case, actor.signature, "contest_decided", case.state, upheld=False, words=said
            )
        case.deadline_estimated = deadlines.is_estimated(case)


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


def _free(case: Appeal) -> None:
    """No unit, and none of its dates: they are promised anew when the next one is found."""
    case.unit_id, case.unit, case.handler = None, None, None
    case.dispatched_at, case.limit_days, case.due_at, case.contact_due_at = None, None, None, None


def _statutory(actor: ServiceActor, case: Appeal, moment: datetime) -> dict[str, dict[str, str]]:
    """The dates of the statutory complaint, kept with the dispatch of a case about arrears."""
    if case.category != ARREARS:
        return {}
    dates = deadlines.arrears(actor.config.appeals, moment)
    return {"arrears": {name: day.isoformat() for name, day in dates.__dict__.items()}}


def _in_force(actor: ServiceActor, case: Appeal) -> Dispatch:
    row = table.open_dispatch(actor.db, case)
    if row is None:
        raise Refused("没有找到这件诉求的派单记录。请刷新；仍不行请联系管理员。")
    return row


def _contests(actor: ServiceActor, case: Appeal) -> int:
    query = select(func.count()).select_from(Dispatch).where(Dispatch.appeal_id == case.id)
    return actor.db.scalar(query.where(Dispatch.contested_at.is_not(None))) or 0


def _has_leave(actor: ServiceActor, case: Appeal) -> bool:
    query = select(AppealEvent).where(AppealEvent.appeal_id == case.id, AppealEvent.action == "dispatched")
    last = actor.db.scalar(query.order_by(AppealEvent.id.desc()).limit(1))
    return last is not None and bool(last.detail.get("may_contest"))
