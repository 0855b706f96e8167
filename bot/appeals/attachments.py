"""Pictures that people send: a row at once, the bytes as soon as possible, because WeChat forgets them
after three days (platform §6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.backoff import backoff
from bot.core.db import insert_once, reading, transaction
from bot.core.logs import get_logger
from bot.core.storage import NotAPicture
from bot.runtime.services import Services
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.gateway import Media
from bot.wechat.inbound import Incoming
from models.appeals import Attachment, MediaState

log = get_logger(__name__)
WECHAT_KEEPS = timedelta(days=3)
GONE = (Outcome.BROKEN, Outcome.REFUSED)


def note_picture(db: Session, services: Services, message: Incoming, now: datetime) -> int | None:
    """Remember the picture of this message and wake the fetcher; its row's id. The same medium counts once."""
    if not message.media_id:
        return None
    mine = {"openid": message.openid, "media_id": message.media_id}
    fresh = {"kind": message.kind, "state": MediaState.PENDING, "attempts": 0}
    row = insert_once(db, Attachment, **mine, **fresh, not_before=now, created_at=now)
    services.rows_made(db, "media")
    return db.scalar(select(Attachment.id).filter_by(**mine)) if row is None else row


def present(db: Session, openid: str, rows: Sequence[int]) -> list[int]:
    """Those of a draft's pictures that are still there: what is not filed in time is forgotten."""
    free = select(Attachment.id).where(Attachment.id.in_(rows), Attachment.appeal_id.is_(None))
    return list(db.scalars(free.where(Attachment.openid == openid).order_by(Attachment.id)))


def fetch_pending(services: Services) -> int:
    """One round of fetching; how many pictures were tried. Doing it twice does no harm."""
    moment = clock.now()
    with reading(services.engine) as db:
        query = select(Attachment.id, Attachment.media_id).where(
            Attachment.state == MediaState.PENDING, Attachment.not_before <= moment
        )
        pending = list(db.execute(query.order_by(Attachment.id).limit(20)))
    for row_id, media_id in pending:
        # No transaction is open here: the download may take seconds.
        try:
            _store(services, row_id, services.gateway.media_get(media_id))
        except ApiError as error:
            _failed(services, row_id, error)
        except Exception:  # one bad file must not keep the others waiting
            log.exception("picture_failed", attachment=row_id)
            _failed(services, row_id, ApiError(None, "", Outcome.LATER, "保存图片时出错，请查看日志"))
    return len(pending)


def _store(services: Services, row_id: int, media: Media) -> None:
    try:
        if len(media.content) > services.config.storage.max_picture_mb * 1024 * 1024:
            raise NotAPicture("too large")
        path, content_type = services.storage.keep_picture(media.content)
    except NotAPicture as error:
        _lose(services, row_id, f"不是可显示的图片：{error}")
        return
    with transaction(services.engine) as db:
        row = db.get(Attachment, row_id, with_for_update=True)
        if row is None or row.state is not MediaState.PENDING:  # erased, or fetched by another worker
            services.storage.forget(path)
            return
        row.state, row.path, row.content_type, row.size = (
            MediaState.STORED,
            path,
            content_type,
            len(media.content),
        )


def _failed(services: Services, row_id: int, error: ApiError) -> None:
    moment = clock.now()
    with transaction(services.engine) as db:
        row = db.get(Attachment, row_id, with_for_update=True)
        if row is None:
            return
        row.attempts += 1
        row.not_before = moment + backoff(row.attempts)
        expired = moment - row.created_at > WECHAT_KEEPS
    if expired or (error.outcome in GONE and row.attempts >= 3):
        _lose(services, row_id, error.advice)


def _lose(services: Services, row_id: int, why: str) -> None:
    log.warning("picture_lost", attachment=row_id)
    with transaction(services.engine) as db:
        row = db.get(Attachment, row_id, with_for_update=True)
        if row is not None and row.state is MediaState.PENDING:
            row.state, row.detail = MediaState.LOST, why[:128]
