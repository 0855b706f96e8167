"""The nightly forgetting: old chats, people who left, and cases whose time is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, cast, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.appeals import retention
from bot.core import clock
from bot.runtime.jobs import job
from bot.runtime.services import Services
from models.conversations import Conversation
from models.followers import Follower
from models.inbound import Inbound
from models.messages import MessageAnswer, StaffMessage
from models.outgoing import Delivery, DeliveryState
from models.phrases import Unmatched

UNSYNCHRONISED = {"synchronize_session": False}
SETTLED = (DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN, DeliveryState.CANCELLED)
AT_ONCE = 1000  # cases a night: a backlog of years takes some nights, never a long transaction


@job("50 4 * * *", grace=timedelta(hours=20))
def anonymise_finished_cases(services: Services, db: Session, due_at: datetime) -> None:
    """已结束满年限的诉求去掉诉求人信息，删除图片，只留统计"""
    today = clock.local(due_at).date()
    year = today.year - services.config.privacy.closed_case_years
    old = clock.at(today.replace(year=year, day=min(today.day, 28)), 0)
    for case in retention.due(db, old, AT_ONCE):
        retention.anonymise(db, services, case)


@job("20 3 * * *", grace=timedelta(hours=20))
def forget_old_chats(services: Services, db: Session, due_at: datetime) -> None:
    """清除到期的原始聊天内容（默认90天）和过期草稿"""
    old = due_at - timedelta(days=services.config.privacy.raw_chat_days)
    holds_words = or_(Inbound.text.is_not(None), Inbound.openid.is_not(None), Inbound.reply != "")
    db.execute(
        update(Inbound).where(Inbound.received_at < old, holds_words).values(text=None, reply="", openid=None)
    )
    db.execute(delete(Unmatched).where(Unmatched.created_at < old))
    _forget_old_messages(db, old)
    settled = (Delivery.settled_at < old, Delivery.broadcast_id.is_(None), Delivery.recipient.is_not(None))
    db.execute(update(Delivery).where(*settled).values(payload={}, recipient=None))
    silent = select(Follower.openid).where(Follower.last_seen_at < old)
    forgotten = or_(Conversation.expires_at < due_at, Conversation.openid.in_(silent))
    empty: dict[str, Any] = {"form": None, "step": None, "data": {}, "memory": {}, "expires_at": None}
    db.execute(update(Conversation).where(forgotten).values(**empty), execution_options=UNSYNCHRONISED)


def _forget_old_messages(db: Session, old: datetime) -> None:
    """Only what was handled long ago, with answers that came to the person or were told; the rest still waits."""
    unfit = select(MessageAnswer.message_id).join(StaffMessage).where(StaffMessage.handled_at < old)
    unfit = unfit.outerjoin(Delivery, Delivery.id == MessageAnswer.delivery_id).where(
        MessageAnswer.openid.is_not(None),
        MessageAnswer.told_at.is_(None),
        or_(Delivery.id.is_(None), Delivery.state != DeliveryState.SENT),
    )
    over = select(StaffMessage.id).where(StaffMessage.handled_at < old, StaffMessage.id.not_in(unfit))
    db.execute(
        delete(MessageAnswer).where(MessageAnswer.message_id.in_(over)), execution_options=UNSYNCHRONISED
    )
    unanswered = StaffMessage.id.not_in(select(MessageAnswer.message_id))
    db.execute(
        delete(StaffMessage).where(StaffMessage.handled_at < old, unanswered),
        execution_options=UNSYNCHRONISED,
    )


@job("10 4 * * *", grace=timedelta(hours=20))
def forget_people_who_left(services: Services, db: Session, due_at: datetime) -> None:
    """去掉已注销的人在发送记录里的标识（消息正在发送时注销的）"""
    gone = (Delivery.recipient.is_not(None), Delivery.recipient.not_in(select(Follower.openid)))
    recent = Delivery.created_at > due_at - timedelta(days=3)
    waiting = (*gone, recent, Delivery.state == DeliveryState.WAITING_CONTACT)
    over: dict[str, Any] = {"state": DeliveryState.CANCELLED, "settled_at": due_at}
    db.execute(update(Delivery).where(*waiting).values(**over), execution_options=UNSYNCHRONISED)
    key = literal("erased:").concat(cast(Delivery.id, String))
    empty: dict[str, Any] = {"recipient": None, "payload": {}, "key": key}
    settled = (*gone, recent, Delivery.state.in_(SETTLED))
    db.execute(update(Delivery).where(*settled).values(**empty), execution_options=UNSYNCHRONISED)
