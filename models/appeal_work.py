"""What the office writes beside a case: dispatches, supporting units, extensions, supervisions, answers, surveys."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment


class Dispatch(Base):
    """A case sent to one lead unit; the history of leads is kept (domain §2.3 rule 2)."""

    __tablename__ = "dispatches"
    __table_args__ = (
        Index("ix_dispatches_appeal", "appeal_id", "id"),
        Index(
            "uq_dispatches_open",  # one lead unit at a time
            "appeal_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_dispatches_at", "at"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[str] = mapped_column(String(8))  # 派单 转办 交办
    at: Mapped[Moment]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    remark: Mapped[str] = mapped_column(Text, default="")  # to the unit, internal
    sign_due_at: Mapped[Moment]
    signed_at: Mapped[Moment | None]
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    contested_at: Mapped[Moment | None]
    contest_reason: Mapped[str | None] = mapped_column(Text)
    contest_upheld: Mapped[bool | None]  # None: not decided
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[Moment | None]  # no longer the lead


class Support(Base):
    """A supporting unit's part in a case (协办)."""

    __tablename__ = "supports"
    __table_args__ = (UniqueConstraint("appeal_id", "unit_id"), Index("ix_supports_unit", "unit_id"))

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    asked_at: Mapped[Moment]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    wish: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[Moment]
    reported_at: Mapped[Moment | None]
    report: Mapped[str | None] = mapped_column(Text)


class Extension(Base):
    """A unit's wish for more time (延期), and the answer."""

    __tablename__ = "extensions"
    __table_args__ = (Index("ix_extensions_appeal", "appeal_id", "id"),)

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    asked_at: Mapped[Moment]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(Text)
    until: Mapped[Moment]
    approved: Mapped[bool | None]  # None: not decided
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    remark: Mapped[str | None] = mapped_column(Text)


class Supervision(Base):
    """One warning about a late case: yellow, red, 催办, 督办 1–3; each level once per case (domain §3.3)."""

    __tablename__ = "supervisions"
    __table_args__ = (UniqueConstraint("appeal_id", "level"), Index("ix_supervisions_issued", "issued_at"))

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    level: Mapped[str] = mapped_column(String(8))  # yellow red urge one two three
    number: Mapped[str | None] = mapped_column(String(20), unique=True)  # 督办单: DB + year + serial
    cause: Mapped[str] = mapped_column(String(128))
    issued_at: Mapped[Moment]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # None: the system
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))  # who was asked
    answered_at: Mapped[Moment | None]
    answer: Mapped[str | None] = mapped_column(Text)


class SurveyAnswer(Base):
    """What an appellant said after 办结. A later answer replaces an earlier one, which is kept."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        Index("ix_survey_answers_appeal", "appeal_id", "id"),
        Index("ix_survey_answers_at", "at"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))  # a merged row's own
    at: Mapped[Moment]
    solved: Mapped[str | None] = mapped_column(String(8))  # 已解决 部分解决 未解决
    score: Mapped[str | None] = mapped_column(String(8))  # 很满意 满意 基本满意 不满意 很不满意
    words: Mapped[str | None] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(8))  # 公众号 电话
    by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    round: Mapped[int] = mapped_column(default=0)  # how often the case had been reopened when it was asked
    replaced: Mapped[bool] = mapped_column(default=False)
    correction: Mapped[str | None] = mapped_column(Text)  # why staff put the appellant's answer right
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # of a correction


class AppealMessage(Base):
    """One message to the appellant of a case. What WeChat could not deliver is told by phone (§2.3 rule 4)."""

    __tablename__ = "appeal_messages"
    __table_args__ = (
        Index("ix_appeal_messages_appeal", "appeal_id", "id"),
        Index("ix_appeal_messages_told", "told_at"),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    event_id: Mapped[int | None] = mapped_column(ForeignKey("appeal_events.id"))
    # None: the appellant has no WeChat and is told by phone.
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]
    told_at: Mapped[Moment | None]  # a colleague ticked "told by phone"
    told_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    told_remark: Mapped[str | None] = mapped_column(String(200))


class ReplyTemplate(Base):
    """Standing words that staff start an answer from."""

    __tablename__ = "reply_templates"

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))  # 答复 不予受理 补充 挂账
    body: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[Moment]


class DayCount(Base):
    """Serial numbers of a year or a day for papers other than cases: 督办单."""

    __tablename__ = "day_counts"
    __table_args__ = (UniqueConstraint("what", "day"),)

    id: Mapped[Id]
    what: Mapped[str] = mapped_column(String(16))
    day: Mapped[date]
    value: Mapped[int]
