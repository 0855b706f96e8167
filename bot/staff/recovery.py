"""Codes for a lost phone: ten, each good once; only a keyed digest of each is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.core import audit
from bot.staff import inbox
from models.signing_in import RecoveryCode
from models.staff import Staff

COUNT, LENGTH, GROUP = 10, 12, 4
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read for another


def renew(db: Session, key: bytes, person: Staff) -> list[str]:
    """Ten new codes, to be shown once; earlier ones are good for nothing."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LENGTH)) for _ in range(COUNT)]
    drop(db, person)
    db.add_all(RecoveryCode(staff_id=person.id, digest=_digest(key, person, code)) for code in codes)
    audit.record(db, person, "staff.recovery_codes", "staff", person.id)
    return ["-".join(code[at : at + GROUP] for at in range(0, LENGTH, GROUP)) for code in codes]


def use(db: Session, key: bytes, person: Staff, typed: str) -> bool:
    """Whether this is one of the person's codes; it is used up then, and they are told. The person's row is locked."""
    row = db.scalar(
        select(RecoveryCode).where(
            RecoveryCode.staff_id == person.id, RecoveryCode.digest == _digest(key, person, _plain(typed))
        )
    )
    if row is None:
        return False
    db.delete(row)
    db.flush()
    audit.record(db, person, "staff.recovery_used", "staff", person.id)
    said = f"有人用恢复码登录了您的账户，还剩 {left(db, person)} 个。不是您本人，请马上更换口令。"
    inbox.tell_staff(db, person.id, "recovery", said)
    return True


def left(db: Session, person: Staff) -> int:
    """How many are left."""
    query = select(func.count()).select_from(RecoveryCode)
    return db.scalar(query.where(RecoveryCode.staff_id == person.id)) or 0


def drop(db: Session, person: Staff) -> None:
    """None is good any more."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))


def _plain(typed: str) -> str:
    return "".join(typed.upper().replace("-", "").split())


def _digest(key: bytes, person: Staff, code: str) -> str:
    return hmac.new(key, f"recovery:{person.id}:{code}".encode(), hashlib.sha256).hexdigest()
