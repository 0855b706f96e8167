"""WeChat's error codes become our few words here; their meanings are in `errcodes.py`. No other code looks at one."""

from __future__ import annotations

import re

from bot.core.redaction import redact
from bot.wechat.errcodes import UNKNOWN_CODE, Meaning, Outcome, meanings

__all__ = ["ApiError", "Outcome", "advice", "outcome"]

_TABLE: dict[int, Meaning] = {code: meaning for meaning in meanings() for code in meaning.codes}
NOT_WHITELISTED = frozenset({40164, 61004, 45035, 40090})
_IP = re.compile(
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])|\b(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{1,4}\b", re.IGNORECASE
)


class ApiError(Exception):
    """WeChat said no, or could not be reached. `errcode` is None when there was no answer of its own."""

    def __init__(self, errcode: int | None, errmsg: str, outcome: Outcome, advice: str) -> None:
        self.errcode = errcode
        self.errmsg = redact(errmsg)[:200]
        self.outcome = outcome
        self.advice = advice
        super().__init__(f"{errcode} {self.errmsg}" if errcode is not None else self.errmsg)

    @classmethod
    def of(cls, errcode: int, errmsg: str) -> ApiError:
        """The error with the outcome and advice of its code."""
        return cls(errcode, errmsg, outcome(errcode), advice(errcode, errmsg))


def outcome(errcode: int) -> Outcome:
    """What a code means for us. A code that is not in the table is BROKEN: never "probably fine"."""
    return _TABLE.get(errcode, UNKNOWN_CODE).outcome


def advice(errcode: int, errmsg: str = "") -> str:
    """A Chinese sentence for staff: what it means and what to do next."""
    meaning = _TABLE.get(errcode, UNKNOWN_CODE)
    found = _IP.search(errmsg) if errcode in NOT_WHITELISTED else None
    return f"{meaning.advice}本机出口 IP：{found[0]}。" if found else f"{meaning.advice}（{errcode}）"
