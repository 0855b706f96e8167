"""What the platform reports about our own sending."""

from __future__ import annotations

from bot import mass
from bot.context import Context
from bot.replies import Reply, Silence
from bot.router import Router

router = Router("平台通知")


@router.event("masssendjobfinish", help="群发任务的结果")
def mass_finished(ctx: Context) -> Reply:
    fields = ctx.message.raw
    msg_id = str(fields.get("MsgID") or fields.get("MsgId") or "")[:32]
    if msg_id:
        sent, errors = _count(fields.get("SentCount")), _count(fields.get("ErrorCount"))
        mass.note_result(ctx.db, msg_id, str(fields.get("Status") or ""), sent, errors)
    return Silence()


def _count(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() and len(text) < 10 else None
