"""Messages that ask for nothing: adverts, links and phone numbers alone. Orders to the bot are data, not orders."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"(?:https?:/{1,2}|www\.)\S+|(?<![a-z0-9@])[a-z0-9-]+\.(?:com|cn|net|top|xyz|vip|cc|org)(?:/\S*)?"
)
_PHONE = re.compile(
    r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)|(?<!\d)400[- ]?\d{3}[- ]?\d{4}(?!\d)"
)
_ACCOUNT = re.compile(r"(?:微信|vx|v信|wx|qq|扣扣|威信|薇信|加v|加微|weixin)[:号是 ]{0,3}[a-z0-9_-]{5,20}")
_AROUND_CONTACT = re.compile(
    r"[\W_]|电话|手机号?|号码|联系方式|我的|是|微信|请?联系我?|打给我|网址|链接|官网|点击|看看|看一下"
)


def has_contact(text: str) -> bool:
    """Whether a cleaned text holds a phone number, a link or an account name."""
    return bool(_PHONE.search(text) or _LINK.search(text) or _ACCOUNT.search(text))


def is_only_contact(text: str) -> bool:
    """Whether a cleaned text is nothing but a phone number, an account or a link."""
    if not has_contact(text):
        return False
    rest = _ACCOUNT.sub("", _PHONE.sub("", _LINK.sub("", text)))
    return not _AROUND_CONTACT.sub("", rest)
