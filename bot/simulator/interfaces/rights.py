"""Which account may call what: the columns of platform §12."""

from __future__ import annotations

from enum import Enum


class Right(Enum):
    """Groups of interfaces that WeChat grants together."""

    EVERYBODY = "everybody"
    VERIFIED = "verified"  # either kind, once verified
    VERIFIED_SERVICE = "verified service"


def is_allowed(right: Right, account_kind: str, *, verified: bool) -> bool:
    """Whether this account has the right; without it a call answers 48001."""
    if right is Right.EVERYBODY:
        return True
    return verified and (right is Right.VERIFIED or account_kind == "service")
