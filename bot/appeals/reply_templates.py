"""Reply templates: standing texts that an answer starts from, by what they are for."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appeals.wording import one_of, written
from bot.core import audit, clock
from bot.core.refusals import Refused
from models.appeal_work import ReplyTemplate
from models.staff import Staff

PURPOSES = ("答复", "补充", "不予受理", "挂账")
MOST_TITLE, MOST_BODY = 64, 2000


def fitting(db: Session, purpose: str) -> list[ReplyTemplate]:
    """The templates in use for one purpose, in their order."""
    query = select(ReplyTemplate).where(ReplyTemplate.purpose == purpose, ReplyTemplate.active)
    return list(db.scalars(query.order_by(ReplyTemplate.position, ReplyTemplate.id)))


def all_templates(db: Session) -> list[ReplyTemplate]:
    """All of them, also those that were switched off."""
    order = (ReplyTemplate.purpose, ReplyTemplate.position, ReplyTemplate.id)
    return list(db.scalars(select(ReplyTemplate).order_by(*order)))


def save(
    db: Session,
    by: Staff,
    row: ReplyTemplate | None,
    *,
    title: str,
    purpose: str,
    body: str,
    position: int,
    active: bool,
) -> ReplyTemplate:
    """Write a template, new or changed. Raises Refused when a field is missing or the title is taken."""
    name = written(title, "标题", most=MOST_TITLE)
    taken = db.scalar(select(ReplyTemplate).where(ReplyTemplate.title == name))
    if taken is not None and taken is not row:
        raise Refused(f"已有叫「{name}」的模板，请换一个标题。")
    made = row or ReplyTemplate()
    made.title, made.purpose = name, one_of(purpose, PURPOSES, "用途")
    made.body, made.position, made.active = (
        written(body, "模板内容", most=MOST_BODY),
        max(0, min(position, 999)),
        active,
    )
    made.updated_at = clock.now()
    db.add(made)
    db.flush()
    audit.record(db, by, "template.save", "reply_template", made.id, title=name, active=active)
    return made
