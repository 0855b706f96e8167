"""Signing in to the console: passwords, one-time links, codes (TOTP). Rows count, so it holds over processes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from functools import cache

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.staff import confirmations, inbox, recovery, sessions, tries
from bot.staff.colleagues import Unchanged
from bot.staff.rights import LABELS, OFFICERS, Right, require
from bot.staff.tries import Try
from models.confirmations import Confirmation
from models.staff import Role, Staff

LINK = "staff.link"
INVITE = timedelta(hours=72)
LEAST, MOST = 10, 200  # characters of a password
STEP = 30  # seconds of a code
COMMON = ("password", "12345", "qwerty", "abcde", "11111", "88888", "admin", "tongxin", "gongshang")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that nothing fits, so that an unknown name takes as long as a wrong password."""
    return _hasher().hash(secrets.token_urlsafe(24))


def hashed(password: str) -> str:
    """The argon2 hash of a password. Slow: outside a transaction."""
    return _hasher().hash(password)


def fits(person: Staff | None, password: str) -> bool:
    """Whether this is the person's password. Slow on purpose, and equally so for nobody: outside a transaction."""
    known = person.password_hash if person is not None and person.active else None
    try:
        return _hasher().verify(known or _nobody(), password) and known is not None
    except Argon2Error:
        return False


def weakness(password: str, name: str) -> str | None:
    """What is wrong with a new password, in Chinese; None when it will do."""
    if not LEAST <= len(password) <= MOST:
        return f"口令应为 {LEAST} 到 {MOST} 位。可以用几个不相干的词连起来。"
    low = password.lower()
    if name.lower() in low or any(common in low for common in COMMON):
        return "口令里不要有姓名，也不要用 12345、password 这样常见的组合。请换一个。"
    if len(set(password)) < 5:
        return "口令里重复的字符太多，请换一个。"
    return None


def judge(db: Session, one: Try, right: bool) -> Staff | None:
    """Count what came of a try: the colleague when it was right and need not wait, else None. A name that is nobody's
    takes the same way."""
    person = db.scalar(select(Staff).where(Staff.name == one.name).with_for_update(of=Staff))
    if tries.must_wait(db, one, person):
        return None
    if person is None or not right or not person.active:
        tries.failed(db, one, person)
        return None
    return person


def admit(db: Session, person: Staff, one: Try) -> None:
    """Everything was right: the count begins anew."""
    tries.cleared(db, one, person)
    person.last_seen_at = clock.now()
    audit.record(db, person, "staff.sign_in", "staff", person.id)


def set_password(db: Session, person: Staff, password_hash: str) -> None:
    """A new password; all sessions of the person end, and an open link is used up."""
    person.password_hash, person.password_changed_at = password_hash, clock.now()
    sessions.strike_out(db, person)
    person.invite_digest = person.invite_until = None
    tries.forget(db, person)
    audit.record(db, person, "staff.password", "staff", person.id)


def needs_leave(person: Staff) -> bool:
    """Whether a link for this person needs a second person: whoever holds it is in with all that an officer may."""
    return person.role in OFFICERS


def ask_link(actor: Actor, person: Staff) -> Confirmation:
    """Ask a second person for leave to hand out a link."""
    _check_may_have_link(actor, person)
    after = {"role": person.role.value, "password_changed_at": "由新的登录链接重设"}
    return confirmations.ask(
        actor, LINK, person.id, f"给 {person.name}（{LABELS[person.role]}）发登录链接", after
    )


def may_invite(actor: Actor, person: Staff) -> bool:
    """Whether a link can be handed out now, without asking first."""
    free = actor.by is None or not needs_leave(person)
    return free or confirmations.leave_for(actor, LINK, person.id) is not None


def invite(actor: Actor, person: Staff) -> str:
    """A new one-time link's token, good for three days; only its digest is kept. An older link no longer works. For an
    officer it uses up the leave of a second person."""
    _check_may_have_link(actor, person)
    if actor.by is not None and needs_leave(person):
        leave = confirmations.leave_for(actor, LINK, person.id)
        if leave is None:
            raise Unchanged(f"给 {person.name} 发登录链接要由第二个人确认，请先提出。")
        confirmations.use(actor, leave)
        inbox.tell_officers(
            actor.db, "link", f"{actor.by.name} 取了 {person.name} 的登录链接，经第二个人确认。"
        )
    token = secrets.token_urlsafe(32)
    person.invite_digest, person.invite_until = _digest(token), clock.now() + INVITE
    audit.record(actor.db, actor.by, "staff.invite", "staff", person.id)
    if person.role is Role.UNIT and person.unit_id:
        inbox.tell_unit_of(
            actor.db,
            person.unit_id,
            "link",
            f"管理员给 {person.name} 发了新的登录链接；不是本人要的，请告诉工商联。",
        )
    return token


def _check_may_have_link(actor: Actor, person: Staff) -> None:
    require(actor.by, Right.STAFF_MANAGE)
    if not person.active:
        raise Unchanged(f"{person.name} 还没有启用或已停用，不能发登录链接。")


def invited(db: Session, token: str, *, lock: bool = False) -> Staff | None:
    """Whose link this is, if it still works. `lock` the row to use the link up: a
    second person at the same time waits."""
    query = select(Staff).where(Staff.invite_digest == _digest(token), Staff.active)
    person = db.scalar(query.with_for_update(of=Staff) if lock else query)
    until, moment = person.invite_until if person else None, clock.now()
    return person if until is not None and moment < until <= moment + INVITE else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_secret() -> str:
    """A secret for an authenticator app."""
    return str(pyotp.random_base32())


def address_for_app(person: Staff, secret: str, operator: str) -> str:
    """What the QR code of the enrolment says."""
    return str(pyotp.TOTP(secret, interval=STEP).provisioning_uri(name=person.name, issuer_name=operator))


def code_fits(secret: str, code: str, last: int | None) -> int | None:
    """The time step that a code belongs to, one step of leeway each way; None when wrong or used before."""
    now = int(clock.now().timestamp()) // STEP
    typed = code.replace(" ", "")
    if last is not None and last > now + 1:
        last = None  # the work of a clock that jumped
    for step in (now, now - 1, now + 1):
        right = str(pyotp.TOTP(secret, interval=STEP).generate_otp(step))
        if secrets.compare_digest(right.encode(), typed.encode()) and (last is None or step > last):
            return step
    return None


def seal(key: bytes, secret: str) -> str:
    """The secret as it is kept: unreadable without `key`, 32 bytes of this installation (`Services.codes_key`)."""
    return _box(key).encrypt(secret.encode()).decode()


def unseal(key: bytes, person: Staff) -> str | None:
    """The person's secret, None when codes are not asked for. Raises Unchanged when the key is another one."""
    if person.totp_secret is None:
        return None
    try:
        return _box(key).decrypt(person.totp_secret.encode()).decode()
    except InvalidToken:
        raise Unchanged(
            "验证码密钥无法读取（secret_key 换过）。请管理员在「同事」里重置动态验证码。"
        ) from None


def check_code(db: Session, key: bytes, person: Staff, code: str) -> bool:
    """Whether the code is right, from the phone or a recovery code; a wrong one counts like a wrong password."""
    one = Try(person.name, tries.CODES)
    if tries.must_wait(db, one, person):
        return False
    secret = unseal(key, person)
    step = code_fits(secret, code, person.totp_last) if secret else None
    if step is not None:
        person.totp_last = step
        return True
    if recovery.use(db, key, person, code):
        return True
    tries.failed(db, one, person)
    return False


def enrol(db: Session, key: bytes, person: Staff, secret: str, code: str) -> list[str] | None:
    """Ask for codes from now on, once the person has shown one. Who came in without is out; gives the recovery codes,
    None when the code is wrong."""
    step = code_fits(secret, code, None)
    if step is None:
        return None
    person.totp_secret, person.totp_last = seal(key, secret), step
    sessions.strike_out(db, person)
    audit.record(db, person, "staff.totp_on", "staff", person.id)
    return recovery.renew(db, key, person)


def drop_codes(actor: Actor, person: Staff) -> None:
    """Ask for no codes any more: the phone is lost, or the person does not want it."""
    person.totp_secret = person.totp_last = None
    recovery.drop(actor.db, person)
    sessions.strike_out(actor.db, person)
    audit.record(actor.db, actor.by, "staff.totp_off", "staff", person.id)
    if actor.by is not person:
        inbox.tell_staff(
            actor.db, person.id, "codes", "您的动态验证码被管理员重置了。不是您要求的，请马上告诉分管领导。"
        )


def _box(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key))
