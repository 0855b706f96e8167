"""What needs a second person among colleagues: a rise of rights, and a link that lets somebody in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from bot.core.actor import Actor
from bot.staff import colleagues, signing_in
from bot.staff.colleagues import RISE
from bot.staff.confirmations import ConfirmationKind, leave
from bot.staff.rights import Right
from bot.staff.signing_in import LINK
from models.confirmations import Confirmation
from models.staff import Role, Staff


def _standing(db: Session, staff_id: int) -> dict[str, Any]:
    return colleagues.standing(db.get_one(Staff, staff_id))


def _raise(actor: Actor, asked: Confirmation) -> None:
    """Give the rights; who could not sign in before may be sent a link by whoever asked."""
    person = actor.db.get_one(Staff, asked.subject_id)
    colleagues.rise(actor, person, Role(asked.after["role"]), asked.after["unit_id"])
    if person.password_hash is None and signing_in.needs_leave(person):
        leave(actor, LINK, person.id, asked.asked_by_id, f"给 {person.name} 发登录链接")


def _signs_in_as(db: Session, staff_id: int) -> dict[str, Any]:
    person = db.get_one(Staff, staff_id)
    moment = person.password_changed_at
    return {"role": person.role.value, "password_changed_at": moment.isoformat() if moment else None}


KINDS = (
    ConfirmationKind(
        RISE, "提升权限", "staff", Right.CONFIRM, _standing, _raise, "没有口令的，请到「同事」里发登录链接。"
    ),
    ConfirmationKind(LINK, "发登录链接", "staff", Right.CONFIRM, _signs_in_as, None, "请在 72 小时内到「同事」里取链接。"),
)  # fmt: skip
