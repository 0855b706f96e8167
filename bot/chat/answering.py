"""What colleagues do about words left for a person (留言): take them, answer, tell by phone, close without an answer, and
look behind the mask for a reason. A person's open messages are settled together, up to the newest that was on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.refusals import Refused
from bot.outgoing.single_messages import queue_message
from bot.runtime.services import ServiceActor
from bot.staff import rights
from bot.staff.rights import Right
from bot.wechat.replies import plain
from models.messages import MessageAnswer, StaffMessage, waiting_with
from models.outgoing import Delivery, DeliveryState
from models.staff import Staff

D = DeliveryState
MOST, MOST_REMARK = 500, 200  # characters; with its head and end an answer stays below WeChat's 2,048 bytes
ON_THE_WAY = (D.QUEUED, D.WAITING_CONTACT)
UNREACHED = (D.REFUSED, D.UNKNOWN, D.CANCELLED, D.WAITING_CONTACT)
SAME = timedelta(hours=24)
HANDLED = "这条留言已经办结，不用再办。"
GONE = "本人已取消关注或删除了信息，微信送不到。请改为登记办结，写明怎么处理的。"
SAID = "工作人员答复您：\n{text}\n（还有话要说，请回复 0 留言）"


def take(actor: ServiceActor, message: StaffMessage) -> None:
    """This colleague looks after the person; whoever took it before is relieved."""
    by, waiting = _begin(actor, message)
    if not waiting:
        raise Refused(HANDLED)
    for one in waiting:
        one.taken_by_id, one.taken_at = by.id, clock.now()
    audit.record(actor.db, by, "message.take", "message", message.id)


def answer(actor: ServiceActor, message: StaffMessage, text: str, *, upto: int) -> MessageAnswer:
    """Answer the person by WeChat: at once inside their window, else with their next word, or by phone. What they wrote
    after `upto` still waits."""
    by, waiting = _begin(actor, message)
    said = _written(text, "答复内容", MOST)
    if message.openid is None:
        raise Refused(GONE)
    _refuse_twice(actor.db, message.openid, said)
    row = MessageAnswer(openid=message.openid, message_id=message.id, text=said, at=clock.now(), by_id=by.id)
    actor.db.add(row)
    actor.db.flush()
    row.delivery_id = queue_message(
        actor.db,
        key=f"answer:{row.id}",
        recipient=message.openid,
        payload={"text": SAID.format(text=plain(said))},
        moment=row.at,
    )
    actor.services.rows_made(actor.db)
    _settle(by, waiting, upto, outcome=None)
    audit.record(actor.db, by, "message.answer", "message", message.id)
    return row


def finish(actor: ServiceActor, message: StaffMessage, remark: str, *, upto: int) -> None:
    """It needs no answer by WeChat: it was settled by phone, or there is nothing to do. The remark says how."""
    by, waiting = _begin(actor, message)
    said = _written(remark, "办结情况（怎么处理的）", MOST_REMARK)
    if not waiting:
        raise Refused(HANDLED)
    _settle(by, waiting, upto, outcome=said)
    audit.record(actor.db, by, "message.finish", "message", message.id)


def tick_told(actor: ServiceActor, row: MessageAnswer, remark: str) -> None:
    """A colleague has told the answer by phone; it no longer waits for the person's next word."""
    by = rights.require_colleague(actor.by, Right.MESSAGE_ANSWER)
    actor.db.refresh(row, with_for_update=True)
    if row.told_at is not None:
        raise Refused("这一条已经登记为告知，不用再登记。")
    row.told_remark = _written(remark, "告知情况（谁、何时、怎么说的）", MOST_REMARK)
    row.told_at, row.told_by_id = clock.now(), by.id
    delivery = actor.db.get(Delivery, row.delivery_id, with_for_update=True) if row.delivery_id else None
    if delivery is not None and delivery.state in ON_THE_WAY:
        delivery.state, delivery.settled_at = D.CANCELLED, clock.now()
    audit.record(actor.db, by, "message.told", "message", row.message_id)


def unmask(actor: ServiceActor, message: StaffMessage, reason: str) -> None:
    """See the numbers in a person's words, for a reason that the trail keeps."""
    rights.require_colleague(actor.by, Right.MESSAGE_ANSWER)
    by = rights.require_colleague(actor.by, Right.CONTACT_UNMASK)
    why = _written(reason, "查看号码的理由", MOST_REMARK)
    audit.record(actor.db, by, "message.unmask", "message", message.id, reason=why)


def untold(db: Session, limit: int = 50) -> list[MessageAnswer]:
    """Answers that WeChat has not brought to the person, oldest first: they wait for their next word, or for a phone call."""
    query = select(MessageAnswer).outerjoin(Delivery, Delivery.id == MessageAnswer.delivery_id)
    lost = MessageAnswer.delivery_id.is_(None) | Delivery.state.in_(UNREACHED)
    known = MessageAnswer.openid.is_not(None)  # who left or was erased can be told nothing
    open_ = query.where(MessageAnswer.told_at.is_(None), known, lost)
    return list(db.scalars(open_.order_by(MessageAnswer.id).limit(limit)))


def _begin(actor: ServiceActor, message: StaffMessage) -> tuple[Staff, list[StaffMessage]]:
    """Who acts, and the person's open messages, locked."""
    by = rights.require_colleague(actor.by, Right.MESSAGE_ANSWER)
    return by, waiting_with(actor.db, message, lock=True)


def _settle(by: Staff, waiting: Sequence[StaffMessage], upto: int, *, outcome: str | None) -> None:
    for one in waiting:
        if one.id <= upto:
            one.handled_at, one.handled_by_id, one.outcome = clock.now(), by.id, outcome


def _refuse_twice(db: Session, openid: str, said: str) -> None:
    """The same words again are a form that was sent twice."""
    mine = (MessageAnswer.openid == openid, MessageAnswer.text == said)
    recent = select(MessageAnswer.at).where(*mine, MessageAnswer.at > clock.now() - SAME)
    at = db.scalar(recent.order_by(MessageAnswer.id.desc()).limit(1))
    if at is not None:
        raise Refused(
            f"您或同事 {clock.local(at):%H:%M} 已发过同样的答复，没有再发。要再说别的，请改一改文字。"
        )


def _written(words: str, what: str, most: int) -> str:
    said = words.strip()
    if not said:
        raise Refused(f"请填写{what}。")
    if len(said) > most:
        raise Refused(f"{what}最多 {most} 个字，现在是 {len(said)} 个字，请精简后再提交。")
    return said
