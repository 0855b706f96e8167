"""Words that nothing has taken yet: kept for a day, so that one digit files them as an appeal with the words in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.context import Context

KEPT = timedelta(hours=24)
TOGETHER = timedelta(minutes=10)  # what comes within this time of the last words belongs to them
MOST = 60_000  # characters; every message itself is kept besides


def keep(ctx: Context, words: str) -> None:
    """Add these words to those said just before; older ones give way."""
    before, words = _held(ctx), words.strip()
    if before and ctx.now - before[1] <= TOGETHER and words not in before[0]:
        words = f"{before[0]}\n{words}"
    if words:
        ctx.remember(pending={"text": words[-MOST:], "at": ctx.now.isoformat()})


def kept(ctx: Context) -> str | None:
    """What nothing has taken in the last 24 hours."""
    held = _held(ctx)
    return held[0] if held and ctx.now - held[1] <= KEPT else None


def _held(ctx: Context) -> tuple[str, datetime] | None:
    held = ctx.recalled("pending")
    return (str(held["text"]), datetime.fromisoformat(held["at"])) if isinstance(held, dict) else None
