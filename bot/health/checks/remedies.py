"""A refused token: the advice of bot/wechat/errors.py, with the setting to change (platform §4.1, §4.3)."""

from __future__ import annotations

from bot.health.checks.finding import Finding, fail
from bot.wechat.errors import advice

TITLE = "微信凭据"
SETTINGS = {  # errcode of the token endpoint -> the setting that it is about
    40001: "wechat.secret",
    40002: "wechat.api_base",
    40013: "wechat.appid",
    40125: "wechat.secret",
    40243: "wechat.secret",
    41002: "wechat.appid",
    41004: "wechat.secret",
    43002: "wechat.api_base",
    48001: "wechat.verified",
}
# Elsewhere 40001 means a stale token, which is replaced without anybody's help; here it is about the secret.
WRONG_SECRET = "AppSecret 不对：请在微信开发者平台 → 我的业务 → 公众号/服务号 → 开发密钥 核对或重置，写入配置后重启服务。"  # noqa: S105


def token_problem(errcode: int, errmsg: str) -> Finding:
    """The line for a refused token; for a missing whitelist entry it names this machine's address."""
    remedy = WRONG_SECRET if errcode == 40001 else advice(errcode, errmsg)
    return fail(TITLE, f"微信没有给凭据，错误码 {errcode}", remedy, SETTINGS.get(errcode, ""))
