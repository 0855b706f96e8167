"""One HTTP request to WeChat -> one Answer. Never an exception, never without a time limit (lessons B5).

What counts is whether a failed request may have had its effect. It cannot have had it before it left this machine;
afterwards nobody knows (platform §13, last row).
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import certifi
import urllib3
from requests.utils import get_environ_proxies, select_proxy

from bot.core.redaction import redact
from bot.wechat.account import Account
from bot.wechat.errors import ApiError, Outcome, advice, outcome
from bot.wechat.replies import line_ends

JSON_BYTES = 8 * 1024 * 1024  # ten thousand openids need 0.4 MB
MEDIA_BYTES = 20 * 1024 * 1024  # twice WeChat's largest file (platform §6.4)
SLOWEST = 8  # a dripping answer may take so many read timeouts in all
CONNECTIONS = 128  # kept open at most; more threads than any process of ours has
HEADERS = {"User-Agent": "tongxin", "Accept-Encoding": "gzip, deflate"}
JSON_HEADERS = {**HEADERS, "Content-Type": "application/json; charset=utf-8"}
NEVER_LEFT = (
    urllib3.exceptions.NewConnectionError,
    urllib3.exceptions.ConnectTimeoutError,
    urllib3.exceptions.ProxyError,  # raised before the tunnel or the proxy's own connection stands
    urllib3.exceptions.LocationValueError,
)
_CHUNK = 64 * 1024


class Safety(Enum):
    """What may be done when it is not known whether a request had its effect."""

    READ = auto()  # repeating changes nothing: repeat at once
    KEYED = auto()  # carries its own id: repeat later, WeChat recognises it
    ONCE = auto()  # never repeat: a person may get it twice


@dataclass(frozen=True)
class Media:
    """A downloaded file; the content type is what the server claims."""

    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True)
class Answer:
    """What became of a call. `detail` is Chinese, for staff; `data` is WeChat's JSON."""

    outcome: Outcome
    errcode: int | None
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    detail: str = ""
    media: Media | None = None

    @property
    def ok(self) -> bool:
        """Whether the call has done what it should."""
        return self.outcome is Outcome.SENT

    def error(self) -> ApiError:
        """The same as an exception, for calls that have to return a value."""
        errmsg = str(self.data.get("errmsg", "")) or self.detail
        return ApiError(self.errcode, errmsg, self.outcome, self.detail)


@dataclass(frozen=True)
class Call:
    """One request; the token is added when it is sent. `path` starts behind the host."""

    method: str
    path: str
    safety: Safety
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None  # field -> name, content, type
    form: Mapping[str, str] | None = None
    binary: bool = False  # the answer may be a file


class Transport:
    """Sends calls. Safe to share between threads, which share its open connections."""

    def __init__(self, account: Account) -> None:
        self._base = account.api_base.rstrip("/")
        parts = urlsplit(self._base)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._timeout = urllib3.Timeout(connect=account.connect_timeout, read=account.read_timeout)
        self._longest = SLOWEST * account.read_timeout

    @cached_property
    def _pools(self) -> urllib3.PoolManager:
        """Made at the first call: a proxy setting that cannot be used is that call's failure, not the start's."""
        return _make_pools(self._base)

    @cached_property
    def _direct(self) -> urllib3.HTTPConnectionPool | None:
        """The connections to our own host; None when a proxy is in between. It is spared what a manager of many hosts
        does for each call."""
        pools = self._pools
        return None if isinstance(pools, urllib3.ProxyManager) else pools.connection_from_url(self._base)

    def _open(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        options: dict[str, Any] = {
            "body": body,
            "headers": headers,
            "timeout": self._timeout,
            "retries": False,  # a library that repeats by itself would send a message twice
            "redirect": False,  # the address carries the token
            "preload_content": False,
        }
        path = url.removeprefix(self._origin)
        if path.startswith("/") and self._direct is not None:
            return self._direct.urlopen(method, path, **options)
        return self._pools.urlopen(method, url, **options)

    def send(self, call: Call, token: str | None = None) -> Answer:
        """The answer to a call. Everything that can go wrong is an Outcome."""
        params = {**call.params, "access_token": token} if token else call.params
        query = f"?{urlencode(params)}" if params else ""
        return self._request(call, f"{self._base}{call.path}{query}")

    def download(self, url: str) -> Answer:
        """A file from one of WeChat's own hosts (video answers name one); other hosts are not asked."""
        parts, own = urlsplit(url), urlsplit(self._base)
        trusted = parts.hostname == own.hostname or str(parts.hostname).endswith(".qq.com")
        if parts.scheme not in ("http", "https") or not trusted:
            return Answer(Outcome.BROKEN, None, {}, "微信给出的下载地址不属于微信，已拒绝下载。")
        return self._request(Call("GET", "", Safety.READ, binary=True), url)

    def _request(self, call: Call, url: str) -> Answer:
        give_up = time.monotonic() + self._longest
        try:
            body, headers = _content_of(call)
            response = self._open(call.method, url, body, headers)
            try:
                content = _read_body(response, MEDIA_BYTES if call.binary else JSON_BYTES, give_up)
            finally:
                response.close()  # of an answer read to its end the connection is back in the pool already
            return _answer_of_response(call, response, content)
        except urllib3.exceptions.HTTPError as error:
            return _answer_to_failure(call, error, left=not _is_before_leaving(error))
        except UnicodeEncodeError:  # a lone surrogate: nothing can have left
            return Answer(Outcome.BROKEN, None, {}, "内容含无法编码的字符：请删除乱码后再发。")


def _make_pools(base: str) -> urllib3.PoolManager:
    """Connections to WeChat, by way of the proxy that the environment names; a loopback address needs none."""
    shared: dict[str, Any] = {"num_pools": 8, "maxsize": CONNECTIONS, **_authorities()}
    proxy = None if _is_loopback(base) else select_proxy(base, get_environ_proxies(base))
    if proxy is None:
        return urllib3.PoolManager(**shared)
    named = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
    headers = urllib3.make_headers(proxy_basic_auth=unquote(named.auth)) if named.auth else None
    return urllib3.ProxyManager(named._replace(auth=None).url, proxy_headers=headers, **shared)


def _authorities() -> dict[str, str]:
    """The certificates that we trust: those that the environment names, else the public ones."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
    return {"ca_cert_dir" if Path(named).is_dir() else "ca_certs": named}


def _with_line_ends(value: Any) -> Any:
    """The same with every line of every text ended as WeChat knows it."""
    if isinstance(value, str):
        return line_ends(value)
    if isinstance(value, Mapping):
        return {key: _with_line_ends(one) for key, one in value.items()}
    return [_with_line_ends(one) for one in value] if isinstance(value, list | tuple) else value


def _content_of(call: Call) -> tuple[bytes | None, dict[str, str]]:
    if call.body is not None:
        # WeChat takes \uXXXX literally or refuses it (40033, lessons row 9): raw UTF-8 only.
        text = json.dumps(call.body, ensure_ascii=False)
        if "\\r" in text:
            text = json.dumps(_with_line_ends(call.body), ensure_ascii=False)
        return text.encode(), JSON_HEADERS
    if call.files is None and call.form is None:
        return None, HEADERS
    body, kind = urllib3.encode_multipart_formdata({**(call.form or {}), **(call.files or {})})
    return body, {**HEADERS, "Content-Type": kind}


class _TooMuch(urllib3.exceptions.HTTPError):
    """The answer is larger or slower than anything that WeChat sends."""


def _read_body(response: urllib3.BaseHTTPResponse, most: int, give_up: float) -> bytes:
    """The body, taken as it comes in: a dripping one must not look like one long wait."""
    parts, size = [], 0
    while part := response.read1(_CHUNK, decode_content=True):
        size += len(part)
        if size > most or time.monotonic() > give_up:
            raise _TooMuch
        parts.append(part)
    return b"".join(parts)


def _answer_of_response(call: Call, response: urllib3.BaseHTTPResponse, content: bytes) -> Answer:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status >= 500:
        return _answer_in_doubt(call, f"微信接口返回 HTTP {response.status}")
    if response.status == 429:
        return Answer(Outcome.MINUTE, None, {}, "微信接口要求放慢，系统会在下一分钟继续。")
    if response.status != 200:
        return Answer(
            Outcome.BROKEN,
            None,
            {},
            f"微信接口返回 HTTP {response.status}：请核对 [wechat] api_base 和代理设置。",
        )
    data = _json_object(content)
    if data is not None:
        return _answer_of_json(data)
    if call.binary and content and kind not in ("text/html", "application/json", "text/plain"):
        return Answer(Outcome.SENT, 0, {}, "", Media(content, kind))
    return _answer_in_doubt(call, "微信接口返回的不是 JSON")


def _answer_of_json(data: Mapping[str, Any]) -> Answer:
    """Success is an errcode of 0 or none at all (platform §0)."""
    code = data.get("errcode", 0)
    errcode = int(code) if re.fullmatch(r"-?[0-9]{1,12}", str(code)) else None
    if errcode is None:
        return Answer(
            Outcome.UNKNOWN, None, data, "微信接口返回的错误码无法识别：请联系技术人员核对是否已生效。"
        )
    what = outcome(errcode)
    return Answer(what, errcode, data, "" if errcode == 0 else advice(errcode, str(data.get("errmsg", ""))))


def _json_object(content: bytes) -> dict[str, Any] | None:
    if not content.lstrip().startswith(b"{"):
        return None
    try:
        # Names typed by people come back with raw control characters in them.
        data = json.loads(content.decode("utf-8", errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _answer_to_failure(call: Call, error: urllib3.exceptions.HTTPError, *, left: bool) -> Answer:
    if left:
        return _answer_in_doubt(call, f"连接微信接口时中断（{type(error).__name__}）")
    detail = f"连不上微信接口（{type(error).__name__}）：请检查本机网络、DNS 和代理，系统会稍后再试。"
    return Answer(Outcome.LATER, None, {}, detail)


def _answer_in_doubt(call: Call, what: str) -> Answer:
    if call.safety is Safety.ONCE:
        return Answer(Outcome.UNKNOWN, None, {}, redact(f"{what}，不知道是否已生效：请人工核对，不要重发。"))
    return Answer(Outcome.LATER, None, {}, redact(f"{what}，系统会稍后再试。"))


def _is_before_leaving(error: urllib3.exceptions.HTTPError) -> bool:
    """Whether the request cannot have reached WeChat: no connection was made, or it was never written."""
    if isinstance(error, urllib3.exceptions.SSLError):
        return any(isinstance(each, ssl.SSLCertVerificationError) for each in (*error.args, error.__cause__))
    return isinstance(error, NEVER_LEFT)


def _is_loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
