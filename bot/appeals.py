"""The appeal's verbs that the appellant uses: file, supplement, withdraw, ask (domain §2).

Every verb writes its event in the caller's transaction; a state never moves without one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot import clock, workdays
from bot.casework import deadlines, inbox
from bot.masking import phone_tail
from bot.sensitive import masked_text
from models.appeal import Appeal, AppealEvent, AppealState, Attachment, Serial
from models.staff import Role

S = AppealState
# What may follow what (domain §2.3). Moves by staff use the same table. A case without a unit that is opened again
# goes back to the step it was in; CLOSED -> RESOLVED or NEED_INFO and all that follows MERGED undo a mistake.
ALLOWED: dict[AppealState, frozenset[AppealState]] = {
    S.SUBMITTED: frozenset({S.ACCEPTED, S.DECLINED, S.NEED_INFO, S.WITHDRAWN, S.MERGED}),
    S.NEED_INFO: frozenset({S.SUBMITTED, S.CLOSED, S.MERGED}),
    S.ACCEPTED: frozenset({S.DISPATCHED, S.RESOLVED, S.WITHDRAWN, S.MERGED}),
    S.DISPATCHED: frozenset({S.IN_PROGRESS, S.ACCEPTED, S.WITHDRAWN, S.MERGED}),
    S.IN_PROGRESS: frozenset({S.ON_HOLD, S.PENDING_REVIEW, S.WITHDRAWN, S.MERGED}),
    S.ON_HOLD: frozenset({S.IN_PROGRESS, S.MERGED}),
    S.PENDING_REVIEW: frozenset({S.IN_PROGRESS, S.RESOLVED, S.MERGED}),
    S.RESOLVED: frozenset({S.CLOSED, S.IN_PROGRESS, S.ACCEPTED, S.MERGED}),
    S.CLOSED: frozenset({S.IN_PROGRESS, S.ACCEPTED, S.SUBMITTED, S.RESOLVED, S.NEED_INFO}),
    S.DECLINED: frozenset(),
    S.MERGED: frozenset(S) - {S.DECLINED, S.CLOSED, S.MERGED, S.WITHDRAWN},
    S.WITHDRAWN: frozenset(),
}
OPEN = frozenset(S) - {S.DECLINED, S.CLOSED, S.MERGED, S.WITHDRAWN}
APPELLANT = "appellant"


class IllegalMove(Exception):
    """The state table does not have this move; the Chinese text says what to do."""


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
    once they are closed (`bot/retention.py`)."""
    appeal.appellant = secrets.token_hex(32)
    if appeal.state not in OPEN:
        appeal.contact, appeal.phone, appeal.phone_tail, appeal.anonymous = None, None, None, True
    record(db, appeal, APPELLANT, "disowned", appeal.state)


def may_withdraw(appeal: Appeal) -> bool:
    """Whether the appellant can still take the case back."""
    return S.WITHDRAWN in ALLOWED[appeal.state]


def move(
    db: Session,
    appeal: Appeal,
    to: AppealState,
    actor: str,
    action: str,
    *,
    public_text: str | None = None,
    **detail: Any,
) -> AppealEvent:
    """Change the state along the table and write the event, or raise IllegalMove and change nothing."""
    if to not in ALLOWED[appeal.state]:
        raise IllegalMove(
            f"{appeal.number} 现在是「{appeal.state.label}」，不能变为「{to.label}」。请刷新后再看可以办什么。"
        )
    before, appeal.state = appeal.state, to
    return record(db, appeal, actor, action, before, public_text=public_text, **detail)


def record(
    db: Session,
    appeal: Appeal,
    actor: str,
    action: str,
    before: AppealState | None,
    *,
    public_text: str | None = None,
    **detail: Any,
) -> AppealEvent:
    """Write one event of a case; each but the first raises the version, so that a form opened before is stale."""
    event = AppealEvent(appeal_id=appeal.id, at=clock.now(), actor=actor, action=action, from_state=before)
    event.to_state, event.public_text, event.detail = appeal.state, public_text, detail
    if before is not None:
        appeal.version += 1
    db.add(event)
    db.flush()
    return event


def filed_on(db: Session, appellant: str, moment: datetime) -> int:
    """How many cases a person filed on the Shanghai day of `moment`."""
    midnight = clock.at(clock.local(moment).date(), 0)
    query = select(func.count()).select_from(Appeal)
    return db.scalar(query.where(Appeal.appellant == appellant, Appeal.received_at >= midnight)) or 0


def numbers(db: Session, day: date, count: int = 1) -> list[str]:
    """The next case numbers of a day. Who files at the same moment waits here for the other transaction."""
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(Serial).values(day=day, value=count)
    counted = statement.on_conflict_do_update(
        index_elements=["day"], set_={"value": Serial.value + count}
    ).returning(Serial.value)
    last = db.scalars(counted).one()
    return [f"SQ{day:%Y%m%d}{serial:03d}" for serial in range(last - count + 1, last + 1)]


def titled(body: str) -> str:
    """The first words of the body, for lists; sensitive numbers are masked before a cut could hide that they are."""
    first = " ".join(masked_text(body).split())
    return first if len(first) <= 30 else first[:29] + "…"
