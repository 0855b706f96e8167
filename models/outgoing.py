"""What goes out: broadcasts, one row per recipient, mass-send batches and what WeChat reported of them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, Document, Id, Moment


class DeliveryState(StrEnum):
    """Where one message to one person stands."""

    QUEUED = "queued"  # waiting; not_before may lie in the future
    LEASED = "leased"  # a worker has claimed it; nothing has left this machine yet
    SENDING = "sending"  # the request may have left; after a crash we cannot know
    SENT = "sent"
    REFUSED = "refused"  # WeChat said no for good
    UNKNOWN = "unknown"  # crashed while SENDING: a person decides, never a retry loop
    WAITING_CONTACT = "waiting_contact"  # shown when the person writes next
    CANCELLED = "cancelled"  # the person unsubscribed or left, or the reply was fetched after all


class Channel(StrEnum):
    """What a message goes by (platform §3, §5, §6)."""

    CUSTOM = "custom"  # customer-service message inside its window
    MASS = "mass"  # one mass-send job for many
    TEMPLATE = "template"  # template message
    NOTICE = "notice"  # subscription notice that the person has agreed to
    PASSIVE = "passive"  # appended to the reply of the person's next message


class BroadcastState(StrEnum):
    """Where a broadcast stands (design §5). What may follow what is in `bot/outgoing/broadcasts/states.py`."""

    DRAFT = "draft"  # its author may change it
    SUBMITTED = "submitted"  # waits for another person's eyes
    APPROVED = "approved"  # payload and audience are frozen; waits for an hour
    SCHEDULED = "scheduled"  # goes out at `send_at`
    SENDING = "sending"
    PAUSED = "paused"  # by staff, or because our request was refused as wrong or rights are missing
    DONE = "done"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Broadcast(Base):
    """One message to many, frozen when another person than its author has approved it."""

    __tablename__ = "broadcasts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)  # study:<series>:<due> — made once
    kind: Mapped[str] = mapped_column(String(16))  # study | broadcast
    title: Mapped[str] = mapped_column(String(128))
    # text | page | article | template | notice (bot/outgoing/payloads)
    form: Mapped[str] = mapped_column(String(16))
    payload: Mapped[Document]  # by form, as checked by bot/outgoing/payloads
    audience: Mapped[Document]  # a segment (bot/followers/segments.py); of a study push: its series
    # The channels that may be used, the preferred first: "custom,mass".
    ways: Mapped[str] = mapped_column(String(64))
    urgent: Mapped[bool] = mapped_column(default=False)  # goes out in quiet hours too
    state: Mapped[BroadcastState] = mapped_column(Choice(BroadcastState), index=True)
    reason: Mapped[str | None] = mapped_column(String(255))
    # The study series whose subscribers it is for.
    series_id: Mapped[int | None] = mapped_column(ForeignKey("study_series.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the schedule
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    # Who wrote it and who let it out, by name and for good: colleagues come and go (platform §14, item 3.27).
    author: Mapped[str | None] = mapped_column(String(64))
    reviewer: Mapped[str | None] = mapped_column(String(64))
    released_at: Mapped[Moment | None]
    frozen: Mapped[str | None] = mapped_column(String(64))  # SHA-256 over what was approved
    send_at: Mapped[Moment | None]  # None: as soon as it is approved
    cursor: Mapped[int] = mapped_column(default=0)  # rows are made for followers up to this id
    recipients: Mapped[int] = mapped_column(default=0)  # rows made so far
    prepared_at: Mapped[Moment | None]  # when all rows were made
    leased_until: Mapped[Moment | None]  # a worker is making rows
    resume_at: Mapped[Moment | None]  # when a paused one is tried again by itself; None: staff resume it
    pauses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Moment]


class BroadcastEvent(Base):
    """One move or act in a broadcast's life, never changed."""

    __tablename__ = "broadcast_events"

    id: Mapped[Id]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the system
    action: Mapped[str] = mapped_column(String(32))
    came_from: Mapped[BroadcastState | None] = mapped_column(Choice(BroadcastState))
    went_to: Mapped[BroadcastState] = mapped_column(Choice(BroadcastState))
    detail: Mapped[str | None] = mapped_column(String(255))
    at: Mapped[Moment]


class PublicationState(StrEnum):
    """How far an article is on its way to a lasting address (platform §6.3), which a customer-service message needs."""

    DRAFTING = "drafting"
    SUBMITTED = "submitted"  # its result comes as PUBLISHJOBFINISH, or is asked for
    PUBLISHED = "published"
    FAILED = "failed"  # the broadcast's other channels are used


class Publication(Base):
    """The publishing of one broadcast's article. It reaches nobody by itself."""

    __tablename__ = "publications"

    id: Mapped[Id]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), unique=True)
    state: Mapped[PublicationState] = mapped_column(Choice(PublicationState))
    media_id: Mapped[str | None] = mapped_column(String(128))  # the draft
    publish_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    article_id: Mapped[str | None] = mapped_column(String(128))
    url: Mapped[str | None] = mapped_column(String(512))
    msg_data_id: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment]
    leased_until: Mapped[Moment | None]
    detail: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[Moment]


class BatchState(StrEnum):
    """One mass-send job. Repeating the request is safe: it carries the same clientmsgid (platform §6.1)."""

    READY = "ready"
    SENDING = "sending"
    ACCEPTED = "accepted"  # WeChat took the job; its result comes as an event
    DONE = "done"
    FAILED = "failed"


class MassBatch(Base):
    """A mass-send job and its idempotency key, stored before the call."""

    __tablename__ = "mass_batches"
    __table_args__ = (Index("ix_mass_batches_state", "state", "not_before"),)

    id: Mapped[Id]
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"))
    clientmsgid: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[BatchState] = mapped_column(Choice(BatchState))
    way: Mapped[str] = mapped_column(String(8))  # all | tag | openids
    msg_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    msg_data_id: Mapped[str | None] = mapped_column(
        String(32)
    )  # of an article: no list of the API shows it again
    tag_id: Mapped[int | None]  # of a job by tag: made for it alone, deleted when it is over
    # Its own draft, because a mass send uses a draft up (platform §6.1).
    media_id: Mapped[str | None] = mapped_column(String(128))
    doubtful: Mapped[bool] = mapped_column(default=False)  # a try may have been accepted without our knowing
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment]
    leased_until: Mapped[Moment | None]
    detail: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[Moment]


class MassResult(Base):
    """What MASSSENDJOBFINISH said, kept by msg_id because it may come before our own commit, or twice."""

    __tablename__ = "mass_results"

    id: Mapped[Id]
    msg_id: Mapped[str] = mapped_column(String(32), unique=True)
    status: Mapped[str] = mapped_column(String(64))
    sent_count: Mapped[int | None] = mapped_column(Integer)
    error_count: Mapped[int | None] = mapped_column(Integer)
    urls: Mapped[str | None] = mapped_column(Text)  # the articles' addresses, one a line
    received_at: Mapped[Moment]


class NoticeResult(Base):
    """What TEMPLATESENDJOBFINISH or subscribe_msg_sent_event said, kept by message id: it may come before our
    own commit, or twice."""

    __tablename__ = "notice_results"

    id: Mapped[Id]
    msg_id: Mapped[str] = mapped_column(String(32), unique=True)
    ok: Mapped[bool]
    status: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[Moment]


def _where(name: str, column: str, condition: str, on_sqlite: str | None = None) -> Index:
    """An index of the few rows that fulfil a condition: a million others cost it nothing. The condition is written
    as queries have it, else the database does not see that the index fits."""
    return Index(name, column, postgresql_where=text(condition), sqlite_where=text(on_sqlite or condition))


class Delivery(Base):
    """One message to one person, and everything we know about whether it arrived."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_stream", "broadcast_id", "state", "channel", "id"),
        Index("ix_deliveries_recipient", "recipient", "state"),
        _where("ix_deliveries_batch", "batch_id", "batch_id IS NOT NULL"),
        _where("ix_deliveries_msg_id", "msg_id", "msg_id IS NOT NULL"),
        _where("ix_deliveries_leased", "leased_until", "leased_until IS NOT NULL"),
        _where("ix_deliveries_asked", "id", "asked", "asked = 1"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)  # a person gets a thing once, whatever we do
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("mass_batches.id"))
    recipient: Mapped[str | None] = mapped_column(String(64))  # emptied when the person's data are erased
    payload: Mapped[Document]  # empty when the broadcast's payload is meant
    state: Mapped[DeliveryState] = mapped_column(Choice(DeliveryState))
    channel: Mapped[Channel | None] = mapped_column(Choice(Channel))  # None: not chosen yet
    # The person has just written, so it goes at any hour and before others.
    asked: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment]
    leased_until: Mapped[Moment | None]
    msg_id: Mapped[str | None] = mapped_column(String(32))  # WeChat's, of template messages and notices
    errcode: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]
