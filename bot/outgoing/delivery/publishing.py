"""Publishing an article (发布, platform §6.3): it gets a lasting address and an article id, without reaching anybody.
A customer-service message can carry a published article only, so a broadcast that goes that way waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.backoff import backoff
from bot.core.db import insert_once, reading, transaction
from bot.core.logs import get_logger
from bot.outgoing import payloads
from bot.runtime.services import Services
from bot.wechat.capabilities import Capability
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from models.outgoing import Broadcast, BroadcastState, Channel, Publication, PublicationState

log = get_logger(__name__)
P = PublicationState
ASK_AGAIN = timedelta(seconds=5)
MOST_TRIES = 8
OVER = (P.PUBLISHED, P.FAILED)
PUBLISHING = 1  # publish_status (platform §2.6): 0 done, 1 under way, others failed


def is_settled() -> ColumnElement[bool]:
    """Whether the Broadcast at hand need not wait for its article."""
    settled = exists().where(Publication.broadcast_id == Broadcast.id, Publication.state.in_(OVER))
    return or_(Broadcast.form != "article", Broadcast.ways.not_like(f"%{Channel.CUSTOM}%"), settled)


def article_id(db: Session, broadcast: Broadcast) -> str | None:
    """The published article's id, or None when there is none."""
    return db.scalar(select(Publication.article_id).where(Publication.broadcast_id == broadcast.id))


def publish(services: Services) -> int:
    """One round: one call for one article; gives how many calls were made."""
    publication_id = _claim_publication(services)
    if publication_id is None:
        return 0
    with reading(services.engine) as db:
        publication = db.get(Publication, publication_id)
        broadcast = db.get(Broadcast, publication.broadcast_id) if publication else None
    if publication is None or broadcast is None:
        return 0
    # No transaction is open here: these calls may take seconds.
    if publication.state is P.SUBMITTED:
        _ask_for_result(services, publication)
    elif publication.media_id is None:
        _make_draft(services, publication, broadcast)
    else:
        _submit_draft(services, publication)
    return 1


def _claim_publication(services: Services) -> int | None:
    """Begin to publish what has to be published, and lease one publication that is due."""
    moment = clock.now()
    if not {Capability.PUBLISH, Capability.CUSTOM_MESSAGE} <= services.capabilities:
        _give_up_all(services)
        return None
    wanting = select(Broadcast.id).where(
        Broadcast.state == BroadcastState.SENDING,
        ~is_settled(),
        ~exists().where(Publication.broadcast_id == Broadcast.id),
    )
    due = and_(
        Publication.state.in_((P.DRAFTING, P.SUBMITTED)),
        Publication.not_before <= moment,
        or_(Publication.leased_until.is_(None), Publication.leased_until < moment),
    )
    with reading(services.engine) as db:
        new = list(db.scalars(wanting))
        if not new and db.scalar(select(Publication.id).where(due).limit(1)) is None:
            return None
    with transaction(services.engine) as db:
        for broadcast_id in new:
            _begin_publication(db, broadcast_id, P.DRAFTING)
        one = db.scalar(select(Publication).where(due).limit(1).with_for_update(skip_locked=True))
        if one is None:
            return None
        one.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
        return one.id


def _begin_publication(
    db: Session, broadcast_id: int, state: PublicationState, detail: str | None = None
) -> None:
    now = clock.now()
    values: dict[str, Any] = {"state": state, "detail": detail, "not_before": now, "created_at": now}
    insert_once(db, Publication, broadcast_id=broadcast_id, attempts=0, **values)


def _give_up_all(services: Services) -> None:
    """Without the right nothing is published; the broadcasts take their other channels at once."""
    waiting = select(Broadcast.id).where(Broadcast.state == BroadcastState.SENDING, ~is_settled())
    with reading(services.engine) as db:
        found = list(db.scalars(waiting))
    for broadcast_id in found:
        with transaction(services.engine) as db:
            _begin_publication(db, broadcast_id, P.FAILED, Capability.PUBLISH.when_missing)


def _make_draft(services: Services, publication: Publication, broadcast: Broadcast) -> None:
    answer = payloads.make_draft(services, broadcast.payload)
    _settle_call(services, publication, answer, media_id=str(answer.data.get("media_id", "")) or None)


def _submit_draft(services: Services, publication: Publication) -> None:
    answer = services.gateway.freepublish_submit(str(publication.media_id))
    publish_id = str(answer.data.get("publish_id", "")) or None
    data_id = str(answer.data.get("msg_data_id", ""))[:32] or None
    gained = {"publish_id": publish_id, "msg_data_id": data_id}
    _settle_call(services, publication, answer, state=P.SUBMITTED, **gained)


def _ask_for_result(services: Services, publication: Publication) -> None:
    answer = services.gateway.freepublish_get(str(publication.publish_id))
    if answer.outcome is Outcome.SENT and answer.data.get("publish_status") != PUBLISHING:
        with transaction(services.engine) as db:
            report(db, answer.data)
            services.rows_made(db)
        return
    _settle_call(services, publication, answer)


def _settle_call(services: Services, publication: Publication, answer: Answer, **gained: Any) -> None:
    """Write down a call. Publishing twice would show twice in the account's history: an unknown result is given up."""
    moment = clock.now()
    with transaction(services.engine) as db:
        row = db.get(Publication, publication.id, with_for_update=True, populate_existing=True)
        if row is None or row.state in OVER:
            return
        row.leased_until, row.detail, row.attempts = None, answer.detail[:255] or None, row.attempts + 1
        match answer.outcome:
            case Outcome.SENT:
                for name, value in gained.items():
                    setattr(row, name, value)
                row.not_before = moment + (ASK_AGAIN if row.state is P.SUBMITTED else timedelta())
            case Outcome.LATER | Outcome.MINUTE | Outcome.TOKEN if row.attempts < MOST_TRIES:
                row.not_before = moment + backoff(row.attempts, row.id)
            case _:
                log.error("publishing_failed", publication=row.id, errcode=answer.errcode)
                row.state = P.FAILED
        services.rows_made(db)


def report(db: Session, told: Mapping[str, Any]) -> None:
    """Take over what PUBLISHJOBFINISH or freepublish/get said of a job; a report of a job that we do not know yet
    is asked for again later."""
    publish_id, status = str(told.get("publish_id") or ""), str(told.get("publish_status"))
    query = select(Publication).where(Publication.publish_id == publish_id).with_for_update()
    row = db.scalar(query) if publish_id else None
    if row is None or row.state in OVER or status == str(PUBLISHING):
        return
    row.leased_until = None
    article = str(told.get("article_id") or "")
    if status != "0" or not article:
        row.state, row.detail = P.FAILED, f"平台没有发布这篇图文（状态 {status[:8]}），改用其他方式发送"
        return
    row.state, row.article_id, row.url = P.PUBLISHED, article[:128], _article_address(told)


def _article_address(told: Mapping[str, Any]) -> str | None:
    """The first article's address; `item` repeats (platform §2.6)."""
    detail = told.get("article_detail")
    items = detail.get("item") if isinstance(detail, Mapping) else None
    first = items[0] if isinstance(items, list) and items else items
    return str(first.get("article_url") or "")[:512] or None if isinstance(first, Mapping) else None


def message_of(article: str) -> dict[str, Any]:
    """A published article as a customer-service message (platform §5.2)."""
    return {"msgtype": "mpnewsarticle", "mpnewsarticle": {"article_id": article}}
