"""Which company a follower speaks for, as staff or the person said."""

from __future__ import annotations

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment, OpenId


class Profile(Base):
    """One follower's company, in the words of the ledger (domain §4.1). Deleted with the person's data."""

    __tablename__ = "profiles"

    id: Mapped[Id]
    openid: Mapped[OpenId] = mapped_column(unique=True)
    company: Mapped[str | None] = mapped_column(String(128))
    chamber: Mapped[str | None] = mapped_column(String(64), index=True)  # 所属商会
    street: Mapped[str | None] = mapped_column(String(32), index=True)  # 所属街道
    industry: Mapped[str | None] = mapped_column(String(32), index=True)  # 行业
    size: Mapped[str | None] = mapped_column(String(16))  # 规模：大 中 小 微 个体工商户
    qualification: Mapped[str | None] = mapped_column(String(128))  # 资质，以、隔开；空文字：都没有
    stage: Mapped[str | None] = mapped_column(String(16))  # 阶段：初创 成长 成熟
    membership: Mapped[str | None] = mapped_column(String(16))  # 会员类别：执常委 会员 非会员
    young: Mapped[bool | None]  # 新生代企业家 (young-generation entrepreneur)
    consent_version: Mapped[str | None] = mapped_column(String(32))  # of the notice that the person agreed to
    consented_at: Mapped[Moment | None]
    updated_at: Mapped[Moment]


def profile_of(db: Session, openid: str) -> Profile | None:
    """What is known of this person's company, or None."""
    return db.scalar(select(Profile).where(Profile.openid == openid))
