"""Sensitive numbers are noticed and masked, names and phones shown as domain §6 says."""

from __future__ import annotations

import pytest

from bot.core.masking import masked_name, masked_phone, phone_tail
from bot.core.sensitive import BANK, HEALTH, IDENTITY, MINOR, found_in, masked_text, warning

ID = "11010519491231002X"
CARD = "6222021234567890128"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("王明", "王*"), ("王小明", "王**"), ("欧阳娜娜", "欧阳**"), ("欧阳锋", "欧阳*"), ("欧阳", "欧*"), ("王", "王*"), ("王小明（下午打）", "王**"), ("", ""), (None, "")],
)  # fmt: skip
def test_names(name: str | None, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown", "tail"),
    [("13800138000", "138****8000", "8000"), ("010-68600001", "010****0001", "0001"), ("010-68600001转23", "010****0001转23", "0001"), ("13800138000、010-68600001转2", "138****8000、010****0001转2", "8000"), ("110", "****", None), ("", "", None), (None, "", None)],
)  # fmt: skip
def test_phones(phone: str | None, shown: str, tail: str | None) -> None:
    assert masked_phone(phone) == shown
    assert phone_tail(phone) == tail


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"我的身份证是{ID}", [IDENTITY]),
        (f"身份证 {ID[:6]} {ID[6:14]} {ID[14:]}", [IDENTITY]),
        ("号码11010519491231002x", [IDENTITY]),
        ("号码110105194912310021", []),  # wrong check digit
        ("号码11010519491331002X", []),  # no such day
        (f"打到{CARD}", [BANK]),
        ("打到6222 0212 3456 7890 128", [BANK]),
        ("打到6222021234567890129", []),  # fails Luhn
        ("账号：1234567890123456", [BANK]),
        ("订单号2026010500212345678，诉求 SQ20260105002", []),
        ("统一社会信用代码91110107MA01ABCD2X", []),
        ("孩子确诊了，医院要住院", [HEALTH]),
        ("两个未成年的孩子要上学", [MINOR]),
        ("厂房漏水三个月了，请协调", []),
    ],
)
def test_what_need_not_be_in_a_chat_is_noticed(text: str, found: list[str]) -> None:
    assert found_in(text) == found
    assert bool(warning(text)) == bool(found)


def test_numbers_are_masked_in_views_and_the_rest_is_left() -> None:
    text = f"身份证{ID}，卡号{CARD}，电话13800138000，订单20260105002"
    assert (
        masked_text(text)
        == "身份证110105********002X，卡号622202*********0128，电话13800138000，订单20260105002"
    )
    assert "138****8000" in masked_text(text, phones=True)
    assert masked_text(masked_text(text)) == masked_text(text)


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("请打13800138000找我", "请打138****8000找我"),
        ("手机：138 0013 8000", "手机：138****8000"),
        ("138-0013-8000、139.0013.9000", "138****8000、139****9000"),
        ("＋８６ １３８００１３８０００", "138****8000"),
        ("138\u200b0013\u200b8000", "138****8000"),
        ("座机010-68601234或（010）6860 1235", "座机010****1234或010****1235"),
        ("电话68601234，400-810-1234", "电话686****1234，400****1234"),
        ("电话：13800138000转…", "电话：138****8000转…"),
        ("很长的题目里有电话1380013…", "很长的题目里有电话****…"),
    ],
)
def test_phones_in_a_text_are_masked_however_they_are_written(text: str, shows: str) -> None:
    assert masked_text(text, phones=True) == shows


@pytest.mark.parametrize(
    "text",
    [
        "SQ20261123001，订单20261123001122，2026-11-23 10:00，面积1380.5平方米，利率0.385",
        "91110107MA01ABCD2X，第13号楼1380室，13,800,138,000元，20261201",
        "营业额13800138000000元",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert masked_text(text, phones=True) == text
