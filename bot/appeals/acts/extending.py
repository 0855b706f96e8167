"""More time (延期): once, asked in time, at most the original limit again, and told to the appellant (domain §3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.appeals import deadlines, leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts.act import Act, ActForm, Side, Tone
from bot.appeals.fields import Field, area, yes_or_no
from bot.appeals.messages import tell
from bot.appeals.wording import day, when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from bot.staff.rights import Right
from models.appeal_work import Extension
from models.appeals import Appeal, AppealState
from models.staff import Role


def ask_extension(actor: ServiceActor, case: Appeal, reason: str, until: date) -> None:
    """The unit asks for more time, before the limit comes too near."""
    with acting(actor, case, ASK_EXTENSION, reason=reason):
        said = leak_check.checked(actor.db, case, written(reason, "延期理由（会告诉诉求人）"))
        due, limit = _asked_in_time(actor, case)
        last = deadlines.latest_extension(due, limit)
        if not clock.local(due).date() < until <= last:
            raise Refused(f"延期后的日期应晚于原时限{when(due)}，最晚到{day(last)}（不超过原时限的天数）。")
        end = workdays.next_workday(until)
        moment = clock.now()
        actor.db.add(
            Extension(
                appeal_id=case.id,
                asked_at=moment,
                asked_by_id=actor.staff_id,
                reason=said,
                until=clock.at(end, *actor.config.appeals.close),
            )
        )
        states.record(actor.db, case, actor.signature, "extension_asked", case.state, until=end.isoformat())
        text = f"{case.number} 承办单位申请延期到{day(end)}，请在{when(due)}前批复。"
        inbox.tell_role(actor.db, Role.DISPATCHER, "extension", text, case)


def _ask_fields(actor: ServiceActor, case: Appeal) -> Sequence[Field]:
    hint, latest = "", ""
    if case.due_at is not None and case.limit_days is not None:
        last = deadlines.latest_extension(case.due_at, case.limit_days)
        hint, latest = f"原时限{when(case.due_at)}，最晚可延到{day(last)}。", last.isoformat()
    return [
        Field("until", "延期到", "date", hint, needed=True, value=latest),
        area("reason", "延期理由", "同意后会告诉诉求人，请用诉求人看得懂的话。"),
    ]


ASK_EXTENSION = Act(
    name="ask_extension",
    label="申请延期",
    order=140,
    right=Right.APPEAL_HANDLE,
    states=frozenset({AppealState.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.STEP,
        lead="延期只有一次，须在到期前提出，批复后生效。",
        button="申请延期",
        done="延期申请已提交，等待批复。",
        fields=_ask_fields,
    ),
    run=lambda actor, case, given: ask_extension(
        actor, case, given.text("reason"), given.day("until", "延期到哪一天")
    ),
    side=Side.UNIT,
    fits=lambda case: case.extended_due_at is None,
    fits_rows=lambda db, case: open_extension(db, case) is None,
    events={"extension_asked": "申请延期"},
)


def decide_extension(actor: ServiceActor, case: Appeal, approved: bool, remark: str = "") -> None:
    """Approve or refuse; the appellant hears of a new date with its reason."""
    with acting(actor, case, DECIDE_EXTENSION, approved=approved):
        row = open_extension(actor.db, case)
        if row is None:
            raise Refused("现在没有待批复的延期申请。请刷新后再看。")
        row.approved, row.decided_at = approved, clock.now()
        row.decided_by_id = actor.staff_id
        row.remark = remark.strip() if approved else written(remark, "不同意延期的理由")
        if not approved:
            states.record(actor.db, case, actor.signature, "extension_refused", case.state, words=row.remark)
            inbox.tell_unit(actor.db, case, "extension", f"{case.number} 延期未获同意，请按原时限办理。")
            return
        case.extended_due_at = row.until
        case.deadline_estimated = deadlines.is_estimated(case)
        said = f"办理时限延长到{when(row.until)}。原因：{row.reason}"
        event = states.record(actor.db, case, actor.signature, "extended", case.state, public_text=said)
        inbox.tell_unit(actor.db, case, "extension", f"{case.number} 已同意延期到{when(row.until)}。")
        tell(actor, case, event, f"您的诉求 {case.number} 需要更多时间：{said}\n回复「查进度」随时可看。")


DECIDE_EXTENSION = Act(
    name="decide_extension",
    label="批复延期",
    order=150,
    right=Right.APPEAL_REVIEW,
    states=frozenset({AppealState.IN_PROGRESS}),
    primary_in=frozenset({AppealState.IN_PROGRESS}),
    form=ActForm(
        tone=Tone.STEP,
        lead="延期只有一次。",
        button="批复",
        done="已批复延期申请。",
        tells=True,
        fields=[
            yes_or_no("approved", "批复", "同意延期（新时限和理由会告诉诉求人）", "不同意，按原时限办理"),
            area("remark", "意见", "不同意时必须写明理由。", needed=False, rows=4),
        ],
    ),
    run=lambda actor, case, given: decide_extension(actor, case, given.yes("approved"), given.text("remark")),
    fits_rows=lambda db, case: open_extension(db, case) is not None,
    events={"extended": "同意延期", "extension_refused": "不同意延期"},
)


def open_extension(db: Session, case: Appeal) -> Extension | None:
    """A wish for more time that nobody has decided."""
    return db.scalar(select(Extension).where(Extension.appeal_id == case.id, Extension.decided_at.is_(None)))


def void_open_extension(actor: ServiceActor, case: Appeal) -> None:
    """A wish that nobody has decided is void when the case moves on without it."""
    row = open_extension(actor.db, case)
    if row is not None:
        row.approved, row.decided_at, row.remark = False, clock.now(), "诉求已进入下一步，不再需要延期"


def pending(db: Session) -> list[tuple[Extension, Appeal]]:
    """The wishes that wait for an answer, the nearest limit first."""
    return [(row, case) for row, case in db.execute(pending_query())]


def pending_query() -> Select[Extension, Appeal]:
    """The same as a query, to be narrowed by who may see."""
    return (
        select(Extension, Appeal)
        .join(Appeal, Appeal.id == Extension.appeal_id)
        .where(Extension.decided_at.is_(None), Appeal.state == AppealState.IN_PROGRESS)
        .order_by(Appeal.due_at)
    )


def _asked_in_time(actor: ServiceActor, case: Appeal) -> tuple[datetime, int]:
    """The limit to be extended and its days, when one may still ask."""
    if case.extended_due_at is not None:
        raise Refused("延期只能一次，这件诉求已经延期过。请按时限办理；确有困难请联系分管领导。")
    if open_extension(actor.db, case) is not None:
        raise Refused("已有一条延期申请在等批复，不用重复申请。")
    if case.due_at is None or case.limit_days is None:
        raise Refused("这件诉求还没有办理时限，不需要延期。")
    last = deadlines.last_day_to_ask(case.due_at, actor.config.appeals.extension_notice_days)
    if clock.today() > last or clock.now() > case.due_at:
        raise Refused(
            f"延期最晚应在{day(last)}提出（到期前 {actor.config.appeals.extension_notice_days} 个工作日），现在已过。"
            "请按时限办理；确有困难请联系分管领导。"
        )
    return case.due_at, case.limit_days
