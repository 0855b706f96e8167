"""The platform's limits, each at its border, with the place of the mistake (platform §5.2, §6.2, §7.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outgoing.payloads import FORMS, Problem, check, possible_channels
from tests.outgoing.payloads.kit import SHA, payload

PAGE = {"title": "政策", "digest": "摘要", "url": "https://a.cn/p/x", "text": "见 https://a.cn/p/x"}
LINE = "https://a.cn/" + "x" * (1024 - len("https://a.cn/"))


def places(form: str, value: Any) -> list[str]:
    """Where the mistakes are."""
    return [one.where for one in check(form, value)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("好" * 682 + "ab", []),  # 2,048 bytes
        ("好" * 682 + "abc", ["正文"]),
        ("a" * 2048, []),
        ("a" * 2049, ["正文"]),
        ("", ["正文"]),
        (" \n\t", ["正文"]),
        (None, ["正文"]),
        (12, ["正文"]),
        ("一\n二\x07\n三", ["正文第 2 行"]),
        ("一\n二\ud800", ["正文第 2 行"]),
        ("只有一行\x00", ["正文"]),
        ("甲\n乙\n丙]]>", ["正文第 3 行"]),
        ('<a href="https://a.cn/?b=1&amp;c=2">看</a>', []),
        ('好\n<a href="javascript:alert(1)">看</a>', ["正文第 2 行"]),
        ("<a href=/p/x>看</a>", ["正文第 1 行"]),
        ("<a class=\"x\" HREF='ftp://a.cn'>看</a>", ["正文第 1 行"]),
        ("2 < 3，a 与 b", []),
    ],
)
def test_texts(text: Any, wrong: list[str]) -> None:
    assert places("text", {"text": text}) == wrong


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"title": "题" * 64}, []),
        ({"title": "题" * 65}, ["标题"]),
        ({"title": " "}, ["标题"]),
        ({"digest": ""}, []),
        ({"digest": "摘" * 120}, []),
        ({"digest": "摘" * 121}, ["摘要"]),
        ({"url": "http://a.cn:8000/s", "text": "http://a.cn:8000/s"}, []),
        ({"url": "a.cn/p/x"}, ["链接"]),
        ({"url": ""}, ["链接"]),
        ({"url": "https://"}, ["链接"]),
        ({"url": "https://a.cn:99999/"}, ["链接"]),
        ({"url": "https://[a.cn/"}, ["链接"]),
        ({"url": "https://a.cn/a b"}, ["链接"]),
        ({"url": 'https://a.cn/"><x'}, ["链接"]),
        ({"url": LINE, "text": LINE}, []),
        ({"url": LINE + "x", "text": LINE + "x"}, ["链接"]),
        ({"text": "没有链接"}, ["文字"]),
        ({"url": "https://a.cn/?a=1&b=2", "text": '<a href="https://a.cn/?a=1&amp;b=2">看</a>'}, []),
        ({"picture": "x"}, ["字段 picture"]),
    ],
)
def test_pages(changes: dict[str, Any], wrong: list[str]) -> None:
    assert places("page", {**PAGE, **changes}) == wrong


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"title": "题" * 32}, []),
        ({"title": "题" * 33}, ["标题"]),
        ({"title": ""}, ["标题"]),
        ({"title": "上\n下"}, ["标题"]),
        ({"title": ["题"]}, ["标题"]),
        ({"author": "作" * 16}, []),
        ({"author": "作" * 17}, ["作者"]),
        ({"digest": "摘" * 120}, []),
        ({"digest": "摘" * 121}, ["摘要"]),
        ({"digest": "摘\x0b"}, ["摘要"]),
        ({"source_url": LINE}, []),
        ({"source_url": LINE + "x"}, ["原文链接"]),
        ({"source_url": "见官网"}, ["原文链接"]),
        ({"cover": None}, ["封面"]),
        ({"cover": {"name": "x"}}, ["封面"]),
        ({"cover": {"name": "x", "sha256": "../../etc/passwd"}}, ["封面"]),
        ({"html": ""}, ["正文"]),
        ({"html": "<p> </p>"}, ["正文"]),
        ({"html": f"<p>{'a' * 19_992}</p>"}, []),
        ({"html": f"<p>{'a' * 19_993}</p>"}, ["正文"]),
        ({"html": "<p>好\x01</p>"}, ["正文"]),
        ({"html": "<p>好<script>x</script></p>"}, ["正文"]),
        ({"html": '<p onclick="x()">好</p>'}, ["正文"]),
        ({"html": '<p style="position:fixed">好</p>'}, ["正文"]),
        ({"html": '<p class="x">好</p>'}, ["正文"]),
        ({"html": '<p>好<img src="https://a.cn/x.png"></p>'}, ["正文"]),
        ({"html": '<p>好<a href="https://a.cn/">外</a></p>'}, ["正文"]),
        ({"html": '<p><a href="https://mp.weixin.qq.com/s/x">往期</a></p>'}, []),
        ({"html": f'<img src="asset:{SHA}">'}, ["正文"]),
        ({"html": f'<img src="asset:{SHA}">', "pictures": [{"name": "a", "sha256": SHA}]}, []),
        ({"pictures": ["a"]}, ["正文"]),
    ],
)
def test_articles(changes: dict[str, Any], wrong: list[str]) -> None:
    assert places("article", payload(**changes)) == wrong


def test_a_picture_counts_as_long_as_its_address_will_be() -> None:
    listed = [{"name": "a", "sha256": SHA}]
    room = 20_000 - 1 - len(f'<img src="{"x" * 200}">') - len("<p></p>")
    fits = f'<p>{"a" * room}</p><img src="asset:{SHA}">'
    assert places("article", payload(html=fits, pictures=listed)) == []
    assert places("article", payload(html=fits.replace("<p>", "<p>a"), pictures=listed)) == ["正文"]


@pytest.mark.parametrize(
    ("key", "fits", "does_not"),
    [
        ("thing1", ["字" * 20, "A1，。"], ["字" * 21, " ", "两\n行", "坏\x00"]),
        ("phrase3", ["办理中", "正在办理中"], ["正在办理中了", "办理中!", "OK"]),
        ("number4", ["1" * 32, "-3", "0.5"], ["1" * 33, "１", "1,000", "十"]),
        ("letter5", ["A" * 32], ["A" * 33, "A1", "字"]),
        ("symbol6", ["!?#"], ["!!!!!!", "a"]),
        ("character_string7", ["SQ20260105002", "-" * 32], ["-" * 33, "编号1", "a b"]),
        ("time2", ["15:01", "2026年11月23日 15:01", "2026年11月23日 15:01~17:00", "9:00~11:00"],
         ["25:00", "15点", "2026年2月30日 15:01", "2026年11月23日", "9:00~10:00~11:00"]),
        ("date8", ["2026年11月23日", "2026-11-23", "2026年11月23日 15:01", "2026年11月1日~2026年11月30日"],
         ["2026年13月1日", "2026年2月29日", "明天", "15:01"]),
        ("amount9", ["¥100.00", "100元", "1234567890"], ["12345678901", "一百元", "100 元"]),
        ("phone_number10", ["+86-0766-12345678", "13800138000"], ["1" * 18, "转 1 号机", "电话"]),
        ("car_number11", ["粤A8Z888挂", "B12345"], ["粤A8Z888挂了", "粤"]),
        ("name12", ["张" * 10, "Zhang San"], ["张" * 11, "张San", "A" * 21]),
        ("const13", ["已受理"], ["字" * 21]),
        ("enum14", ["已受理"], ["字" * 21]),
    ],
)  # fmt: skip
def test_template_values(key: str, fits: list[str], does_not: list[str]) -> None:
    def told(value: Any) -> list[str]:
        plain = places("template", {"template_id": "T", "data": {key: value}})
        assert plain == places("notice", {"template_id": "T", "data": {key: {"value": value}}})
        return plain

    assert {value: told(value) for value in fits} == {value: [] for value in fits}
    wrong = [*does_not, "", None, 5]
    assert {str(value): set(told(value)) for value in wrong} == {
        str(value): {f"data.{key}"} for value in wrong
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"template_id": ""}, ["模板编号"]),
        ({"data": {}}, ["data"]),
        ({"data": "thing1"}, ["data"]),
        ({"data": {"first": "您好"}}, ["data.first"]),
        ({"data": {"thnig1": "您好"}}, ["data.thnig1"]),
        ({"data": {"thing1": {"value": "好", "color": "#f00"}}}, ["data.thing1"]),
        ({"url": "https://a.cn/"}, []),
        ({"url": "pages/index"}, ["链接"]),
        ({"page": "https://a.cn/"}, ["字段 page"]),
    ],
)
def test_templates(changes: dict[str, Any], wrong: list[str]) -> None:
    assert places("template", {"template_id": "T", "data": {"thing1": "座谈会"}, **changes}) == wrong


def test_an_unknown_form_is_named() -> None:
    assert [one.where for one in check("video", {})] == ["形式"]
    assert all(check(form, {}) for form in FORMS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(
    ["text", "title", "digest", "url", "html", "cover", "pictures", "template_id", "data", "page"]
)


@given(st.sampled_from(sorted(FORMS)), json_values | st.dictionaries(fields, json_values, max_size=8))
def test_any_json_is_judged_never_raised_at(form: str, value: Any) -> None:
    for problem in check(form, value):
        assert isinstance(problem, Problem)
        assert problem.where
        assert problem.message.endswith("。")


def test_every_form_has_a_way_and_can_wait_for_the_next_reply() -> None:
    assert {form: possible_channels(form)[-1] for form in FORMS} == dict.fromkeys(FORMS, "passive")
    assert possible_channels("article")[0] == "mass"
