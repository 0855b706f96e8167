"""What each kind of account may do (platform §12), and what to do when it may not.

A doubtful cell of the table counts as "no": WeChat's 48001 in the middle of a broadcast costs more than a
feature that staff switch on after checking.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from bot.core.refusals import Refusal


class Capability(StrEnum):
    """One family of interfaces."""

    RECEIVE = "receive"
    BASICS = "basics"  # token, server addresses, quota tools
    CURRENT_MENU = "current_menu"  # read what is set in the console
    MATERIAL = "material"
    DRAFT = "draft"
    PUBLISH = "publish"
    MENU = "menu"
    CUSTOM_MESSAGE = "custom_message"
    TAP_MENU = "tap_menu"  # items to tap in a customer-service message (platform §5.4)
    MASS_BY_TAG = "mass_by_tag"
    MASS_BY_OPENID = "mass_by_openid"
    USERS = "users"
    ONE_TIME_NOTICE = "one_time_notice"
    TEMPLATE_MESSAGE = "template_message"
    SUBSCRIBE_NOTICE = "subscribe_notice"
    QRCODE = "qrcode"
    LOCATION_EVENT = "location_event"
    OAUTH = "oauth"
    JSSDK = "jssdk"
    JSSDK_SHARE = "jssdk_share"
    PAY = "pay"

    @property
    def label(self) -> str:
        """What staff call it."""
        return _WORDS[self][0]

    @property
    def when_missing(self) -> str:
        """What happens without it, and what staff can do, in Chinese."""
        return _WORDS[self][1]


_VERIFY = "请管理员在公众平台完成认证"
_SERVICE = "只有已认证的服务号才有，需要时请申请服务号并完成认证"
_WORDS: dict[Capability, tuple[str, str]] = {
    Capability.RECEIVE: ("接收消息与被动回复", "请在公众平台配置服务器地址。"),
    Capability.BASICS: ("接口凭证与额度查询", "请核对 AppID 与 AppSecret。"),
    Capability.CURRENT_MENU: ("读取现有菜单与自动回复", "请到公众平台网页上查看。"),
    Capability.MATERIAL: ("素材上传与下载", "请到公众平台网页上管理素材。"),
    Capability.DRAFT: ("草稿箱", "请到公众平台网页上编辑图文。"),
    Capability.PUBLISH: ("发布图文", f"系统只能存草稿：请编辑到公众平台网页上点发布；或{_VERIFY}。"),
    Capability.MENU: ("自定义菜单", f"关注者改用文字「菜单」；菜单请在公众平台网页上设置，或{_VERIFY}。"),
    Capability.CUSTOM_MESSAGE: ("客服消息", f"通知改在对方下次发消息时随回复送达；或{_VERIFY}。"),
    Capability.TAP_MENU: ("客服消息里的点选项", f"回访改为回复数字；{_SERVICE}。"),
    Capability.MASS_BY_TAG: ("按标签或全员群发", f"请编辑到公众平台网页上群发；或{_VERIFY}。"),
    Capability.MASS_BY_OPENID: ("按名单群发", f"系统改用按标签群发或等对方下次来信；{_SERVICE}。"),
    Capability.USERS: ("关注者与标签管理", f"系统只认识给公众号发过消息的人；或{_VERIFY}。"),
    Capability.ONE_TIME_NOTICE: ("一次性订阅消息", f"通知改在对方下次发消息时送达；或{_VERIFY}。"),
    Capability.TEMPLATE_MESSAGE: ("模板消息", f"通知改用客服消息或在对方下次发消息时送达；{_SERVICE}。"),
    Capability.SUBSCRIBE_NOTICE: ("订阅通知", f"通知改用客服消息或在对方下次发消息时送达；{_SERVICE}。"),
    Capability.QRCODE: ("带参数二维码", f"活动签到等请改用口令文字；{_SERVICE}。"),
    Capability.LOCATION_EVENT: ("上报地理位置", f"请对方手动发送位置；{_SERVICE}。"),
    Capability.OAUTH: ("网页授权", f"网页改用带签名的链接识别本人；{_SERVICE}（已认证的政府、媒体类订阅号请看“接口权限”）。"),
    Capability.JSSDK: ("网页 JS-SDK 基础接口", "请核对 AppID 与 AppSecret。"),
    Capability.JSSDK_SHARE: ("网页分享接口", f"分享时只显示默认标题和图片；或{_VERIFY}。"),
    Capability.PAY: ("微信支付", f"本系统不收款；{_SERVICE}。"),
}  # fmt: skip

_EVERYBODY = frozenset(
    {
        Capability.RECEIVE, Capability.BASICS, Capability.CURRENT_MENU, Capability.MATERIAL, Capability.DRAFT,
        Capability.JSSDK,
    }
)  # fmt: skip
_VERIFIED_SUBSCRIPTION = _EVERYBODY | {
    Capability.PUBLISH, Capability.MENU, Capability.CUSTOM_MESSAGE, Capability.MASS_BY_TAG, Capability.USERS,
    Capability.ONE_TIME_NOTICE, Capability.JSSDK_SHARE,
}  # fmt: skip
_BY_KIND = {
    ("subscription", False): _EVERYBODY,
    ("subscription", True): _VERIFIED_SUBSCRIPTION,
    ("service", False): _EVERYBODY,
    ("service", True): frozenset(Capability),
}


class Missing(Refusal):
    """The account lacks a capability; the text is a Chinese sentence for staff."""

    def __init__(self, capability: Capability) -> None:
        super().__init__(f"公众号没有「{capability.label}」权限。{capability.when_missing}")
        self.capability = capability


def capabilities(account_kind: str, verified: bool) -> frozenset[Capability]:
    """What a `subscription` or `service` account may do."""
    return _BY_KIND[account_kind, verified]


def require(granted: Collection[Capability], capability: Capability) -> None:
    """Raise Missing unless the account has the capability. 48001 is thus met before the call, not after."""
    if capability not in granted:
        raise Missing(capability)
