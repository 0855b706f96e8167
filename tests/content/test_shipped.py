"""What the shipped content promises: complete, checked, nothing invented, fit for the platform."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.content import records
from bot.content.closed_lists import UNVERIFIED_GRADES, figures
from bot.content.files import Loaded, load
from bot.content.records import Category, PolicyDocument, Status
from bot.content.toml_files import TEXTS
from bot.core.paths import CONTENT
from bot.policies import texts
from bot.wechat.replies import TEXT_BYTES

WRITTEN_ON = date(2026, 11, 24)
NAMED_IN_THE_DOMAIN = {  # short names that people and the router's examples use
    "民营经济促进法", "民营经济31条", "民营经济28条", "优化营商环境条例",
    "中小企业促进条例", "中小企业促进法", "个体工商户条例", "公平竞争审查条例",
    "接诉即办条例", "数字空间措施", "石惠十条", "增值税衔接公告",
    "小微税费公告", "款项支付条例", "续贷通知", "背靠背批复",
    "万所联万会", "景贤人才", "稳就业通知",
}  # fmt: skip
MENU_WORDS = {
    "政策",
    "法律",
    "金融",
    "人才",
    "税费",
    "提诉求",
    "查进度",
    "学习资料",
    "活动",
    "转人工",
    "我的信息",
    "完善企业信息",
    "适合我的政策",
}
PHONE = re.compile(
    r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}|[48]00[- ]?\d{3}[- ]?\d{4}|\d{3,4}-\d{7,8})(?!\d)"
)


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    return load(CONTENT)


def said(policy: PolicyDocument) -> str:
    """Everything of a record that people read, without its own names and the names of its sources."""
    parts = [
        policy.summary,
        policy.audience,
        policy.body,
        *policy.points,
        *policy.support,
        *(e.text for e in policy.explanations),
    ]
    text = "\n".join(parts)
    for name in sorted(policy.names, key=len, reverse=True):
        text = text.replace(name, "")
    return text


def test_every_file_loads_without_a_complaint(shipped: Loaded) -> None:
    assert shipped.problems == []


def test_there_is_enough_to_begin_with(shipped: Loaded) -> None:
    assert len(shipped.policies) >= 45
    assert len(shipped.series) >= 4
    assert min(Counter(i.series for i in shipped.items).values()) >= 6
    assert {p.category for p in shipped.policies} >= set(Category) - {Category.STUDY}
    assert {p.short_name for p in shipped.policies} >= NAMED_IN_THE_DOMAIN


def test_nothing_unverified_shows_a_figure_or_a_number(shipped: Loaded) -> None:
    unverified = [p for p in shipped.policies if p.grade in UNVERIFIED_GRADES]
    assert len(unverified) >= 10
    for policy in unverified:
        assert policy.status is Status.UNVERIFIED, policy.slug
        assert policy.doc_no == "", policy.slug
        words = re.sub(r"\d{4}年(\d{1,2}月(\d{1,2}日)?)?|12345|回复 \d|9 活动", "", said(policy))
        assert re.findall(r"\d+", words) == [], policy.slug
        assert "12345" in policy.body and "回复 0" in policy.body, policy.slug  # noqa: PT018
    for item in shipped.items:
        if item.grade in UNVERIFIED_GRADES:
            assert list(figures((item.title, item.digest, item.body))) == [], item.slug


def test_every_record_says_where_it_comes_from_and_when_it_was_looked_up(shipped: Loaded) -> None:
    for policy in shipped.policies:
        assert policy.source_name, policy.slug
        assert policy.verified_at in (date(2026, 11, 23), date(2026, 11, 30)), policy.slug
        assert policy.next_check, policy.slug
        assert policy.aliases, policy.slug


def test_what_has_expired_is_not_called_in_force(shipped: Loaded) -> None:
    for policy in shipped.policies:
        past = policy.expires is not None and policy.expires < WRITTEN_ON
        assert not (past and policy.status in records.IN_FORCE), policy.slug
        future = policy.effective is not None and policy.effective > WRITTEN_ON
        assert not (future and policy.status in records.IN_FORCE), policy.slug


def test_the_repealed_tax_notices_lead_to_the_new_one(shipped: Loaded) -> None:
    by_name = {p.short_name: p for p in shipped.policies}
    new = by_name["增值税衔接公告"]
    for name in ("2023年19号公告", "2023年1号公告"):
        assert [link.slug for link in by_name[name].superseded_by] == [new.slug]
    for name in ("增值税衔接公告", "小微税费公告"):
        assert "公告2026年第10号第六条" in by_name[name].body


def test_only_public_hotlines_are_shipped(shipped: Loaded) -> None:
    for path in sorted(CONTENT.rglob("*")):
        if path.suffix in (".md", ".toml"):
            assert PHONE.findall(path.read_text(encoding="utf-8")) == [], path.name
    assert all(p.contact is None for p in shipped.policies)


def test_the_arrears_platform_has_no_address(shipped: Loaded) -> None:
    platform = next(p for p in shipped.policies if p.short_name == "欠款投诉平台")
    assert (platform.where, platform.source_url) == ("", "")
    assert "http" not in platform.body


def test_every_package_fits_a_reply(shipped: Loaded) -> None:
    library = {p.slug: p for p in shipped.policies}
    page = "https://a-rather-long-host-name.example.gov.cn/p/"
    for policy in shipped.policies:
        item = texts.shown(policy, library)
        assert len(texts.chat_reply(item, page + policy.slug).encode()) <= TEXT_BYTES, policy.slug


def test_verified_packages_answer_questions(shipped: Loaded) -> None:
    for policy in shipped.policies:
        if policy.grade not in UNVERIFIED_GRADES:
            assert policy.points, policy.slug
            assert 1 <= len(policy.explanations) <= 4, policy.slug


def test_study_items_are_short_readings_that_end_with_a_question(shipped: Loaded) -> None:
    for item in shipped.items:
        chinese = len(re.findall(r"[\u4e00-\u9fff]", item.body))
        assert 150 <= chinese <= 500, (item.slug, chinese)
        last = item.body.split("\n\n")[-1]
        assert last.startswith("**想一想：**"), item.slug
        assert "？" in last, item.slug
        assert len(item.body.split("\n\n")) >= 4, item.slug


def test_each_series_has_its_own_working_day(shipped: Loaded) -> None:
    assert [(s.slug, s.weekday, s.hour) for s in shipped.series] == [
        ("min-ying", 1, 9), ("er-shi-da", 3, 9), ("shi-wu-wu", 4, 9), ("fa-zhi", 5, 9),
    ]  # fmt: skip
    for series in shipped.series:
        orders = [i.order for i in shipped.items if i.series == series.slug]
        assert orders == list(range(1, len(orders) + 1))


def test_the_main_menu_keeps_its_numbers(shipped: Loaded) -> None:
    assert shipped.replies["menu"].split("\n")[:-1] == [
        "1 政策", "2 法律", "3 金融", "4 人才", "5 税费", "6 提诉求", "7 查进度", "8 学习资料", "9 活动", "0 转人工",
    ]  # fmt: skip


def test_the_standing_texts_are_those_that_the_code_says(shipped: Loaded) -> None:
    root = CONTENT.parent
    code = "\n".join(
        p.read_text(encoding="utf-8") for d in ("bot", "handlers") for p in sorted(root.glob(f"{d}/**/*.py"))
    )
    names = {
        n for call in re.findall(r"\bsay\(([^)]*)\)", code) for n in re.findall(r"[\"']([a-z_]+)[\"']", call)
    }
    assert names - TEXTS.keys() == set(), "add it to TEXTS and to content/replies.toml"
    assert TEXTS.keys() <= shipped.replies.keys()
    assert len((shipped.replies["welcome"] + shipped.replies["menu"]).encode()) <= TEXT_BYTES


def test_dangers_are_answered_with_the_public_numbers(shipped: Loaded) -> None:
    for number in ("110", "119", "120", "122"):
        assert number in shipped.replies["emergency"]
    assert "120" in shipped.replies["self_harm"]


def test_the_privacy_notice_tells_what_the_law_asks_for(shipped: Loaded) -> None:
    notice = shipped.replies["privacy_notice"]
    for part in ("{operator}", "做什么", "怎么处理", "存多久", "更正", "删除", "撤回同意"):
        assert part in notice
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", shipped.replies["privacy_version"])


def test_the_menu_offers_every_service(shipped: Loaded) -> None:
    keys = [sub["key"] for button in shipped.menu["button"] for sub in button["sub_button"]]
    assert {key.removeprefix("menu:") for key in keys} == MENU_WORDS
    assert len(keys) == len(MENU_WORDS)


def test_the_content_names_no_path_of_a_machine() -> None:
    for path in sorted(CONTENT.rglob("*.md")) + sorted(CONTENT.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/(?:work|root|tmp|home)/", text), Path(path).name
