"""Messages without a word: faces «[微笑]» in any wording, /:wow, emoji, punctuation alone. They say something, but nothing
that could be a fact, a name or a message to the staff. Pure."""

from __future__ import annotations

import re

from bot.understanding.cleaning import FACE, SLASH_FACE

# A face whose name we do not know; only where nothing else is said, because any other bracket is what somebody wrote.
_ANY_FACE = re.compile(r"[\[［【](?:[\u3400-\u9fff]{1,6}|[A-Za-z]{1,12})[\]］】]")
_EMOJI = re.compile(
    "[\u200d\u20e3\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_LOOKED_AT = 400  # characters; a longer message has words


def without_stickers(text: str) -> str:
    """The words alone: without the faces that WeChat knows and without emoji."""
    return _EMOJI.sub("", SLASH_FACE.sub("", FACE.sub("", text)))


def is_wordless(text: str) -> bool:
    """Whether nothing is said in letters or digits."""
    if len(text) > _LOOKED_AT:
        return False
    return not any(character.isalnum() for character in _ANY_FACE.sub("", without_stickers(text)))
