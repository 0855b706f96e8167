"""Which cases stand behind a number: every count of domain §5 as a condition on `Appeal`.

Declined, withdrawn and merged cases leave every rate; a merged row's own survey counts. A limit whose clock stood
before it ended (待补充, 挂账) has not come yet. What a case was at an earlier day is read from its moves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.appeals.states import OPEN
from bot.core import clock
from bot.statistics.dimensions import DIMENSIONS, is_value, row_id
from bot.statistics.period import Period
from models.appeal_work import Dispatch, SurveyAnswer
from models.appeals import SCORES, SOLVED, Appeal, AppealEvent, AppealState

S = AppealState
Condition = ColumnElement[bool]
OUT = (S.DECLINED, S.WITHDRAWN, S.MERGED)
FINISHED = (S.RESOLVED, S.CLOSED)
PLEASED = SCORES[:3]  # 很满意 满意 基本满意

COUNTED: Condition = Appeal.state.not_in(OUT)
ACCEPTED: Condition = and_(COUNTED, Appeal.accepted_at.is_not(None))
# The words are those of the index ix_appeal_events_moves, so that it is used.
MOVED: Condition = AppealEvent.from_state != AppealEvent.to_state
_ENDS = [*(set(S) - OPEN), S.ON_HOLD]
# The moves that change whether a case is open or on hold; every state is named, so that the index is walked by parts.
CHANGING: Condition = and_(
    MOVED,
    AppealEvent.to_state.in_(list(S)),
    or_(AppealEvent.to_state.in_(_ENDS), AppealEvent.from_state.in_(_ENDS)),
)
RESOLVING: Condition = and_(
    MOVED, AppealEvent.to_state == S.RESOLVED, AppealEvent.from_state.in_((S.PENDING_REVIEW, S.ACCEPTED))
)
REOPENING: Condition = and_(
    MOVED,
    AppealEvent.to_state.in_((S.SUBMITTED, S.ACCEPTED, S.IN_PROGRESS)),
    AppealEvent.from_state.in_(FINISHED),
)
# What a person said last; a merged row has its own.
ANSWERS: Condition = and_(SurveyAnswer.replaced.is_(False), Appeal.state.not_in((S.DECLINED, S.WITHDRAWN)))
HAS_SOLVED: Condition = SurveyAnswer.solved.in_(SOLVED)
HAS_SCORE: Condition = SurveyAnswer.score.in_(SCORES)


def _has_come_due(due: InstrumentedAttribute[Any]) -> Condition:
    """The limit has come: the clock was not stopped before it ended."""
    return or_(Appeal.paused_at.is_(None), due < Appeal.paused_at)


def contact_due(period: Period) -> Condition:
    """The limit of the first contact lies in the period."""
    return and_(COUNTED, period.holds(Appeal.contact_due_at), _has_come_due(Appeal.contact_due_at))


CONTACTED: Condition = and_(
    Appeal.first_contact_at.is_not(None), Appeal.first_contact_at <= Appeal.contact_due_at
)


def due(period: Period) -> Condition:
    """The handling limit in force lies in the period; two halves, so that each finds its part of the index."""
    own = and_(Appeal.extended_due_at.is_(None), period.holds(Appeal.due_at), _has_come_due(Appeal.due_at))
    extended = and_(period.holds(Appeal.extended_due_at), _has_come_due(Appeal.extended_due_at))
    return and_(COUNTED, or_(own, extended))


ON_TIME: Condition = and_(
    Appeal.resolved_at.is_not(None),
    or_(
        and_(Appeal.extended_due_at.is_(None), Appeal.resolved_at <= Appeal.due_at),
        and_(Appeal.extended_due_at.is_not(None), Appeal.resolved_at <= Appeal.extended_due_at),
    ),
)
LATE: Condition = or_(
    Appeal.resolved_at.is_(None),
    and_(Appeal.extended_due_at.is_(None), Appeal.resolved_at > Appeal.due_at),
    and_(Appeal.extended_due_at.is_not(None), Appeal.resolved_at > Appeal.extended_due_at),
)


def finished_by(period: Period) -> Condition:
    """办结 or 销号 at the period's end. Only a reopened case can have been finished and be so no more."""
    if period.end > clock.now():
        return Appeal.state.in_(FINISHED)
    early = and_(Appeal.resolved_at.is_not(None), Appeal.resolved_at < period.end)
    before = and_(Appeal.reopen_count > 0, _state_at(period).in_(FINISHED))
    return or_(early, before)


def stood_in(states: frozenset[AppealState], period: Period) -> Condition:
    """Received by the end of the period, and in one of these states at that moment."""
    if period.end > clock.now():
        return Appeal.state.in_(states)
    moved = select(AppealEvent.appeal_id).where(CHANGING, AppealEvent.at >= period.end)
    still = and_(Appeal.state.in_(states), Appeal.id.not_in(moved))
    then = and_(Appeal.id.in_(moved), _state_at(period).in_(states))
    return and_(Appeal.received_at < period.end, or_(still, then))


def _state_at(period: Period) -> ColumnElement[Any]:
    event = aliased(AppealEvent)
    earlier = select(event.to_state).where(event.appeal_id == Appeal.id, event.at < period.end)
    return earlier.order_by(event.id.desc()).limit(1).correlate(Appeal).scalar_subquery()


def _moved_in(which: Condition, period: Period) -> Condition:
    return Appeal.id.in_(select(AppealEvent.appeal_id).where(which, period.holds(AppealEvent.at)))


ANSWERED: Condition = exists().where(
    SurveyAnswer.appeal_id == Appeal.id, SurveyAnswer.replaced.is_(False), or_(HAS_SOLVED, HAS_SCORE)
)


def _answered_in(which: Condition, period: Period) -> Condition:
    answers = select(SurveyAnswer.appeal_id).where(
        SurveyAnswer.replaced.is_(False), period.holds(SurveyAnswer.at), which
    )
    return and_(Appeal.state.not_in((S.DECLINED, S.WITHDRAWN)), Appeal.id.in_(answers))


def _dispatched_in(period: Period, *which: Condition) -> Condition:
    rows = select(Dispatch.appeal_id).where(period.holds(Dispatch.at), *which)
    return and_(COUNTED, Appeal.id.in_(rows))


def received(period: Period) -> Condition:
    """Received in the period, whatever became of it."""
    return period.holds(Appeal.received_at)


@dataclass(frozen=True)
class Count:
    """One number: its name for people and its cases."""

    title: str
    cases: Callable[[Period], Condition]


UPHELD: Condition = Dispatch.contest_upheld.is_(True)
# Counted by the unit that it was sent to, which is the lead no more when its contest was upheld.
SENT: dict[str, tuple[Condition, ...]] = {"dispatches": (), "upheld": (UPHELD,)}
COUNTS: dict[str, Count] = {
    "received": Count("收到", received),
    "counted": Count(
        "收到（不含撤回、并案）",
        lambda p: and_(received(p), Appeal.state.not_in((S.WITHDRAWN, S.MERGED))),
    ),
    "accepted": Count("受理", lambda p: and_(received(p), ACCEPTED)),
    "completed": Count("收到并已办结", lambda p: and_(received(p), ACCEPTED, finished_by(p))),
    "declined": Count("不予受理", lambda p: and_(received(p), Appeal.state == S.DECLINED)),
    "withdrawn": Count("撤回", lambda p: and_(received(p), Appeal.state == S.WITHDRAWN)),
    "merged": Count("并案", lambda p: and_(received(p), Appeal.state == S.MERGED)),
    "contact_due": Count("首次联系到期", contact_due),
    "contacted": Count("按期联系", lambda p: and_(contact_due(p), CONTACTED)),
    "due": Count("办理到期", due),
    "on_time": Count("按期办结", lambda p: and_(due(p), ON_TIME)),
    "late": Count("超期", lambda p: and_(due(p), LATE)),
    "resolved": Count("办结", lambda p: and_(COUNTED, _moved_in(RESOLVING, p))),
    "answered": Count("办结并有回访结果", lambda p: and_(COUNTED, _moved_in(RESOLVING, p), ANSWERED)),
    "reopened": Count("重新办理", lambda p: and_(COUNTED, _moved_in(REOPENING, p))),
    "closed": Count("销号", lambda p: and_(COUNTED, p.holds(Appeal.closed_at))),
    "solved_valid": Count("有「是否解决」的回访", lambda p: _answered_in(HAS_SOLVED, p)),
    "solved": Count("已解决", lambda p: _answered_in(SurveyAnswer.solved == SOLVED[0], p)),
    "partly": Count("部分解决", lambda p: _answered_in(SurveyAnswer.solved == SOLVED[1], p)),
    "unsolved": Count("未解决", lambda p: _answered_in(SurveyAnswer.solved == SOLVED[2], p)),
    "scored": Count("有满意度的回访", lambda p: _answered_in(HAS_SCORE, p)),
    "pleased": Count("满意（含基本满意）", lambda p: _answered_in(SurveyAnswer.score.in_(PLEASED), p)),
    "dispatches": Count("派单", lambda p: _dispatched_in(p)),
    "upheld": Count("派单异议成立", lambda p: _dispatched_in(p, UPHELD)),
    "open": Count("期末在办", lambda p: stood_in(OPEN, p)),
    "parked": Count("期末挂账", lambda p: stood_in(frozenset({S.ON_HOLD}), p)),
}
for _code in (f"N{number}" for number in range(1, 10)):
    COUNTS[_code] = Count(
        f"不予受理 {_code}",
        lambda p, code=_code: and_(  # type: ignore[misc]  # the code is bound now
            received(p), Appeal.state == S.DECLINED, Appeal.decline_code == code
        ),
    )


@dataclass(frozen=True)
class RateOf:
    """One rate of domain §5: its two counts, and the formula in words."""

    title: str
    numerator: str
    denominator: str
    words: str


RATES: dict[str, RateOf] = {
    "response": RateOf("响应率", "contacted", "contact_due", "按期首次联系的件数 ÷ 首次联系时限落在时段内的件数"),
    "solution": RateOf(
        "解决率", "solved", "solved_valid", "回访答「已解决」÷ 时段内有效回访（已解决＋部分解决＋未解决）；部分解决不算解决"
    ),
    "satisfaction": RateOf(
        "满意率", "pleased", "scored", "回访答「很满意、满意、基本满意」÷ 时段内有满意度的回访；没有回答的不算满意也不算不满意"
    ),
    "on_time": RateOf("按期办结率", "on_time", "due", "在现行时限（批准延期的按延期后）内办结 ÷ 现行时限落在时段内的件数"),
    "completion": RateOf("办结率", "completed", "accepted", "时段内收到并受理、期末已办结或已销号 ÷ 时段内收到并受理的件数"),
    "follow_up": RateOf("回访率", "answered", "resolved", "有有效回访结果的件数 ÷ 时段内办结的件数"),
    "overdue": RateOf("超期率", "late", "due", "1 − 按期办结率，分母相同"),
    "reopened": RateOf("重办率", "reopened", "resolved", "时段内至少重新办理一次的件数 ÷ 时段内办结的件数"),
    "contest": RateOf("退单率", "upheld", "dispatches", "异议成立的派单次数 ÷ 时段内的派单次数"),
    "declined": RateOf("不予受理率", "declined", "counted", "不予受理的件数 ÷ 时段内收到的件数（不含撤回、并案）"),
}  # fmt: skip
PARTS = ("numerator", "denominator")


def count_behind(name: str, part: str = "") -> str | None:
    """The count that a rate's part, or a count's own name, stands for; None for an unknown one."""
    if name in RATES and part in PARTS:
        return str(getattr(RATES[name], part))
    return name if name in COUNTS and not part else None


def condition(
    name: str, part: str, period: Period, dimension: str | None = None, value: str | None = None
) -> Condition | None:
    """The cases behind a number, for the filters of a list; None when there is no such number. `value` None with a
    dimension are the cases where it is not filled in."""
    count = count_behind(name, part)
    if count is None or (dimension is not None and dimension not in DIMENSIONS):
        return None
    if dimension == "unit" and count in SENT:
        return _dispatched_in(period, *SENT[count], Dispatch.unit_id == row_id(value))
    cases = COUNTS[count].cases(period)
    return cases if dimension is None else and_(cases, is_value(dimension, value))


def cases_of(
    name: str, part: str, period: Period, dimension: str | None = None, value: str | None = None
) -> Select[Appeal]:
    """The cases behind a number. Raises KeyError for an unknown one."""
    which = condition(name, part, period, dimension, value)
    if which is None:
        raise KeyError(f"{name}.{part} {dimension}")
    return select(Appeal).where(which)


def titles() -> Mapping[str, str]:
    """`set=` values for people: every rate's two parts and every count."""
    parts = {"numerator": "分子", "denominator": "分母"}
    named = {f"{key}.{part}": f"{rate.title}{parts[part]}" for key, rate in RATES.items() for part in PARTS}
    return named | {key: count.title for key, count in COUNTS.items()}
