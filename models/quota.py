"""What has been used of WeChat's allowances."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Moment


class Quota(Base):
    """One allowance in one period. A new day, minute or month is a new row, so nothing has to be reset."""

    __tablename__ = "quotas"
    __table_args__ = (UniqueConstraint("name", "period"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(16))  # 2026-11-24, 2026-11, 2026-11-24T09:05 (Asia/Shanghai)
    used: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[Moment | None]  # WeChat said it is used up, whatever we counted
