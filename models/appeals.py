"""Appeals (诉求): the case, every move of it, its pictures, and the daily serial numbers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, ForeignKey, Index, String, Text, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Choice, Document, Id, Moment
from models.units import Unit


class AppealState(StrEnum):
    """The states of domain §2.2. `draft` lives in the conversation, not in this table."""

    SUBMITTED = "submitted"  # number given, receipt sent
    NEED_INFO = "need_info"  # waiting for the appellant; the clock stands
    DECLINED = "declined"  # with a reason code and the right channel
    ACCEPTED = "accepted"  # no unit yet
    DISPATCHED = "dispatched"  # sent to a lead unit, not signed for
    IN_PROGRESS = "in_progress"  # signed for
    ON_HOLD = "on_hold"  # 挂账: not solvable now; the clock stands
    PENDING_REVIEW = "pending_review"  # the unit handed in its result
    RESOLVED = "resolved"  # public answer sent, follow-up open
    CLOSED = "closed"  # 销号
    MERGED = "merged"  # points to the master case
    WITHDRAWN = "withdrawn"  # by the appellant

    @property
    def label(self) -> str:
        """The word of the office for this state."""
        return STATE_LABELS[self]


STATE_LABELS = {
    AppealState.SUBMITTED: "待受理",
    AppealState.NEED_INFO: "待补充",
    AppealState.DECLINED: "不予受理",
    AppealState.ACCEPTED: "待派单",
    AppealState.DISPATCHED: "待签收",
    AppealState.IN_PROGRESS: "办理中",
    AppealState.ON_HOLD: "挂账",
    AppealState.PENDING_REVIEW: "待审核",
    AppealState.RESOLVED: "已办结（待回访）",
    AppealState.CLOSED: "已销号",
    AppealState.MERGED: "已并案",
    AppealState.WITHDRAWN: "已撤回",
}

TYPES = ("咨询", "求助", "投诉", "举报", "建议")
CATEGORIES = (
    "政策兑现",
    "融资",
    "账款拖欠",
    "用工人才",
    "用地用房",
    "审批许可",
    "执法检查",
    "税费社保",
    "市场准入与招投标",
    "知识产权",
    "合同纠纷",
    "基础设施（水电气网路）",
    "物业与停车",
    "其他",
)


CHANNELS = ("公众号", "电话", "走访调研", "座谈会", "商会代报", "来信来访", "12345转来", "其他")
URGENCIES = ("一般", "紧急")
DIFFICULTIES = ("一般", "复杂")
RESULT_CLASSES = ("已解决", "部分解决", "解释说明", "暂无法解决", "转其他渠道")
SOLVED = ("已解决", "部分解决", "未解决")
SCORES = ("很满意", "满意", "基本满意", "不满意", "很不满意")
MEMBERSHIPS = ("执常委", "会员", "非会员")
SIZES = ("大", "中", "小", "微", "个体工商户")


class Appeal(Base):
    """One case of the ledger (domain §4.1). `body` is the appellant's own words and is never changed."""

    __tablename__ = "appeals"
    __table_args__ = (
        Index("ix_appeals_appellant", "appellant", "id"),
        Index("ix_appeals_state", "state", "acceptance_due_at"),
        Index("ix_appeals_received", "received_at"),
        Index("ix_appeals_state_received", "state", "received_at"),
        Index("ix_appeals_unit", "unit_id", "state"),
        Index("ix_appeals_due", "state", "due_at"),
        Index("ix_appeals_resolved", "resolved_at"),
        Index("ix_appeals_company", "company"),
        Index("ix_appeals_phone_tail", "phone_tail"),
        Index("ix_appeals_merged", "merged_into_id"),
        Index("ix_appeals_contact_due_at", "contact_due_at"),  # the rates ask what fell into a period
        Index("ix_appeals_due_in_force", "extended_due_at", "due_at"),
        Index("ix_appeals_closed_at", "closed_at"),
        Index("ix_appeals_first_contact_at", "first_contact_at"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(20), unique=True)  # SQyyyymmddNNN
    # A keyed digest of the openid: it still finds a person's own cases after the openid had to be erased.
    appellant: Mapped[str] = mapped_column(String(64))
    openid: Mapped[str | None] = mapped_column(String(64), index=True)
    state: Mapped[AppealState] = mapped_column(Choice(AppealState))
    channel: Mapped[str] = mapped_column(String(16))
    type: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    company: Mapped[str | None] = mapped_column(String(128))
    contact: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(32))
    anonymous: Mapped[bool] = mapped_column(Boolean)
    # Whether the responsible unit may have the phone (PIPL Art. 23).
    share_contact: Mapped[bool] = mapped_column(Boolean)
    consent_version: Mapped[str] = mapped_column(String(16))
    consent_at: Mapped[Moment]
    received_at: Mapped[Moment]
    acceptance_due_at: Mapped[Moment]  # stored as promised, never recomputed at display time
    deadline_estimated: Mapped[bool] = mapped_column(Boolean, default=False)  # 暂估: no official calendar yet
    phone_tail: Mapped[str | None] = mapped_column(String(4))  # finds a masked number by its last four digits
    # The company, in the ledger's words (domain §4.1)
    uscc: Mapped[str | None] = mapped_column(String(18))
    membership: Mapped[str | None] = mapped_column(String(16))
    chamber: Mapped[str | None] = mapped_column(String(64))
    street: Mapped[str | None] = mapped_column(String(32))
    industry: Mapped[str | None] = mapped_column(String(32))
    size: Mapped[str | None] = mapped_column(String(16))
    visit_ref: Mapped[str | None] = mapped_column(String(64))  # 走访或会议
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # on the appellant's behalf
    # Grade
    urgency: Mapped[str] = mapped_column(String(8), default="一般")
    difficulty: Mapped[str] = mapped_column(String(8), default="一般")
    confidential: Mapped[bool] = mapped_column(default=False)  # 举报: for named persons only
    collective: Mapped[bool] = mapped_column(default=False)  # several appellants
    decline_code: Mapped[str | None] = mapped_column(String(4))  # N1–N9 (domain §2.4)
    # Who handles it
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    handler: Mapped[str | None] = mapped_column(String(64))  # 经办人
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    # Promises, stored as made; moved only by a pause, an extension or a reopening, each with its event
    accepted_at: Mapped[Moment | None]
    dispatched_at: Mapped[Moment | None]
    sign_due_at: Mapped[Moment | None]
    signed_at: Mapped[Moment | None]
    contact_due_at: Mapped[Moment | None]
    first_contact_at: Mapped[Moment | None]
    limit_days: Mapped[int | None]  # working days promised for handling
    due_at: Mapped[Moment | None]
    extended_due_at: Mapped[Moment | None]
    paused_at: Mapped[Moment | None]  # 待补充 or 挂账: the clock stands since then
    hold_until: Mapped[date | None]  # 挂账: to be looked at again
    review_due_at: Mapped[Moment | None]
    handed_in_at: Mapped[Moment | None]
    resolved_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    # Result and follow-up
    result: Mapped[str | None] = mapped_column(Text)  # what the unit tells the office; internal
    result_class: Mapped[str | None] = mapped_column(String(16))
    drafted_reply: Mapped[str | None] = mapped_column(
        Text
    )  # 拟答复: what the unit would answer the appellant
    public_reply: Mapped[str | None] = mapped_column(Text)
    survey_due_at: Mapped[Moment | None]
    survey_reminded_at: Mapped[Moment | None]
    survey_solved: Mapped[str | None] = mapped_column(String(8))
    survey_score: Mapped[str | None] = mapped_column(String(8))
    survey_text: Mapped[str | None] = mapped_column(Text)
    survey_at: Mapped[Moment | None]
    survey_corrected: Mapped[bool] = mapped_column(default=False)  # by staff, with a second person
    reopen_count: Mapped[int] = mapped_column(default=0)
    appellant_reopens: Mapped[int] = mapped_column(default=0)
    returned_count: Mapped[int] = mapped_column(default=0)  # 退回重办
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"))
    supervision_level: Mapped[int] = mapped_column(default=0)
    opinion_ref: Mapped[str | None] = mapped_column(String(64))  # 转社情民意
    anonymised_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(default=1)  # one more with every event: tells a stale form

    @property
    def lead_unit(self) -> str | None:
        """The name of the unit that leads, for people to read."""
        return self.unit.name if self.unit else None

    @property
    def due_in_force(self) -> datetime | None:
        """The handling limit that counts: the extended one when there is one."""
        return self.extended_due_at or self.due_at


class AppealEvent(Base):
    """One move or entry of a case; a state never changes without one (domain §2.3 rule 1)."""

    __tablename__ = "appeal_events"
    __table_args__ = (
        Index("ix_appeal_events_appeal", "appeal_id", "id"),
        Index(
            "ix_appeal_events_moves",  # what was resolved, reopened or open at an earlier day
            "to_state",
            "at",
            "from_state",
            "appeal_id",
            sqlite_where=text("from_state <> to_state"),
            postgresql_where=text("from_state <> to_state"),
        ),
    )

    id: Mapped[Id]
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"))
    at: Mapped[Moment]
    actor: Mapped[str] = mapped_column(String(32))  # appellant | system | staff:<id>
    action: Mapped[str] = mapped_column(String(32))
    from_state: Mapped[AppealState | None] = mapped_column(Choice(AppealState))
    to_state: Mapped[AppealState] = mapped_column(Choice(AppealState))
    public_text: Mapped[str | None] = mapped_column(Text)  # what the appellant may read
    detail: Mapped[Document]


class MediaState(StrEnum):
    """Whether we hold our own copy; WeChat keeps a picture for three days only (platform §6.4)."""

    PENDING = "pending"
    STORED = "stored"
    LOST = "lost"  # WeChat no longer has it, or it is no picture; staff ask for it again


class Attachment(Base):
    """A picture or file that a person sent for a draft or a case, fetched from WeChat at once."""

    __tablename__ = "attachments"
    __table_args__ = (
        UniqueConstraint("openid", "media_id"),
        Index("ix_attachments_state", "state", "not_before"),
    )

    id: Mapped[Id]
    openid: Mapped[str | None] = mapped_column(String(64))
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id"), index=True)
    media_id: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[MediaState] = mapped_column(Choice(MediaState))
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[Moment]
    path: Mapped[str | None] = mapped_column(String(255))  # below [storage] path
    content_type: Mapped[str | None] = mapped_column(String(64))
    size: Mapped[int | None]
    detail: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[Moment]


class Serial(Base):
    """The last case number given on a day."""

    __tablename__ = "serials"

    id: Mapped[Id]
    day: Mapped[date] = mapped_column(unique=True)
    value: Mapped[int]


def of_appellant(db: Session, appellant: str, limit: int = 5) -> list[Appeal]:
    """The newest cases of one person."""
    query = select(Appeal).where(Appeal.appellant == appellant).order_by(Appeal.id.desc()).limit(limit)
    return list(db.scalars(query))


def own(db: Session, appellant: str, number: str, *, lock: bool = False) -> Appeal | None:
    """A case by its number, only if it is this person's. With `lock` its row is read anew and locked until the
    transaction ends: two changes at once are made one after the other."""
    query = select(Appeal).where(Appeal.number == number, Appeal.appellant == appellant)
    if lock:
        query = query.with_for_update(of=Appeal, key_share=True).execution_options(populate_existing=True)
    return db.scalar(query)


def timeline(db: Session, appeal_id: int) -> list[AppealEvent]:
    """Everything that happened to a case, oldest first."""
    query = select(AppealEvent).where(AppealEvent.appeal_id == appeal_id).order_by(AppealEvent.id)
    return list(db.scalars(query))
