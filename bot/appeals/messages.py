"""Messages to a case's appellants: by the account when it can, else a task to tell them by phone (domain §2.3 rule 4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from bot.appeals import states, survey
from bot.appeals.actor import lock
from bot.appeals.deadlines import Close
from bot.appeals.wording import written
from bot.core import audit, clock, workdays
from bot.core.refusals import Refused
from bot.outgoing.single_messages import queue_message
from bot.runtime.services import ServiceActor
from bot.staff import rights
from bot.staff.rights import Right
from bot.wechat.capabilities import Capability
from bot.wechat.replies import anchor, plain
from models.appeal_work import AppealMessage
from models.appeals import Appeal, AppealEvent
from models.outgoing import Delivery, DeliveryState

D = DeliveryState
MOST_BYTES = 1200  # of the words; with the link and the survey a message stays below WeChat's 2,048 bytes
NOBODY = "没有联系方式，无法告知。"
CLOSE: Close = (17, 30)
ON_THE_WAY = (D.QUEUED, D.WAITING_CONTACT)


def tell(
    actor: ServiceActor, case: Appeal, event: AppealEvent, text: str, *, with_survey: bool = False
) -> list[AppealMessage]:
    """Tell the appellant, and those of the cases merged into this one. `with_survey` asks at the end how it went."""
    told = []
    for one in (case, *merged_into(actor.db, case)):
        words = text if one is case else f"{text}\n（您的诉求 {one.number} 已并入这一件。）"
        payload: dict[str, Any] = {"text": _fitted(actor, one, words)}
        if with_survey:
            tappable = Capability.TAP_MENU in actor.services.capabilities
            payload = survey.survey_payload(one, payload["text"], tappable=tappable)
            words = f"{words}\n\n{survey.survey_text(one)}"
        told.append(_leave(actor, one, event, words, payload))
    return told


def merged_into(db: Session, case: Appeal) -> list[Appeal]:
    """The cases that were merged into this one."""
    return list(db.scalars(select(Appeal).where(Appeal.merged_into_id == case.id).order_by(Appeal.id)))


def tick_told(actor: ServiceActor, message: AppealMessage, remark: str) -> None:
    """A colleague has told it by phone; the message no longer waits for the appellant's next word."""
    if actor.by is not None:
        rights.require(actor.by, Right.APPEAL_ACCEPT)
    case = actor.db.get_one(Appeal, message.appeal_id)
    lock(actor.db, case)
    actor.db.refresh(message)
    if message.told_at is not None:
        raise Refused("这一条已经登记为告知，不用再登记。")
    said = written(remark, "告知情况（谁、何时、怎么说的）", most=200)
    message.told_at, message.told_remark = clock.now(), said
    message.told_by_id = actor.staff_id
    if message.delivery_id is not None:
        delivery = actor.db.get(Delivery, message.delivery_id, with_for_update=True)
        if delivery is not None and delivery.state in ON_THE_WAY:
            delivery.state, delivery.settled_at = D.CANCELLED, clock.now()
    states.record(actor.db, case, actor.signature, "told", case.state, message=message.id)
    audit.record(actor.db, actor.by, "appeal.told", "appeal", case.id, message=message.id)


def untold(
    db: Session, moment: datetime | None = None, close: Close = CLOSE
) -> list[tuple[AppealMessage, Appeal]]:
    """What has to be told by phone, oldest first."""
    rows = db.execute(untold_query(moment or clock.now(), close).order_by(AppealMessage.id))
    return [(message, case) for message, case in rows]


def untold_query(moment: datetime, close: Close = CLOSE) -> Select[AppealMessage, Appeal]:
    """Messages that were neither delivered nor ticked: no account, refused, unknown, or waiting for the appellant's
    next word for more than a working day."""
    waiting = and_(
        Delivery.state == D.WAITING_CONTACT, AppealMessage.created_at < _a_workday_ago(moment, close)
    )
    lost = or_(
        AppealMessage.delivery_id.is_(None), Delivery.state.in_((D.REFUSED, D.UNKNOWN, D.CANCELLED)), waiting
    )
    return (
        select(AppealMessage, Appeal)
        .join(Appeal, Appeal.id == AppealMessage.appeal_id)
        .outerjoin(Delivery, Delivery.id == AppealMessage.delivery_id)
        .where(AppealMessage.told_at.is_(None), lost)
    )


def _a_workday_ago(moment: datetime, close: Close) -> datetime:
    """What was written before this has waited for a whole working day."""
    day = clock.local(moment).date()
    while not workdays.is_workday(day) or moment < clock.at(day, *close):
        day -= timedelta(days=1)
    return clock.at(day, 0)


def _leave(
    actor: ServiceActor, case: Appeal, event: AppealEvent, text: str, payload: dict[str, Any]
) -> AppealMessage:
    moment = clock.now()
    delivery_id = None
    if case.openid:
        key = f"appeal:{case.id}:{event.id}"
        delivery_id = queue_message(actor.db, key=key, recipient=case.openid, payload=payload, moment=moment)
        actor.services.rows_made(actor.db)
    message = AppealMessage(
        appeal_id=case.id, event_id=event.id, delivery_id=delivery_id, text=text, created_at=moment
    )
    if not case.openid and not case.phone:
        message.told_at, message.told_remark = moment, NOBODY
    actor.db.add(message)
    actor.db.flush()
    return message


def _fitted(actor: ServiceActor, case: Appeal, text: str) -> str:
    """The words as WeChat takes them, cut when they are too long, with the way to the whole."""
    link = actor.services.progress_url(case.number)
    safe = plain(text)
    if len(safe.encode()) <= MOST_BYTES:
        return f"{safe}\n{anchor(link, '查看办理进度')}"
    cut = safe.encode()[:MOST_BYTES].decode(errors="ignore")
    return f"{cut}……\n{anchor(link, '查看全文和办理进度')}"
