"""Which packages fit which company, and why. Tables, no database."""

from __future__ import annotations

from typing import Any

import pytest

from bot.content.closed_lists import TAGS
from bot.content.records import PolicyDocument, Tags
from bot.followers import profile_form
from bot.policies import matching
from bot.policies.matching import Company, because, company, fit, fitting, fitting_first, siblings
from models.profiles import Profile

BASE: dict[str, Any] = {
    "title": "《试》", "level": "国家", "kind": "政策措施", "category": "政策", "status": "现行有效", "summary": "试一试的政策",
    "grade": "A", "verified_at": "2026-11-01",
}  # fmt: skip


def policy(slug: str, **more: Any) -> PolicyDocument:
    return PolicyDocument.model_validate(
        {**BASE, "slug": slug, "short_name": f"政策{slug}", "title": f"《政策全称{slug}》", **more}
    )


def firm(**words: str) -> Company:
    return company(Profile(**words))


@pytest.mark.parametrize(
    ("tags", "words", "reasons", "excluded"),
    [
        ({}, {"industry": "建筑"}, (), False),
        ({"industry": ["建筑", "人工智能"]}, {"industry": "人工智能"}, ("从事人工智能",), False),
        ({"industry": ["建筑"]}, {"industry": "人工智能"}, (), True),
        ({"industry": ["建筑"]}, {}, (), False),
        ({"industry": ["建筑"]}, {"industry": "其他"}, (), False),
        ({"size": ["小", "微", "个体"]}, {"size": "个体工商户"}, ("是个体工商户",), False),
        ({"size": ["小", "微"]}, {"size": "大"}, (), True),
        ({"qualification": ["专精特新"]}, {"qualification": "国高新、小巨人"}, ("有专精特新资质",), False),
        ({"qualification": ["小巨人"]}, {"qualification": "专精特新"}, (), True),
        ({"qualification": ["国高新"]}, {"qualification": ""}, (), True),
        ({"qualification": ["国高新"]}, {}, (), False),
        ({"stage": ["初创"]}, {"stage": "初创"}, ("处于初创期",), False),
        ({"area": ["八角"]}, {"street": "八角"}, ("在八角",), False),
        ({"area": ["八角"]}, {"street": "古城"}, (), True),
        ({"area": ["首钢园"]}, {"street": "古城"}, (), False),
        ({"area": ["古城"]}, {"street": "首钢园"}, (), False),
        (
            {"industry": ["建筑"], "size": ["小"]},
            {"industry": "建筑", "size": "小"},
            ("从事建筑", "是小型企业"),
            False,
        ),
        ({"industry": ["建筑"], "size": ["小"]}, {"industry": "建筑", "size": "大"}, ("从事建筑",), True),
    ],
)
def test_tags_and_company(
    tags: dict[str, list[str]], words: dict[str, str], reasons: tuple[str, ...], excluded: bool
) -> None:
    found = fit(Tags.model_validate(tags), firm(**words))
    assert (found.reasons, found.excluded) == (reasons, excluded)
    assert found.good == (bool(reasons) and not excluded)


def test_what_is_not_known_never_excludes() -> None:
    for field, words in TAGS.items():
        assert not fit(Tags.model_validate({field: list(words[:2])}), matching.NOTHING_KNOWN).excluded


def test_the_best_fit_comes_first_and_history_not_at_all() -> None:
    both = policy("a", tags={"industry": ["建筑"], "size": ["小"]})
    small, builders = policy("b", tags={"size": ["小"]}), policy("c", tags={"industry": ["建筑"]})
    gone = policy("d", tags={"industry": ["建筑"]}, status="已废止")
    unchecked = policy("e", tags={"industry": ["建筑"], "size": ["小"]}, status="待核验", grade="U")
    others = policy("f", tags={"industry": ["人工智能"]})
    asker = firm(industry="建筑", size="小")
    found = fitting([others, gone, small, unchecked, builders, both], asker)
    assert [p.slug for p, _ in found] == ["a", "c", "b", "e"]
    listed = fitting_first([others, gone, small, both], asker)
    assert [p.slug for p, _ in listed] == ["a", "b", "f", "d"]
    assert [p.slug for p, _ in fitting_first([others, gone, small], matching.NOTHING_KNOWN)] == [
        "f",
        "d",
        "b",
    ]


def test_the_reason_is_a_sentence() -> None:
    assert because(["从事建筑", "是小型企业", "从事建筑"]) == "因为您从事建筑、是小型企业"
    assert because([]) == ""


def test_siblings_are_of_one_column_and_alike() -> None:
    wrong = policy("a", aliases=["欠款条例"], summary="拖欠款项怎么付", tags={"topic": ["资金"]})
    like = policy("b", aliases=["欠款投诉"], summary="拖欠款项怎么投诉", tags={"topic": ["资金"]})
    far, other = policy("c", summary="人才落户怎么办理"), policy("d", summary="拖欠款项", category="金融")
    gone = policy("e", aliases=["欠款旧条例"], summary="拖欠款项怎么付", status="已废止")
    assert [p.slug for p in siblings(wrong, [other, far, gone, wrong, like])] == ["b", "c"]


@pytest.mark.parametrize(
    ("field", "text", "option"),
    [
        ("industry", "3", "人工智能"),
        ("industry", "十四", "建筑"),
        ("industry", "餐饮", "商贸餐饮"),
        ("industry", "开饭店的", "商贸餐饮"),
        ("industry", "AI", "人工智能"),
        ("industry", "软件", "信息技术"),
        ("industry", "18", None),
        ("industry", "0", None),
        ("industry", "不知道", None),
        ("size", "小型企业", "小"),
        ("size", "个体户", "个体工商户"),
        ("size", "⑤", "个体工商户"),
        ("street", "八角街道", "八角"),
        ("street", "首钢", "首钢园"),
        ("stage", "初创", "初创"),
        ("stage", "我们公司被拖欠工程款怎么办", None),
    ],
)
def test_answers_as_people_give_them(field: str, text: str, option: str | None) -> None:
    assert profile_form.one_of(field, text) == option


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("1", ("国高新",)),
        ("1 4", ("国高新", "专精特新")),
        ("4、1", ("国高新", "专精特新")),
        ("１，４", ("国高新", "专精特新")),
        ("14", ("国高新", "专精特新")),
        ("国高新和专精特新", ("国高新", "专精特新")),
        ("9", None),
        ("1 99", None),
        ("我们没有", None),
        ("", None),
    ],
)
def test_several_qualifications(text: str, chosen: tuple[str, ...] | None) -> None:
    assert profile_form.several("qualification", text) == chosen
