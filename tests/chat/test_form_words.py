"""Words said in an open form, told apart: out, back, corrections, questions, and the matter itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.chat.form_words import Meant, read
from tests.answers.scores import SETS


def labelled(name: str) -> list[dict[str, str]]:
    lines = Path(SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def meant(text: str) -> str:
    aside = read(text)
    return aside.meant.value if aside else "answer"


def test_ways_out_are_heard_and_a_story_that_sounds_like_one_is_not() -> None:
    rows = labelled("ways_out")
    right = sum(meant(row["text"]) == row["means"] for row in rows)
    assert right >= 0.95 * len(rows)
    assert [row["text"] for row in rows if row["means"] == "answer" and meant(row["text"]) != "answer"] == []


def test_questions_about_the_form_are_known() -> None:
    rows = labelled("form_questions")
    right = sum((a := read(row["text"])) is not None and a.field == row["about"] for row in rows)
    assert right >= 0.9 * len(rows)


@pytest.mark.parametrize(
    "told",
    [
        "停电三天了，没人管",
        "希望取消这个收费",
        "他们什么时候给钱也不说",
        "能不能让他们赔钱？",
        "我们公司被罚了五万，凭什么",
        "公司被断水了",
        "什么时候能修好路",
        "星光科技有限公司",
        "王明 13800138000",
        "匿名",
    ],
)
def test_what_tells_the_matter_is_an_answer(told: str) -> None:
    assert read(told) is None


def test_every_way_of_leaving_has_a_meaning() -> None:
    assert {row["means"] for row in labelled("ways_out")} <= {*map(str, Meant), "answer"}
