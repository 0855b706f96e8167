"""What is said about one side of a package: facts by day, grade and source, then fields, then that it is not verified."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import pytest

from bot.content.closed_lists import Facet
from bot.content.files import load
from bot.content.records import Explanation, PolicyDocument
from bot.core.paths import CONTENT
from bot.policies import facets, late_interest
from bot.policies.late_interest import Rate
from bot.understanding.facets import Asked, Side
from bot.wechat.replies import TEXT_BYTES
from tests.chat.kit import CHECKS, FACTS, PAYMENT

DAY = date(2026, 12, 1)
PAGE = "http://127.0.0.1/p/x"


@cache
def shipped(slug: str) -> PolicyDocument:
    """A record as it is shipped."""
    return next(one for one in load(CONTENT).policies if one.slug == slug)


def payment(**more: Any) -> PolicyDocument:
    """款项支付条例 with other fields."""
    known = shipped(PAYMENT).model_dump() | {"facts": FACTS, "checks": CHECKS, "decider": "试验主管部门"}
    return PolicyDocument.model_validate(known | more)


def said(policy: PolicyDocument, side: Side, *words: str, day: date = DAY) -> str:
    return facets.answer(policy, Asked(side, words), day, PAGE)


def test_every_facet_of_a_record_can_be_asked_for() -> None:
    assert {facet.value for facet in Facet} <= {side.value for side in Side}


def test_grades_and_sources_are_said_in_short() -> None:
    heard = said(payment(), Side.MATERIALS)
    assert "· 投诉要交合同、交货或验收凭证、对账单（依据：试验办法第三条）" in heard
    assert "· 还要一份催款记录（依据：试验通报，以官方发布为准）" in heard


def test_a_fact_counts_on_its_days() -> None:
    bounded = [{**FACTS[0], "text": "旧的材料", "until": "2026-11-30"}, {**FACTS[0], "text": "新的材料", "since": "2026-12-01"}, {**FACTS[0], "text": "将来的材料", "since": "2027-03-05"}]  # fmt: skip
    heard = said(payment(facts=bounded), Side.MATERIALS)
    assert "旧的材料" not in heard
    assert heard.index("新的材料") < heard.index("自2027年3月5日起：将来的材料")


def test_what_is_not_held_says_who_decides() -> None:
    nothing = payment(facts=[], explanations=())
    assert "这份里没有核实到【材料】，由试验主管部门定，请打12345，或回复 0 转人工。" in said(
        nothing, Side.MATERIALS
    )
    several = payment(facts=[], explanations=(), decider="人社局认定，社保支付")
    assert "没有核实到【材料】，办的是：人社局认定，社保支付，请打12345" in said(several, Side.MATERIALS)
    nobody = payment(facts=[], explanations=(), decider="")
    assert "没有核实到【材料】，请打12345" in said(nobody, Side.MATERIALS)


def test_what_comes_near_is_said_after_what_is_missing() -> None:
    heard = said(payment(facts=[FACTS[9]], explanations=()), Side.AMOUNT)
    assert heard.index("没有核实到【金额】") < heard.index("【费用】")


def test_an_unverified_record_shows_its_facts_and_no_fields() -> None:
    fact = {"about": "条件", "text": "注册在本区的企业", "source": "官方页面", "grade": "B"}
    policy = PolicyDocument.model_validate(
        shipped("shi-hui-shi-tiao").model_dump() | {"facts": [fact], "materials": ["执照副本"]}
    )
    assert "注册在本区的企业（依据：官方页面）" in said(policy, Side.CONDITIONS)
    assert "执照副本" not in said(policy, Side.MATERIALS)


def test_the_line_nearest_to_the_words_comes_first() -> None:
    heard = said(payment(facts=[]), Side.TIME, "投诉")
    assert heard.index("投诉多久有结果") < heard.index("对方多少天内要付款")


def test_an_answer_fits_a_message() -> None:
    many = [{**FACTS[0], "text": f"第{n}样东西" + "很长" * 90} for n in range(20)]
    for side in Side:
        assert len(said(payment(facts=many), side).encode()) < TEXT_BYTES - 300
    read = [{**FACTS[0], "source": f"第{n}个办法" + "很长" * 50} for n in range(20)]
    assert len(facets.original(payment(facts=read), PAGE).encode()) < TEXT_BYTES - 300


def test_its_own_question_is_found_in_nearly_its_words() -> None:
    found = facets.answered_by(payment(), "逾期利息怎么算的")
    assert isinstance(found, Explanation)
    assert found.title == "逾期利息怎么算？"
    assert facets.answered_by(payment(), "食堂怎么样") is None


@pytest.mark.parametrize(
    ("words", "known"), [((), True), (("利息",), True), (("高新",), False), (("投诉", "居住证"), False)]
)
def test_words_of_another_matter_are_not_the_packages(words: tuple[str, ...], known: bool) -> None:
    assert facets.knows(payment(), words) is known


@pytest.mark.parametrize(
    ("words", "money"),
    [
        ("50万", "500000"),
        ("五十万元", "500000"),
        ("123,456.78元", "123456.78"),
        ("两千万", "20000000"),
        ("50000", "50000"),
        ("一千二百万", None),
        ("3万5", None),
        ("90天", None),
        ("很多", None),
        ("-5万", "50000"),
    ],
)
def test_amounts_as_people_write_them(words: str, money: str | None) -> None:
    found = late_interest.money_in(words)
    assert (None if found is None else f"{found.normalize():f}") == money


@pytest.mark.parametrize(
    ("words", "days"),
    [("90天", 90), ("三百天", 300), ("100", 100), ("2026-11-01", 30), ("2026年9月1日到2026年10月1日", 30), ("2027-01-01", None), ("三个月", None), ("0天", None)],
)  # fmt: skip
def test_days_as_people_write_them(words: str, days: int | None) -> None:
    assert late_interest.days_in(words, DAY) == days


@pytest.mark.parametrize(
    ("words", "a_day"),
    [("没有约定", "0.0005"), ("每日万分之三", "0.0003"), ("日万分之五", "0.0005"), ("月息1分", None), ("随便", None), ("5%", "0.000137")],
)  # fmt: skip
def test_rates_as_people_write_them(words: str, a_day: str | None) -> None:
    rate = late_interest.rate_in(words)
    assert (None if rate is None else f"{rate.a_day:.6f}".rstrip("0")) == a_day


def test_the_interest_is_plain_arithmetic() -> None:
    money, nothing = late_interest.money_in("10万"), late_interest.rate_in("没有")
    assert money is not None
    assert isinstance(nothing, Rate)
    assert f"{late_interest.interest(money, 10, nothing):.2f}" == "500.00"
