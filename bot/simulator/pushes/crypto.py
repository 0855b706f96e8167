"""Signatures and message encryption of platform §1.3, written from the sheet with `cryptography` alone."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32  # WeChat pads to 32 bytes although AES blocks have 16


class CryptoError(ValueError):
    """An encrypted message that WeChat would not accept; the text says why."""


def sign(*parts: str) -> str:
    """Lower-case hex SHA-1 over the parts in plain string order."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324  WeChat's choice


class Crypto:
    """One account's token and EncodingAESKey; `aes_key` may be empty for an account in plain mode."""

    def __init__(self, token: str, aes_key: str, appid: str) -> None:
        self.token = token
        self.appid = appid
        self._key = base64.b64decode(aes_key + "=") if aes_key else b""

    def signature(self, timestamp: str, nonce: str) -> str:
        """The `signature` of a URL."""
        return sign(self.token, timestamp, nonce)

    def msg_signature(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The signature over an encrypted message."""
        return sign(self.token, timestamp, nonce, encrypted)

    def verify(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """Raise CryptoError unless the signature belongs to this message."""
        if not hmac.compare_digest(signature, self.msg_signature(timestamp, nonce, encrypted)):
            raise CryptoError("MsgSignature does not match")

    def encrypt(self, message: str, *, prefix: bytes | None = None, appid: str | None = None) -> str:
        """Base64 of the encrypted message; `prefix` (16 bytes) and `appid` are for vectors and hostile tests."""
        body = message.encode()
        random = secrets.token_bytes(16) if prefix is None else prefix
        plain = random + struct.pack(">I", len(body)) + body + (appid or self.appid).encode()
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> str:
        """The message inside. Raises CryptoError for a wrong key, damage or another account's appid."""
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            decryptor = self._cipher().decryptor()
            plain = decryptor.update(sealed) + decryptor.finalize()
        except (binascii.Error, ValueError) as error:
            raise CryptoError("Encrypt is not base64 of whole AES blocks") from error
        return self._open(plain)

    def _open(self, plain: bytes) -> str:
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad or len(plain) - pad < 20:
            raise CryptoError("wrong key or damaged padding")
        content = plain[16:-pad]
        length = struct.unpack(">I", content[:4])[0]
        message, appid = content[4 : 4 + length], content[4 + length :]
        if len(message) != length or appid != self.appid.encode():
            raise CryptoError("the appid behind the message is not ours")
        try:
            return message.decode()
        except UnicodeDecodeError as error:
            raise CryptoError("the message is not UTF-8") from error

    def _cipher(self) -> Cipher[modes.CBC]:
        if not self._key:
            raise CryptoError("this account has no EncodingAESKey")
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))
