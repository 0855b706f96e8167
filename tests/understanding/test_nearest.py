"""Families of sentences with slots teach a kind of sentence; typed pinyin and initials are heard; small talk stays out."""

from __future__ import annotations

import pytest

from bot.understanding.index import Index, build_index
from bot.understanding.phrases import PhraseError, Phrases, parse
from bot.understanding.understand import understand

FAMILIES = Phrases(
    classes=(("worker", ("焊工", "电工", "司机", "厨师")), ("food", ("面条", "饺子", "米饭", "包子"))),
    families=(("店里缺<worker>", "policy:人才"), ("哪里招<worker>", "policy:人才"), ("<food>怎么煮", "offtopic"), ("想吃<food>", "offtopic")),
)  # fmt: skip


def test_a_family_covers_words_and_frames_that_were_not_written_together() -> None:
    index = build_index([], FAMILIES)
    assert understand("店里缺厨师", index).intent == "policy:人才"
    told = understand("饺子怎么煮", index)
    assert (told.intent, told.understood) == ("offtopic", True)


def test_a_family_with_an_unknown_class_is_refused() -> None:
    with pytest.raises(PhraseError, match="classes"):
        parse({"families": {"help": "<没有>怎么用"}})


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("shst", "policy:specific:石惠十条"), ("tsq", "appeal"), ("cjd", "appeal_status"), ("zrg", "human"),
        ("jingxian", "policy:specific:景贤人才"), ("gongzuo juzhuzheng", "policy:人才"), ("shangshi fudao", "policy:金融"), ("shebao jianmian", "policy:税费"),
        ("I need a lawyer", "policy:法律"), ("work visa for our engineer", "policy:人才"), ("please stop sending me this", "unsubscribe_study"),
    ],
)  # fmt: skip
def test_typed_pinyin_initials_and_english(text: str, intent: str, index: Index) -> None:
    assert understand(text, index).intent == intent


@pytest.mark.parametrize("text", ["pdf", "abcd", "women", "banana", "zzzz"])
def test_letters_that_mean_nothing_here_are_not_guessed(text: str, index: Index) -> None:
    assert not understand(text, index).understood


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("有没有低息贷款", "policy:金融"), ("低息贷款加我微信abc12345", "offtopic"), ("公司被员工举报没交社保会怎么处罚", "policy:法律"), ("我要举报", "appeal"),
        ("关于续贷的那个通知", "policy:specific:续贷通知"), ("北京市促进中小企业发展条列", "policy:specific:中小企业促进条例"),
    ],
)  # fmt: skip
def test_what_decides_between_two_readings(text: str, intent: str, index: Index) -> None:
    assert understand(text, index).intent == intent
