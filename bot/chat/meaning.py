"""How near a question is to what is held, in meaning: worked out before the turn's transaction begins, for questions only."""

from __future__ import annotations

from collections.abc import Mapping

from bot.content.library import Library
from bot.runtime.services import Services
from bot.understanding.cleaning import clean
from bot.understanding.phrases import SPECIFIC
from bot.understanding.trouble import asks_what_to_do
from bot.understanding.understand import Understanding, understand
from bot.wechat.inbound import Incoming

_SHORTEST = 4  # characters; less is a word of the menu or a name
_NO_QUESTION = frozenset({"courtesy", "greeting", "injection", "advert", "abuse", "only contact"})


def nearness(services: Services, library: Library, incoming: Incoming) -> Mapping[str, float]:
    """By package, for a text that asks about content; empty for commands, and where meaning is off or not ready."""
    words = incoming.text or ""
    if services.questions is None or library.nearness is None or incoming.kind != "text":
        return {}
    if len(words.strip()) < _SHORTEST or not _asks_about_content(words, understand(words, library.index)):
        return {}
    vector = services.questions.vector(words)
    return library.nearness.of(vector) if vector else {}


def _asks_about_content(words: str, meaning: Understanding) -> bool:
    if meaning.steps[-1].startswith(("exact:", "name:")) or meaning.intent.startswith(SPECIFIC):
        return False
    if meaning.intent == "appeal":
        return asks_what_to_do(clean(words))
    if meaning.intent == "offtopic":
        return meaning.ranked[0].why not in _NO_QUESTION
    return meaning.intent.startswith("policy:")
