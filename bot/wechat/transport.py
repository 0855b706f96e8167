"""One HTTP request to WeChat -> one Answer. Never an exception, never without a time limit (lessons B5).

What counts is whether a failed request may have had its effect: before it left this machine it cannot have
had, afterwards nobody knows (platform §13, last row).
"""

from __future__ import annotations

import ipaddress
import json
import re
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from bot.redaction import redact
from bot.wechat.account import Account
from bot.wechat.errors import ApiError, Outcome, advice, outcome

JSON_BYTES = 8 * 1024 * 1024  # ten thousand openids need 0.4 MB
MEDIA_BYTES = 20 * 1024 * 1024  # twice the platform's largest (platform §6.4)
SLOWEST = 8  # a dripping answer may take so many read timeouts in all
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
    """Sends calls. Safe to share between threads: each has its own session."""

    def __init__(self, account: Account) -> None:
        self._base = account.api_base.rstrip("/")
        self._timeouts = (account.connect_timeout, account.read_timeout)
        self._local = threading.local()

    def send(self, call: Call, token: str | None = None) -> Answer:
        """The answer to a call. Everything that can go wrong is an Outcome."""
        params = {**call.params, "access_token": token} if token else dict(call.params)
        return self._request(call, f"{self._base}{call.path}", params)

    def download(self, url: str) -> Answer:
        """A file from one of WeChat's own hosts (video answers name one); other hosts are not asked."""
        parts, own = urlsplit(url), urlsplit(self._base)
        trusted = parts.hostname == own.hostname or str(parts.hostname).endswith(".qq.com")
        if parts.scheme not in ("http", "https") or not trusted:
            return Answer(Outcome.BROKEN, None, {}, "微信给出的下载地址不属于微信，已拒绝下载。")
        return self._request(Call("GET", "", Safety.READ, binary=True), url, {})

    def _request(self, call: Call, url: str, params: Mapping[str, str]) -> Answer:
        started = time.monotonic()
        try:
            with self._session().request(
                call.method,
                url,
                params=params,
                # WeChat takes \uXXXX literally or refuses it (40033, lessons row 9): raw UTF-8 only.
                data=call.form if call.body is None else json.dumps(call.body, ensure_ascii=False).encode(),
                headers=None if call.body is None else {"Content-Type": "application/json; charset=utf-8"},
                files=call.files,
                timeout=self._timeouts,
                stream=True,
                allow_redirects=False,  # the address carries the token
            ) as response:
                deadline = started + SLOWEST * self._timeouts[1]
                content = _content(response, MEDIA_BYTES if call.binary else JSON_BYTES, deadline)
                return _answer(call, response, content)
        except requests.RequestException as error:
            return _failed(call, error, left=not _before_leaving(error))
        except UnicodeEncodeError:  # a lone surrogate: nothing can have left
            return Answer(Outcome.BROKEN, None, {}, "内容含无法编码的字符：请删除乱码后再发。")

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = not _is_loopback(self._base)  # a proxy cannot reach the simulator next door
        return session


class _TooMuch(requests.RequestException):
    """The answer is larger or slower than anything that WeChat sends."""


def _content(response: requests.Response, most: int, deadline: float) -> bytes:
    parts, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        size += len(chunk)
        if size > most or time.monotonic() > deadline:
            raise _TooMuch
        parts.append(chunk)
    return b"".join(parts)


def _answer(call: Call, response: requests.Response, content: bytes) -> Answer:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code >= 500:
        return _doubtful(call, f"微信接口返回 HTTP {response.status_code}")
    if response.status_code == 429:
        return Answer(Outcome.MINUTE, None, {}, "微信接口要求放慢，系统会在下一分钟继续。")
    if response.status_code != 200:
        return Answer(
            Outcome.BROKEN,
            None,
            {},
            f"微信接口返回 HTTP {response.status_code}：请核对 [wechat] api_base 和代理设置。",
        )
    data = _object(content)
    if data is not None:
        return _judged(data)
    if call.binary and content and kind not in ("text/html", "application/json", "text/plain"):
        return Answer(Outcome.SENT, 0, {}, "", Media(content, kind))
    return _doubtful(call, "微信接口返回的不是 JSON")


def _judged(data: Mapping[str, Any]) -> Answer:
    """Success is an errcode of 0 or none at all (platform §0)."""
    code = data.get("errcode", 0)
    errcode = int(code) if re.fullmatch(r"-?[0-9]{1,12}", str(code)) else None
    if errcode is None:
        return Answer(
            Outcome.UNKNOWN, None, data, "微信接口返回的错误码无法识别：请联系技术人员核对是否已生效。"
        )
    what = outcome(errcode)
    return Answer(what, errcode, data, "" if errcode == 0 else advice(errcode, str(data.get("errmsg", ""))))


def _object(content: bytes) -> dict[str, Any] | None:
    if not content.lstrip().startswith(b"{"):
        return None
    try:
        # Names typed by people come back with raw control characters in them.
        data = json.loads(content.decode("utf-8", errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _failed(call: Call, error: requests.RequestException, *, left: bool) -> Answer:
    if left:
        return _doubtful(call, f"连接微信接口时中断（{type(error).__name__}）")
    detail = f"连不上微信接口（{type(error).__name__}）：请检查本机网络、DNS 和代理，系统会稍后再试。"
    return Answer(Outcome.LATER, None, {}, detail)


def _doubtful(call: Call, what: str) -> Answer:
    if call.safety is Safety.ONCE:
        return Answer(Outcome.UNKNOWN, None, {}, redact(f"{what}，不知道是否已生效：请人工核对，不要重发。"))
    return Answer(Outcome.LATER, None, {}, redact(f"{what}，系统会稍后再试。"))


def _before_leaving(error: requests.RequestException) -> bool:
    """Whether the request cannot have reached WeChat: no connection was made, or it was never written."""
    never_sent = (requests.ConnectTimeout, requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema)
    if isinstance(error, (*never_sent, requests.exceptions.ProxyError)):
        return True
    cause: object = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, urllib3.exceptions.SSLError):
        return any(
            isinstance(each, ssl.SSLCertVerificationError) for each in (*reason.args, reason.__cause__)
        )
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _is_loopback(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
