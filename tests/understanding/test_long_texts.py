"""The longest text that WeChat may deliver costs every function that meets people's words next to nothing.

An expression that is quadratic in a text silences everybody: it runs inside the transaction that writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache, partial

import pytest

from bot.app import build_routes, shipped_library
from bot.appeals.contact_line import read_contact
from bot.chat.router import Routes
from bot.content.library import Library
from bot.content.unmatched import without_personal_data
from bot.core.redaction import redact
from bot.core.sensitive import masked_text, warning
from bot.followers.profile_form import is_company_name, one_of, several
from bot.understanding.normalise import case_number, normalise
from bot.understanding.understand import understand

LARGEST = 256 * 1024 // 3  # characters: a body of 256 KB full of Chinese
SECONDS = 1.5  # of processor time on a busy machine; a quadratic expression takes minutes
ENOUGH = [
    "a",
    "1",
    "１",
    "八",
    "_",
    "1-",
    "1.",
    "a.",
    "a@",
    "@",
    "-",
    " ",
    "\u3000",
    "我",
    "政策",
    "。",
    "！",
    "1年",
    "sq1",
    "王总",
    "·",
]


@cache
def _library() -> Library:
    return shipped_library()


@cache
def _routes() -> Routes:
    return build_routes()


READERS: dict[str, Callable[[str], object]] = {
    "understand": lambda text: understand(text, _library().index),
    "route": lambda text: list(_routes().for_words(normalise(text), anywhere=False)),
    "case number": case_number,
    "unmatched": without_personal_data,
    "mask": masked_text,
    "mask phones": partial(masked_text, phones=True),
    "warn": warning,
    "redact": redact,
    "contact": read_contact,
    "stage": lambda text: one_of("stage", text),
    "qualification": lambda text: several("qualification", text),
    "company": is_company_name,
}


@pytest.mark.parametrize("name", READERS)
def test_the_largest_text_is_read_in_no_time(name: str) -> None:
    read = READERS[name]
    read("政策")  # what is read once is read before the clock starts
    slow = {}
    for repeated in ENOUGH:
        text = (repeated * LARGEST)[:LARGEST]
        began = time.process_time()
        read(text)
        took = time.process_time() - began
        if took > SECONDS:
            slow[repeated] = took
    assert slow == {}


def test_a_phone_behind_the_end_of_what_is_looked_at_is_not_kept() -> None:
    for before in range(1980, 2001):
        kept = without_personal_data("https://" + "x" * before + " 13800138000")
        assert "138" not in kept or "1380013" not in kept
