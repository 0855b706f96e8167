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
from bot.core.storage import KeptPicture, NotAPicture
from bot.outgoing.single_messages import queue_message
from bot.runtime.services import Services
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.gateway import Media
from bot.wechat.inbound import Incoming
from bot.wechat.replies import plain
from models.appeals import Appeal, Attachment, MediaState

log = get_logger(__name__)
WECHAT_KEEPS = timedelta(days=3)
GONE = (Outcome.BROKEN, Outcome.REFUSED)
AT_ONCE, TRIES = 20, 3
LOST = "没有保存下来：{why}。"
UNSHOWN = "已保存，但工作人员可能看不到：{why}。可以改发截图："


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
        query = select(Attachment.id).where(
            Attachment.state == MediaState.PENDING, Attachment.not_before <= moment
        )
        pending = list(db.scalars(query.order_by(Attachment.id).limit(AT_ONCE)))
    for row_id in pending:
        media_id = _count_try(services, row_id, moment)
        if media_id is not None:
            _fetch(services, row_id, media_id)
    return len(pending)


def _count_try(services: Services, row_id: int, moment: datetime) -> str | None:
    """Note the try and when the next one may be, before anything is downloaded: a disk that is full at the end could
    keep neither the file nor the note, and the picture would be downloaded without end. None when it is not due."""
    with transaction(services.engine) as db:
        row = db.get(Attachment, row_id, with_for_update=True)
        if row is None or row.state is not MediaState.PENDING or row.not_before > moment:
            return None
        row.attempts += 1
        row.not_before = moment + backoff(row.attempts, row.id)
        return row.media_id


def _fetch(services: Services, row_id: int, media_id: str) -> None:
    """Download and store; no transaction is open meanwhile, because it may take seconds."""
    try:
        _store(services, row_id, services.gateway.media_get(media_id))
    except ApiError as error:
        _lose_if_hopeless(services, row_id, error)
    except Exception:  # one bad file, or a full disk, must not keep the others waiting
        log.exception("picture_failed", attachment=row_id)
        trouble = ApiError(None, "", Outcome.LATER, "保存图片时出错，请查看日志")
        _lose_if_hopeless(services, row_id, trouble)


def _store(services: Services, row_id: int, media: Media) -> None:
    try:
        _refuse_oversized(services, media)
        kept = services.storage.keep_picture(media.content)
    except NotAPicture as error:
        _lose(services, row_id, str(error))
        return
    try:
        is_kept = _note_stored(services, row_id, kept, len(media.content))
    except BaseException:
        services.storage.forget(kept.path)
        raise
    if not is_kept:
        services.storage.forget(kept.path)


def _refuse_oversized(services: Services, media: Media) -> None:
    most = services.config.storage.max_picture_mb
    if len(media.content) > most * 1024 * 1024:
        raise NotAPicture(f"图片超过 {most} MB")


def _note_stored(services: Services, row_id: int, kept: KeptPicture, size: int) -> bool:
    """Whether the row still wanted the file: it may have been erased, or fetched by another worker."""
    with transaction(services.engine) as db:
        row = db.get(Attachment, row_id, with_for_update=True)
        if row is None or row.state is not MediaState.PENDING:
            return False
        row.state, row.path, row.size = MediaState.STORED, kept.path, size
        row.content_type, row.detail = kept.content_type, kept.trouble or None
        if not kept.is_shown:
            _tell(services, db, row, UNSHOWN.format(why=kept.trouble))
        return True


def _lose_if_hopeless(services: Services, row_id: int, error: ApiError) -> None:
    with reading(services.engine) as db:
        row = db.get(Attachment, row_id)
        if row is None:
            return
        is_expired = clock.now() - row.created_at > WECHAT_KEEPS
        is_gone = error.outcome in GONE and row.attempts >= TRIES
    if is_expired or is_gone:
        _lose(services, row_id, "已无法从微信取回", error.advice)


def _lose(services: Services, row_id: int, why: str, detail: str = "") -> None:
    """Give the picture up, and say so to the person: it was promised to them as noted."""
    log.warning("picture_lost", attachment=row_id)
    with transaction(services.engine) as db:
        row = db.get(Attachment, row_id, with_for_update=True)
        if row is not None and row.state is MediaState.PENDING:
            row.state, row.detail = MediaState.LOST, (detail or why)[:128]
            _tell(services, db, row, LOST.format(why=why))


def _tell(services: Services, db: Session, row: Attachment, words: str) -> None:
    """One message to the person, while we know who it is."""
    if row.openid is None:
        return
    case = db.get(Appeal, row.appeal_id) if row.appeal_id else None
    how = f"请回复「补充 {case.number}」后重发。" if case else "请重新发一次。"
    sent_at = f"{clock.local(row.created_at):%m月%d日%H:%M}"
    text = plain(f"您{sent_at}发来的一张图片，{words}{how}")
    queue_message(
        db, key=f"picture:{row.id}", recipient=row.openid, payload={"text": text}, moment=clock.now()
    )
    services.rows_made(db)
