"""WeChat's refusals: HTTP 200, an errcode, an errmsg that ends in a request id (platform §0, §13)."""

from __future__ import annotations

import secrets
import time
from typing import Any

TEXTS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest, could get access_token by"
    " getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid meida size",  # spelt like this by WeChat
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40022: "invalid sub button level",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40031: "invalid openid list",
    40032: "invalid openid list size",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40035: "invalid args",
    40036: "invalid template_id size",
    40037: "invalid template_id",
    40052: "invalid action_name",
    40053: "invalid action_info",
    40054: "invalid sub button url domain",
    40055: "invalid button url domain",
    40059: "invalid message id",
    40060: "invalid article idx",
    40062: "invalid title size",
    40065: "invalid message status",
    40066: "invalid url",
    40092: "invalid remark name",
    40113: "unsupported file type",
    40114: "invalid index value",
    40125: "invalid appsecret",
    40130: "invalid openid list size, at least two openid",
    40132: "invalid username",
    40152: "invalid group id",
    40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
    40200: "invalid account type",
    40246: "invalid keyword_name_list",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    41039: "invalid content_source_url",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require remove blacklist",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44003: "empty news data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45026: "template num exceeds limit",
    45028: "has no masssend quota",
    45029: "qrcode count out of limit",
    45047: "out of response count limit",
    45056: "too many tag now, no need to add new",
    45057: "can't delete the tag that has too many fans",
    45058: "can't modify sys tag",
    45059: "can not add this fans to so many tags",
    45065: "clientmsgid exist",
    45066: "same clientmsgid retry too fast",
    45067: "clientmsgid size out of limit",
    45072: "invalid command",
    45080: "can not typing: no interaction in 30 seconds",
    45081: "can not typing: already typing",
    45083: "invalid mass send speed",
    45087: "customer service message from this account have been blocked!",
    45098: "msgmenu list size out of limit",
    45099: "msgmenu item size out of limit",
    45113: "goods or card can not be sent",
    45157: "invalid tag name",
    45158: "tag name too long",
    45159: "invalid tag id",
    45162: "invalid message type",
    45166: "invalid content",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48002: "user block receive message",
    48006: "forbid to clear quota because of reaching the limit",
    49003: "not match openid with appid",
    53600: "invalid article_id",
    65301: "menuid not exist",
    65303: "no default menu, can't create conditional menu",
    65304: "match rule empty",
    65320: "sex, region and language are no longer supported",
    76003: "could not query this rid, no permission",
    76021: "cgi_path not found, please check",
    76022: "could not use this cgi_path, no permission",
}


class CallRefused(Exception):
    """WeChat says no: `errcode`, what stands behind the usual text, further fields of the answer."""

    def __init__(self, errcode: int, detail: str = "", **fields: Any) -> None:
        super().__init__(errcode)
        self.errcode = errcode
        self.detail = detail
        self.fields = fields


def refusal(error: CallRefused) -> dict[str, Any]:
    """The body of a refusal, with a fresh request id."""
    text = TEXTS.get(error.errcode, "error")
    words = f"{text} {error.detail}" if error.detail else text
    return {"errcode": error.errcode, "errmsg": f"{words} rid: {request_id()}", **error.fields}


def request_id() -> str:
    """A request id as WeChat writes it: three times eight hex digits."""
    return f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
