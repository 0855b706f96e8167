"""The audit trail in Chinese: what the acts are called, what they were done to, and what changed. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.appeals.acts.supervising import LABELS as LEVELS
from bot.appeals.acts.table import ACTS
from bot.core import clock
from bot.outgoing.broadcasts.states import LABELS as BROADCAST_STATES
from bot.outgoing.show import ACTIONS as BROADCAST_ACTS
from bot.staff.rights import LABELS as ROLES
from models.appeals import AppealState

ACTIONS: dict[str, str] = {
    "backup.restore": "恢复备份",
    "staff.add": "添加同事", "staff.disable": "停用同事", "staff.enable": "重新启用同事", "staff.role": "修改角色",
    "staff.invite": "发登录链接", "staff.openid": "登记微信", "staff.password": "设置口令", "staff.sign_in": "登录",
    "staff.sign_in_failed": "登录失败", "staff.locked": "连续失败暂停登录", "staff.sessions_ended": "退出全部登录",
    "staff.totp_on": "开启动态验证码", "staff.totp_off": "关闭动态验证码",
    "staff.session_ended": "退出登录", "staff.recovery_codes": "生成恢复码", "staff.recovery_used": "用恢复码登录",
    "staff.duty": "值班设置", "staff.mail": "修改提醒邮箱", "staff.binding": "生成微信绑定码", "staff.bound": "绑定微信", "staff.unbound": "解除微信绑定",
    "message.take": "认领留言", "message.answer": "答复留言", "message.finish": "留言办结", "message.told": "登记留言已电话告知",
    "message.unmask": "查看留言里的号码",
    "staff.shell": "在服务器上办理", "content.force": "用内容文件覆盖", "stand_in.appoint": "指定代为确认", "stand_in.end": "收回代为确认",
    "confirmation.ask": "提请确认", "confirmation.confirm": "确认", "confirmation.refuse": "退回确认", "confirmation.withdraw": "收回提请",
    "confirmation.expire": "提请过期",
    "unit.add": "添加承办单位", "unit.change": "修改承办单位",
    "console.denied": "越权被拒", "audit.check": "核对操作记录", "audit.seal": "每日封存",
    **{f"appeal.{name}": act.label for name, act in ACTS.items()},
    "appeal.refused": "越权查看诉求被拒", "appeal.rating_corrected": "评价已更正", "appeal.unmask": "查看完整联系方式", "appeal.original": "查看原图", "appeal.told": "登记已电话告知",
    "appeal.file_for": "代为登记诉求", "appeal.supervise": "督办", "template.save": "保存答复模板",
    "ledger.export": "导出台账", "ledger.download": "下载台账", "ledger.import": "导入台账",
    "privacy.export": "导出个人信息", "privacy.erase": "删除个人信息",
    **{f"broadcast.{name}": f"群发：{label}" for name, label in BROADCAST_ACTS.items()},
    **{f"delivery.{name}": f"逐条发送：{label}" for name, label in BROADCAST_ACTS.items()},
    "followers.sync": "核对关注者", "tag.define": "设置标签", "profile.set": "修改企业画像", "profile.import": "导入企业画像",
    "phrase.add": "添加问法", "phrase.change": "修改问法", "phrase.remove": "删除问法", "phrase.adopt": "采纳没听懂的话",
    "unmatched.dismiss": "忽略没听懂的话", "study.release": "放行学习资料", "study.withdraw": "收回放行",
}  # fmt: skip
SUBJECTS = {
    "staff": "同事", "message": "留言", "unit": "承办单位", "appeal": "诉求", "broadcast": "群发", "delivery": "发送记录", "page": "页面",
    "audit": "操作记录", "backup": "备份", "phrase": "问法", "unmatched": "没听懂的话", "tag": "标签", "profile": "企业画像",
    "follower": "关注者", "sync_run": "核对关注者", "reply_template": "答复模板", "ledger_run": "台账",
    "content": "内容", "study_item": "学习资料",
}  # fmt: skip
FIELDS = {
    "state": "状态", "type": "类型", "category": "类别", "urgency": "紧急程度", "difficulty": "复杂程度", "confidential": "保密",
    "collective": "多人反映", "street": "街道", "chamber": "商会", "industry": "行业", "size": "规模", "membership": "会员类别",
    "decline_code": "不予受理代码", "unit_id": "主办单位编号", "acceptance_due_at": "受理时限", "sign_due_at": "签收时限",
    "contact_due_at": "首次联系时限", "first_contact_at": "首次联系", "limit_days": "办理天数", "due_at": "办理时限",
    "extended_due_at": "延期至", "hold_until": "挂账至", "review_due_at": "审核时限", "survey_due_at": "回访截止",
    "result_class": "结果类别", "survey_solved": "是否解决", "survey_score": "满意度", "merged_into_id": "并入",
    "supervision_level": "督办级别", "reopen_count": "重办次数", "returned_count": "退回次数", "share_contact": "同意提供联系方式",
    "anonymous": "匿名", "role": "角色", "name": "名称", "kind": "类别", "contact": "联络人", "phone": "联系电话", "note": "备注",
    "active": "在用", "rows": "行数", "day": "日期", "digest": "摘要", "page": "页面", "method": "方式", "from": "原状态", "to": "新状态",
    "reason": "理由", "message": "消息编号", "level": "级别", "number": "编号", "stopped": "停发人数", "people": "人数", "fields": "字段",
    "means": "含义", "weight": "权重", "texts": "条数", "title": "标题", "why": "原因", "had_one": "原来已登记", "segment": "人群",
    "on": "开启", "password_changed_at": "口令", "author": "作者",
    "full": "含联系方式", "file": "附件编号", "total": "总数", "unit": "单位", "day_from": "起", "day_to": "止",
}  # fmt: skip
_STATES = {str(state.value): state.label for state in AppealState}
_SENDING = {str(state.value): label for state, label in BROADCAST_STATES.items()}
_ROLES = {str(role.value): label for role, label in ROLES.items()}
_WHY = {"NotFound": "不在其可见范围", "Stale": "已被别人改过", "Refused": "条件不满足"}
_KNOWN = {"level": LEVELS, "state": _STATES, "from": _SENDING, "to": _SENDING, "role": _ROLES, "why": _WHY}


def changes(detail: dict[str, Any]) -> list[str]:
    """What an entry says beyond who, when and what; one line a fact."""
    lines: list[str] = []
    for key, value in detail.items():
        if key == "changed" and isinstance(value, dict):
            lines += [_change(name, pair) for name, pair in value.items()]
        elif key == "changed":
            lines.append("修改了" + "、".join(_field(str(name)) for name in value))
        elif value not in (None, "", [], {}):
            lines.append(f"{_field(key)}：{_said(key, value)}")
    return lines


def _change(name: str, pair: Any) -> str:
    before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
    return f"{_field(name)}：{_said(name, before)} → {_said(name, after)}"


def _field(name: str) -> str:
    return FIELDS.get(name, name)


def _said(name: str, value: Any) -> str:
    if value is None or value == "":
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_said(name, one) for one in value)
    if isinstance(value, dict):
        return "，".join(f"{_field(key)} {_said(key, one)}" for key, one in value.items())
    text = str(value)
    if name.endswith(("_at", "_until")):
        return _moment(text)
    return _KNOWN.get(name, {}).get(text, text[:16] + "…" if name == "digest" else text)


def _moment(text: str) -> str:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{clock.local(read):%Y-%m-%d %H:%M}" if read.tzinfo else text
