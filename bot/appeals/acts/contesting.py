"""派单异议: what a unit says against a dispatch, and the dispatcher's ruling (domain §2.3)."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.appeals import deadlines, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Side, Tone
from bot.appeals.acts.dispatches import is_contested, open_dispatch
from bot.appeals.fields import area, yes_or_no
from bot.appeals.wording import when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeal_work import Dispatch
from models.appeals import Appeal, AppealEvent, AppealState
from models.staff import Role

S = AppealState


def contest(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """The unit says why it is not the right one: once per dispatch, within the limit for signing."""
    with acting(actor, case, CONTEST, reason=reason):
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


def _may_contest(db: Session, case: Appeal) -> bool:
    row = open_dispatch(db, case)
    return row is not None and row.contested_at is None


CONTEST = Act(
    name="contest",
    label="提出派单异议",
    order=70,
    right=Right.APPEAL_HANDLE,
    states=frozenset({S.DISPATCHED}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="不属于本单位职责的，在签收期限内说明理由，由派单员当天裁定。",
        button="提出异议",
        done="异议已提交，等派单员裁定。",
        fields=[area("reason", "异议理由", "写明职责依据，最好写出应由哪个单位办理。")],
    ),
    run=lambda actor, case, given: contest(actor, case, given.text("reason")),
    side=Side.UNIT,
    fits=lambda case: case.sign_due_at is not None and clock.now() <= case.sign_due_at,
    fits_rows=_may_contest,
    events={"contested": "提出派单异议"},
)


def decide_contest(actor: ServiceActor, case: Appeal, upheld: bool, remark: str) -> None:
    """Upheld: the case is free for another unit. Not upheld: it stays, with a new limit for signing."""
    with acting(actor, case, DECIDE_CONTEST, upheld=upheld):
        row = _in_force(actor, case)
        if row.contested_at is None or row.decided_at is not None:
            raise Refused("现在没有待裁定的异议。请刷新后再看。")
        said = written(remark, "裁定意见")
        moment = clock.now()
        row.contest_upheld, row.decided_at, row.decided_by_id = upheld, moment, actor.staff_id
        close = actor.config.appeals.close
        case.sign_due_at = workdays.deadline(moment, actor.config.appeals.signing_days, close).at
        if upheld:
            _release(actor, case, row, said)
        else:
            _keep(actor, case, row, said)
        case.deadline_estimated = deadlines.is_estimated(case)


def _release(actor: ServiceActor, case: Appeal, row: Dispatch, said: str) -> None:
    """The case goes back to the dispatchers, who look for another unit."""
    text = f"{case.number} 的派单异议成立，本单位不再承办。"
    inbox.tell_unit(actor.db, case, "decided", text, unit_id=row.unit_id)
    row.ended_at = row.decided_at
    _free(case)
    public = "承办单位提出异议，正在另行确定承办单位"
    detail = {"upheld": True, "words": said}
    states.move(actor.db, case, S.ACCEPTED, actor.signature, "contest_decided", public_text=public, **detail)


def _keep(actor: ServiceActor, case: Appeal, row: Dispatch, said: str) -> None:
    """The case stays with the unit, which has until the new limit to sign."""
    assert case.sign_due_at is not None
    row.sign_due_at = case.sign_due_at
    text = f"{case.number} 的派单异议不成立，请在{when(case.sign_due_at)}前签收办理。"
    inbox.tell_unit(actor.db, case, "decided", text)
    states.record(actor.db, case, actor.signature, "contest_decided", case.state, upheld=False, words=said)


DECIDE_CONTEST = Act(
    name="decide_contest",
    label="裁定异议",
    order=80,
    right=Right.APPEAL_DISPATCH,
    states=frozenset({S.DISPATCHED}),
    primary_in=frozenset({S.DISPATCHED}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="派单异议应当天裁定。",
        button="裁定",
        done="已裁定异议。",
        fields=[
            yes_or_no("upheld", "裁定", "异议成立：退回待派单，另派单位", "异议不成立：仍由该单位办理"),
            area("remark", "裁定意见", "内部：单位看得到，诉求人看不到。", rows=4),
        ],
    ),
    run=lambda actor, case, given: decide_contest(actor, case, given.yes("upheld"), given.text("remark")),
    fits_rows=is_contested,
    events={"contest_decided": "裁定异议"},
)


def _free(case: Appeal) -> None:
    """No unit, and none of its dates: they are promised anew when the next one is found."""
    case.unit_id, case.unit, case.handler = None, None, None
    case.dispatched_at, case.limit_days, case.due_at, case.contact_due_at = None, None, None, None


def _in_force(actor: ServiceActor, case: Appeal) -> Dispatch:
    row = open_dispatch(actor.db, case)
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
