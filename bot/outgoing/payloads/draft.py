"""An article into WeChat's draft box: its pictures first, each uploaded once, then the draft (platform §6.2, §6.4).

What is uploaded is remembered as an `Asset` (models/wechat.py) after the call. A crash in between, or two workers at
once, upload a picture twice, which does no harm. A draft that nobody sends stays in the draft box and reaches nobody,
so a call with an unknown end is "later" here, not "unknown".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.outgoing.payloads import article_html, pictures
from bot.outgoing.payloads.checks import check
from bot.outgoing.payloads.pictures import Unfit
from bot.runtime.services import Services
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from models.wechat import Asset

INLINE, COVER = "inline", "cover"  # Asset.use
GONE = 40007  # a media id that WeChat no longer knows
MOST = {INLINE: 512, COVER: 128}  # characters that the row holds


@dataclass(frozen=True)
class _Upload:
    """One picture and what it is for."""

    sha256: str
    use: str


class _Failed(Exception):
    """A call before the draft did not go through."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.detail)
        self.answer = answer


def make_draft(services: Services, payload: Mapping[str, Any]) -> Answer:
    """A new draft of an article payload: the answer of draft/add with its `media_id`, or the first answer that was
    no success; BROKEN without any call when `check` finds something. Never inside a transaction: it makes calls."""
    if problems := check("article", payload):
        return Answer(Outcome.BROKEN, None, {}, f"{problems[0].where}：{problems[0].message}")
    try:
        answer = _add(services, payload)
        if answer.errcode == GONE:  # somebody cleared the library: the cover once more
            _forget(services, _Upload(payload["cover"]["sha256"], COVER))
            answer = _add(services, payload)
    except _Failed as failed:
        answer = failed.answer
    if answer.outcome is Outcome.UNKNOWN:
        return replace(
            answer, outcome=Outcome.LATER, detail="存草稿时连接中断，没有发给任何人，系统会稍后再试。"
        )
    return answer


def _add(services: Services, payload: Mapping[str, Any]) -> Answer:
    digests = article_html.references(payload["html"])
    addresses = {digest: _uploaded(services, _Upload(digest, INLINE)) for digest in digests}
    article = {
        "article_type": "news",
        "title": payload["title"],
        "author": payload.get("author") or "",
        "digest": payload.get("digest") or "",
        "content": article_html.with_addresses(payload["html"], addresses),
        "content_source_url": payload.get("source_url") or "",
        "thumb_media_id": _uploaded(services, _Upload(payload["cover"]["sha256"], COVER)),
    }
    answer = services.gateway.draft_add([article])
    if answer.ok and not answer.data.get("media_id"):
        return Answer(Outcome.LATER, None, {}, "微信没有给出草稿编号，系统会稍后再试。")
    return answer


def _uploaded(services: Services, upload: _Upload) -> str:
    """The address or media id of a picture at WeChat, uploaded if need be. Raises _Failed."""
    known = _known(services, upload)
    if known:
        return known
    try:
        data = pictures.kept(services.storage, upload.sha256)
    except Unfit as error:
        raise _Failed(Answer(Outcome.BROKEN, None, {}, str(error))) from error
    # No transaction is open here: an upload may take seconds.
    answer = _send(services, upload, data)
    if not answer.ok:
        raise _Failed(answer)
    given = str(answer.data.get("url" if upload.use == INLINE else "media_id", ""))
    if not 0 < len(given) <= MOST[upload.use]:
        raise _Failed(Answer(Outcome.LATER, None, {}, "微信没有给出图片的地址，系统会稍后再试。"))
    return _remember(services, upload, given)


def _send(services: Services, upload: _Upload, data: bytes) -> Answer:
    suffix, content_type = pictures.content_type(data)
    name = f"{upload.sha256[:16]}.{suffix}"  # not the staff's file name: it would show in the console
    if upload.use == INLINE:
        return services.gateway.uploadimg(name, data, content_type)
    return services.gateway.add_material("thumb", name, data, content_type)


def _known(services: Services, upload: _Upload) -> str | None:
    column = Asset.url if upload.use == INLINE else Asset.media_id
    with reading(services.engine) as db:
        return db.scalar(select(column).where(Asset.sha256 == upload.sha256, Asset.use == upload.use))


def _remember(services: Services, upload: _Upload, given: str) -> str:
    column = "url" if upload.use == INLINE else "media_id"
    values: dict[str, Any] = {
        "sha256": upload.sha256,
        "use": upload.use,
        column: given,
        "created_at": clock.now(),
    }
    with transaction(services.engine) as db:
        insert_once(db, Asset, **values)
    return given


def _forget(services: Services, upload: _Upload) -> None:
    with transaction(services.engine) as db:
        db.execute(delete(Asset).where(Asset.sha256 == upload.sha256, Asset.use == upload.use))
