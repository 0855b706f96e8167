"""Steps up (domain §3.3): 预警, 超期, 催办, and 督办 with its numbered paper; each level once per case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from bot.appeals import deadlines, lights, states
from bot.appeals.actor import acting, held
from bot.appeals.wording import one_of, when, written
from bot.core import audit, clock, workdays
from bot.core.db import insert_once, next_number
from bot.core.refusals import Refused
from bot.core.settings import AppealsSettings
from bot.runtime.services import ServiceActor, Services
from bot.staff import inbox
from models.appeal_work import DayCount, Supervision
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff

S = AppealState
HANDLED = (S.DISPATCHED, S.IN_PROGRESS, S.PENDING_REVIEW)
FORMAL = ("one", "two", "three")  # with a paper
LABELS = {
    "yellow": "预警",
    "red": "超期",
    "urge": "催办",
    "one": "督办一级",
    "two": "督办二级",
    "three": "督办三级",
}
MANY_APPELLANTS = 5


@dataclass(frozen=True)
class Step:
    """A level that a case has reached, and why."""

    level: str
    cause: str


def supervise(actor: ServiceActor, case: Appeal, level: str, cause: str) -> Supervision:
    """A leader's order: a 督办单 to the lead unit."""
    with acting(actor, case, "supervise", reason=cause, level=level):
        said = written(cause, "督办事由", most=128)
        step = Step(one_of(level, FORMAL, "督办级别"), said)
        row = _issue(actor, case, step, actor.by)
        if row is None:
            raise Refused(
                f"这件诉求已经发过{LABELS[level]}，同一级别只发一次。请选更高的级别，或等单位回复。"
            )
        return row


def answer_supervision(actor: ServiceActor, supervision: Supervision, words: str) -> None:
    """What the unit answers to a 督办单."""
    case = actor.db.get_one(Appeal, supervision.appeal_id)
    with acting(actor, case, "answer_supervision", supervision=supervision.id):
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


def notify(services: Services, db: Session, moment: datetime) -> int:
    """Send what is due, in working hours only; how many notices. Each level goes once per case."""
    rules = services.config.appeals
    if not in_hours(rules, moment):
        return 0
    waiting = [case.id for case, _ in _due(db, rules, db.scalars(_pressing(moment)).all(), moment)]
    if not waiting:
        return 0
    actor, sent = ServiceActor(db, None, services), 0
    cases = held(db, select(Appeal).where(Appeal.id.in_(waiting), Appeal.state.in_(HANDLED)))
    for case, steps in _due(db, rules, cases, moment):
        sent += sum(_issue(actor, case, step, None) is not None for step in steps)
    return sent


def in_hours(rules: AppealsSettings, moment: datetime) -> bool:
    """Whether the office works at this moment."""
    local = clock.local(moment)
    open_ = rules.open_of_business <= local.time() < rules.close_of_business
    return open_ and workdays.is_workday(local.date())


def reached(rules: AppealsSettings, case: Appeal, appellants: int, moment: datetime) -> list[Step]:
    """The levels that a case has reached. Pure."""
    due = case.due_in_force
    close = (rules.close_of_business.hour, rules.close_of_business.minute)
    steps: list[Step] = []
    if due is not None and due < moment:
        late = deadlines.days_late(due, moment, close)
        steps.append(Step("red", f"办理时限{when(due)}已过"))
        by_days = (
            ("urge", rules.urge_after_days),
            ("one", rules.supervise_one_days),
            ("two", rules.supervise_two_days),
            ("three", rules.supervise_three_days),
        )
        steps += [Step(level, f"超期 {late} 个工作日") for level, days in by_days if late >= days]
    elif due is not None and _is_close(case, due, moment):
        left = deadlines.days_left(due, moment)
        steps.append(Step("yellow", f"办理时限{when(due)}，还有 {left} 个工作日"))
    if case.reopen_count >= 1:
        steps.append(Step("one", f"重新办理 {case.reopen_count} 次"))
    if case.reopen_count >= 2:
        steps.append(Step("two", f"重新办理 {case.reopen_count} 次"))
    if appellants >= MANY_APPELLANTS:
        steps.append(Step("two", f"{appellants} 位诉求人反映"))
    return steps


def digest(services: Services, db: Session, moment: datetime) -> None:
    """The morning's list of late and nearly late cases: to each unit its own, to the dispatchers all."""
    of_units: dict[int, dict[lights.Colour, list[str]]] = {}
    of_office: dict[bool, dict[lights.Colour, list[str]]] = {}
    for colour in (lights.Colour.RED, lights.Colour.YELLOW):
        query = select(Appeal).where(lights.shows(colour, moment)).order_by(Appeal.due_at, Appeal.id)
        for case in db.scalars(query):
            of_office.setdefault(case.confidential, {}).setdefault(colour, []).append(case.number)
            if case.unit_id is not None:
                of_units.setdefault(case.unit_id, {}).setdefault(colour, []).append(case.number)
    for unit_id, found in of_units.items():
        inbox.tell_unit_of(db, unit_id, "digest", _listed(found))
    for confidential, found in of_office.items():
        inbox.tell_role(db, Role.LEADER if confidential else Role.DISPATCHER, "digest", _listed(found))


def _listed(found: dict[lights.Colour, list[str]]) -> str:
    """Counts first: when the line is cut, they stay."""
    parts = [f"{lights.LABELS[colour]} {len(numbers)} 件" for colour, numbers in found.items()]
    numbers = "、".join(number for numbers in found.values() for number in numbers)
    return f"今日{'，'.join(parts)}，请优先办理：{numbers}"


def _is_close(case: Appeal, due: datetime, moment: datetime) -> bool:
    left = deadlines.days_left(due, moment)
    return left <= 1 or (case.limit_days is not None and left * 3 <= case.limit_days)


def _pressing(moment: datetime) -> Select[Appeal]:
    many = select(Appeal.merged_into_id).where(Appeal.merged_into_id.is_not(None))
    many = many.group_by(Appeal.merged_into_id).having(func.count() >= MANY_APPELLANTS - 1)
    pressing = or_(lights.is_near(moment), Appeal.reopen_count > 0, Appeal.id.in_(many))
    return select(Appeal).where(Appeal.state.in_(HANDLED), pressing)


def _due(
    db: Session, rules: AppealsSettings, cases: Sequence[Appeal], moment: datetime
) -> list[tuple[Appeal, list[Step]]]:
    """What has not been sent yet, one step a level."""
    ids = [case.id for case in cases]
    sent = select(Supervision.appeal_id, Supervision.level).where(Supervision.appeal_id.in_(ids))
    done = {(appeal_id, level) for appeal_id, level in db.execute(sent)}
    people = _appellants(db, ids)
    found = []
    for case in cases:
        steps = {step.level: step for step in reversed(reached(rules, case, people.get(case.id, 1), moment))}
        new = [steps[level] for level in LABELS if level in steps and (case.id, level) not in done]
        if new:
            found.append((case, new))
    return found


def _appellants(db: Session, ids: list[int]) -> dict[int, int]:
    """Different people behind each case, those of merged rows with them."""
    whole = func.coalesce(Appeal.merged_into_id, Appeal.id)
    query = select(whole, func.count(func.distinct(Appeal.appellant))).where(whole.in_(ids)).group_by(whole)
    return {int(case_id): int(count) for case_id, count in db.execute(query)}


def _issue(actor: ServiceActor, case: Appeal, step: Step, by: Staff | None) -> Supervision | None:
    """Write the notice and tell whom it concerns; None when this level was there already."""
    row_id = insert_once(
        actor.db,
        Supervision,
        appeal_id=case.id,
        level=step.level,
        cause=step.cause[:128],
        issued_at=clock.now(),
        by_id=by.id if by else None,
        unit_id=case.unit_id,
    )
    if row_id is None:
        return None
    row = actor.db.get_one(Supervision, row_id)
    label, kind = LABELS[step.level], step.level
    if step.level not in FORMAL:
        inbox.tell_unit(actor.db, case, kind, f"{label}：{case.number} {step.cause}，请抓紧办理。")
        if step.level == "red":
            inbox.tell_role(actor.db, Role.DISPATCHER, kind, f"{label}：{case.number} {step.cause}。", case)
        return row
    row.number = _next_number(actor.db, clock.now())
    case.supervision_level = max(case.supervision_level, FORMAL.index(step.level) + 1)
    states.record(
        actor.db,
        case,
        actor.signature,
        "supervised",
        case.state,
        level=step.level,
        number=row.number,
        cause=step.cause,
    )
    text = f"{label} {row.number}：{case.number} {step.cause}"
    inbox.tell_unit(actor.db, case, kind, f"{text}，请办理并回复督办单。")
    role = Role.DISPATCHER if step.level == "one" else Role.LEADER
    inbox.tell_role(actor.db, role, kind, f"{text}，请跟进。", case)
    if by is None:
        audit.record(
            actor.db, None, "appeal.supervise", "appeal", case.id, level=step.level, number=row.number
        )
    return row


def _next_number(db: Session, moment: datetime) -> str:
    """The next paper of the year: DB2026001. Who issues one at the same moment waits here."""
    year = date(clock.local(moment).year, 1, 1)
    serial = next_number(db, DayCount, what="supervision", day=year)
    return f"DB{year.year}{serial:03d}"
