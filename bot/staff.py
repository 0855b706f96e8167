"""Colleagues: who may do what (domain §6), and how they are added."""

from __future__ import annotations

from enum import StrEnum

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from bot import audit, clock
from bot.db import insert_once
from models.staff import Role, Staff, find_staff


class Right(StrEnum):
    """One thing that not everybody may do."""

    BROADCAST_WRITE = "broadcast_write"
    BROADCAST_APPROVE = "broadcast_approve"
    BROADCAST_RUN = "broadcast_run"  # pause, resume, cancel, send again, decide about unknown rows
    FOLLOWER_MANAGE = "follower_manage"  # sync, segments, tags, profiles


LABELS = {
    Role.CLERK: "受理员",
    Role.DISPATCHER: "派单员",
    Role.UNIT: "承办单位",
    Role.LEADER: "分管领导",
    Role.AUDITOR: "审计员",
    Role.ADMIN: "管理员",
}
RIGHT_LABELS = {
    Right.BROADCAST_WRITE: "起草群发",
    Right.BROADCAST_APPROVE: "审批群发",
    Right.BROADCAST_RUN: "暂停、恢复、取消群发",
    Right.FOLLOWER_MANAGE: "管理关注者",
}
_OFFICE = frozenset({Right.BROADCAST_WRITE, Right.BROADCAST_RUN, Right.FOLLOWER_MANAGE})
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CLERK: _OFFICE,
    Role.DISPATCHER: _OFFICE,
    Role.UNIT: frozenset(),
    Role.LEADER: frozenset(Right),
    Role.AUDITOR: frozenset(),
    Role.ADMIN: frozenset(Right),
}


class Denied(Exception):
    """Somebody may not do this; the text says in Chinese who may."""


def require(by: Staff, right: Right) -> None:
    """Raise Denied unless this colleague is active and their role has the right."""
    if not by.active:
        raise Denied(f"{by.name} 已停用，请换一位在岗同事操作。")
    if right not in RIGHTS[by.role]:
        able = "、".join(LABELS[role] for role in Role if right in RIGHTS[role])
        raise Denied(f"{by.name}（{LABELS[by.role]}）没有「{RIGHT_LABELS[right]}」的权限；可由 {able} 操作。")


def role_named(word: str) -> Role | None:
    """The role by its code or its Chinese name."""
    return next((role for role in Role if word in (role.value, LABELS[role])), None)


def add(db: Session, name: str, role: Role, *, password: str | None = None) -> Staff | None:
    """A new colleague, or None when the name is taken. Only the password's argon2 hash is kept."""
    hashed = PasswordHasher().hash(password) if password else None
    made = insert_once(
        db, Staff, name=name, role=role, active=True, password_hash=hashed, created_at=clock.now()
    )
    if made is None:
        return None
    audit.record(db, None, "staff.add", "staff", made, name=name, role=role.value)
    return find_staff(db, name)
