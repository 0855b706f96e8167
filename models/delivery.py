"""What goes out: broadcasts, one row per recipient, mass-send batches and what WeChat reported of them."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, Document, Id, Moment


class DeliveryState(StrEnum):
    """Where one message to one person stands."""

    QUEUED = "queued"  # waiting; not_before may lie in the future
    LEASED = "leased"  # a worker holds it; nothing has left this machine yet
    SENDING = "sending"  # the request may have left; after a crash we cannot know
    SENT = "sent"
    REFUSED = "refused"  # WeChat said no for good
    UNKNOWN = "unknown"  # crashed while SENDING: a person decides, never a retry loop
    WAITING_CONTACT = "waiting_contact"  # shown when the person writes next
    CANCELLED = "cancelled"  # the person unsubscribed or left, or the reply was fetched after all


class Channel(StrEnum):
    """By which way a message goes (platform §3, §5, §6)."""

    CUSTOM = "custom"  # customer-service message inside its window
    MASS = "mass"  # one mass-send job for many
    PASSIVE = "passive"  # appended to the reply of the person's next message


class BroadcastState(StrEnum):
    """Whether a broadcast's rows may go out."""

    SENDING = "sending"
    PAUSED = "paused"  # our request was refused as wrong, or rights are missing: staff look first
    DONE = "done"


class Broadcast(Base):
    """One message to many."""

    __tablename__ = "broadcasts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)  # study:<series>:<due> — made once
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(128))
    payload: Mapped[Document]  # title, digest, url, text
    state: Mapped[BroadcastState] = mapped_column(Choice(BroadcastState))
    reason: Mapped[str | None] = mapped_column(String(255))
    series_id: Mapped[int | None] = mapped_column(
        ForeignKey("study_series.id")
    )  # whose subscribers it is for
    resume_at: Mapped[Moment | None]  # when a paused one is tried again by itself
    pauses: Mapped[int] = mapped_column(default=0)
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
    way: Mapped[str] = mapped_column(String(8))  # tag | openids
    msg_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    tag_id: Mapped[int | None]  # of a job by tag: made for it alone, deleted when it is over
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
    received_at: Mapped[Moment]


class Delivery(Base):
    """One message to one person, and everything we know about whether it arrived."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "state", "channel", "not_before"),
        Index("ix_deliveries_recipient", "recipient", "state"),
        Index("ix_deliveries_broadcast", "broadcast_id", "state"),
        Index("ix_deliveries_batch", "batch_id"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)  # a person gets a thing once, whatever we do
    broadcast_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("mass_batches.id"))
    recipient: Mapped[str | None] = mapped_column(String(64))  # emptied when the person's data are erased
    payload: Mapped[Document]  # empty when the broadcast's payload is meant
    state: Mapped[DeliveryState] = mapped_column(Choice(DeliveryState))
    channel: Mapped[Channel | None] = mapped_column(Choice(Channel))  # None: not chosen yet
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment]
    leased_until: Mapped[Moment | None]
    errcode: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[Moment]
    settled_at: Mapped[Moment | None]
