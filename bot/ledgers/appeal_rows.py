"""The ledger's rows (domain §4.2), read as a stream: what stands in each column of a case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from bot.appeals.acts.declining import REASONS
from bot.appeals.acts.supervising import LABELS as LEVELS
from bot.core import clock, workdays
from bot.core.masking import masked_name, masked_phone
from bot.core.sensitive import masked_text
from bot.ledgers.cells import is_cut
from bot.statistics.case_sets import OUT
from bot.statistics.period import Period
from bot.statistics.spread import Stamp, calendar_stamp, working_days
from models.appeal_work import Supervision, Support
from models.appeals import Appeal, AppealEvent, AppealState
from models.units import Unit

BATCH = 500
CLOSE = (17, 30)
PAUSED = (AppealState.NEED_INFO, AppealState.ON_HOLD)


@dataclass(frozen=True)
class Scope:
    """Which cases, and whether with whole names and phones. Confidential reports are never among them (domain §6)."""

    period: Period
    full: bool = False

    @property
    def cases(self) -> ColumnElement[bool]:
        """The condition on `Appeal`."""
        return and_(self.period.holds(Appeal.received_at), Appeal.confidential.is_(False))


@dataclass(frozen=True)
class LedgerRow:
    """One case as the ledger shows it."""

    number: str
    received: datetime
    channel: str
    company: str
    street: str
    chamber: str
    contact: str
    phone: str
    type: str
    category: str
    body: str
    unit: str
    supports: str
    due: datetime | None
    progress: str
    result: str
    resolved: datetime | None
    late: bool | None  # None: no question for this case
    solved: str
    score: str
    state: AppealState
    supervision: str
    remark: str
    on_hold_since: datetime | None
    hold_until: str
    told: str
    late_days: int  # full working days past the limit


def count(db: Session, scope: Scope) -> int:
    """How many rows there are."""
    return db.scalar(select(func.count(Appeal.id)).where(scope.cases)) or 0


def rows(
    db: Session, scope: Scope, moment: datetime, *, only: ColumnElement[bool] | None = None
) -> Iterator[LedgerRow]:
    """The rows in the order of receipt; never more than a batch of them is in memory."""
    query = select(*COLUMNS, Unit.name.label("unit")).outerjoin(Unit, Unit.id == Appeal.unit_id)
    query = query.where(scope.cases, *([only] if only is not None else []))
    ordered = query.order_by(Appeal.received_at, Appeal.id).execution_options(yield_per=BATCH)
    stamp = calendar_stamp()
    for batch in db.execute(ordered).partitions():
        beside = Beside.of(db, batch)
        for one in batch:
            yield _row(one, beside, scope.full, moment, stamp)


COLUMNS = [
    Appeal.id, Appeal.number, Appeal.received_at, Appeal.channel, Appeal.company, Appeal.street, Appeal.chamber,
    Appeal.contact, Appeal.phone, Appeal.anonymous, Appeal.type, Appeal.category, Appeal.body, Appeal.due_at,
    Appeal.extended_due_at, Appeal.paused_at, Appeal.result, Appeal.result_class, Appeal.resolved_at,
    Appeal.survey_solved, Appeal.survey_score, Appeal.state, Appeal.decline_code, Appeal.reopen_count,
    Appeal.survey_corrected, Appeal.merged_into_id, Appeal.hold_until, Appeal.visit_ref, Appeal.opinion_ref,
]  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """What stands in other tables about the cases of a batch."""

    supports: dict[int, list[str]]
    events: dict[tuple[int, str], Any]  # the newest of each kind
    supervisions: dict[int, list[str]]
    masters: dict[int, str]

    @classmethod
    def of(cls, db: Session, batch: Sequence[Any]) -> Beside:
        """Four queries a batch."""
        ids = [one.id for one in batch]
        supports: dict[int, list[str]] = defaultdict(list)
        asked = select(Support.appeal_id, Unit.name).join(Unit, Unit.id == Support.unit_id)
        for appeal_id, name in db.execute(asked.where(Support.appeal_id.in_(ids)).order_by(Support.id)):
            supports[appeal_id].append(name)
        wanted = AppealEvent.action.in_(("progressed", "held", "imported"))
        parts = (AppealEvent.appeal_id, AppealEvent.action, AppealEvent.public_text, AppealEvent.detail)
        newest = select(*parts).where(AppealEvent.appeal_id.in_(ids), wanted).order_by(AppealEvent.id)
        events = {(row.appeal_id, row.action): row for row in db.execute(newest)}
        supervisions: dict[int, list[str]] = defaultdict(list)
        shown = (Supervision.appeal_id, Supervision.level, Supervision.number, Supervision.answered_at)
        papers = select(*shown).where(Supervision.appeal_id.in_(ids), Supervision.number.is_not(None))
        for paper in db.execute(papers.order_by(Supervision.id)):
            answered = "已回复" if paper.answered_at else "未回复"
            supervisions[paper.appeal_id].append(f"{LEVELS[paper.level]} {paper.number}（{answered}）")
        merged = {one.merged_into_id for one in batch if one.merged_into_id}
        named = select(Appeal.id, Appeal.number).where(Appeal.id.in_(merged))
        masters = {row.id: row.number for row in db.execute(named)} if merged else {}
        return cls(supports, events, supervisions, masters)


def _row(one: Any, beside: Beside, full: bool, moment: datetime, stamp: Stamp) -> LedgerRow:
    due = one.extended_due_at or one.due_at
    late = _is_late(one, due, moment)
    hold_event = beside.events.get((one.id, "held")) if one.state is AppealState.ON_HOLD else None
    body = one.body if full else masked_text(one.body, phones=True)
    return LedgerRow(
        number=one.number,
        received=one.received_at,
        channel=one.channel,
        company=one.company or "",
        street=one.street or "",
        chamber=one.chamber or "",
        contact=_contact(one, full),
        phone=_phone(one, full),
        type=one.type,
        category=one.category,
        body=body,
        unit=one.unit or "",
        supports="、".join(beside.supports.get(one.id, ())),
        due=due,
        progress=_event_words(beside.events.get((one.id, "progressed")), full),
        result=_result(one, full),
        resolved=one.resolved_at,
        late=late,
        solved=one.survey_solved or "",
        score=one.survey_score or "",
        state=one.state,
        supervision="；".join(beside.supervisions.get(one.id, ())),
        remark=_remark(one, beside, body),
        late_days=_late_days(due, one.resolved_at or moment, stamp) if late and due else 0,
        on_hold_since=one.paused_at if hold_event or one.state is AppealState.ON_HOLD else None,
        hold_until=one.hold_until.isoformat() if one.hold_until else "",
        told=(hold_event.public_text or "") if hold_event else "",
    )


def _late_days(due: datetime, until: datetime, stamp: Stamp) -> int:
    """As `deadlines.days_late` counts them, from a calendar that is made once."""
    last = clock.local(until).date()
    count = working_days(clock.local(due).date(), last, stamp)
    return count - 1 if count and workdays.is_workday(last) and until < clock.at(last, *CLOSE) else count


def _contact(one: Any, full: bool) -> str:
    name = (one.contact or "") if full else masked_name(one.contact)
    return name or ("匿名" if one.anonymous else "")


def _phone(one: Any, full: bool) -> str:
    return (one.phone or "") if full else masked_phone(one.phone)


def _is_late(one: Any, due: datetime | None, moment: datetime) -> bool | None:
    """Whether a case is past its limit in force, which it is not while its clock stands; None: no question for it."""
    if due is None or one.state in OUT:
        return None
    if one.resolved_at is not None:
        return bool(one.resolved_at > due)
    stood = one.paused_at is not None and one.paused_at <= due
    return bool(due < moment and not (stood and one.state in PAUSED))


def _event_words(event: Any, full: bool) -> str:
    if event is None:
        return ""
    words = event.public_text or str(event.detail.get("words") or "")
    return words if full else masked_text(words, phones=True)


def _result(one: Any, full: bool) -> str:
    words = "：".join(part for part in (one.result_class, one.result) if part)
    return words if full else masked_text(words, phones=True)


def _remark(one: Any, beside: Beside, body: str) -> str:
    parts = []
    if one.merged_into_id:
        parts.append(f"并入 {beside.masters.get(one.merged_into_id, '另一件诉求')}")
    if one.decline_code:
        reason = REASONS.get(one.decline_code)
        parts.append(f"不予受理：{one.decline_code}{f' {reason.label}' if reason else ''}")
    if one.extended_due_at:
        parts.append("已延期")
    if one.reopen_count:
        parts.append(f"重新办理 {one.reopen_count} 次")
    if one.survey_corrected:
        parts.append("评价经更正（两人确认）")
    if one.visit_ref:
        parts.append(f"来自：{one.visit_ref}")
    if one.opinion_ref:
        parts.append(f"转社情民意：{one.opinion_ref}")
    imported = beside.events.get((one.id, "imported"))
    if imported is not None:
        parts += [f"{name}：{imported.detail[key]}" for key, name in OLD_VALUES if imported.detail.get(key)]
    if is_cut(body):
        parts.append("诉求内容过长，已截断")
    return "；".join(parts)


OLD_VALUES = (("old_number", "原编号"), ("old_unit", "原承办单位"), ("words", "原备注"))
