"""Colleagues: who may do what (domain §6), and how they are added."""

from __future__ import annotations

from enum import StrEnum

from bot.core.refusals import Refusal
from models.staff import Role, Staff


class Right(StrEnum):
    """One thing that not everybody may do."""

    BROADCAST_WRITE = "broadcast_write"
    BROADCAST_APPROVE = "broadcast_approve"
    BROADCAST_RUN = "broadcast_run"  # pause, resume, cancel, send again, decide about unknown rows
    MESSAGE_ANSWER = "message_answer"  # what people left for the staff, and their recent talk
    FOLLOWER_MANAGE = "follower_manage"  # sync, segments, tags, profiles
    APPEAL_READ = "appeal_read"  # every case, contacts masked
    APPEAL_READ_OWN = "appeal_read_own"  # the cases of one's unit
    APPEAL_ACCEPT = "appeal_accept"
    APPEAL_DISPATCH = "appeal_dispatch"
    APPEAL_HANDLE = "appeal_handle"  # a unit its own cases; the office on a unit's behalf
    APPEAL_REVIEW = "appeal_review"
    APPEAL_SUPERVISE = "appeal_supervise"
    APPEAL_HOLD = "appeal_hold"
    APPEAL_MERGE = "appeal_merge"
    APPEAL_CLOSE = "appeal_close"
    APPEAL_FILE = "appeal_file"
    APPEAL_CONFIDENTIAL = "appeal_confidential"
    CONTACT_UNMASK = "contact_unmask"
    LEDGER_EXPORT = "ledger_export"
    LEDGER_EXPORT_FULL = "ledger_export_full"
    LEDGER_IMPORT = "ledger_import"
    STATISTICS_READ = "statistics_read"
    AUDIT_READ = "audit_read"
    STAFF_MANAGE = "staff_manage"
    UNIT_MANAGE = "unit_manage"
    SETTINGS_MANAGE = "settings_manage"
    CONTENT_EDIT = "content_edit"
    CONFIRM = "confirm"  # as the second person: rises of rights, officers' links, corrected ratings


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
    Right.MESSAGE_ANSWER: "答复留言",
    Right.APPEAL_READ: "查看诉求",
    Right.APPEAL_READ_OWN: "查看本单位诉求",
    Right.APPEAL_ACCEPT: "受理诉求",
    Right.APPEAL_DISPATCH: "派单",
    Right.APPEAL_HANDLE: "办理诉求",
    Right.APPEAL_REVIEW: "审核办理结果",
    Right.APPEAL_SUPERVISE: "督办",
    Right.APPEAL_HOLD: "挂账",
    Right.APPEAL_MERGE: "并案",
    Right.APPEAL_CLOSE: "回访、销号、重新办理",
    Right.APPEAL_FILE: "代为登记诉求",
    Right.APPEAL_CONFIDENTIAL: "查看保密举报",
    Right.CONTACT_UNMASK: "查看完整联系方式",
    Right.LEDGER_EXPORT: "导出台账",
    Right.LEDGER_EXPORT_FULL: "导出含联系方式的台账",
    Right.LEDGER_IMPORT: "导入台账",
    Right.STATISTICS_READ: "查看统计",
    Right.AUDIT_READ: "查看操作记录",
    Right.STAFF_MANAGE: "管理同事",
    Right.UNIT_MANAGE: "管理承办单位",
    Right.SETTINGS_MANAGE: "管理设置",
    Right.CONTENT_EDIT: "编辑内容",
    Right.CONFIRM: "确认重要更改",
}
_BROADCASTS = frozenset(
    {Right.BROADCAST_WRITE, Right.BROADCAST_APPROVE, Right.BROADCAST_RUN, Right.FOLLOWER_MANAGE}
)
_OFFICE = frozenset(
    {
        Right.BROADCAST_WRITE,
        Right.BROADCAST_RUN,
        Right.FOLLOWER_MANAGE,
        Right.MESSAGE_ANSWER,
        Right.APPEAL_READ,
        Right.APPEAL_ACCEPT,
        Right.APPEAL_FILE,
        Right.APPEAL_MERGE,
        Right.APPEAL_CLOSE,
        Right.CONTACT_UNMASK,
        Right.LEDGER_EXPORT,
        Right.STATISTICS_READ,
    }
)
_ADMIN = frozenset(
    {Right.AUDIT_READ, Right.STAFF_MANAGE, Right.UNIT_MANAGE, Right.SETTINGS_MANAGE, Right.CONTENT_EDIT}
)
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CLERK: _OFFICE,
    Role.DISPATCHER: _OFFICE | {Right.APPEAL_DISPATCH, Right.APPEAL_HANDLE, Right.APPEAL_REVIEW},
    Role.UNIT: frozenset({Right.APPEAL_READ_OWN, Right.APPEAL_HANDLE}),
    # Everything on cases; a colleague's account, the settings and the trail are not the leader's.
    Role.LEADER: frozenset(Right) - _ADMIN - {Right.APPEAL_READ_OWN} | {Right.CONTENT_EDIT},
    Role.AUDITOR: frozenset({Right.AUDIT_READ}),  # events, no content
    Role.ADMIN: _BROADCASTS | _ADMIN | {Right.STATISTICS_READ},  # no case's content by default
}
OFFICERS = frozenset(Role) - {Role.UNIT}  # the federation's own people; a unit's see their cases alone


class Denied(Refusal):
    """Somebody may not do this; the text says in Chinese who may."""


def require(by: Staff | None, right: Right) -> None:
    """Raise Denied unless this colleague is active and their role has the right; the system (None) may everything."""
    if by is not None:
        require_colleague(by, right)


def require_colleague(by: Staff | None, right: Right) -> Staff:
    """Who acts, for what only a person decides. Raises Denied, also for the system."""
    if by is None:
        raise Denied(f"「{RIGHT_LABELS[right]}」要由一位同事操作，请写明姓名。")
    if not by.active:
        raise Denied(f"{by.name} 已停用，请换一位在岗同事操作。")
    if right not in RIGHTS[by.role]:
        able = "、".join(LABELS[role] for role in Role if right in RIGHTS[role])
        raise Denied(f"{by.name}（{LABELS[by.role]}）没有「{RIGHT_LABELS[right]}」的权限；可由 {able} 操作。")
    return by


def reach(person: Staff) -> frozenset[object]:
    """All that this colleague may: their role's rights and, with a unit, its cases. Nothing when switched off."""
    if not person.active:
        return frozenset()
    return RIGHTS[person.role] | {person.unit_id} if person.role is Role.UNIT else RIGHTS[person.role]


def role_named(word: str) -> Role | None:
    """The role by its code or its Chinese name."""
    return next((role for role in Role if word in (role.value, LABELS[role])), None)
