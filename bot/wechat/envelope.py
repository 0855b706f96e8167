"""What arrives at the webhook: opened safely; and replies sealed for the way back (platform §1).

The order is: signature of the URL, age, then the body. Nothing of the body is looked at before the URL is
known to be signed, and nothing inside an encrypted body before its own signature is.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.wechat.account import Account
from bot.wechat.crypt import Undecipherable, WrongAppid, decrypt, encrypt, is_same, signature
from bot.wechat.parsing import MalformedPush, parse
from bot.wechat.refusal import PushRefused, Reason


def open_envelope(query: Mapping[str, str], body: bytes, account: Account, now: datetime) -> dict[str, Any]:
    """The fields of a pushed message, clean and authentic as far as the account's mode allows, or PushRefused.

    A plain body is covered by no signature at all: only secure mode keeps a person in the middle from writing
    messages of their own. Bodies over the size limit are turned away before they come here.
    """
    return open_with_key(query, body, account, now)[0]


def open_with_key(
    query: Mapping[str, str], body: bytes, account: Account, now: datetime
) -> tuple[dict[str, Any], str | None]:
    """As `open_envelope`, with the AES key that opened it: a sender that still writes with the previous key can read
    only a reply that is sealed with it. None for a plain message."""
    check_url(query, account, now)
    try:
        fields = parse(body)
    except MalformedPush:
        raise PushRefused(400, Reason.MALFORMED, authentic=account.mode == "plain") from None
    if _must_be_encrypted(query, account):
        return _open_sealed(query, fields, account)
    if "Encrypt" in fields and "FromUserName" not in fields:
        raise PushRefused(400, Reason.ENCRYPTED)
    return {name: value for name, value in fields.items() if name != "Encrypt"}, None


def verify_echo(query: Mapping[str, str], account: Account, now: datetime | None = None) -> str:
    """The echostr to answer, raw, to WeChat's GET; or PushRefused. Without `now` its age does not matter."""
    check_url(query, account, now)
    echo = query.get("echostr", "")
    if not echo or len(echo) > 256:
        raise PushRefused(400, Reason.MALFORMED)
    return echo


def check_url(query: Mapping[str, str], account: Account, now: datetime | None) -> None:
    """Refuse a URL that our token did not sign, or that was signed outside the replay window.

    The window counts both ways, because clocks differ. It must outlast WeChat's retries, which repeat the first
    query up to 15 s later (platform §1.1, §3); 300 s does so amply. Inside the window a repeat is harmless: its key
    has already been taken.
    """
    timestamp = query.get("timestamp", "")
    expected = signature(account.token, timestamp, query.get("nonce", ""))
    if not account.token or not is_same(query.get("signature", ""), expected):
        raise PushRefused(403, Reason.SIGNATURE)
    if now is None:
        return
    if not re.fullmatch(r"[0-9]{1,11}", timestamp):
        raise PushRefused(400, Reason.STALE)
    ahead = now.timestamp() - int(timestamp)
    if abs(ahead) > account.replay_window_seconds:
        raise PushRefused(403, Reason.STALE, ahead=ahead)


def seal(xml: str, account: Account, nonce: str, timestamp: int, key: str | None = None) -> str:
    """The encrypted envelope of a reply (platform §1.3). ValueError for an empty one: answer `success` plainly."""
    if not xml.strip():
        raise ValueError("an empty reply is never encrypted; answer `success`")
    nonce = re.sub(r"[^0-9A-Za-z]", "", nonce) or secrets.token_hex(8)  # it stands inside CDATA
    sealed = encrypt(xml, key or account.aes_key, account.appid)
    signed = signature(account.token, str(timestamp), nonce, sealed)
    return (
        f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )


def is_encrypted(query: Mapping[str, str], account: Account) -> bool:
    """Whether a request came encrypted, so that its reply has to be sealed."""
    return account.mode != "plain" and query.get("encrypt_type") == "aes"


def _must_be_encrypted(query: Mapping[str, str], account: Account) -> bool:
    if account.mode == "secure" and not is_encrypted(query, account):
        raise PushRefused(403, Reason.PLAINTEXT)
    return is_encrypted(query, account)


def _open_sealed(
    query: Mapping[str, str], fields: dict[str, Any], account: Account
) -> tuple[dict[str, Any], str]:
    sealed = fields.get("Encrypt")
    if not isinstance(sealed, str) or not sealed:
        raise PushRefused(403, Reason.PLAINTEXT)
    expected = signature(account.token, query.get("timestamp", ""), query.get("nonce", ""), sealed)
    if not is_same(query.get("msg_signature", ""), expected):
        raise PushRefused(403, Reason.MSG_SIGNATURE)
    message, key = _decrypt_with_any_key(sealed, account)
    try:
        return parse(message), key
    except MalformedPush:
        raise PushRefused(400, Reason.MALFORMED, authentic=True) from None


def _decrypt_with_any_key(sealed: str, account: Account) -> tuple[bytes, str]:
    """The message under the present key or the one before. A wrong appid under either one is worth its own word."""
    reason = Reason.DECRYPT
    for key in account.aes_keys:
        try:
            return decrypt(sealed, key, account.appid), key
        except WrongAppid:
            reason = Reason.APPID
        except Undecipherable:
            continue
    raise PushRefused(403 if reason is Reason.APPID else 400, reason)
