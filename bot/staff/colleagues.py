"""Colleagues are added, change their role, leave and come back; and the WeChat that previews go to."""

from __future__ import annotations

import re

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once
from bot.core.refusals import Refusal
from bot.staff.rights import LABELS, Denied, Right, require
from models.staff import Role, Staff, find_staff

OPENID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Unchanged(Refusal):
    """This change cannot be made; the Chinese text says what to do."""


def add(
    actor: Actor, name: str, role: Role, *, password: str | None = None, unit_id: int | None = None
) -> Staff | None:
    """A new colleague, or None when the name is taken. Only the password's argon2 hash is kept."""
    require(actor.by, Right.STAFF_MANAGE)
    moment = clock.now()
    hashed = PasswordHasher().hash(password) if password else None
    made = insert_once(
        actor.db,
        Staff,
        name=name,
        role=role,
        active=True,
        unit_id=unit_id,
        password_hash=hashed,
        password_changed_at=moment if hashed else None,
        session_epoch=0,
        failed_sign_ins=0,
        created_at=moment,
    )
    if made is None:
        return None
    audit.record(actor.db, actor.by, "staff.add", "staff", made, name=name, role=role.value)
    return find_staff(actor.db, name)


def disable(actor: Actor, person: Staff) -> None:
    """Take all rights from somebody who has left; what they did stays under their name. Only an admin may, and
    one admin has to remain."""
    if actor.by is None or not actor.by.active or actor.by.role is not Role.ADMIN:
        raise Denied(f"停用同事只能由{LABELS[Role.ADMIN]}操作，请换一位{LABELS[Role.ADMIN]}。")
    if not person.active:
        raise Unchanged(f"{person.name} 已经停用了。")
    _keep_an_admin(actor.db, person)
    person.active = False
    person.session_epoch += 1
    person.invite_digest = person.invite_until = None
    audit.record(actor.db, actor.by, "staff.disable", "staff", person.id)


def enable(actor: Actor, person: Staff) -> None:
    """Somebody came back. The old password is gone: they choose a new one by a link."""
    require(actor.by, Right.STAFF_MANAGE)
    person.active, person.password_hash = True, None
    audit.record(actor.db, actor.by, "staff.enable", "staff", person.id)


def change_role(actor: Actor, person: Staff, role: Role, unit_id: int | None) -> None:
    """Another role or unit; who was signed in signs in anew. One admin has to remain."""
    require(actor.by, Right.STAFF_MANAGE)
    if role is not Role.ADMIN:
        _keep_an_admin(actor.db, person)
    before = person.role
    person.role, person.unit_id = role, unit_id
    if person is not actor.by:
        person.session_epoch += 1
    changed = {"role": [before.value, role.value]}
    audit.record(actor.db, actor.by, "staff.role", "staff", person.id, changed=changed)


def _keep_an_admin(db: Session, person: Staff) -> None:
    admins = select(func.count()).where(Staff.role == Role.ADMIN, Staff.active, Staff.id != person.id)
    if person.role is Role.ADMIN and person.active and not db.scalar(admins):
        raise Unchanged(f"{person.name} 是唯一在岗的管理员；请先添加另一位管理员。", "staff.add")


def set_openid(actor: Actor, person: Staff, openid: str) -> None:
    """Previews of broadcasts go to this follower from now on. Raises Unchanged when it cannot be an openid."""
    if not OPENID.fullmatch(openid):
        raise Unchanged(
            "OpenID 应为 28 位左右的字母、数字、- 和 _；可以请同事给公众号发一条消息后从后台查看。"
        )
    had = person.openid is not None
    person.openid = openid
    audit.record(actor.db, actor.by, "staff.openid", "staff", person.id, had_one=had)
