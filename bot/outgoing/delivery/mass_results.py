"""What became of mass-send jobs. MASSSENDJOBFINISH reports it before our own commit, twice, or never; then WeChat is
asked (mass/get). Who gets what afterwards is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import String, cast, literal, select, update
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.runtime.services import Services
from bot.wechat.errors import Outcome
from models.followers import Follower
from models.outgoing import BatchState, Delivery, DeliveryState, MassBatch, MassResult

D, B = DeliveryState, BatchState
ASK_AGAIN = timedelta(minutes=2)
UNSYNCHRONISED = {"synchronize_session": False}


def report(
    db: Session, msg_id: str, status: str, sent: int | None, errors: int | None, urls: Sequence[str] = ()
) -> None:
    """Keep what was reported of a job and settle it, in whichever order the two come. `urls` are the addresses of its
    articles, which no list of WeChat's shows again."""
    kept = insert_once(
        db,
        MassResult,
        msg_id=msg_id,
        status=status[:64],
        sent_count=sent,
        error_count=errors,
        urls="\n".join(urls) or None,
        received_at=clock.now(),
    )
    if kept is None and urls:  # it was asked for before its event came
        known = update(MassResult).where(MassResult.msg_id == msg_id, MassResult.urls.is_(None))
        db.execute(known.values(urls="\n".join(urls)), execution_options=UNSYNCHRONISED)
    batch = db.scalar(select(MassBatch).where(MassBatch.msg_id == msg_id).with_for_update())
    if batch is not None:
        settle_by_result(db, batch)


def settle_by_result(db: Session, batch: MassBatch) -> None:
    """Settle an accepted job by its kept result, if there is one."""
    if batch.state is not B.ACCEPTED:
        return
    result = db.scalar(select(MassResult).where(MassResult.msg_id == batch.msg_id))
    if result is None and batch.msg_id is not None:
        return  # it will come as an event, or be asked for
    if result is not None and not _is_success(result):
        batch.detail = f"平台报告：{result.status}" if result.sent_count != 0 else "平台报告：没有一人送达"
        give_up(db, batch)
        return
    batch.state, batch.detail = B.DONE, _counts_in_words(result)
    sent = update(Delivery).where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
    db.execute(sent.values(state=D.SENT, settled_at=clock.now()), execution_options=UNSYNCHRONISED)
    gone = update(Delivery).where(
        Delivery.batch_id == batch.id, Delivery.recipient.not_in(select(Follower.openid))
    )
    blank: dict[str, Any] = {
        "recipient": None,
        "payload": {},
        "key": literal("erased:").concat(cast(Delivery.id, String)),
    }
    db.execute(gone.values(**blank), execution_options=UNSYNCHRONISED)


def _is_success(result: MassResult) -> bool:
    return result.sent_count != 0 and result.status.replace(" ", "").replace("_", "").lower() == "sendsuccess"


def _counts_in_words(result: MassResult | None) -> str | None:
    """WeChat tells how many people it reached, never which ones: staff must see it when somebody is missing."""
    if result is None or result.sent_count is None:
        return None
    return f"平台报告：送达 {result.sent_count} 人，失败 {result.error_count or 0} 人（平台不告知是谁）"


def mark_unknown(db: Session, batch: MassBatch) -> None:
    """WeChat has forgotten the clientmsgid: one more try could arrive twice, so a person decides."""
    batch.state = B.FAILED
    mine = update(Delivery).where(Delivery.batch_id == batch.id, Delivery.state == D.SENDING)
    lost = {"state": D.UNKNOWN, "settled_at": clock.now(), "detail": "群发结果未知，请在公众平台核实"}
    db.execute(mine.values(**lost), execution_options=UNSYNCHRONISED)


def give_up(db: Session, batch: MassBatch) -> None:
    """Nothing of this job was delivered: each person sees the words in the reply to their next message. If an
    earlier try may have been accepted, that is not known, and nobody gets it a second time."""
    if batch.doubtful and batch.state is not B.ACCEPTED:
        mark_unknown(db, batch)
        return
    batch.state = B.FAILED
    mine = update(Delivery).where(Delivery.batch_id == batch.id, Delivery.state.in_((D.SENDING, D.QUEUED)))
    waits = {"state": D.WAITING_CONTACT, "detail": batch.detail}
    db.execute(mine.values(**waits), execution_options=UNSYNCHRONISED)


def ask_for_results(services: Services) -> int:
    """Settle jobs that no result has settled yet: it may have been stored while our acceptance was being written, or
    the event never came; then WeChat is asked."""
    with reading(services.engine) as db:
        query = select(MassBatch.id, MassBatch.msg_id).where(
            MassBatch.state == B.ACCEPTED,
            MassBatch.not_before <= clock.now(),
            MassBatch.msg_id.is_not(None),
        )
        waiting = list(db.execute(query.limit(10)))
    for batch_id, msg_id in waiting:
        if _is_settled_by_kept_result(services, batch_id):
            continue
        answer = services.gateway.mass_get(str(msg_id))
        status = str(answer.data.get("msg_status", "")).upper()
        with transaction(services.engine) as db:
            if answer.outcome is Outcome.SENT and status not in ("", "SENDING"):
                report(db, str(msg_id), status, None, None)
            else:
                later = {"not_before": clock.now() + ASK_AGAIN}
                db.execute(update(MassBatch).where(MassBatch.id == batch_id).values(**later))
    return len(waiting)


def _is_settled_by_kept_result(services: Services, batch_id: int) -> bool:
    with transaction(services.engine) as db:
        batch = db.get(MassBatch, batch_id, with_for_update=True)
        if batch is None:
            return True
        settle_by_result(db, batch)
        return batch.state is not B.ACCEPTED


def remove_tags(services: Services) -> int:
    """Delete the tags of jobs that are over, as an account may have 100 (platform §8); gives how many were tried."""
    moment = clock.now()
    with reading(services.engine) as db:
        over = select(MassBatch.id, MassBatch.tag_id).where(
            MassBatch.state.in_((B.DONE, B.FAILED)),
            MassBatch.tag_id.is_not(None),
            MassBatch.not_before <= moment,
        )
        tags = list(db.execute(over.limit(10)))
    for batch_id, tag_id in tags:
        answer = services.gateway.tags_delete(int(tag_id or 0))
        with transaction(services.engine) as db:
            done = {"tag_id": None} if answer.ok else {"not_before": clock.now() + timedelta(days=1)}
            db.execute(update(MassBatch).where(MassBatch.id == batch_id).values(**done))
    return len(tags)
