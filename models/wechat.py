"""What we know of WeChat's side: the access token of each account, what is used of its allowances, what we uploaded."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, String, UniqueConstraint, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Id, Moment

CLOCK_SKEW = timedelta(minutes=1)  # between the machines that share the row


class AccessToken(Base):
    """A token, its expiry, and who is fetching the next one (platform §4.1)."""

    __tablename__ = "access_tokens"

    id: Mapped[Id]
    appid: Mapped[str] = mapped_column(String(32), unique=True)
    token: Mapped[str | None] = mapped_column(String(600))
    expires_at: Mapped[Moment | None]
    fetched_at: Mapped[Moment | None]
    generation: Mapped[int] = mapped_column(default=0)  # counts stored tokens; every write compares it
    refreshing_until: Mapped[Moment | None]  # a caller fetches; after this moment it is taken for dead
    checked_at: Mapped[Moment | None]  # WeChat refused this token and then named it as the current one again
    forced_at: Mapped[Moment | None]  # the last forced refresh: few are allowed (20 a day)
    last_errcode: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(255))
    blocked_until: Mapped[Moment | None]  # after a failure nobody asks before this moment


def token_row(db: Session, appid: str) -> AccessToken | None:
    """The account's row as it is now: a snapshot to compare with, not an object to change."""
    row = db.scalar(select(AccessToken).where(AccessToken.appid == appid))
    if row is not None:
        db.expunge(row)
    return row


def is_being_refreshed(row: AccessToken, now: datetime, until: datetime) -> bool:
    """Whether somebody has claimed the refresh. A claim that reaches much further ahead than `until`, where ours would end,
    was made on a clock that has since been put back: it is void."""
    return row.refreshing_until is not None and now < row.refreshing_until <= until + CLOCK_SKEW


def claim_refresh(db: Session, row: AccessToken, now: datetime, until: datetime) -> bool:
    """True for the one caller that may fetch the successor of this generation."""
    free = or_(
        AccessToken.refreshing_until.is_(None),
        AccessToken.refreshing_until <= now,
        AccessToken.refreshing_until > until + CLOCK_SKEW,
    )
    return _changed(db, row, {"refreshing_until": until}, free)


def settle_refresh(db: Session, row: AccessToken, **values: object) -> bool:
    """Write a fetch's result and drop the claim, unless somebody else has already stored a newer token."""
    return _changed(db, row, {"refreshing_until": None, **values})


def _changed(db: Session, row: AccessToken, values: dict[str, object], *conditions: object) -> bool:
    same_generation = (AccessToken.appid == row.appid, AccessToken.generation == row.generation)
    query = update(AccessToken).where(*same_generation, *conditions).values(**values)  # type: ignore[arg-type]
    result = db.execute(query.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1


class Quota(Base):
    """One allowance in one period. A new day, minute or month is a new row, so nothing has to be reset."""

    __tablename__ = "quotas"
    __table_args__ = (UniqueConstraint("name", "period"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(16))  # 2026-11-24, 2026-11, 2026-11-24T09:05 (Asia/Shanghai)
    used: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[Moment | None]  # WeChat said it is used up, whatever we counted


class Asset(Base):
    """One picture at WeChat: a media id is a cache, the file is ours (lessons row 30)."""

    __tablename__ = "assets"
    __table_args__ = (UniqueConstraint("sha256", "use"),)

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64))
    use: Mapped[str] = mapped_column(String(16))  # inline (uploadimg) | cover (permanent thumb)
    url: Mapped[str | None] = mapped_column(String(512))
    media_id: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[Moment]
