"""Our words on terminals of other encodings: a sign that they lack is replaced by a like one, and never ends the verb."""

from __future__ import annotations

import codecs
import sys
from io import TextIOWrapper

LIKE = {"✓": "√", "✗": "×", "–": "-", "—": "-", "→": "->", "✉": "", "✎": "", "　": " "}


def speak_anywhere() -> None:
    """Let standard output and errors take every text."""
    codecs.register_error("tongxin", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="tongxin")


def _replaced(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    words = "".join(LIKE.get(sign, "?") for sign in error.object[error.start : error.end])
    return words.encode(error.encoding, "replace"), error.end
