"""A person's recent talk with the account, as a colleague reads it: their words, the account's replies, answers of the staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.wechat.replies import said_in
from models.inbound import Inbound
from models.messages import MessageAnswer

Speaker = Literal["person", "account", "staff"]
KINDS = {
    "text": "",
    "click": "［点了菜单］",
    "image": "［图片］",
    "voice": "［语音］",
    "video": "［视频］",
    "shortvideo": "［视频］",
    "location": "［位置］",
    "link": "［链接］",
}
MOST = 20


@dataclass(frozen=True)
class Said:
    """One bubble."""

    by: Speaker
    at: datetime
    text: str
    answer: MessageAnswer | None = None


def recent(db: Session, openid: str) -> list[Said]:
    """The last messages of both sides, oldest first."""
    heard = select(Inbound).where(Inbound.openid == openid, Inbound.kind.in_(KINDS))
    rows = list(db.scalars(heard.order_by(Inbound.id.desc()).limit(MOST)))
    answers = select(MessageAnswer).where(MessageAnswer.openid == openid)
    given = db.scalars(answers.order_by(MessageAnswer.id.desc()).limit(MOST))
    bubbles = [one for row in rows for one in _both_sides(row)]
    bubbles += [Said("staff", one.at, one.text, one) for one in given]
    return sorted(bubbles, key=lambda one: one.at)


def _both_sides(row: Inbound) -> list[Said]:
    words = KINDS[row.kind] + (row.text or "")
    reply = said_in(row.reply)
    return [
        *([Said("person", row.received_at, words)] if words else []),
        *([Said("account", row.received_at, reply)] if reply else []),
    ]
