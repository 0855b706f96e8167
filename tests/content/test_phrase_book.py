"""What staff may teach, what it does to the understanding, and what contradicts it. No database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.app import shipped_library
from bot.content.library import Library, assemble
from bot.content.taught_conflicts import Known, conflicts, known
from bot.content.taught_phrases import (
    Meaning,
    PhraseFault,
    Taught,
    canonical,
    meaning_of,
    merged,
    taught,
)
from bot.core.paths import CONTENT
from bot.understanding.phrases import load_phrases, parse
from bot.understanding.understand import understand
from models.phrases import Phrase

TABLE = {
    "exact": {"policy:金融": "贷款", "events": "讲座"},
    "phrases": [{"label": "policy:金融", "weight": 6, "words": "融资 借钱周转"}],
}


@pytest.fixture(scope="module")
def library() -> Library:
    return shipped_library()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" 藍莓貸 ", "蓝莓贷"),
        ("ＡＢ 计划", "ab 计划"),
        ("二十八条", "28条"),
        ("申请...公租房", "申请…公租房"),
        ("申请……公租房", "申请…公租房"),
    ],
)
def test_a_phrase_is_stored_as_texts_are_matched(typed: str, stored: str) -> None:
    assert canonical(typed) == stored
    assert canonical(stored) == stored


@pytest.mark.parametrize("typed", ["", "贷", "…", "申请…", "<biz>补贴", "词" * 65, "一行\n两行"])
def test_what_cannot_be_matched_is_refused(typed: str) -> None:
    with pytest.raises(PhraseFault):
        canonical(typed)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("金融", Meaning(label="policy:金融")),
        ("policy:金融", Meaning(label="policy:金融")),
        ("融资服务", Meaning(label="policy:金融")),
        ("提诉求", Meaning(label="appeal")),
        ("闲聊", Meaning(label="offtopic")),
        ("石惠十条", Meaning(slug="shi-hui-shi-tiao")),
        ("policy:specific:石惠十条", Meaning(slug="shi-hui-shi-tiao")),
        ("shi-hui-shi-tiao", Meaning(slug="shi-hui-shi-tiao")),
        ("802号令", Meaning(slug="kuan-xiang-zhi-fu-tiao-li")),
    ],
)
def test_a_meaning_is_named_as_colleagues_name_it(library: Library, word: str, meaning: Meaning) -> None:
    assert meaning_of(word, library.policies) == meaning


def test_an_unknown_meaning_says_which_there_are(library: Library) -> None:
    with pytest.raises(PhraseFault, match="金融"):
        meaning_of("火星政策", library.policies)


def test_what_staff_say_of_a_word_replaces_what_the_file_says() -> None:
    told = merged(parse(TABLE), [Taught("借钱周转", "policy:政策", 6), Taught("讲座", "study", 6)])
    assert all("借钱周转" not in g.words for g in told.groups if g.label == "policy:金融")
    assert dict(told.exact) == {"贷款": "policy:金融", "借钱周转": "policy:政策", "讲座": "study"}
    untouched = parse(TABLE)
    assert merged(untouched, []) is untouched


@pytest.fixture(scope="module")
def told(library: Library) -> Library:
    words = [
        ("蓝莓计划", "policy:税费", None),
        ("黑莓贷", None, "shi-hui-shi-tiao"),
        ("找阿姨", "human", None),
    ]
    rows = [Phrase(phrase=p, label=label, slug=slug, weight=9.0) for p, label, slug in words]
    shipped = load_phrases(CONTENT / "phrases.toml")
    return assemble(1, list(library.policies.values()), library.replies, shipped, rows)


@pytest.mark.parametrize(
    ("says", "intent"),
    [
        ("蓝莓计划", "policy:税费"),
        ("请问藍莓計劃怎么申请呀", "policy:税费"),
        ("我想问下黑莓贷", "policy:specific:石惠十条"),
        ("找阿姨", "human"),
    ],
)
def test_a_taught_phrase_is_understood(library: Library, told: Library, says: str, intent: str) -> None:
    assert understand(says, library.index).intent != intent
    assert understand(says, told.index).intent == intent


def test_a_phrase_of_a_removed_package_waits(library: Library) -> None:
    assert taught([Phrase(phrase="蓝莓", label=None, slug="gone", weight=9.0)], library.policies) == []


@pytest.fixture(scope="module")
def against(library: Library) -> Known:
    return known(parse(TABLE), library.policies.values(), ["政策", "收藏"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([Taught("融资", "policy:政策", 6)], "phrases.toml"),
        ([Taught("贷款", "appeal", 6)], "phrases.toml"),
        ([Taught("收藏", "study", 6)], "菜单"),
        ([Taught("10", "study", 6)], "菜单"),
        ([Taught("石惠十条", "policy:政策", 6)], "名称"),
        ([Taught("蓝莓", "policy:政策", 6), Taught("蓝莓", "appeal", 6)], "两个含义"),
    ],
)
def test_contradictions_are_told(against: Known, words: list[Taught], says: str) -> None:
    found = conflicts([replace(w, phrase=canonical(w.phrase)) for w in words], against)
    assert found
    assert any(says in one.message for one in found)
    assert all(one.useless == (says == "菜单") for one in found)


def test_the_same_meaning_is_no_contradiction(against: Known) -> None:
    words = [Taught("融资", "policy:金融", 6), Taught("蓝莓", "events", 6)]
    assert conflicts([*words, Taught("石惠10条", "policy:specific:石惠十条", 6)], against) == []
