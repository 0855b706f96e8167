"""One web request of the doctor: short waits, no redirects, and a reason in Chinese when it fails."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

LOCAL_NAMES = {"localhost", "ip6-localhost"}


@dataclass(frozen=True)
class Response:
    """What arrived; `problem` says in Chinese why nothing did."""

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    problem: str = ""

    def header(self, name: str) -> str:
        """A header's value or empty."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def document(self) -> dict[str, Any] | None:
        """The JSON object in the body, or None."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


def fetch(
    method: str,
    url: str,
    *,
    timeout: tuple[float, float],
    params: dict[str, str] | None = None,
    body: dict[str, object] | None = None,
) -> Response:
    """The answer to one request. Exception texts are dropped: they hold the URL, and with it secrets."""
    data = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
    with requests.Session() as session:
        session.trust_env = not is_local(url)  # a proxy of the office cannot reach our own loopback
        try:
            response = session.request(
                method, url, params=params, data=data, timeout=timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            return Response(problem=_reason(error))
    return Response(response.status_code, tuple(response.headers.items()), response.content[:100_000])


def is_local(url: str) -> bool:
    """Whether the address means this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL_NAMES


def _reason(error: requests.RequestException) -> str:
    text = repr(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "证书不被信任或已过期"
    if isinstance(error, requests.exceptions.ProxyError):
        return "代理服务器不通"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "连接超时"
    if isinstance(error, requests.exceptions.Timeout):
        return "等回答超时"
    if "NameResolution" in text or "getaddrinfo" in text:
        return "域名解析不了"
    if "refused" in text:
        return "连接被拒绝，那里没有程序在听"
    return "连接中断"
