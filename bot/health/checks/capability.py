"""What this kind of account may do, so that nobody waits for a push that cannot leave (lessons row 11)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.config import Config
from bot.health.checks.finding import Finding, Subject, ok, warn
from bot.wechat.capabilities import Capability, capabilities

TITLE = "账号能力"
KINDS = {"subscription": "订阅号", "service": "服务号"}
# The interfaces that our features stand on.
USED = (
    Capability.RECEIVE,
    Capability.MATERIAL,
    Capability.DRAFT,
    Capability.PUBLISH,
    Capability.MENU,
    Capability.CUSTOM_MESSAGE,
    Capability.MASS_BY_TAG,
    Capability.MASS_BY_OPENID,
    Capability.USERS,
    Capability.TEMPLATE_MESSAGE,
    Capability.QRCODE,
)


def capability(_subject: Subject, config: Config) -> Iterator[Finding]:
    """The interfaces that are open, and each that is not with what happens instead."""
    wechat = config.wechat
    kind = f"{'已' if wechat.verified else '未'}认证的{KINDS[wechat.account_kind]}"
    granted = capabilities(wechat.account_kind, wechat.verified)
    yield ok(TITLE, f"{kind}可用：{'、'.join(each.label for each in USED if each in granted)}")
    missing = [each for each in USED if each not in granted]
    if missing and not wechat.verified:
        remedy = (
            "推送只能等对方下次来信时带出；要主动推送，请管理员在公众平台完成微信认证，再改成 verified = true"
        )
        yield warn(
            TITLE, f"{kind}没有：{'、'.join(each.label for each in missing)}", remedy, "wechat.verified"
        )
        return
    for each in missing:
        yield ok(TITLE, f"{kind}没有「{each.label}」：{each.when_missing}")
