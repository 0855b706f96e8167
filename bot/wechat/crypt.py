"""Signatures and the AES envelope of platform §1.3. wechatpy gives the cipher; the checks are ours.

wechatpy compares signatures with `!=`, trusts the padding and the length in the plaintext, and takes its
random bytes from `random` (lessons B12, platform §16).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from wechatpy.crypto import PrpCrypto

BLOCK = 32  # the PKCS#7 block is 32 bytes here, not AES's 16
HEAD = 20  # 16 random bytes and the length


class Undecipherable(ValueError):
    """The ciphertext does not open with this key."""


class WrongAppid(ValueError):
    """The ciphertext opens, but it was sealed for another account."""


class _Cipher(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    def get_random_string(self) -> str:
        return secrets.token_urlsafe(12)  # 16 characters


def signature(*parts: str) -> str:
    """Lower-case hex SHA-1 of the sorted parts (platform §1.1)."""
    return hashlib.sha1(b"".join(sorted(map(_bytes, parts))), usedforsecurity=False).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Whether two texts are equal, in constant time; any characters are allowed."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def encrypt(message: str, key: str, appid: str) -> str:
    """The base64 `Encrypt` of a message for `appid` under an EncodingAESKey of 43 characters."""
    sealed: bytes = _Cipher(_aes_key(key)).encrypt(message, appid)
    return sealed.decode()


def decrypt(sealed: str, key: str, appid: str) -> bytes:
    """The message inside `Encrypt`. Raises Undecipherable, or WrongAppid when the tail names another account."""
    try:
        cipher_text = base64.b64decode("".join(sealed.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Undecipherable("base64") from None
    if not cipher_text or len(cipher_text) % 16:
        raise Undecipherable("length")
    plain = _unpadded(_Cipher(_aes_key(key)).cipher.decrypt(cipher_text))
    end = HEAD + int.from_bytes(plain[16:HEAD], "big")
    if len(plain) < HEAD or end > len(plain):
        raise Undecipherable("length of the message")
    if not hmac.compare_digest(plain[end:], appid.encode()):
        raise WrongAppid
    return plain[HEAD:end]


def _unpadded(plain: bytes) -> bytes:
    count = plain[-1]
    if not 1 <= count <= BLOCK or plain[-count:] != bytes([count]) * count:
        raise Undecipherable("padding")
    return plain[:-count]


def _aes_key(key: str) -> bytes:
    return base64.b64decode(f"{key}=")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")
