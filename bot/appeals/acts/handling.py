"""What the lead unit does: sign, contact, progress, hand in its result; and notes that only colleagues read."""

from __future__ import annotations

from datetime import datetime

from bot.appeals import leak_check, states
from bot.appeals.actor import acting
from bot.appeals.acts import extending, table
from bot.appeals.acts.supporting import add_support, report_support
from bot.appeals.wording import one_of, when, written
from bot.core import clock, workdays
from bot.core.refusals import Refused
from bot.runtime.services import ServiceActor
from bot.staff import inbox
from models.appeals import RESULT_CLASSES, Appeal, AppealState
from models.staff import Role

__all__ = ["add_support", "hand_in", "log_contact", "note", "progress", "report_support", "sign"]
S = AppealState
WAYS = ("电话", "上门", "面谈", "微信", "其他")


def sign(actor: ServiceActor, case: Appeal, handler: str | None = None) -> None:
    """The unit takes the case; from now on it leads to the end (首接负责)."""
    with acting(actor, case, "sign"):
        row = table.open_dispatch(actor.db, case)
        if row is None or table.is_contested(actor.db, case):
            raise Refused("本单位提出的派单异议还没有裁定，请等派单员裁定后再签收。")
        row.signed_at = case.signed_at = clock.now()
        row.signed_by_id = actor.by.id if actor.by else None
        if handler and handler.strip():
            case.handler = written(handler, "经办人", most=64)
        states.move(
            actor.db, case, S.IN_PROGRESS, actor.signature, "signed", public_text="承办单位已签收，正在办理"
        )


def log_contact(
    actor: ServiceActor, case: Appeal, how: str, words: str, *, at: datetime | None = None
) -> None:
    """A real contact by a person. The first one counts, at the time it took place (`at`, by default now)."""
    with acting(actor, case, "log_contact"):
        moment = clock.now()
        took_place = at or moment
        if took_place > moment:
            raise Refused("联系时间不能晚于现在，请核对后重填。")
        if case.dispatched_at is not None and took_place < case.dispatched_at:
            raise Refused(f"联系时间不能早于派单时间（{when(case.dispatched_at)}），请核对后重填。")
        said = written(words, "联系情况")
        first = case.first_contact_at is None
        if case.first_contact_at is None or took_place < case.first_contact_at:
            case.first_contact_at = took_place
        states.record(
            actor.db,
            case,
            actor.signature,
            "contacted",
            case.state,
            public_text=f"承办单位已与您联系（{one_of(how, WAYS, '联系方式')}）" if first else None,
            how=how,
            at=took_place.isoformat(),
            words=said,
        )


def progress(actor: ServiceActor, case: Appeal, words: str, *, public: bool = False) -> None:
    """How far it is. `public` shows it on the appellant's progress page too."""
    with acting(actor, case, "progress", public=public):
        said = written(words, "办理进展")
        if public:
            leak_check.checked(actor.db, case, said)
            states.record(actor.db, case, actor.signature, "progressed", case.state, public_text=said)
        else:
            states.record(actor.db, case, actor.signature, "progressed", case.state, words=said)


def note(actor: ServiceActor, case: Appeal, words: str) -> None:
    """A line for colleagues only; no way leads from it to the appellant."""
    with acting(actor, case, "note"):
        states.record(actor.db, case, actor.signature, "noted", case.state, words=written(words, "备注内容"))


def hand_in(actor: ServiceActor, case: Appeal, result: str, result_class: str) -> None:
    """The unit's result goes to the office, which answers the appellant."""
    with acting(actor, case, "hand_in"):
        case.result = written(result, "办理结果")
        case.result_class = one_of(result_class, RESULT_CLASSES, "结果类别")
        moment = clock.now()
        extending.lapse(actor, case)
        case.handed_in_at = moment
        case.review_due_at = workdays.deadline(
            moment, actor.config.appeals.review_days, actor.config.appeals.close
        ).at
        states.move(
            actor.db,
            case,
            S.PENDING_REVIEW,
            actor.signature,
            "handed_in",
            public_text="承办单位已反馈办理结果，正在审核",
            result_class=result_class,
            words=case.result,
        )
        text = f"{case.number} 承办单位已反馈结果，请在{when(case.review_due_at)}前审核。"
        inbox.tell_role(actor.db, Role.DISPATCHER, "handed_in", text, case)
