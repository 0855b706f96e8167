"""One keyword however it was typed; digits of menus and lists; case numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.normalise import case_number, list_number, menu_digit, normalise, strip_openers
from bot.understanding.numerals import number


@pytest.mark.parametrize(
    ("typed", "same_as"),
    [
        (" ＡＢ　政策！！", "ab 政策"), ("政 策", "政策"), ("政\u200b策\u202e", "政策"), ("惠企政策[微笑]", "惠企政策"),
        ("政策😀👍🏽", "政策"), ("政策/:wow", "政策"), ("請問補貼", "请问补贴"), ("石惠拾條", "石惠10条"), ("石惠十条", "石惠10条"),
        ("民营经济贰拾捌条", "民营经济28条"), ("民营经济二十八条", "民营经济28条"), ("廿八条", "28条"), ("二〇二三年", "2023年"),
        ("政策。。。？？", "政策"), ("“菜单”", "菜单"), ("SQ２０２６", "sq2026"), ("zhèngcè", "zhengce"), ("fǎlǜ", "falv"),
        ("T\x00D", "t d"), ("[政策]", "政策"), ("政策\ud800", "政策"), ("", ""), ("!?", ""),
    ],
)  # fmt: skip
def test_the_same_words_are_one(typed: str, same_as: str) -> None:
    assert normalise(typed) == same_as


def test_words_that_only_look_like_numerals_stay() -> None:
    assert normalise("万一一下统一") == "万一一下统一"
    assert normalise("一次") == "一次"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("您好,请问政策", "政策"), ("老师,我想问一下贷款", "贷款"), ("嗯那个就是融资", "融资"), ("你好", "你好"), ("请问", "请问"),
        ("您好老师请问!", "您好老师请问!"), ("hi 政策", "政策"), ("history", "history"), ("政策你好", "政策你好"), ("麻烦问一下税", "税"),
    ],
)  # fmt: skip
def test_openers_go_but_never_everything(text: str, rest: str) -> None:
    assert strip_openers(text) == rest


@pytest.mark.parametrize(
    "text",
    ["8", "８", "⑧", "❽", "⒏", "㈧", "Ⅷ", "八", "捌", "8️⃣", "选8", "選８", "我选8", "8.", "8、", "8。", "(8)", "（8）", "【8】",
     "回复8", "回8", "按 8", "扣8", "8号", "第8个", "第八项", "#8", "“8”", "8?", "8吧", "8！", "选项8", "٨", " 8 "],
)  # fmt: skip
def test_every_way_to_type_eight(text: str) -> None:
    assert menu_digit(text) == 8
    assert list_number(text) == 8


@pytest.mark.parametrize(
    ("text", "digit"), [("0", 0), ("〇", 0), ("零", 0), ("一", 1), ("壹", 1), ("两", 2), ("陆", 6), ("柒", 7)]
)
def test_other_digits(text: str, digit: int) -> None:
    assert menu_digit(text) == digit


@pytest.mark.parametrize(
    "text",
    [
        "18",
        "8年",
        "8条",
        "8.5",
        "-8",
        "8 8",
        "",
        "八宝山",
        "第8条",
        "8号线怎么走",
        "回复",
        "2024",
        "8" * 3000,
    ],
)
def test_what_is_no_menu_digit(text: str) -> None:
    assert menu_digit(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("十二", 12),
        ("第12个", 12),
        ("选20", 20),
        ("二十一", 21),
        ("⑫", 12),
        ("1000", None),
        ("12年", None),
    ],
)
def test_numbers_of_lists(text: str, value: int | None) -> None:
    assert list_number(text) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SQ20260105002", "SQ20260105002"), ("sq20260105002", "SQ20260105002"), ("sq 2026 0105 002", "SQ20260105002"),
        ("ＳＱ２０２６０１０５００２", "SQ20260105002"), ("sq-20260105-002", "SQ20260105002"), ("S Q 20260105002", "SQ20260105002"),
        ("查一下SQ20260105002到哪了", "SQ20260105002"), ("SQ20260105002 13800138000", "SQ20260105002"), ("SQ202601051234", "SQ202601051234"),
        ("SQ二零二六零一零五零零二", "SQ20260105002"), ("编号20260105002", "SQ20260105002"), ("SQ2026/01/05/002", "SQ20260105002"),
        ("SQ2026010500", None), ("13800138000", None), ("20261305002", None), ("政策", None), ("", None), ("110107199001011234", None),
    ],
)  # fmt: skip
def test_case_numbers(text: str, found: str | None) -> None:
    assert case_number(text) == found


@pytest.mark.parametrize(
    ("chars", "value"),
    [("二十八", 28), ("十", 10), ("一百零八", 108), ("三一", 31), ("廿一", 21), ("", None), ("八宝", None)],
)
def test_chinese_numerals(chars: str, value: int | None) -> None:
    assert number(chars) == value


@given(st.text(max_size=200))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    menu_digit(text)
    case_number(text)
    assert strip_openers(once) or not once
