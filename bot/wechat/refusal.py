"""Why an inbound request is turned away, and what the operator does about it."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The cause, short enough for a log; `advice` is for the operator."""

    SIGNATURE = "signature"  # the URL was not signed with our token
    STALE = "stale"  # signed, but long ago or far ahead: a replay or a wrong clock
    PLAINTEXT = "plaintext"  # not encrypted although it must be
    ENCRYPTED = "encrypted"  # encrypted although we are set to plain text
    MSG_SIGNATURE = "msg_signature"  # the ciphertext was not signed with our token
    DECRYPT = "decrypt"  # signed, but none of our AES keys opens it
    APPID = "appid"  # opened, but meant for another account
    MALFORMED = "malformed"  # not the XML or JSON that WeChat sends

    @property
    def advice(self) -> str:
        """One Chinese sentence that says what to check."""
        return _ADVICE[self]


_ADVICE = {
    Reason.SIGNATURE: "签名不符：请核对公众平台「消息推送」里的 Token 与 config.toml [wechat] token 一字不差；与微信无关的访问可不理会。",
    Reason.STALE: "时间戳过旧或超前：请先校准本机时间（timedatectl set-ntp true）；时间无误则是有人重放旧请求，已拒绝。",
    Reason.PLAINTEXT: "收到未加密的消息：请把公众平台的「消息加解密方式」改为安全模式，或把 [wechat] mode 改成与平台一致。",
    Reason.ENCRYPTED: "收到加密消息而本机设为明文：请把 [wechat] mode 改为 secure 并填写 aes_key，或在公众平台改用明文模式。",
    Reason.MSG_SIGNATURE: "密文签名不符：请核对公众平台与 [wechat] 里的 Token；偶发一次可不理会。",
    Reason.DECRYPT: "无法解密：请核对 43 位 EncodingAESKey 与 [wechat] aes_key；刚换过密钥的，把旧密钥填到 previous_aes_key。",
    Reason.APPID: "消息属于另一个公众号：请核对 [wechat] appid，以及该公众号的服务器地址是否误填成了本机。",
    Reason.MALFORMED: "消息格式无法识别，已略过；若反复出现，请把出现时间告诉技术人员。",
}


class PushRefused(Exception):
    """An inbound request is not served; answer with HTTP `status`.

    `authentic` is True when the request did come from WeChat and only its content cannot be read: answer it with
    `success`, otherwise WeChat repeats it twice and the person sees the failure line. `ahead` says by how many seconds
    our clock is ahead of a time that our token signed.
    """

    def __init__(
        self, status: int, reason: Reason, *, authentic: bool = False, ahead: float | None = None
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.authentic = authentic
        self.ahead = ahead
