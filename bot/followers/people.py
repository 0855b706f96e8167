"""Getting to know a person: the follower's row and its windows move with each message (platform §5.1)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import String, cast, delete, literal, select, update
from sqlalchemy.orm import Session

from bot.core.db import after_commit, insert_once
from bot.followers import erasures
from bot.runtime.services import Services
from bot.wechat.inbound import Incoming
from bot.wechat.windows import Limits, Touch, Windows, after
from models import conversations
from models.appeals import Appeal, Attachment
from models.consents import NoticeConsent
from models.conversations import Conversation, Met, met
from models.followers import Follower
from models.inbound import Inbound
from models.messages import MessageAnswer, StaffMessage
from models.outgoing import Delivery, DeliveryState
from models.policies import Favourite, ReminderRefusal
from models.profiles import Profile
from models.study import Subscription
from models.tags import Tagging

TOUCHES = {
    "subscribe": Touch.FOLLOW,
    "scan": Touch.SCAN,
    "click": Touch.TAP,
    "scancode_push": Touch.TAP,
    "scancode_waitmsg": Touch.TAP,
}
NOT_A_PERSON = frozenset({"masssendjobfinish", "templatesendjobfinish", "publishjobfinish"})


def meet(db: Session, services: Services, incoming: Incoming, key: str, moment: datetime) -> Met:
    """The sender's rows, made if they are new, locked for this transaction, with the windows this message opens."""
    known = met(db, incoming.openid, key)
    if known is None:
        a_person = incoming.event not in NOT_A_PERSON
        windows = {"message_left": 0, "tap_left": 0}
        insert_once(db, Follower, openid=incoming.openid, subscribed=a_person, **windows)
        insert_once(db, Conversation, openid=incoming.openid, **conversations.empty())
        known = met(db, incoming.openid, key)
        assert known is not None
    if incoming.event not in NOT_A_PERSON:
        known.follower.last_seen_at = moment
        known.follower.subscribed = True  # only followers can write; a wrong "no" of WeChat heals here
        _open_windows(known.follower, services, incoming, moment)
    return known


def _open_windows(person: Follower, services: Services, incoming: Incoming, moment: datetime) -> None:
    if incoming.menu_item_id:
        touch: Touch | None = Touch.TAP  # a tap on an item of a msgmenu opens the short window only
    elif incoming.kind != "event":
        touch = Touch.MESSAGE
    else:
        touch = TOUCHES.get(incoming.event or "")
    if touch is not None:
        set_windows(person, after(windows(person), touch, moment, limits(services)))


def windows(person: Follower) -> Windows:
    """The customer-service windows of a follower."""
    return Windows(person.message_until, person.message_left, person.tap_until, person.tap_left)


def set_windows(person: Follower, opened: Windows) -> None:
    """Store moved windows."""
    person.message_until, person.message_left = opened.message_until, opened.message_left
    person.tap_until, person.tap_left = opened.tap_until, opened.tap_left


def limits(services: Services) -> Limits:
    """WeChat's numbers for the windows, as set."""
    w = services.config.wechat
    return Limits(w.custom_message_limit, w.custom_window_hours, w.tap_message_limit, w.tap_window_seconds)


def give_back(person: Follower | None, moment: datetime) -> None:
    """Undo the spending of one message that never reached the platform."""
    if person is not None and person.message_until and person.message_until > moment:
        person.message_left += 1


def erase(db: Session, services: Services, person: Follower, moment: datetime) -> None:
    """Delete what we keep of a person (platform §14: on unfollow; PIPL Art. 47: on request).

    Cases stay, as the federation has to handle them, but lose the openid; their keyed digest lets the same
    person find them again. Keys of messages stay too, so that a late repeat has no second effect. The rows of
    the follower and the conversation are in use while this runs: the caller removes or empties them.
    """
    openid = person.openid
    erasures.note(services, erasures.Erased.PERSON, openid, moment)
    for model in (Subscription, Favourite, Profile, ReminderRefusal, Tagging, NoticeConsent):
        db.execute(delete(model).where(model.openid == openid))
    orphans = select(Attachment).where(Attachment.openid == openid, Attachment.appeal_id.is_(None))
    for picture in db.scalars(orphans):
        if picture.path:
            after_commit(db, partial(services.storage.forget, picture.path))
        db.delete(picture)
    db.execute(update(Attachment).where(Attachment.openid == openid).values(openid=None))
    db.execute(update(Appeal).where(Appeal.openid == openid).values(openid=None))
    _let_go_of_messages(db, openid)
    db.execute(update(Inbound).where(Inbound.openid == openid).values(openid=None, text=None, reply=""))
    waiting = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.WAITING_CONTACT)
    ours = Delivery.recipient == openid
    db.execute(
        update(Delivery)
        .where(ours, Delivery.state.in_(waiting))
        .values(state=DeliveryState.CANCELLED, settled_at=moment)
    )
    db.execute(
        update(Delivery)
        .where(ours, Delivery.state != DeliveryState.SENDING)
        .values(recipient=None, payload={}, key=literal("erased:").concat(cast(Delivery.id, String)))
    )


def _let_go_of_messages(db: Session, openid: str) -> None:
    """What was left for the staff and is not handled yet keeps its words: somebody may still have to call."""
    handled = StaffMessage.openid == openid, StaffMessage.handled_at.is_not(None)
    db.execute(update(StaffMessage).where(*handled).values(text="", outcome=None))
    db.execute(update(StaffMessage).where(StaffMessage.openid == openid).values(openid=None))
    answers = update(MessageAnswer).where(MessageAnswer.openid == openid)
    db.execute(answers.values(openid=None, text="", told_remark=None))


def wipe_messages(db: Session, openid: str) -> None:
    """At the person's own wish the words go at once, handled or not; the lines stay, so that somebody closes them."""
    mine = update(StaffMessage).where(StaffMessage.openid == openid)
    db.execute(mine.values(text="", outcome=None))


def recognise(db: Session, services: Services, person: Follower) -> None:
    """Give the cases of a person who came back their openid again, so that answers can reach them."""
    mine = (Appeal.appellant == services.appellant(person.openid), Appeal.openid.is_(None))
    db.execute(update(Appeal).where(*mine).values(openid=person.openid))
