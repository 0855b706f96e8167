"""Who is on duty (值班), and how alerts reach them: their own WeChat, bound by a one-time code, and their mail."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.staff.colleagues import Unchanged
from bot.staff.rights import RIGHTS, Denied, Right
from models.staff import Role, Staff

CODE_LENGTH = 8
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read for something else
CODE = re.compile(rf"[{LETTERS}]{{{CODE_LENGTH}}}")
LASTS = timedelta(minutes=15)
MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")


def able(db: Session, right: Right) -> list[Staff]:
    """The active colleagues with this right."""
    roles = [role for role in Role if right in RIGHTS[role]]
    return list(db.scalars(select(Staff).where(Staff.active, Staff.role.in_(roles)).order_by(Staff.id)))


def officers(db: Session, right: Right) -> list[Staff]:
    """Those on duty who have this right; all who have it while nobody is on duty, so that somebody hears."""
    everybody = able(db, right)
    return [person for person in everybody if person.on_duty] or everybody


def set_duty(actor: Actor, person: Staff, on: bool) -> None:
    """Go on or off duty; a colleague for themselves, the leader and the administrator for everybody."""
    if actor.by is not person and not (actor.by and may_roster(actor.by)):
        raise Denied("只能设置自己值班；替别人排班请分管领导或管理员操作。")
    if person.on_duty != on:
        person.on_duty = on
        audit.record(actor.db, actor.by, "staff.duty", "staff", person.id, on=on)


def may_roster(by: Staff) -> bool:
    """Whether this colleague says who else is on duty."""
    return by.role in (Role.LEADER, Role.ADMIN)


def set_mail(actor: Actor, person: Staff, address: str) -> None:
    """Alerts go to this address too; "" stops that."""
    if address and not MAIL.fullmatch(address):
        raise Unchanged("邮箱地址写得不对，例如 zhiban@example.cn；不用邮件提醒就留空。")
    person.mail = address or None
    audit.record(actor.db, actor.by, "staff.mail", "staff", person.id, on=bool(address))


def new_code(actor: Actor, person: Staff) -> str:
    """A code that binds whatever WeChat sends it within a quarter of an hour; an older one no longer works."""
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    person.binding_digest, person.binding_until = _digest(code), clock.now() + LASTS
    audit.record(actor.db, actor.by, "staff.binding", "staff", person.id)
    return code


def bind(db: Session, code: str, openid: str) -> Staff | None:
    """The colleague whose WeChat this is from now on; None when the code is wrong, used or too old."""
    query = select(Staff).where(Staff.binding_digest == _digest(code), Staff.active)
    person = db.scalar(query.with_for_update(of=Staff))
    if person is None or person.binding_until is None or person.binding_until < clock.now():
        return None
    person.openid, person.binding_digest, person.binding_until = openid, None, None
    audit.record(db, person, "staff.bound", "staff", person.id)
    return person


def is_bound(db: Session, openid: str) -> bool:
    """Whether this is a colleague's own WeChat."""
    return db.scalar(select(Staff.id).where(Staff.openid == openid, Staff.active).limit(1)) is not None


def unbind(actor: Actor, person: Staff) -> None:
    """Nothing goes to this colleague's WeChat any more."""
    person.openid = None
    audit.record(actor.db, actor.by, "staff.unbound", "staff", person.id)


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
