"""What goes up by the clock (domain §3.3): 预警, 超期, 催办, 督办 by days late, and the morning's list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from bot.appeals import deadlines, lights
from bot.appeals.actor import locked_cases
from bot.appeals.acts.supervising import LABELS, Level, issue
from bot.appeals.wording import when
from bot.core.settings import AppealsSettings
from bot.runtime.services import ServiceActor, Services
from bot.staff import inbox
from models.appeal_work import Supervision
from models.appeals import Appeal, AppealState
from models.staff import Role

S = AppealState
HANDLED = (S.DISPATCHED, S.IN_PROGRESS, S.PENDING_REVIEW)
MANY_APPELLANTS = 5


def notify(services: Services, db: Session, moment: datetime) -> int:
    """Send what is due, in working hours only; how many notices. Each level goes once per case."""
    rules = services.config.appeals
    if not deadlines.in_hours(rules, moment):
        return 0
    waiting = [case.id for case, _ in _due(db, rules, db.scalars(_pressing(moment)).all(), moment)]
    if not waiting:
        return 0
    actor, sent = ServiceActor(db, None, services), 0
    cases = locked_cases(db, select(Appeal).where(Appeal.id.in_(waiting), Appeal.state.in_(HANDLED)))
    for case, levels in _due(db, rules, cases, moment):
        sent += sum(issue(actor, case, level) is not None for level in levels)
    return sent


def reached(rules: AppealsSettings, case: Appeal, appellants: int, moment: datetime) -> list[Level]:
    """The levels that a case has reached. Pure."""
    due = case.due_in_force
    close = (rules.close_of_business.hour, rules.close_of_business.minute)
    levels: list[Level] = []
    if due is not None and due < moment:
        late = deadlines.days_late(due, moment, close)
        levels.append(Level("red", f"办理时限{when(due)}已过"))
        by_days = (
            ("urge", rules.urge_after_days),
            ("one", rules.supervise_one_days),
            ("two", rules.supervise_two_days),
            ("three", rules.supervise_three_days),
        )
        levels += [Level(level, f"超期 {late} 个工作日") for level, days in by_days if late >= days]
    elif due is not None and _is_close(case, due, moment):
        left = deadlines.days_left(due, moment)
        levels.append(Level("yellow", f"办理时限{when(due)}，还有 {left} 个工作日"))
    if case.reopen_count >= 1:
        levels.append(Level("one", f"重新办理 {case.reopen_count} 次"))
    if case.reopen_count >= 2:
        levels.append(Level("two", f"重新办理 {case.reopen_count} 次"))
    if appellants >= MANY_APPELLANTS:
        levels.append(Level("two", f"{appellants} 位诉求人反映"))
    return levels


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
) -> list[tuple[Appeal, list[Level]]]:
    """What has not been sent yet, one a level."""
    ids = [case.id for case in cases]
    sent = select(Supervision.appeal_id, Supervision.level).where(Supervision.appeal_id.in_(ids))
    done = {(appeal_id, level) for appeal_id, level in db.execute(sent)}
    people = _appellants(db, ids)
    found = []
    for case in cases:
        by_name = {
            level.name: level for level in reversed(reached(rules, case, people.get(case.id, 1), moment))
        }
        new = [by_name[name] for name in LABELS if name in by_name and (case.id, name) not in done]
        if new:
            found.append((case, new))
    return found


def _appellants(db: Session, ids: list[int]) -> dict[int, int]:
    """Different people behind each case, those of merged rows with them."""
    whole = func.coalesce(Appeal.merged_into_id, Appeal.id)
    query = select(whole, func.count(func.distinct(Appeal.appellant))).where(whole.in_(ids)).group_by(whole)
    return {int(case_id): int(count) for case_id, count in db.execute(query)}
