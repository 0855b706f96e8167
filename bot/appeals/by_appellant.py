"""What the appellant does: file, supplement, withdraw; after 办结 rate the answer, ask for it to be taken up again
(domain §2, §5).

A later rating replaces an earlier one, which is kept; nothing is ever filled in for a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.appeals import deadlines, rounds
from bot.appeals.acts import reopening
from bot.appeals.acts.reopening import REOPEN_DAYS, may_be_reopened
from bot.appeals.states import ALLOWED, APPELLANT, OPEN, IllegalMove, move, numbers, record
from bot.core import clock, workdays
from bot.core.masking import phone_tail
from bot.core.sensitive import masked_text
from bot.core.settings import AppealsSettings
from bot.staff import inbox
from models.appeal_work import SurveyAnswer
from models.appeals import SCORES, SOLVED, Appeal, AppealEvent, AppealState, Attachment
from models.staff import Role

S = AppealState
CHANNEL = "公众号"
MOST_REOPENS = 2  # by the appellant


@dataclass(frozen=True)
class Filing:
    """What a person hands in; `body` is kept as typed."""

    appellant: str
    openid: str | None
    type: str
    category: str
    body: str
    company: str | None
    contact: str | None
    phone: str | None
    anonymous: bool
    share_contact: bool
    consent_version: str
    consent_at: datetime
    channel: str = "公众号"


def file(
    db: Session, filing: Filing, *, acceptance_days: int, close: tuple[int, int], attachments: Sequence[int]
) -> Appeal:
    """Give the case its number and promise, link its pictures, write the first event."""
    moment = clock.now()
    promise = workdays.deadline(moment, acceptance_days, close)
    appeal = Appeal(
        **filing.__dict__,
        phone_tail=phone_tail(filing.phone),
        confidential=filing.type == "举报",
        number=numbers(db, clock.local(moment).date())[0],
        title=titled(filing.body),
        state=S.SUBMITTED,
        received_at=moment,
        acceptance_due_at=promise.at,
        deadline_estimated=promise.estimated,
    )
    db.add(appeal)
    db.flush()
    link(db, appeal, attachments)
    record(db, appeal, APPELLANT, "filed", None, public_text="诉求已提交，等待受理")
    return appeal


def link(db: Session, appeal: Appeal, attachments: Sequence[int]) -> None:
    """Put pictures that were sent for a draft or a supplement into the case; only this person's, only free ones."""
    if attachments:
        db.execute(
            update(Attachment)
            .where(
                Attachment.id.in_(attachments),
                Attachment.appeal_id.is_(None),
                Attachment.openid == appeal.openid,
            )
            .values(appeal_id=appeal.id)
        )


def supplement(
    db: Session,
    appeal: Appeal,
    text: str,
    attachments: Sequence[int],
    *,
    close: tuple[int, int] = (17, 30),
    actor: str = APPELLANT,
) -> AppealEvent:
    """Add the appellant's further words and pictures; an answer to a question lets the clock go on."""
    link(db, appeal, attachments)
    before = appeal.state
    if before is S.NEED_INFO:
        appeal.state = S.SUBMITTED
        deadlines.go_on(appeal, clock.now(), close)
        inbox.tell_role(db, Role.CLERK, "supplemented", f"{appeal.number} 诉求人已补充，请继续受理。", appeal)
    inbox.tell_unit(db, appeal, "supplemented", f"{appeal.number} 诉求人补充了内容，请查看。")
    return record(
        db, appeal, actor, "supplemented", before, public_text=text or None, attachments=list(attachments)
    )


def withdraw(db: Session, appeal: Appeal) -> None:
    """The appellant takes the case back; the unit is told. Raises IllegalMove once the unit has handed in its result."""
    move(db, appeal, S.WITHDRAWN, APPELLANT, "withdrawn", public_text="诉求人撤回")
    inbox.tell_unit(db, appeal, "withdrawn", f"{appeal.number} 诉求人已撤回，不用再办理。")


def withdraw_contact(db: Session, appeal: Appeal) -> None:
    """The unit may no longer have the contact (PIPL Art. 15): the federation relays from now on."""
    appeal.share_contact = False
    said = "诉求人不再同意向承办单位提供联系方式"
    record(db, appeal, APPELLANT, "contact_withdrawn", appeal.state, public_text=said)
    inbox.tell_unit(
        db, appeal, "contact", f"{appeal.number} 诉求人不再提供联系方式，请停止使用，由工商联转达。"
    )


def repeated(db: Session, appeal: Appeal) -> None:
    """The same person began to file the same matter again: 重复反映 (domain §2.4 N4, §3.4)."""
    record(db, appeal, APPELLANT, "repeated", appeal.state)


def disown(db: Session, appeal: Appeal) -> None:
    """Cut a case off from its appellant for good, on their wish; a finished one loses the contact at once, others
    once they are closed (`bot/appeals/retention.py`)."""
    appeal.appellant = secrets.token_hex(32)
    if appeal.state not in OPEN:
        appeal.contact, appeal.phone, appeal.phone_tail, appeal.anonymous = None, None, None, True
    record(db, appeal, APPELLANT, "disowned", appeal.state)


def may_withdraw(appeal: Appeal) -> bool:
    """Whether the appellant can still take the case back."""
    return S.WITHDRAWN in ALLOWED[appeal.state]


def filed_on(db: Session, appellant: str, moment: datetime) -> int:
    """How many cases a person filed on the Shanghai day of `moment`."""
    midnight = clock.at(clock.local(moment).date(), 0)
    query = select(func.count()).select_from(Appeal)
    return db.scalar(query.where(Appeal.appellant == appellant, Appeal.received_at >= midnight)) or 0


def titled(body: str) -> str:
    """The first words of the body, for lists; sensitive numbers are masked before a cut could hide that they are."""
    first = " ".join(masked_text(body, phones=True).split())
    return first if len(first) <= 30 else first[:29] + "…"


def may_answer(db: Session, case: Appeal) -> bool:
    """Whether the survey is open: after 办结, until 15 days after closing; a merged case answers for itself."""
    if case.state is S.MERGED and case.merged_into_id is not None:
        return may_answer(db, db.get_one(Appeal, case.merged_into_id))
    return case.resolved_at is not None and case.state in (S.RESOLVED, S.CLOSED) and may_be_reopened(case)


def may_reopen(case: Appeal) -> bool:
    """Whether the appellant may ask for the case to be taken up again: twice, within 15 days of closing."""
    again = case.state in (S.RESOLVED, S.CLOSED) and case.appellant_reopens < MOST_REOPENS
    return again and may_be_reopened(case)


def rate(
    db: Session,
    case: Appeal,
    *,
    solved: str | None = None,
    score: str | None = None,
    words: str | None = None,
) -> SurveyAnswer:
    """Take one part of an answer: `solved` begins a new one, which replaces the earlier, `score` and `words`
    complete it. An answer with a score closes the case. Raises IllegalMove when the survey is over."""
    if not may_answer(db, case):
        raise IllegalMove(f"{case.number} 的评价已经截止。有新的情况请回复 6 提新的诉求。")
    row = _begin(db, case, solved) if solved else _latest(db, case)
    if row is None:
        raise IllegalMove(f"请先评价 {case.number} 是否解决：回复「回访 {case.number}」。")
    if score is not None:
        row.score = SCORES[SCORES.index(score)]
    row.words, row.at = words or row.words, clock.now()
    rounds.show(case, row)
    _write_down(db, case, row)
    return row


def say_more(db: Session, case: Appeal, words: str, attachments: Sequence[int] = ()) -> AppealEvent:
    """What the appellant adds to an answer of their own goes onto the case, behind what they said before. Raises IllegalMove
    when they have not answered here, or no longer may."""
    row = _latest(db, case)
    if row is None or not may_answer(db, case):
        raise IllegalMove(f"{case.number} 的评价已经截止。有新的情况请回复 6 提新的诉求。")
    link(db, case, attachments)
    row.words = "\n".join(part for part in (row.words, words) if part) or None
    case.survey_text = row.words
    return record(
        db, case, APPELLANT, "said_more", case.state, public_text=words or None, attachments=list(attachments)
    )


def reopen(db: Session, rules: AppealsSettings, case: Appeal, reason: str) -> None:
    """The appellant is not content: the same unit takes the case up again, with a new limit. Raises IllegalMove."""
    if not may_reopen(case):
        raise IllegalMove(
            f"{case.number} 不能再要求重新办理（销号后{REOPEN_DAYS}天内、最多{MOST_REOPENS}次）。有新的情况请回复 6 提新的诉求。"
        )
    case.appellant_reopens += 1
    reopening.start_again(db, rules, case, APPELLANT, reason)


def _begin(db: Session, case: Appeal, solved: str) -> SurveyAnswer:
    row = SurveyAnswer(
        appeal_id=case.id,
        at=clock.now(),
        solved=SOLVED[SOLVED.index(solved)],
        channel=CHANNEL,
        replaced=False,
    )
    rounds.count(db, case, row)
    return row


def _latest(db: Session, case: Appeal) -> SurveyAnswer | None:
    """The person's own answer in the round that runs."""
    answer = rounds.answer_of_round(db, case)
    return answer if answer is not None and answer.by_id is None else None


def _write_down(db: Session, case: Appeal, row: SurveyAnswer) -> None:
    said = rounds.said(row)
    record(db, case, APPELLANT, "surveyed", case.state, public_text=f"诉求人评价：{said}")
    if row.score is None:
        return
    if case.state is S.RESOLVED:
        move(db, case, S.CLOSED, APPELLANT, "closed", public_text="已评价，销号")
        case.closed_at = clock.now()
    if rounds.is_unhappy(case):
        inbox.tell_role(db, Role.CLERK, "surveyed", f"{case.number} 诉求人评价：{said}，请跟进。", case)
