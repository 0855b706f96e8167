"""A case's history for people: who did what, and apart from each other what the appellant may read and what not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals.acts.declining import REASONS
from bot.appeals.acts.supervising import LABELS as LEVELS
from bot.appeals.acts.table import event_titles
from bot.appeals.states import APPELLANT
from bot.appeals.wording import when
from bot.core.bounds import row_id
from bot.staff.rights import LABELS as ROLES
from models.appeals import Appeal, AppealEvent, timeline
from models.staff import Staff
from models.units import Unit

TITLES = {  # of what no act writes
    "filed": "提交诉求", "filed_for": "代为登记", "supplemented": "补充", "withdrawn": "撤回", "repeated": "重复反映",
    "contact_withdrawn": "撤回联系方式的授权", "disowned": "删除个人信息", "anonymised": "去除个人信息",
    "reminded": "提醒诉求人补充", "lapsed": "逾期未补充，关闭", "survey_reminded": "提醒评价", "told": "已电话告知",
    "said_more": "评价后又说", "imported": "由台账导入", "imported_step": "导入的经过", "recalculated": "时限重新计算", "hold_review": "挂账到期复核",
}  # fmt: skip
FROM_APPELLANT = frozenset(
    {"filed", "supplemented", "withdrawn", "contact_withdrawn", "repeated", "disowned", "said_more"}
)
OWN_WORDS = frozenset({"supplemented", "said_more"})  # the event's text is what the appellant said
UNSPOKEN = frozenset({"filed", "withdrawn"})  # the title says it all
SYSTEM = "系统"


@dataclass(frozen=True)
class Entry:
    """One line of the history. `public` is what the appellant may read, `internal` what only colleagues read."""

    at: datetime
    who: str
    title: str
    tone: str  # public | internal | appellant | step
    public: str | None
    internal: str | None
    facts: tuple[str, ...]
    change: str | None
    own: bool = False  # `public` is what the appellant said


def entries(db: Session, case: Appeal) -> list[Entry]:
    """The history by the time when each took place, the newest first; what happened at once stays as it was written."""
    told = [entry for _, entry in _told(db, timeline(db, case.id))]
    return sorted(told, key=lambda entry: entry.at)[::-1]


def since(db: Session, case: Appeal, version: int) -> list[tuple[AppealEvent, Entry]]:
    """What happened after a person saw this version; each event but the first raised it by one."""
    return _told(db, timeline(db, case.id)[version:])


def _told(db: Session, events: list[AppealEvent]) -> list[tuple[AppealEvent, Entry]]:
    names, titles = Names.of(db, events), TITLES | event_titles()
    return [(event, _entry(event, names, titles.get(event.action, "办理记录"))) for event in events]


@dataclass(frozen=True)
class Names:
    """Names behind the ids that events keep."""

    staff: Mapping[int, str]
    units: Mapping[int, str]

    @classmethod
    def of(cls, db: Session, events: list[AppealEvent]) -> Names:
        """The names that these events need, in two queries."""
        people = {found for event in events if (found := staff_id(event.actor)) is not None}
        units = {event.detail["unit"] for event in events if event.detail.get("unit")}
        rows = db.scalars(select(Staff).where(Staff.id.in_(people))) if people else ()
        named = db.scalars(select(Unit).where(Unit.id.in_(units))) if units else ()
        return cls(
            {row.id: f"{row.name}（{row.unit.name if row.unit else ROLES[row.role]}）" for row in rows},
            {row.id: row.name for row in named},
        )

    def who(self, actor: str) -> str:
        """Who acted, for people."""
        if actor == APPELLANT:
            return "诉求人"
        found = staff_id(actor)
        return self.staff.get(found, "同事") if found is not None else SYSTEM


def staff_id(actor: str) -> int | None:
    """The colleague's row behind `staff:<id>`."""
    kind, _, number = actor.partition(":")
    return row_id(number) if kind == "staff" else None


def _entry(event: AppealEvent, names: Names, title: str) -> Entry:
    internal = str(event.detail.get("words") or "") or None
    return Entry(
        at=_took_place(event),
        who=names.who(event.actor),
        title=title,
        tone=_tone(event, internal),
        public=None if event.action in UNSPOKEN else event.public_text,
        own=event.action in OWN_WORDS,
        internal=internal,
        facts=tuple(_facts(event, names)),
        change=_change(event),
    )


def _took_place(event: AppealEvent) -> datetime:
    """A contact is written down after it."""
    at = event.detail.get("at") if event.action == "contacted" else None
    return datetime.fromisoformat(at) if at else event.at


def _tone(event: AppealEvent, internal: str | None) -> str:
    if event.action in FROM_APPELLANT:
        return "appellant"
    if event.public_text:
        return "public"
    return "internal" if internal else "step"


def _change(event: AppealEvent) -> str | None:
    if event.from_state is None or event.from_state is event.to_state:
        return None
    return f"{event.from_state.label} → {event.to_state.label}"


def _facts(event: AppealEvent, names: Names) -> list[str]:
    """What else the event says, in the words of the office."""
    detail = event.detail
    found = []
    if unit := names.units.get(detail.get("unit") or 0):
        found.append(f"单位：{unit}")
    for key, label in (("kind", "方式"), ("how", "方式"), ("channel", "渠道"), ("result_class", "结果类别")):
        if detail.get(key):
            found.append(f"{label}：{detail[key]}")
    if event.action == "contacted" and detail.get("at"):
        found.append(f"联系时间：{when(datetime.fromisoformat(detail['at']))}，{when(event.at)}登记")
    if event.action in ("extension_asked", "held") and detail.get("until"):
        found.append(f"日期：{date.fromisoformat(detail['until'])}")
    if event.action == "declined" and detail.get("code") in REASONS:
        found.append(f"理由：{detail['code']} {REASONS[detail['code']].label}")
    if event.action == "contest_decided":
        found.append("异议成立" if detail.get("upheld") else "异议不成立")
    if event.action == "supervised":
        found.append(
            f"{LEVELS.get(detail.get('level') or '', '')} {detail.get('number') or ''}：{detail.get('cause')}"
        )
    for key, label in (("master", "主诉求"), ("case", "诉求")):
        if detail.get(key):
            found.append(f"{label}：{detail[key]}")
    if event.action == "dispatched" and detail.get("arrears"):
        found.append(_arrears(detail["arrears"]))
    if detail.get("attachments"):
        found.append(f"图片或文件 {len(detail['attachments'])} 个")
    return found


def _arrears(dates: Mapping[str, str]) -> str:
    return (
        f"账款投诉法定期限：{dates['transfer']} 前转交，{dates['result']} 前给出结果，最长到 {dates['limit']}"
    )
