"""Full text: packages are found by words of their texts, with the reason; vague and empty queries find none."""

from __future__ import annotations

import pytest

from bot.understanding.index import Named, Phrases, build_index
from bot.understanding.search import Page, SearchIndex, build_search, search, tokens
from bot.understanding.understand import understand

PAGES = (
    Page("甲办法", "关于支持充电设施建设的办法", (), ("绿色",), "建桩有奖励", "新建公共充电桩的企业，按投资额给予补助。申报材料从简。"),
    Page("乙通知", "稳定就业岗位的通知", ("稳岗通知",), ("用工",), "返还失业保险费", "不裁员的企业可以申请返还。充电等新职业也算。"),
    Page("丙条例", "二十八条意见", (), (), "", "政府采购预留份额面向中小企业。"),
)  # fmt: skip


@pytest.fixture(scope="module")
def pages() -> SearchIndex:
    return build_search(PAGES)


@pytest.mark.parametrize(
    ("query", "first", "field"),
    [
        ("充电桩补助", "甲办法", "正文"), ("請問充電樁有補助嗎", "甲办法", "正文"), ("稳岗", "乙通知", "别名"), ("不裁员", "乙通知", "正文"),
        ("政府采购份额", "丙条例", "正文"), ("28条意见", "丙条例", "标题"), ("用工", "乙通知", "标签"),
    ],
)  # fmt: skip
def test_a_package_is_found_with_the_field_that_held_the_words(
    pages: SearchIndex, query: str, first: str, field: str
) -> None:
    found = search(pages, query)
    assert (found[0].key, found[0].field) == (first, field)
    assert found[0].score > 0
    assert found == sorted(found, key=lambda r: -r.score)


def test_the_reason_names_words_and_clause(pages: SearchIndex) -> None:
    found = search(pages, "充电桩补助")[0]
    assert "充电桩" in found.words
    assert "充电桩" in found.clause


@pytest.mark.parametrize(
    "query", ["", "  ", "怎么", "有没有什么", "火星移民", "？！", "充电火星移民月球基地"]
)
def test_what_holds_too_little_of_the_query_is_not_offered(pages: SearchIndex, query: str) -> None:
    assert search(pages, query) == []


def test_no_more_than_the_limit() -> None:
    many = build_search(Page(f"第{n}号", f"创业担保政策{n}") for n in range(30))
    assert len(search(many, "创业担保")) == 10
    assert len(search(many, "创业担保", 3)) == 3
    assert search(build_search(()), "创业担保") == []


def test_numerals_are_one_token() -> None:
    assert "28" in tokens("二十八条")
    assert tokens("贴息") == ["贴息"]


def test_before_giving_up_the_texts_are_asked(pages: SearchIndex) -> None:
    index = build_index([Named("甲办法", ())], Phrases(), pages)
    told = understand("充电桩", index)
    assert (told.intent, told.understood) == ("offtopic", False)
    assert told.ranked[0].intent == "policy:specific:甲办法"
    assert told.ranked[0].why.startswith("search")
    assert told.steps[-1] == "search"
