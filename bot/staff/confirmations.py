"""A second person: what one colleague asks for and another confirms, in rows that both can read.

A kind is one entry of `KINDS` in its room's `confirming.py`, found by looking:

    KINDS = (
        ConfirmationKind(
            name="appeal.rating",               # 32 characters at most; `subject` is the word of the audit trail
            title="更正回访评价",
            subject="appeal",
            right=Right.CONFIRM,                # who may confirm it; whoever asked never may
            now=lambda db, case_id: {"survey_solved": …, "survey_score": …},
            carry_out=correct_rating,           # (actor, confirmation): writes `confirmation.after`, as the second person
        ),
    )

The verb that needs a second person calls `ask(actor, "appeal.rating", case.id, what, after, reason=…)` and changes
nothing itself. `what` is one line for people («更正 SQ20261201001 的回访评价»). `now` gives plain facts (texts,
numbers, booleans, None) by the field names of the trail: they are shown as «before → after» and compared again when
the second person says yes, so that nobody confirms something else than what stood there. `carry_out` runs in the
transaction of the confirmation, refuses with a `Refusal`, and writes its own audit line. A kind with `carry_out` None
is a leave: whoever asked may then do it once, found by `leave_for` and ended by `use`. The list «待我确认», its card,
the inbox lines, expiry and stand-ins come by themselves. A change that only takes something away asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once
from bot.core.found import modules_called
from bot.core.refusals import NotFound, Refused, Stale
from bot.staff import inbox, stand_ins
from bot.staff.rights import LABELS, RIGHTS, Denied, Right
from models.confirmations import Confirmation, ConfirmationState, StandIn
from models.staff import Role, Staff

S = ConfirmationState
Facts = dict[str, Any]
WAITS = timedelta(days=7)
LEAVE = timedelta(hours=72)
NOTICE = "confirmation"


@dataclass(frozen=True)
class ConfirmationKind:
    """One kind of thing that needs a second person; the docstring above says how to make one."""

    name: str
    title: str
    subject: str
    right: Right
    now: Callable[[Session, int], Facts]
    carry_out: Callable[[Actor, Confirmation], None] | None = None
    then: str = ""  # what whoever asked does next


@cache
def kinds() -> dict[str, ConfirmationKind]:
    """Every kind of every room, by name."""
    found = (kind for module in modules_called("confirming") for kind in module.KINDS)
    return {kind.name: kind for kind in found}


def ask(
    actor: Actor, kind: str, subject_id: int, what: str, after: Facts, *, reason: str = ""
) -> Confirmation:
    """Ask for a second person. Refuses when the same waits already, or when nobody is there who could confirm."""
    if actor.by is None:
        raise Denied("要第二个人确认的事，要由一位同事提出，请写明姓名。")
    expire(actor.db)
    known = kinds()[kind].now(actor.db, subject_id)
    row = _insert(actor, kind, subject_id, what, {name: known.get(name) for name in after}, after, reason)
    people = approvers(actor.db, row)
    if not people:
        raise Refused(_nobody(kinds()[kind].right))
    for one in people:
        inbox.tell_staff(
            actor.db, one.id, NOTICE, f"{actor.by.name} 请您确认：{what}。请到「待我确认」里办。"
        )
    _record(actor, "confirmation.ask", row, reason=reason)
    return row


def _insert(
    actor: Actor, kind: str, subject_id: int, what: str, before: Facts, after: Facts, reason: str
) -> Confirmation:
    moment = clock.now()
    made = insert_once(
        actor.db, Confirmation, kind=kind, subject_id=subject_id, what=what[:200], before=before, after=after,
        reason=reason[:200] or None, state=S.WAITING, until=moment + WAITS, asked_by_id=actor.staff_id, asked_at=moment,
    )  # fmt: skip
    if made is None:
        raise Refused(f"「{what}」已经提出过，在等第二个人确认。要改的话，请先在「待我确认」里收回。")
    return actor.db.get_one(Confirmation, made)


def _nobody(right: Right) -> str:
    able = "、".join(LABELS[role] for role in Role if right in RIGHTS[role])
    return (
        f"这一项要由第二个人（{able}）确认，现在没有别人可以确认，没有办理。"
        f"{able}不在的，可由本人指定代为确认的同事；实在没有人，请技术员在服务器上办理并写明理由。"
    )


def confirm(actor: Actor, row: Confirmation) -> None:
    """Say yes: it is carried out now, or becomes a leave for whoever asked. Refuses when the facts have changed."""
    kind = kinds()[row.kind]
    _decide(actor, row, S.DONE if kind.carry_out else S.CONFIRMED)
    known = kind.now(actor.db, row.subject_id)
    if any(known.get(name) != value for name, value in row.before.items()):
        raise Stale(
            f"「{row.what}」提出以后情况又变了，不能照原样确认。请退回，由 {row.asked_by.name} 重新提出。"
        )
    if kind.carry_out:
        kind.carry_out(actor, row)
    else:
        row.until = clock.now() + LEAVE
    _record(actor, "confirmation.confirm", row)
    _tell_asker(actor, row, f"已确认：{row.what}。{kind.then}")


def refuse(actor: Actor, row: Confirmation, answer: str) -> None:
    """Say no, and why."""
    if not answer.strip():
        raise Refused("请写明为什么退回，好让申请人知道怎么改。", "reason")
    _decide(actor, row, S.REFUSED)
    row.answer = answer.strip()[:200]
    _record(actor, "confirmation.refuse", row, reason=answer)
    _tell_asker(actor, row, f"退回了：{row.what}。理由：{row.answer}")


def withdraw(actor: Actor, row: Confirmation) -> None:
    """Take back what one has asked for, as long as it is not done."""
    actor.db.refresh(row, with_for_update={"of": Confirmation})
    if row.asked_by_id != actor.staff_id:
        raise Denied("只有提出的人可以收回。")
    if row.state not in (S.WAITING, S.CONFIRMED):
        raise Stale(f"「{row.what}」已经有了结果，不能再收回。")
    row.state, row.decided_at = S.WITHDRAWN, clock.now()
    _record(actor, "confirmation.withdraw", row)


def expire(db: Session) -> int:
    """End what nobody decided, or did, in time; how many."""
    open_ones = Confirmation.state.in_((S.WAITING, S.CONFIRMED))
    rows = list(db.scalars(select(Confirmation).where(open_ones, Confirmation.until <= clock.now())))
    for row in rows:
        row.state = S.EXPIRED
        _record(Actor(db, None), "confirmation.expire", row)
        inbox.tell_staff(db, row.asked_by_id, NOTICE, f"过了期限没有办：{row.what}。仍然需要的，请重新提出。")
    db.flush()
    return len(rows)


def leave(actor: Actor, kind: str, subject_id: int, asker_id: int, what: str) -> None:
    """Give somebody leave for one more step, by whoever has just confirmed what it belongs to."""
    moment = clock.now()
    row = Confirmation(
        kind=kind, subject_id=subject_id, what=what[:200], before={}, after={}, state=S.CONFIRMED, until=moment + LEAVE,
        asked_by_id=asker_id, asked_at=moment, decided_by_id=actor.staff_id, decided_at=moment,
    )  # fmt: skip
    actor.db.add(row)
    _record(actor, "confirmation.confirm", row)


def leave_for(actor: Actor, kind: str, subject_id: int) -> Confirmation | None:
    """The leave that this colleague has and has not used."""
    moment = clock.now()
    query = select(Confirmation).where(
        Confirmation.kind == kind,
        Confirmation.subject_id == subject_id,
        Confirmation.asked_by_id == actor.staff_id,
        Confirmation.state == S.CONFIRMED,
        Confirmation.until > moment,
        Confirmation.until <= moment + LEAVE,  # more is the work of a clock that jumped
    )
    return actor.db.scalar(query.order_by(Confirmation.id).limit(1))


def use(actor: Actor, row: Confirmation) -> None:
    """A leave counts once."""
    actor.db.refresh(row, with_for_update={"of": Confirmation})
    if row.state is not S.CONFIRMED:
        raise Stale(f"「{row.what}」的确认已经用过了。仍然需要的，请重新提出。")
    row.state = S.DONE


def void(db: Session, person: Staff) -> None:
    """Leaves about a colleague end when their place in the office changes: they were given for the old one."""
    about = [name for name, kind in kinds().items() if kind.subject == "staff"]
    open_ones = (
        Confirmation.kind.in_(about),
        Confirmation.subject_id == person.id,
        Confirmation.state == S.CONFIRMED,
    )
    db.execute(update(Confirmation).where(*open_ones).values(state=S.WITHDRAWN))


def whose_right(by: Staff, row: Confirmation, standing: Iterable[StandIn]) -> Staff | None:
    """In whose right this colleague would decide: their own, or that of an absent one for whom they stand in. Never of
    somebody who asked or whom it concerns, and never by such a person."""
    concerned = {row.asked_by_id, row.subject_id if kinds()[row.kind].subject == "staff" else None}
    voices = [by, *(one.absent for one in standing if one.stand_in_id == by.id)]
    able = (one for one in voices if one.active and kinds()[row.kind].right in RIGHTS[one.role])
    if by.id in concerned or not by.active:
        return None
    return next((one for one in able if one.id not in concerned), None)


def approvers(db: Session, row: Confirmation) -> list[Staff]:
    """Everybody who may decide this."""
    standing = stand_ins.today(db)
    people = db.scalars(select(Staff).where(Staff.active).order_by(Staff.id))
    return [one for one in people if whose_right(one, row, standing)]


def may_decide(db: Session, by: Staff, row: Confirmation) -> bool:
    """Whether this colleague is one of those who may say yes or no."""
    return whose_right(by, row, stand_ins.today(db)) is not None


def waiting_for(db: Session, by: Staff) -> list[Confirmation]:
    """What waits for this colleague, the oldest first."""
    standing = stand_ins.today(db)
    query = select(Confirmation).where(Confirmation.state == S.WAITING, Confirmation.until > clock.now())
    return [row for row in db.scalars(query.order_by(Confirmation.id)) if whose_right(by, row, standing)]


def asked_by(db: Session, by: Staff, most: int = 20) -> list[Confirmation]:
    """What this colleague has asked for, the newest first."""
    mine = select(Confirmation).where(Confirmation.asked_by_id == by.id)
    return list(db.scalars(mine.order_by(Confirmation.id.desc()).limit(most)))


def waiting_on(db: Session, kind: str, subject_id: int) -> Confirmation | None:
    """The request of this kind about this subject that waits."""
    query = select(Confirmation).where(
        Confirmation.kind == kind, Confirmation.subject_id == subject_id, Confirmation.state == S.WAITING
    )
    return db.scalar(query.where(Confirmation.until > clock.now()))


def _decide(actor: Actor, row: Confirmation, state: ConfirmationState) -> None:
    """Only one decision counts, by one of those who may."""
    actor.db.refresh(row, with_for_update={"of": Confirmation})
    whose = whose_right(actor.by, row, stand_ins.today(actor.db)) if actor.by else None
    if actor.by is None or whose is None:
        raise NotFound("这一项不由您确认。请从「待我确认」里进入。")
    if row.state is not S.WAITING or row.until <= clock.now():
        raise Stale(f"「{row.what}」已经有了结果，或过了期限。")
    row.state, row.decided_by_id, row.decided_at = state, actor.by.id, clock.now()
    row.decided_for_id = whose.id if whose is not actor.by else None


def _tell_asker(actor: Actor, row: Confirmation, text: str) -> None:
    name = actor.by.name if actor.by else ""
    inbox.tell_staff(actor.db, row.asked_by_id, NOTICE, f"{name} {text}")


def _record(actor: Actor, action: str, row: Confirmation, *, reason: str = "") -> None:
    kind = kinds()[row.kind]
    changed = {name: [row.before.get(name), value] for name, value in row.after.items()}
    audit.record(
        actor.db, actor.by, action, kind.subject, row.subject_id, reason=reason or None, title=kind.title, changed=changed
    )  # fmt: skip
