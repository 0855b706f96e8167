"""Colleagues are added, change their role, leave and come back; and the WeChat that previews go to."""

from __future__ import annotations

import re
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import insert_once
from bot.core.refusals import Refusal
from bot.staff import confirmations, inbox, sessions
from bot.staff.rights import LABELS, Denied, Right, reach, require
from models.confirmations import Confirmation
from models.staff import Role, Staff
from models.units import Unit

RISE = "staff.rise"
OPENID = re.compile(r"[A-Za-z0-9_-]{16,64}")


class Unchanged(Refusal):
    """This change cannot be made; the Chinese text says what to do."""


def add(
    actor: Actor, name: str, role: Role, *, password: str | None = None, unit_id: int | None = None
) -> Staff | None:
    """A new colleague, or None when the name is taken. Only the password's argon2 hash is kept. When a colleague adds
    them, a second person lets them begin."""
    require(actor.by, Right.STAFF_MANAGE)
    moment = clock.now()
    hashed = PasswordHasher().hash(password) if password else None
    made = insert_once(
        actor.db,
        Staff,
        name=name,
        role=role,
        active=actor.by is None,
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
    person = actor.db.get_one(Staff, made)
    if actor.by is not None:
        _ask(actor, person, f"添加 {name}（{_called(actor.db, role, unit_id)}）", role, unit_id)
    return person


def disable(actor: Actor, person: Staff) -> None:
    """Take all rights from somebody who has left; what they did stays under their name. Only an admin may, and
    one admin has to remain."""
    if actor.by is None or not actor.by.active or actor.by.role is not Role.ADMIN:
        raise Denied(f"停用同事只能由{LABELS[Role.ADMIN]}操作，请换一位{LABELS[Role.ADMIN]}。")
    if not person.active:
        raise Unchanged(f"{person.name} 已经停用了。")
    _keep_an_admin(actor.db, person)
    person.active = False
    sessions.strike_out(actor.db, person)
    person.invite_digest = person.invite_until = None
    audit.record(actor.db, actor.by, "staff.disable", "staff", person.id)


def enable(actor: Actor, person: Staff) -> Confirmation | None:
    """Somebody came back: a second person lets them, and they choose a new password by a link."""
    require(actor.by, Right.STAFF_MANAGE)
    if person.active:
        raise Unchanged(f"{person.name} 在岗，不用重新启用。")
    if actor.by is None:
        rise(actor, person, person.role, person.unit_id)
        return None
    called = _called(actor.db, person.role, person.unit_id)
    return _ask(actor, person, f"重新启用 {person.name}（{called}）", person.role, person.unit_id)


def change_role(actor: Actor, person: Staff, role: Role, unit_id: int | None) -> Confirmation | None:
    """Another role or unit. What only takes rights away holds at once; what gives some waits for a second person, whose
    request is returned. One admin has to remain."""
    require(actor.by, Right.STAFF_MANAGE)
    if role is not Role.ADMIN:
        _keep_an_admin(actor.db, person)
    after = Staff(role=role, unit_id=unit_id, active=person.active)
    if actor.by is None or reach(after) <= reach(person):
        _set_role(actor, person, role, unit_id)
        return None
    called = _called(actor.db, role, unit_id)
    return _ask(actor, person, f"{person.name} 由{LABELS[person.role]}改为{called}", role, unit_id)


def standing(person: Staff) -> dict[str, Any]:
    """What a second person sees of somebody's place in the office."""
    unit = person.unit.name if person.unit else None
    return {"active": person.active, "role": person.role.value, "unit": unit, "unit_id": person.unit_id}


def rise(actor: Actor, person: Staff, role: Role, unit_id: int | None) -> None:
    """Give rights that somebody has not had, and let the whole office know."""
    if role is not Role.ADMIN:
        _keep_an_admin(actor.db, person)
    if not person.active:
        person.active, person.password_hash = True, None
        audit.record(actor.db, actor.by, "staff.enable", "staff", person.id)
    _set_role(actor, person, role, unit_id)
    by = f"，由 {actor.by.name} 确认" if actor.by else ""
    inbox.tell_officers(actor.db, "rights", f"{person.name} 现在是{_called(actor.db, role, unit_id)}{by}。")


def _ask(actor: Actor, person: Staff, what: str, role: Role, unit_id: int | None) -> Confirmation:
    unit = actor.db.get(Unit, unit_id) if unit_id else None
    after = {"active": True, "role": role.value, "unit": unit.name if unit else None, "unit_id": unit_id}
    return confirmations.ask(actor, RISE, person.id, what, after)


def _called(db: Session, role: Role, unit_id: int | None) -> str:
    """承办单位 · 区经信局"""
    unit = db.get(Unit, unit_id) if unit_id else None
    return f"{LABELS[role]} · {unit.name}" if unit else LABELS[role]


def _set_role(actor: Actor, person: Staff, role: Role, unit_id: int | None) -> None:
    """Whoever was signed in signs in anew, also one's own browsers; an open link was for the old role."""
    before = person.role
    person.role, person.unit_id = role, unit_id
    sessions.strike_out(actor.db, person)
    confirmations.void(actor.db, person)
    person.invite_digest = person.invite_until = None
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
