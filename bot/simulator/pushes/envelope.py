"""A push as it goes over the line: the XML, the query, the three modes (platform §1.2, §2)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bot.simulator.pushes.crypto import Crypto
from bot.simulator.settings import Mode


@dataclass(frozen=True)
class Sealed:
    """What is posted: the same query and the same bytes for each of the three deliveries."""

    query: dict[str, str]
    body: bytes

    def address(self, webhook: str) -> str:
        """The webhook with this query behind it."""
        return f"{webhook}{'&' if '?' in webhook else '?'}{urlencode(self.query)}"


def xml(fields: Mapping[str, Any]) -> str:
    """WeChat's XML: numbers bare, strings in CDATA, mappings nested, lists repeated."""
    return f"<xml>{_elements(fields)}</xml>"


def seal(crypto: Crypto, mode: Mode, fields: Mapping[str, Any], timestamp: int) -> Sealed:
    """Sign and, in compatible and secure mode, encrypt one push."""
    plain = xml(fields)
    query = signed_query(crypto, timestamp, str(fields.get("FromUserName", "")))
    if mode == "plain":
        return Sealed(query, plain.encode())
    encrypted = crypto.encrypt(plain)
    query |= encrypted_query(crypto, query, encrypted)
    outer = {"ToUserName": fields.get("ToUserName", ""), "Encrypt": encrypted}
    body = {**fields, "Encrypt": encrypted} if mode == "compatible" else outer
    return Sealed(query, xml(body).encode())


def signed_query(crypto: Crypto, timestamp: int, openid: str) -> dict[str, str]:
    """signature, timestamp, nonce and openid, which stand on every push."""
    nonce = str(secrets.randbelow(10**9))
    signature = crypto.signature(str(timestamp), nonce)
    return {"signature": signature, "timestamp": str(timestamp), "nonce": nonce, "openid": openid}


def encrypted_query(crypto: Crypto, query: Mapping[str, str], encrypted: str) -> dict[str, str]:
    """What an encrypted push has on top."""
    signature = crypto.msg_signature(query["timestamp"], query["nonce"], encrypted)
    return {"encrypt_type": "aes", "msg_signature": signature}


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(
        _element(name, one)
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    )


def _element(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, int | float):
        return f"<{name}>{value}</{name}>"
    words = "" if value is None else str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{words}]]></{name}>"
