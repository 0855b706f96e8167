"""A database that cannot be used ends any verb with a sentence that says what to do."""

from __future__ import annotations

from bot.core.redaction import redact


def trouble_in_chinese(error: Exception) -> str | None:
    """What the operator reads; None for what is a mistake of ours and keeps its traceback."""
    if not type(error).__module__.startswith("sqlalchemy."):
        return None
    from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError

    if type(error) not in (DatabaseError, InterfaceError, OperationalError):
        return None
    from bot.health.checks.database import remedy

    reason = str(getattr(error, "orig", None) or error)
    shown = redact(" ".join(reason.split()))[:160]
    return f"数据库用不了（{shown}）。{remedy(reason, None)}。逐项检查：tongxin doctor。"
