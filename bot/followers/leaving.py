"""Unfollows that no event told us about: the same as one that did (platform §14)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.followers import people
from bot.runtime.services import Services
from models.conversations import Conversation
from models.followers import Follower


def leave(db: Session, services: Services, ids: Sequence[int], still: ColumnElement[bool]) -> int:
    """Erase those of these followers for whom `still` is true once their rows are locked; how many."""
    mine = (Follower.id.in_(ids), Follower.subscribed, still)
    openids = select(Follower.openid).where(*mine)
    # The webhook locks a person's conversation before the follower: the same order here, or we could deadlock.
    talks = select(Conversation.id).where(Conversation.openid.in_(openids)).order_by(Conversation.id)
    db.scalars(talks.with_for_update()).all()
    gone = list(db.scalars(select(Follower).where(*mine).order_by(Follower.id).with_for_update()))
    moment = clock.now()
    for person in gone:
        people.erase(db, services, person, moment)
        db.execute(delete(Conversation).where(Conversation.openid == person.openid))
        db.delete(person)
    db.flush()
    return len(gone)
