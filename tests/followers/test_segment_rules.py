"""What a segment may say, and what staff hear when it says something else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.followers.segments import SegmentError, describe, is_everybody, parse, recipients


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("all", {"all": True}),
        (" 全部 ", {"all": True}),
        ('{"all": true}', {"all": True}),
        ({"street": "八角街道"}, {"street": ["八角"]}),
        ({"street": ["古城", "八角", "古城街道"]}, {"street": ["八角", "古城"]}),
        ('{"size": ["微型", "小"]}', {"size": ["小", "微"]}),
        ({"size": ["个体"]}, {"size": ["个体工商户"]}),
        ({"young": True, "tags": [" 重点 "]}, {"tags": ["重点"], "young": True}),
        ({"exclude": {"tags": ["甲"]}}, {"all": True, "exclude": {"tags": ["甲"]}}),
        ({"active_days": 30, "exclude": {"young": False}}, {"active_days": 30, "exclude": {"young": False}}),
    ],
)
def test_a_segment_is_normalised(given: Any, means: dict[str, Any]) -> None:
    assert parse(given) == means
    assert parse(json.dumps(parse(given))) == means, "what was stored reads the same"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", ["JSON"]),
        ("人人", ["JSON"]),
        ("[1]", ["JSON 对象"]),
        ("{}", ["空的", "all"]),
        ({"streets": ["八角"]}, ["streets", "street（所属街道）"]),
        ({"street": ["浦东"]}, ["street", "浦东", "八角"]),
        ({"street": []}, ["street", "列表"]),
        ({"street": [1]}, ["street", "文字"]),
        ({"tags": None}, ["tags", "列表"]),
        ({"tags": ["  "]}, ["tags", "文字"]),
        ({"size": ["巨"]}, ["size", "个体工商户"]),
        ({"membership": ["理事"]}, ["membership", "执常委"]),
        ({"industry": ["采矿"]}, ["industry", "人工智能"]),
        ({"young": "是"}, ["young", "true"]),
        ({"young": 1}, ["young", "true"]),
        ({"active_days": True}, ["active_days", "整数"]),
        ({"active_days": 0}, ["active_days", "1 到"]),
        ({"active_days": "30"}, ["active_days", "整数"]),
        ({"all": True, "young": True}, ["all", "young"]),
        ({"all": False}, ["all", "true"]),
        ({"exclude": {}}, ["exclude"]),
        ({"exclude": ["甲"]}, ["exclude"]),
        ({"exclude": {"exclude": {"young": True}}}, ["exclude 里的 exclude"]),
        ({"exclude": {"street": ["浦东"]}}, ["exclude 里的 street", "浦东"]),
        ({"openids": ["o1"]}, ["openids", "staff（工作人员（试发））"]),
        ('{"street": ["八角"]', ["JSON", "引号"]),
    ],
)
def test_a_wrong_segment_names_the_key_and_what_may_stand_there(given: Any, says: list[str]) -> None:
    with pytest.raises(SegmentError) as refused:
        parse(given)
    assert all(word in str(refused.value) for word in says), str(refused.value)


def test_an_empty_segment_is_nobody_rather_than_everybody() -> None:
    with pytest.raises(SegmentError):
        recipients({})
    with pytest.raises(SegmentError):
        recipients({"exclude": {"tags": ["甲"]}})
    assert not is_everybody({})


def test_only_all_without_exclusions_is_everybody() -> None:
    assert is_everybody(parse("all"))
    assert not is_everybody(parse({"exclude": {"young": True}}))
    assert not is_everybody(parse({"young": True}))


def test_staff_read_the_segment_in_chinese() -> None:
    segment = parse(
        {"street": ["八角"], "young": True, "active_days": 30, "exclude": {"tags": ["已联系", "员工"]}}
    )
    assert describe(segment) == (
        "所属街道：八角；新生代企业家；最近 30 天联系过我们；不含（标签：员工、已联系）"
    )
    assert describe(parse("all")) == "全部关注者"
    assert describe(parse({"exclude": {"young": False}})) == "全部关注者；不含（不是新生代企业家）"
