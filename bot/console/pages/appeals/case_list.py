"""The list of cases: the ledger's columns, the filters of its address, and how a row looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from markupsafe import Markup
from sqlalchemy.orm import Session

from bot.appeals import lights
from bot.appeals.acts.supervising import LABELS as LEVELS
from bot.appeals.contacts import listed_contact
from bot.console.listing import Column, Condition, Filter, Listing, one_of
from bot.console.pages.appeals import selection
from bot.console.safe_words import plainly
from bot.core import clock
from bot.core.bounds import day
from models.appeals import CATEGORIES, CHANNELS, TYPES, URGENCIES, Appeal, AppealState
from models.staff import Role, Staff
from models.units import active_units

NOWRAP = Markup('<span class="nowrap">{}</span>')
ADDRESS = "/console/appeals"
Pairs = Sequence[tuple[str, str]]
STATES: Pairs = tuple((state.value, state.label) for state in AppealState)
COLOURS: Pairs = tuple((colour.value, lights.LABELS[colour]) for colour in lights.Colour if colour != "none")
FORMAL = (LEVELS["one"], LEVELS["two"], LEVELS["three"])


def case_list(db: Session, by: Staff, moment: datetime, *, period: bool = True) -> Listing:
    """The list as this colleague sees it. Without `period` the address's days belong to something else."""
    return Listing(ADDRESS, _columns(by, moment), _filters(db, by, moment, period), "-number", Appeal.id)


def _columns(by: Staff, moment: datetime) -> list[Column]:
    def contact(case: Appeal) -> str:
        known = listed_contact(case, by)
        return (
            NOWRAP.format(plainly(known.name)) + " " + NOWRAP.format(plainly(known.phone)) if known else "—"
        )

    return [
        Column("number", "编号", lambda c: Markup('<span class="number">{}</span>').format(c.number), Appeal.id, lead=True),
        Column("light", "灯", lambda c: _light(c, moment)),
        Column("state", "状态", _state, Appeal.state),
        Column("title", "诉求摘要", lambda c: plainly(c.title)),
        Column("company", "企业名称", lambda c: plainly(c.company), Appeal.company),
        Column("contact", "联系人", contact),
        Column("type", "类型", lambda c: c.type, Appeal.type, shown=False),
        Column("category", "问题类别", lambda c: c.category, Appeal.category),
        Column("unit", "主办单位", lambda c: c.lead_unit or "", Appeal.unit_id, shown=by.role is not Role.UNIT),
        Column("received", "提出时间", lambda c: _on(c.received_at), Appeal.received_at),
        Column("due", "办理时限", lambda c: _on(c.due_in_force), selection.DUE),
        Column("street", "所属街道", lambda c: plainly(c.street), Appeal.street, shown=False),
        Column("chamber", "所属商会", lambda c: plainly(c.chamber), Appeal.chamber, shown=False),
        Column("channel", "来源渠道", lambda c: c.channel, Appeal.channel, shown=False),
        Column("urgency", "紧急程度", lambda c: c.urgency, Appeal.urgency, shown=False),
        Column("handler", "经办人", lambda c: plainly(c.handler, mask=False), shown=False),
        Column("resolved", "办结时间", lambda c: _on(c.resolved_at), Appeal.resolved_at, shown=False),
        Column("solved", "是否解决", lambda c: c.survey_solved or "", Appeal.survey_solved, shown=False),
        Column("score", "满意度", lambda c: c.survey_score or "", Appeal.survey_score, shown=False),
        Column("supervision", "督办情况", lambda c: FORMAL[c.supervision_level - 1] if c.supervision_level else "", Appeal.supervision_level, shown=False),
    ]  # fmt: skip


def _light(case: Appeal, moment: datetime) -> Markup:
    found = lights.light(case, moment)
    if found.colour is lights.Colour.NONE:
        return Markup('<span class="quiet">{}</span>').format(found.words)
    return Markup('<span class="light light-{}"><i aria-hidden="true"></i>{}</span>').format(
        found.colour.value, found.words
    )


def _on(moment: datetime | None) -> Markup:
    """The day; its hour on pointing at it."""
    if moment is None:
        return Markup("")
    local = clock.local(moment)
    time = Markup('<time class="nowrap" datetime="{}" title="{:%Y-%m-%d %H:%M}">{:%Y-%m-%d}</time>')
    return time.format(moment.isoformat(), local, local)


def _state(case: Appeal) -> Markup:
    tags = [("state-" + case.state.value, case.state.label)]
    tags += [("tag-bad", "紧急")] if case.urgency == "紧急" else []
    tags += [("tag-bad", "保密")] if case.confidential else []
    return Markup("").join(Markup('<span class="tag {}">{}</span>').format(*tag) for tag in tags)


def _filters(db: Session, by: Staff, moment: datetime, period: bool) -> list[Filter]:
    units = tuple((str(unit.id), unit.name) for unit in active_units(db))
    filters = [
        Filter("text", "查找", lambda s: selection.matching(s, by), hint="编号、电话、摘要或企业里的词"),
        _choice("state", "状态", lambda s: Appeal.state == AppealState(s), STATES),
        _choice("type", "类型", lambda s: Appeal.type == s, _words(TYPES)),
        _choice("category", "问题类别", lambda s: Appeal.category == s, _words(CATEGORIES)),
        _choice("light", "灯", lambda s: selection.lit(s, moment), COLOURS),
        _choice("unit", "主办单位", lambda s: Appeal.unit_id == int(s), units, shown=False),
        _choice("urgency", "紧急程度", lambda s: Appeal.urgency == s, _words(URGENCIES), shown=False),
        _choice("channel", "来源渠道", lambda s: Appeal.channel == s, _words(CHANNELS), shown=False),
        Filter("street", "所属街道", lambda s: Appeal.street.contains(s, autoescape=True), shown=False),
        Filter("chamber", "所属商会", lambda s: Appeal.chamber.contains(s, autoescape=True), shown=False),
        _choice("waits", "等待", lambda s: selection.waiting(s, by), selection.WAITS, shown=False),
        Filter("late", "只看超期", lambda s: selection.lit("red", moment), "flag", shown=False),
    ]
    if period:
        filters += [
            Filter("from", "提出时间从", lambda s: selection.received(day(s), None), "from", shown=False),
            Filter("to", "到", lambda s: selection.received(None, day(s)), "to", shown=False),
        ]
    return filters


def _choice(
    key: str, label: str, condition: Callable[[str], Condition], choices: Pairs, *, shown: bool = True
) -> Filter:
    return Filter(key, label, one_of(condition, choices), "choice", choices, shown=shown)


def _words(items: Sequence[str]) -> Pairs:
    return tuple((item, item) for item in items)
