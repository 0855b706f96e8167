"""Documents are found by name, alias, number, sound, pinyin and with a slip; generic words find none."""

from __future__ import annotations

import pytest

from bot.understanding.index import Index, Named, Phrases, build_index
from bot.understanding.understand import understand

FOUND = [
    ("石惠十条怎么领", "石惠十条"), ("石汇十条", "石惠十条"), ("石会十条", "石惠十条"), ("世汇时条", "石惠十条"), ("石惠10条", "石惠十条"),
    ("shihuishitiao", "石惠十条"), ("shi hui shi tiao 怎么领", "石惠十条"), ("敬贤人才", "景贤人才"), ("名营经济促进法", "民营经济促进法"),
    ("民营经济促近法", "民营经济促进法"), ("《民营经济促进法》", "民营经济促进法"), ("民營經濟促進法", "民营经济促进法"),
    ("民营经济 31 条", "民营经济31条"), ("民营经济三十一条", "民营经济31条"), ("二十八条", "民营经济28条"), ("贰拾捌条", "民营经济28条"),
    ("发改体改〔2023〕1054号", "民营经济28条"), ("发改体改(2023)1054号", "民营经济28条"), ("2023年1054号文", "民营经济28条"), ("1054号", "民营经济28条"),
    ("802号令", "款项支付条例"), ("国令第802号", "款项支付条例"), ("国务院令第802号", "款项支付条例"), ("公告2026年第10号", "增值税衔接公告"),
    ("优化营商环境条列", "优化营商环境条例"), ("优化营商环境", "优化营商环境条例"), ("促进民营经济发展近期若干举措的通知", "民营经济28条"),
    ("中小企业促进法", "中小企业促进法"), ("中小企业促进条例", "中小企业促进条例"), ("公平竞争审察条例", "公平竞争审查条例"),
    ("民营经济促进法第28条", "民营经济促进法"), ("背靠背条款有效吗", "背靠背批复"),
    ("景贷人才", "景贤人才"), ("接诉即办例", "接诉即办条例"), ("公平竞争查条例", "公平竞争审查条例"), ("请问接诉即办", "接诉即办条例"), ("二试八条", "民营经济28条"),
    ("ershibatiao", "民营经济28条"), ("增值税法施行后增值税优惠政策衔接示项的公告", "增值税衔接公告"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "short_name"), FOUND)
def test_a_document_is_found(text: str, short_name: str, index: Index) -> None:
    told = understand(text, index)
    assert (told.policy, told.intent) == (short_name, f"policy:specific:{short_name}")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("营商环境有什么政策", "policy:政策"), ("中小企业有什么政策", "policy:政策"), ("个体工商户贷款", "policy:金融"), ("增值税怎么交", "policy:税费"),
        ("民营企业能享受哪些优惠", "policy:政策"), ("小微企业税费", "policy:税费"), ("用接诉即办投诉他们", "appeal"), ("石惠十条不兑现我要投诉", "appeal"),
    ],
)  # fmt: skip
def test_generic_words_do_not_name_a_document(text: str, intent: str, index: Index) -> None:
    assert understand(text, index).intent == intent


@pytest.mark.parametrize(
    "text", ["第28条", "128条", "1028条", "民营经济38条", "公司法人变更", "民营", "十条"]
)
def test_what_is_no_name(text: str, index: Index) -> None:
    told = understand(text, index)
    assert told.policy is None


def test_the_longest_name_wins() -> None:
    index = build_index([Named("甲法", ("促进创新法",)), Named("乙", ("促进创新法实施条例",))], Phrases())
    assert understand("促进创新法实施条例", index).policy == "乙"
    assert understand("促进创新法", index).policy == "甲法"


def test_a_slip_that_fits_two_documents_names_none() -> None:
    index = build_index([Named("甲", ("产业发展甲类办法",)), Named("乙", ("产业发展乙类办法",))], Phrases())
    assert understand("产业发展丙类办法", index).policy is None


def test_a_law_is_not_found_inside_another_word() -> None:
    index = build_index([Named("公司法", ())], Phrases())
    assert understand("公司法律顾问", index).policy is None
    assert understand("公司法规定几个股东", index).policy == "公司法"


def test_all_documents_named_are_ranked(index: Index) -> None:
    ranked = understand("民营经济促进法和民营经济31条有什么区别", index).ranked
    assert {"policy:specific:民营经济促进法", "policy:specific:民营经济31条"} <= {r.intent for r in ranked}


def test_a_phrase_for_a_missing_document_is_left_out(phrases: Phrases) -> None:
    told = understand("背靠背条款", build_index([], phrases))
    assert not told.intent.startswith("policy:specific")
