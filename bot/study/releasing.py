"""A colleague lets an item out after a look (platform §14, item 3.27): before that no week's push takes it.

The author writes, another reviews and releases; all three, with the time, stay with what was sent.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once, reading, transaction
from bot.core.refusals import Refusal
from bot.staff import inbox
from bot.staff.rights import Right, require_colleague
from bot.study.series import has_subscribers
from models.jobs import JobRun
from models.staff import Role
from models.study import Issue, Item, Series, next_item, unreleased

MOST_NAME = 32
LOOKERS = (Role.LEADER, Role.ADMIN)  # who may release, and hears that a push waits for it


class ReleaseRefused(Refusal):
    """An item is not released like this."""


def release(actor: Actor, item: Item, author: str | None = None) -> None:
    """Let an item out. Whoever acts has read it and is not its author; `author` names one whom the file does not."""
    by = require_colleague(actor.by, Right.CONTENT_EDIT)
    item = _locked(actor.db, item)
    if item.released_at is not None:
        raise ReleaseRefused(f"《{item.title}》已经放行（{item.reviewer}），不用再放行。", "study.list")
    writer = (author or item.author or "").strip()
    if not 0 < len(writer) <= MOST_NAME:
        raise ReleaseRefused(
            f"《{item.title}》还没有作者。请写明是谁写的、对内容负责（1 到 32 个字）。", "author"
        )
    if writer == by.name:
        raise ReleaseRefused(f"{by.name} 是《{item.title}》的作者，不能自己放行。请另一位同事看过以后放行。")
    item.author, item.reviewer, item.released_at = writer, by.name, clock.now()
    audit.record(actor.db, by, "study.release", "study_item", item.id, title=item.title, author=writer)


def withdraw(actor: Actor, item: Item) -> None:
    """Take a release back as long as the item has not been sent."""
    by = require_colleague(actor.by, Right.CONTENT_EDIT)
    item = _locked(actor.db, item)
    if item.released_at is None:
        raise ReleaseRefused(f"《{item.title}》没有放行，不用收回。", "study.list")
    if actor.db.scalar(select(Issue.id).where(Issue.item_id == item.id)) is not None:
        raise ReleaseRefused(f"《{item.title}》已经推送，收不回来。")
    item.reviewer = item.released_at = None
    audit.record(actor.db, by, "study.withdraw", "study_item", item.id, title=item.title)


def is_waiting(engine: Engine, series_id: int, week: datetime) -> bool:
    """Whether this week's push of a series has subscribers but no released item: then colleagues are told, once."""
    with reading(engine) as db:
        series = db.get(Series, series_id)
        if series is None or next_item(db, series_id) or not has_subscribers(db, series_id):
            return False
        told = select(JobRun.id).where(JobRun.job == _told(series), JobRun.due_at == week)
        if db.scalar(told) is not None:
            return True
    with transaction(engine) as db:
        if insert_once(db, JobRun, job=_told(series), due_at=week, done_at=clock.now()) is not None:
            _tell_colleagues(db, series)
    return True


def _told(series: Series) -> str:
    return f"study:{series.slug}:told"


def _tell_colleagues(db: Session, series: Series) -> None:
    held = unreleased(db, series.id)
    what = f"有 {held} 期等人看过后放行" if held else "材料已全部发完，请补充新的并放行"
    for role in LOOKERS:
        inbox.tell_role(
            db,
            role,
            "study",
            f"《{series.title}》本周没有推送：{what}。放行后自动发出，过了宽限期就等下一周。",
        )


def _locked(db: Session, item: Item) -> Item:
    return db.get_one(Item, item.id, with_for_update=True, populate_existing=True)
