"""The counts of a period: a few aggregates over what fell into it, whole, by a dimension, or month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, select
from sqlalchemy.orm import Session

from bot.appeals.states import OPEN
from bot.core import clock
from bot.statistics import case_sets
from bot.statistics.case_sets import RATES, Condition
from bot.statistics.dimensions import DIMENSIONS
from bot.statistics.local_time import local_month
from bot.statistics.period import Period
from bot.statistics.rate import Rate
from models.appeal_work import Dispatch, SurveyAnswer
from models.appeals import SOLVED, Appeal, AppealEvent, AppealState

S = AppealState


@dataclass(frozen=True)
class Figures:
    """Counts by name; what nothing fell into is 0."""

    counts: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)

    def rate(self, name: str) -> Rate:
        """A rate of domain §5."""
        of = RATES[name]
        return Rate(self[of.numerator], self[of.denominator])


@dataclass(frozen=True)
class Source:
    """One aggregate: rows, the moment that has to fall into the period, and what is summed of them."""

    rows: Select[Any]
    moment: Any
    sums: Mapping[str, ColumnElement[Any]]
    unit: Any = None  # its own column for the unit, where that is not the case's lead


def _count_where(which: Condition) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)


def _received(period: Period) -> Source:
    declined = Appeal.state == S.DECLINED
    codes = {code: _count_where(and_(declined, Appeal.decline_code == code)) for code in DECLINE_CODES}
    return Source(
        select().where(case_sets.received(period)),
        Appeal.received_at,
        {
            "received": func.count(Appeal.id),
            "counted": _count_where(Appeal.state.not_in((S.WITHDRAWN, S.MERGED))),
            "accepted": _count_where(case_sets.ACCEPTED),
            "completed": _count_where(and_(case_sets.ACCEPTED, case_sets.finished_by(period))),
            "declined": _count_where(declined),
            "withdrawn": _count_where(Appeal.state == S.WITHDRAWN),
            "merged": _count_where(Appeal.state == S.MERGED),
        }
        | codes,
    )


def _contact(period: Period) -> Source:
    return Source(
        select().where(case_sets.contact_due(period)),
        Appeal.contact_due_at,
        {"contact_due": func.count(Appeal.id), "contacted": _count_where(case_sets.CONTACTED)},
    )


def _due(period: Period) -> Source:
    return Source(
        select().where(case_sets.due(period)),
        func.coalesce(Appeal.extended_due_at, Appeal.due_at),
        {
            "due": func.count(Appeal.id),
            "on_time": _count_where(case_sets.ON_TIME),
            "late": _count_where(case_sets.LATE),
        },
    )


def _resolved(period: Period) -> Source:
    """From the moves: a case that was resolved and reopened was resolved all the same."""
    answered = case((case_sets.ANSWERED, Appeal.id), else_=None)
    return Source(
        select()
        .select_from(AppealEvent)
        .join(Appeal, Appeal.id == AppealEvent.appeal_id)
        .where(case_sets.RESOLVING, period.holds(AppealEvent.at), case_sets.COUNTED),
        AppealEvent.at,
        {"resolved": func.count(distinct(Appeal.id)), "answered": func.count(distinct(answered))},
    )


def _reopened(period: Period) -> Source:
    return Source(
        select()
        .select_from(AppealEvent)
        .join(Appeal, Appeal.id == AppealEvent.appeal_id)
        .where(case_sets.REOPENING, period.holds(AppealEvent.at), case_sets.COUNTED),
        AppealEvent.at,
        {"reopened": func.count(distinct(Appeal.id))},
    )


def _closed(period: Period) -> Source:
    return Source(
        select().where(case_sets.COUNTED, period.holds(Appeal.closed_at)),
        Appeal.closed_at,
        {"closed": func.count(Appeal.id)},
    )


def _answers(period: Period) -> Source:
    solved = SurveyAnswer.solved
    return Source(
        select()
        .select_from(SurveyAnswer)
        .join(Appeal, Appeal.id == SurveyAnswer.appeal_id)
        .where(case_sets.ANSWERS, period.holds(SurveyAnswer.at)),
        SurveyAnswer.at,
        {
            "solved_valid": _count_where(case_sets.HAS_SOLVED),
            "solved": _count_where(solved == SOLVED[0]),
            "partly": _count_where(solved == SOLVED[1]),
            "unsolved": _count_where(solved == SOLVED[2]),
            "scored": _count_where(case_sets.HAS_SCORE),
            "pleased": _count_where(SurveyAnswer.score.in_(case_sets.PLEASED)),
        },
    )


def _dispatches(period: Period) -> Source:
    return Source(
        select()
        .select_from(Dispatch)
        .join(Appeal, Appeal.id == Dispatch.appeal_id)
        .where(case_sets.COUNTED, period.holds(Dispatch.at)),
        Dispatch.at,
        {"dispatches": func.count(Dispatch.id), "upheld": _count_where(case_sets.UPHELD)},
        unit=Dispatch.unit_id,  # the unit that it was sent to, which is the lead no more when it was right
    )


DECLINE_CODES = tuple(f"N{number}" for number in range(1, 10))
SOURCES = (_received, _contact, _due, _resolved, _reopened, _closed, _answers, _dispatches)


def overall(db: Session, period: Period) -> Figures:
    """All counts of a period."""
    counts: Counter[str] = Counter()
    for source in (make(period) for make in SOURCES):
        row = db.execute(_aggregate(source)).one()
        counts.update(dict(zip(source.sums, row, strict=True)))
    counts.update(at_end(db, period)[None])
    return Figures(counts)


def by_dimension(db: Session, period: Period, dimension: str) -> dict[Any, Figures]:
    """All counts of a period for each value that something fell to; None where it is not filled in."""
    column = DIMENSIONS[dimension].column
    found: dict[Any, Counter[str]] = {}
    for source in (make(period) for make in SOURCES):
        key = source.unit if source.unit is not None and column is Appeal.unit_id else column
        for value, *row in db.execute(_aggregate(source, key)):
            found.setdefault(value or None, Counter()).update(dict(zip(source.sums, row, strict=True)))
    for value, counts in at_end(db, period, column).items():
        found.setdefault(value or None, Counter()).update(counts)
    return {value: Figures(counts) for value, counts in found.items() if any(counts.values())}


def by_month(db: Session, period: Period) -> dict[Period, Figures]:
    """The counts of each month of the period, also of months without any. `completed` is as it stands at the period's
    end, `open` and `parked` (on hold) at each month's end."""
    months = period.months()
    found: dict[str, Counter[str]] = {_month_key(month): Counter() for month in months}
    for source in (make(period) for make in SOURCES):
        for value, *row in db.execute(_aggregate(source, local_month(source.moment))):
            found[value].update(dict(zip(source.sums, row, strict=True)))
    _count_stocks(db, period, found)
    return {month: Figures(found[_month_key(month)]) for month in months}


def _count_stocks(db: Session, period: Period, found: dict[str, Counter[str]]) -> None:
    """Back from the period's end: what was open at a month's end is what is so now, less what came and changed."""
    month = local_month(AppealEvent.at)
    moves = select(month.label("key"), *_net_changes()).where(
        case_sets.CHANGING, period.holds(AppealEvent.at)
    )
    changes = {key: row for key, *row in db.execute(moves.group_by("key"))}
    stock = at_end(db, period)[None]
    for key in reversed(found):
        opened, on_hold = changes.get(key, (0, 0))
        found[key].update(stock)
        stock = Counter(
            open=stock["open"] - found[key]["received"] - opened, parked=stock["parked"] - on_hold
        )


def _month_key(month: Period) -> str:
    return f"{month.first:%Y-%m}"


def _aggregate(source: Source, key: Any = None) -> Select[Any]:
    named = [value.label(name) for name, value in source.sums.items()]
    if key is None:
        return source.rows.add_columns(*named)
    return source.rows.add_columns(key.label("key"), *named).group_by("key")


def at_end(db: Session, period: Period, key: Any = None) -> dict[Any, Counter[str]]:
    """How many were open and on hold at the period's end: those of now, less what has come and changed since."""
    now = {"open": Appeal.state.in_(OPEN), "parked": Appeal.state == S.ON_HOLD}
    found: dict[Any, Counter[str]] = {None: Counter()}
    for at, row in _grouped(
        db, select(*(_count_where(which) for which in now.values())).where(now["open"]), key
    ):
        found.setdefault(at, Counter()).update(dict(zip(now, row, strict=True)))
    if period.end > clock.now():
        return found
    came = select(func.count(Appeal.id)).where(Appeal.received_at >= period.end)
    for at, (count,) in _grouped(db, came, key):
        found.setdefault(at, Counter()).subtract({"open": count})
    since = select(*_net_changes()).where(case_sets.CHANGING, AppealEvent.at >= period.end)
    if key is not None:
        since = since.select_from(AppealEvent).join(Appeal, Appeal.id == AppealEvent.appeal_id)
    for at, row in _grouped(db, since, key):
        found.setdefault(at, Counter()).subtract(dict(zip(now, row, strict=True)))
    return found


def _grouped(db: Session, query: Any, key: Any) -> Iterator[tuple[Any, list[Any]]]:
    """The rows of an aggregate with their key; one row without a key."""
    if key is None:
        yield None, list(db.execute(query).one())
        return
    for *row, at in db.execute(query.add_columns(key.label("key")).group_by("key")):
        yield at, row


def _net_changes() -> tuple[ColumnElement[int], ColumnElement[int]]:
    """How many more are open, and on hold, after the moves."""
    return _net_change(OPEN), _net_change(frozenset({S.ON_HOLD}))


def _net_change(states: frozenset[AppealState]) -> ColumnElement[int]:
    came = and_(AppealEvent.to_state.in_(states), AppealEvent.from_state.not_in(states))
    went = and_(AppealEvent.from_state.in_(states), AppealEvent.to_state.not_in(states))
    return func.coalesce(func.sum(case((came, 1), (went, -1), else_=0)), 0)
