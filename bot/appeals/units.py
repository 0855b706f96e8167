"""Responsible units: added, changed and switched off by an admin; each change leaves an audit row."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.staff import rights
from bot.staff.rights import Right
from models.units import UNIT_KINDS, Unit, find_unit

PHONE = re.compile(r"[0-9+\- ()转]{5,32}")
FIELDS = ("name", "kind", "contact", "phone", "note")


def facts(unit: Unit) -> dict[str, str]:
    """A unit as a form shows it."""
    return {name: getattr(unit, name) or "" for name in FIELDS} | {"active": "1" if unit.active else ""}


def problem(db: Session, typed: Mapping[str, str], known: Unit | None) -> str | None:
    """What is wrong with what was typed, in Chinese; None when it will do."""
    name, phone = _text(typed, "name"), _text(typed, "phone")
    if not 2 <= len(name) <= 64:
        return "名称应为 2 到 64 个字。"
    other = find_unit(db, name)
    if other is not None and other is not known:
        return f"已经有「{name}」，请到列表里修改它。"
    if _text(typed, "kind") not in UNIT_KINDS:
        return "请选择类别。"
    if phone and not PHONE.fullmatch(phone):
        return "联系电话只能有数字、空格、横线、括号和“转”。"
    return None if len(_text(typed, "contact")) <= 64 else "联络人最多 64 个字。"


def save(actor: Actor, typed: Mapping[str, str], known: Unit | None) -> Unit:
    """Add or change a unit. A unit that is switched off keeps its cases and gets no new ones."""
    rights.require(actor.by, Right.UNIT_MANAGE)
    unit = known or Unit(created_at=clock.now(), active=True)
    before = facts(unit) if known else {}
    for name in FIELDS:
        setattr(unit, name, _text(typed, name) or ("" if name in ("name", "kind", "note") else None))
    unit.active = bool(typed.get("active"))
    actor.db.add(unit)
    actor.db.flush()
    changed = sorted(name for name, value in facts(unit).items() if before.get(name) != value)
    action = "unit.change" if known else "unit.add"
    audit.record(actor.db, actor.by, action, "unit", unit.id, changed=changed)
    return unit


def _text(typed: Mapping[str, str], name: str) -> str:
    return typed.get(name, "").replace("\x00", "").strip()
