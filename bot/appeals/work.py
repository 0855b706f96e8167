"""Pictures of appeals, fetched from WeChat as a kind of work."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists

from bot.appeals.attachments import fetch_pending
from bot.runtime.work import MOMENT, WorkKind, is_in
from models.appeals import Attachment, MediaState


def _media() -> ColumnElement[bool]:
    return exists().where(is_in(Attachment.state, MediaState.PENDING), Attachment.not_before <= MOMENT)


KINDS = (WorkKind("media", fetch_pending, _media()),)
