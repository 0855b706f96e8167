"""督办: a leader's numbered paper to the lead unit, and the unit's answer (domain §3.3). Each level once per case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.appeals import states
from bot.appeals.actor import acting
from bot.appeals.acts.act import WITH_UNIT, Act, ActForm, Place, Side, Tone
from bot.appeals.fields import Field, Given, area
from bot.appeals.wording import one_of, written
from bot.core import audit, clock
from bot.core.db import insert_once, next_number
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeal_work import DayCount, Supervision
from models.appeals import Appeal
from models.staff import Role

FORMAL = ("one", "two", "three")  # with a paper
LABELS = {
    "yellow": "预警",
    "red": "超期",
    "urge": "催办",
    "one": "督办一级",
    "two": "督办二级",
    "three": "督办三级",
}


@dataclass(frozen=True)
class Level:
    """A level that a case has reached, and why."""

    name: str
    cause: str


def supervise(actor: ServiceActor, case: Appeal, level: str, cause: str) -> Supervision:
    """A leader's order: a 督办单 to the lead unit."""
    with acting(actor, case, SUPERVISE, reason=cause, level=level):
        said = written(cause, "督办事由", most=128)
        reached = Level(one_of(level, FORMAL, "督办级别"), said)
        row = issue(actor, case, reached)
        if row is None:
            raise Refused(
                f"这件诉求已经发过{LABELS[level]}，同一级别只发一次。请选更高的级别，或等单位回复。"
            )
        return row


SUPERVISE = Act(
    name="supervise",
    label="督办",
    order=270,
    right=Right.APPEAL_SUPERVISE,
    states=WITH_UNIT,
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="发出有编号的督办单，承办单位须书面回复。",
        button="发出督办单",
        done="督办单已发出。",
        fields=[
            Field(
                "level",
                "督办级别",
                "radio",
                "每一级只发一次。",
                [(level, LABELS[level]) for level in FORMAL],
                needed=True,
            ),
            Field("cause", "督办事由", hint="会印在督办单上，不超过 128 字。", needed=True, most=128),
        ],
    ),
    run=lambda actor, case, given: supervise(actor, case, given.text("level"), given.text("cause")),
    place=Place.RARE,
    events={"supervised": "督办"},
)


def answer_supervision(actor: ServiceActor, supervision: Supervision, words: str) -> None:
    """What the unit answers to a 督办单."""
    case = actor.db.get_one(Appeal, supervision.appeal_id)
    with acting(actor, case, ANSWER_SUPERVISION, supervision=supervision.id):
        actor.db.refresh(supervision)
        if supervision.level not in FORMAL:
            raise Refused("这是系统提醒，不用回复；请抓紧办理。")
        if supervision.answered_at is not None:
            raise Refused("这张督办单已经回复过。需要补充请登记办理进展。")
        supervision.answer, supervision.answered_at = written(words, "督办回复"), clock.now()
        states.record(
            actor.db, case, actor.signature, "supervision_answered", case.state, number=supervision.number
        )
        text = f"{case.number} 的督办单 {supervision.number} 已回复，请查看。"
        inbox.tell_role(actor.db, Role.LEADER, "supervision", text, case)


def _unanswered(case: Appeal) -> Select[Supervision]:
    """The papers that wait for the unit's answer."""
    asked = (Supervision.level.in_(FORMAL), Supervision.answered_at.is_(None))
    return select(Supervision).where(Supervision.appeal_id == case.id, *asked).order_by(Supervision.id)


def _answer_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    rows = actor.db.scalars(_unanswered(case))
    choices = [(str(row.id), f"{row.number}　{LABELS[row.level]}：{row.cause}") for row in rows]
    first = choices[0][0] if choices else ""
    return [
        Field("supervision", "督办单", "radio", choices=choices, needed=True, value=first),
        area("words", "督办回复", "内部：分管领导看得到，诉求人看不到。", rows=8),
    ]


def _answer(actor: ServiceActor, case: Appeal, given: Given) -> None:
    row = actor.db.get(Supervision, given.number("supervision") or 0)
    if row is None or row.appeal_id != case.id:
        raise Refused("请选择要回复的督办单。")
    answer_supervision(actor, row, given.text("words"))


ANSWER_SUPERVISION = Act(
    name="answer_supervision",
    label="回复督办",
    order=280,
    right=Right.APPEAL_HANDLE,
    states=WITH_UNIT,
    primary_in=WITH_UNIT,
    form=ActForm(
        tone=Tone.INTERNAL,
        lead="督办单须书面回复：现在办到哪里、什么时候办完。",
        button="回复督办",
        done="已回复督办单。",
        fields=_answer_fields,
    ),
    run=_answer,
    side=Side.UNIT,
    fits_rows=lambda db, case: db.scalar(_unanswered(case).limit(1)) is not None,
    events={"supervision_answered": "回复督办"},
)


def issue(actor: ServiceActor, case: Appeal, level: Level) -> Supervision | None:
    """Write the level down and tell whom it concerns; None when it was there already."""
    row_id = insert_once(
        actor.db,
        Supervision,
        appeal_id=case.id,
        level=level.name,
        cause=level.cause[:128],
        issued_at=clock.now(),
        by_id=actor.staff_id,
        unit_id=case.unit_id,
    )
    if row_id is None:
        return None
    row = actor.db.get_one(Supervision, row_id)
    if level.name in FORMAL:
        _send_paper(actor, case, level, row)
    else:
        _urge(actor, case, level)
    return row


def _urge(actor: ServiceActor, case: Appeal, level: Level) -> None:
    """A line in the unit's inbox; the dispatchers hear of a case that is late."""
    said = f"{LABELS[level.name]}：{case.number} {level.cause}"
    inbox.tell_unit(actor.db, case, level.name, f"{said}，请抓紧办理。")
    if level.name == "red":
        inbox.tell_role(actor.db, Role.DISPATCHER, level.name, f"{said}。", case)


def _send_paper(actor: ServiceActor, case: Appeal, level: Level, row: Supervision) -> None:
    """Number the paper, write it into the history, tell the unit and who follows it up."""
    row.number = _next_number(actor.db, clock.now())
    case.supervision_level = max(case.supervision_level, FORMAL.index(level.name) + 1)
    kept = {"level": level.name, "number": row.number}
    states.record(actor.db, case, actor.signature, "supervised", case.state, **kept, cause=level.cause)
    text = f"{LABELS[level.name]} {row.number}：{case.number} {level.cause}"
    inbox.tell_unit(actor.db, case, level.name, f"{text}，请办理并回复督办单。")
    role = Role.DISPATCHER if level.name == "one" else Role.LEADER
    inbox.tell_role(actor.db, role, level.name, f"{text}，请跟进。", case)
    if actor.by is None:  # of a colleague's paper the act's frame keeps the trail
        audit.record(actor.db, None, "appeal.supervise", "appeal", case.id, **kept)


def _next_number(db: Session, moment: datetime) -> str:
    """The next paper of the year: DB2026001. A second one at the same moment waits here for the first."""
    year = date(clock.local(moment).year, 1, 1)
    serial = next_number(db, DayCount, what="supervision", day=year)
    return f"DB{year.year}{serial:03d}"
