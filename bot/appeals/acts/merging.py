"""并案: one matter, several cases. The merged row keeps its number, its receipt date and its own survey (domain §2.3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from bot.appeals import deadlines, states
from bot.appeals.actor import acting, find, lock, may_see
from bot.appeals.acts.act import Act, ActForm, Place, Tone
from bot.appeals.acts.extending import void_open_extension
from bot.appeals.fields import Field, Given, reason_field
from bot.appeals.messages import merged_into, tell
from bot.appeals.states import OPEN
from bot.appeals.wording import written
from bot.core import clock
from bot.core.refusals import NotFound, Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeals import Appeal, AppealEvent, AppealState

S = AppealState
PAUSED = frozenset({S.NEED_INFO, S.ON_HOLD})


def merge(actor: ServiceActor, case: Appeal, master: Appeal) -> None:
    """Put the case into another open one; its appellants hear of the other from now on."""
    if case.id == master.id:
        raise Refused("不能把一件诉求并入它自己。请选另一件作为主诉求。")
    if master.id < case.id:
        lock(actor.db, master)  # always the older row first: two at once do not wait for each other
    with acting(actor, case, MERGE, master=master.number):
        lock(actor.db, master)
        _refuse_unless_fit(actor, case, master)
        followers = merged_into(actor.db, case)
        for one in followers:
            one.merged_into_id = master.id
        void_open_extension(actor, case)
        case.merged_into_id = master.id
        event = states.move(
            actor.db,
            case,
            S.MERGED,
            actor.signature,
            "merged",
            public_text=f"与 {master.number} 反映同一件事，已合并办理",
            master=master.number,
            followers=[one.id for one in followers],
        )
        master.collective = master.collective or case.appellant != master.appellant
        states.record(actor.db, master, actor.signature, "merged_in", master.state, case=case.number)
        inbox.tell_unit(actor.db, case, "merged", f"{case.number} 已并入 {master.number}，请到主诉求上办理。")
        words = f"您的诉求 {case.number} 与 {master.number} 反映的是同一件事，已合并办理。"
        tell(actor, case, event, f"{words}办理情况会照样告诉您，回复「查进度」随时可看。")


def _merge(actor: ServiceActor, case: Appeal, given: Given) -> None:
    try:
        master = find(actor, given.text("master"))
    except NotFound as error:
        raise Refused(f"没有查到编号「{given.text('master')[:40]}」。请核对后重填。") from error
    merge(actor, case, master)


MASTER = Field(
    "master", "并入哪一件", hint="主诉求的编号；它必须还在办理。", needed=True, most=40, from_link=True
)
MERGE = Act(
    name="merge",
    label="并案",
    order=250,
    right=Right.APPEAL_MERGE,
    states=OPEN,
    form=ActForm(
        tone=Tone.STEP,
        lead="反映同一件事的，并入另一件在办诉求；诉求人会收到通知，并继续收到主诉求的进展。",
        button="并案",
        done="已并案。",
        fields=[MASTER],
    ),
    run=_merge,
    place=Place.RARE,
    question="并案后，这件诉求随主诉求一起办理。确定并案吗？",
    events={"merged": "并案", "merged_in": "并入一件诉求"},
)


def undo_merge(actor: ServiceActor, case: Appeal, reason: str) -> None:
    """Take the case out again: it goes on where it was, with the working days that it had left."""
    with acting(actor, case, UNDO_MERGE, reason=reason):
        why = written(reason, "撤销并案的理由")
        event = _merging(actor, case)
        before = S.SUBMITTED if event is None or event.from_state is None else event.from_state
        master = actor.db.get(Appeal, case.merged_into_id)
        case.merged_into_id = None
        if event is not None:
            _take_back(actor, case, event, master)
            if before not in PAUSED:
                deadlines.go_on(case, clock.now(), actor.config.appeals.close, since=event.at)
        said = "合并有误，已恢复单独办理"
        back = states.move(
            actor.db, case, before, actor.signature, "merge_undone", public_text=said, words=why
        )
        if master is not None:
            states.record(actor.db, master, actor.signature, "merged_out", master.state, case=case.number)
        inbox.tell_unit(actor.db, case, "undone", f"{case.number} 已恢复单独办理，请接着办。")
        tell(actor, case, back, f"您的诉求 {case.number} {said}。回复「查进度」随时可看。")


UNDO_MERGE = Act(
    name="undo_merge",
    label="撤销并案",
    order=260,
    right=Right.APPEAL_MERGE,
    states=frozenset({S.MERGED}),
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="并错了的，恢复单独办理，并告诉诉求人。",
        button="撤销并案",
        done="已恢复单独办理。",
        fields=[reason_field()],
    ),
    run=lambda actor, case, given: undo_merge(actor, case, given.text("reason")),
    place=Place.RARE,
    question="确定撤销并案、恢复单独办理吗？",
    events={"merge_undone": "撤销并案", "merged_out": "移出一件诉求"},
)


def appellants(actor: ServiceActor, case: Appeal) -> int:
    """How many different people the case stands for, those of merged rows with it."""
    whole = (Appeal.id == case.id) | (Appeal.merged_into_id == case.id)
    return actor.db.scalar(select(func.count(func.distinct(Appeal.appellant))).where(whole)) or 1


def _refuse_unless_fit(actor: ServiceActor, case: Appeal, master: Appeal) -> None:
    if actor.by is not None and not may_see(actor.db, master, actor.by):
        raise NotFound("没有查到要并入的主诉求。请核对编号。", appeal_id=master.id)
    if master.state not in OPEN:
        raise Refused(f"{master.number} 现在是「{master.state.label}」，不能作为主诉求。请选一件还在办理的。")
    if case.confidential != master.confidential:
        raise Refused("保密的举报只能与保密的举报合并。请分开办理。")


def _take_back(actor: ServiceActor, case: Appeal, event: AppealEvent, master: Appeal | None) -> None:
    """The rows that followed this case into the master follow it out."""
    ids: list[Any] = list(event.detail.get("followers") or [])
    ours = select(Appeal).where(Appeal.id.in_(ids), Appeal.state == S.MERGED)
    for one in actor.db.scalars(ours):
        if master is None or one.merged_into_id == master.id:
            one.merged_into_id = case.id


def _merging(actor: ServiceActor, case: Appeal) -> AppealEvent | None:
    query = select(AppealEvent).where(AppealEvent.appeal_id == case.id, AppealEvent.action == "merged")
    return actor.db.scalar(query.order_by(AppealEvent.id.desc()).limit(1))
