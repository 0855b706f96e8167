"""Names and phones as people write them."""

from __future__ import annotations

import time

import pytest

from bot.appeals import phone_numbers
from bot.appeals.contact_line import Contact, read_contact


@pytest.mark.parametrize(
    ("line", "name", "phone"),
    [
        ("王明 13800138000", "王明", "13800138000"),
        ("13800138000王明", "王明", "13800138000"),
        ("王明 +86 138 0013 8000", "王明", "13800138000"),
        ("王明 0086 138 0013 8000", "王明", "13800138000"),
        ("王明 138—0013—8000", "王明", "13800138000"),
        ("138　0013　8000 王明", "王明", "13800138000"),
        ("138.0013.8000 王明", "王明", "13800138000"),
        ("１３８００１３８０００ 王明", "王明", "13800138000"),
        ("1380013 8000 王明", "王明", "13800138000"),
        ("010 88880000 赵", "赵", "010-88880000"),
        ("(010)88880000 赵", "赵", "010-88880000"),
        ("（010）8888-0000 赵女士", "赵女士", "010-88880000"),
        ("李四，电话 010-68600000", "李四", "010-68600000"),
        ("0311-12345678 转 801 钱", "钱", "0311-12345678转801"),
        ("400-810-1234 客服", "客服", "4008101234"),
        ("我叫王明，电话是13800138000，谢谢", "王明", "13800138000"),
        ("联系人：欧阳小明；手机号：13800138000", "欧阳小明", "13800138000"),
        ("微信 13800138000", "", "13800138000"),
        ("确认 13800138000", "", "13800138000"),
        ("王明", "王明", ""),
        ("确认", "", ""),
    ],
)
def test_a_line_with_a_contact(line: str, name: str, phone: str) -> None:
    assert read_contact(line) == Contact(name, phone)


@pytest.mark.parametrize(
    "line", ["王明 23900139000", "王明 1380013800", "88880000", "微信 wx_12345", "110107199001011234 王"]
)
def test_digits_that_make_no_phone_are_odd(line: str) -> None:
    found = read_contact(line)
    assert (found.phone, found.odd) == ("", True)


@pytest.mark.parametrize(
    ("line", "name", "phone"),
    [
        ("王明 13800138000 13900139000", "王明", "13800138000、13900139000"),
        ("王明 13800138000/13900139000", "王明", "13800138000、13900139000"),
        ("王明，13800138000 或 010-88880000", "王明", "13800138000、010-88880000"),
        ("王明 13800138000，13800138000", "王明", "13800138000"),
        ("王明13800138000、13900139000、13700137000", "王明", "13800138000、13900139000"),
        ("赵 010-88880000转801", "赵", "010-88880000转801"),
        ("赵 010-88880000 分机801", "赵", "010-88880000转801"),
        ("赵 010-88880000-801", "赵", "010-88880000转801"),
        ("赵 010-8888-0000—8001，13800138000", "赵", "010-88880000转8001、13800138000"),
        ("赵 010-88880000（分机号：801）", "赵", "010-88880000转801"),
        ("赵 010-88880000-转分机801", "赵", "010-88880000转801"),
        ("赵 010-88880000 ext. 801", "赵", "010-88880000转801"),
        ("赵 010-88880000#801 13800138000", "赵", "010-88880000转801、13800138000"),
        ("王明 \u202d13800138000\u202c", "王明", "13800138000"),
        ("王\u200b明 138\u200b0013\u20608000\ufeff", "王明", "13800138000"),
        ("古丽·阿依江 13800138000", "古丽·阿依江", "13800138000"),
        ("我叫古丽・阿依江，电话138·0013·8000", "古丽·阿依江", "13800138000"),
        ("13800138000古丽 • 阿依江", "古丽·阿依江", "13800138000"),
        ("买买提.吐尔逊 13800138000", "买买提·吐尔逊", "13800138000"),
        ("Anne-Marie Smith 13800138000", "Anne-Marie Smith", "13800138000"),
        ("王明。13800138000。", "王明", "13800138000"),
        ("13800138000（微信同号）王明", "王明", "13800138000"),
    ],
)
def test_two_numbers_an_extension_invisible_marks_and_a_dotted_name(line: str, name: str, phone: str) -> None:
    assert read_contact(line) == Contact(name, phone)


@pytest.mark.parametrize(
    ("line", "name", "note"),
    [
        ("王明 13800138000 下午3点后打", "王明", "下午3点后打"),
        ("13800138000王明，下午打", "王明", "下午打"),
        ("王明 13800138000，打不通打我爱人13900139000", "王明", "打不通打我爱人"),
        ("王明 13800138000 微信wm12345678", "王明", "wm12345678"),
        ("王明 13800138000 3号楼301室", "王明", "3号楼301室"),
    ],
)
def test_words_behind_the_number_are_kept_beside_the_name(line: str, name: str, note: str) -> None:
    found = read_contact(line)
    assert (found.name, found.note, found.odd) == (name, note, False)
    assert found.phone.startswith("13800138000")


@pytest.mark.parametrize(
    "line", ["王明 13800138000 或 1390013900", "王明 13800138000 110107199001011234", "13800138000 88880000"]
)
def test_a_second_number_that_is_not_whole_is_asked_for_again(line: str) -> None:
    assert read_contact(line).odd


def test_a_line_of_any_length_is_read_at_once() -> None:
    for part in ("1", "138 ", "0-", "转1", "·", "王 ", "010-8888"):
        began = time.process_time()
        read_contact(part * 30_000)
        assert time.process_time() - began < 0.2, part


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("138 1234 0001", "13812340001"),
        ("\u202d13812340001\u202c", "13812340001"),
        ("电话：13812340001、010-68600000转8", "13812340001、010-68600000转8"),
        ("1.38E+10", None),
        ("1.3812E+10", None),
        ("#########", None),
        ("#NAME?", None),
        ("1381234000", None),
        ("138123400011", None),
        ("138****0001", None),
        ("68600000", None),
        ("13812340001 王会计", None),
        ("13812340001、6860", None),
        ("", None),
    ],
)
def test_a_field_of_numbers_is_whole_or_nothing(cell: str, phone: str | None) -> None:
    assert phone_numbers.read(cell) == phone


def test_only_a_whole_number_recognises_a_person() -> None:
    same = ["13812340001", "138-1234-0001", "13812340001、010-68600000"]
    assert {phone_numbers.identifying(one) for one in same} == {"13812340001"}
    assert {phone_numbers.identifying(one) for one in ("1.38E+10", "68600000", "", None)} == {""}
