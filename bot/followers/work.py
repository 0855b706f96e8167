"""The list of followers and their tags, kept in step with WeChat's as kinds of work."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from bot.followers import sync, tags
from bot.runtime.work import WorkKind, is_free, is_in
from models.syncs import SyncRun, SyncState
from models.tags import Tag, Tagging


def _sync() -> ColumnElement[bool]:
    running = is_in(SyncRun.state, SyncState.LISTING, SyncState.DETAILS)
    return exists().where(running, is_free(SyncRun.leased_until))


def _tags() -> ColumnElement[bool]:
    untold = exists().where(Tagging.tag_id == Tag.id, Tagging.wanted != Tagging.there)
    return exists().where(or_(and_(Tag.synced_at.is_(None), Tag.reason.is_(None)), untold))


KINDS = (WorkKind("sync", sync.work, _sync()), WorkKind("tags", tags.work, _tags()))
