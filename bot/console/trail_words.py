"""What the acts of the audit trail are called."""

from __future__ import annotations

from bot.casework.acts import ACTS

ACTIONS: dict[str, str] = {
    "staff.add": "添加同事",
    "staff.disable": "停用同事",
    "staff.enable": "重新启用同事",
    "staff.role": "修改角色",
    "staff.invite": "发登录链接",
    "staff.openid": "登记微信",
    "staff.password": "设置口令",
    "staff.sign_in": "登录",
    "staff.sign_in_failed": "登录失败",
    "staff.locked": "连续失败锁定",
    "staff.sessions_ended": "退出全部登录",
    "staff.totp_on": "开启动态验证码",
    "staff.totp_off": "关闭动态验证码",
    "unit.add": "添加承办单位",
    "unit.change": "修改承办单位",
    "console.denied": "越权被拒",
    "appeal.refused": "越权查看诉求被拒",
    "appeal.unmask": "查看完整联系方式",
    "audit.check": "核对操作记录",
    "audit.seal": "每日封存",
    "ledger.export": "导出台账",
    "ledger.import": "导入台账",
    **{f"appeal.{name}": act.label for name, act in ACTS.items()},
}
