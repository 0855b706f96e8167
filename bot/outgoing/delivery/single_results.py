"""What WeChat reports about template messages and subscription notices: it may come before our own commit, twice,
or never (platform §2.3, §2.4). Also who agreed to which notice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.core.db import insert_once
from models.consents import NoticeConsent
from models.outgoing import Channel, Delivery, DeliveryState, NoticeResult

ACCEPTED = "accept"


def adopt_id(db: Session, row: Delivery, msg_id: str, moment: datetime) -> None:
    """An accepted message gets WeChat's id; a report that was faster than this commit is applied now."""
    if not msg_id:
        return
    row.msg_id = msg_id[:32]
    db.flush()
    known = db.scalar(select(NoticeResult).where(NoticeResult.msg_id == row.msg_id))
    if known is not None:
        _apply_report(row, known, moment)


def report(db: Session, msg_id: str, status: str, moment: datetime, *, notice_to: str | None = None) -> None:
    """Keep a report and settle the message that it is about, if that is known already. The answer to a notice may
    carry no id (platform §7.2); then the report is about the last one to this person."""
    ok = status.replace(" ", "").lower() == "success"
    values = {"msg_id": msg_id[:32], "ok": ok, "status": status[:64], "received_at": moment}
    if insert_once(db, NoticeResult, **values) is None:
        return  # it came twice
    row = db.scalar(select(Delivery).where(Delivery.msg_id == msg_id[:32]).with_for_update())
    if row is None and notice_to is not None:
        row = _newest_without_id(db, notice_to)
    result = db.scalar(select(NoticeResult).where(NoticeResult.msg_id == msg_id[:32]))
    if row is not None and result is not None:
        _apply_report(row, result, moment)


def _newest_without_id(db: Session, openid: str) -> Delivery | None:
    """The newest notice to a person that has got no id yet."""
    mine = (Delivery.recipient == openid, Delivery.channel == Channel.NOTICE, Delivery.msg_id.is_(None))
    query = select(Delivery).where(*mine, Delivery.state == DeliveryState.SENT)
    return db.scalar(query.order_by(Delivery.settled_at.desc()).limit(1).with_for_update())


def _apply_report(row: Delivery, result: NoticeResult, moment: datetime) -> None:
    """Accepted does not mean delivered: a failure report takes the success back, and the words wait for the person."""
    if result.ok or row.state is not DeliveryState.SENT:
        return
    row.state, row.settled_at = DeliveryState.WAITING_CONTACT, None
    row.detail = f"平台报告未送达：{result.status}"[:255]


def record_consent(db: Session, openid: str, template_id: str, answer: str, moment: datetime) -> None:
    """A person agreed to one notice of a template, or refuses them all."""
    accepted = answer == ACCEPTED
    values = {"openid": openid, "template_id": template_id[:64], "left": int(accepted), "updated_at": moment}
    if insert_once(db, NoticeConsent, **values) is not None:
        return
    mine = (NoticeConsent.openid == openid, NoticeConsent.template_id == template_id[:64])
    left = NoticeConsent.left + 1 if accepted else 0
    db.execute(
        update(NoticeConsent).where(*mine).values(left=left, updated_at=moment),
        execution_options={"synchronize_session": False},
    )
