"""Numbers that need not be in a chat (PIPL Art. 28: identity and bank numbers): noticed and warned about."""

from __future__ import annotations

import re

_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_BANK = re.compile(r"(?<!\d)\d{16,19}(?!\d)")


def warning(text: str) -> str:
    """A sentence for someone who typed an identity or bank number, else ""."""
    if _IDENTITY.search(text):
        return "\n提醒：内容里像有身份证号，办理一般不需要，今后请不要发。"
    if _BANK.search(text):
        return "\n提醒：内容里像有银行卡号，办理一般不需要，今后请不要发。"
    return ""
