"""Tables of what people say and what they hear, through the simulator, the webhook and the database."""

from __future__ import annotations

import pytest

from tests.support.place import Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # what a person reads; the statements: test_dialogues.py


SAYS_HEARS = [
    ("政策", "惠企政策·综合"),
    ("　政策 ", "惠企政策·综合"),
    ("政策！", "惠企政策·综合"),
    ("民营经济促进法", "民营经济促进法"),
    ("石惠十条", "【待核验】石惠十条"),
    ("石会十条", "【待核验】石惠十条"),
    ("石惠十條", "【待核验】石惠十条"),
    ("802号令", "款项支付条例"),
    ("贴息贷款怎么弄", "【待核验】首贷贴息"),
    ("帮助", "菜单"),
    ("菜单", "6 提诉求"),
    ("返回", "6 提诉求"),
    ("取消", "没有正在填写"),
    ("查进度", "还没有提交过诉求"),
    ("SQ20260105002", "没有查到这个编号"),
    ("进度 ＳＱ２０２６０１０５００２", "没有查到这个编号"),
    ("sq 2026 0105 002", "没有查到这个编号"),
    ("8", "学习资料"),
    ("学习资料", "学习资料"),
    ("9", "活动"),
    ("往期", "第1期"),
    ("我的信息", "我们为您保存了"),
    ("TD", "没有订阅"),
    ("退订", "没有订阅"),
    ("继续", "没有未看完的内容"),
    ("我的收藏", "还没有收藏"),
    ("更多", "没有更多"),
    ("你好", "6 提诉求"),
    ("楼里着火了快来人", "119"),
    ("阿巴阿巴咕噜噜", "6"),
]

DIGITS = {
    1: "惠企政策·综合", 2: "惠企政策·法律", 3: "惠企政策·金融", 4: "惠企政策·人才", 5: "惠企政策·税费",
    6: "诉求类型", 7: "还没有提交过诉求", 8: "学习资料", 9: "活动", 0: "留言",
}  # fmt: skip
WAYS = ["{}", "{full}", "{circled}", "{chinese}", "选{}", "{}.", "{}、", "回复{}", " {} "]


@pytest.mark.parametrize(("says", "hears"), SAYS_HEARS)
def test_what_a_person_hears(place: Place, says: str, hears: str) -> None:
    assert hears in place.citizen().says(says)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_type_a_digit_of_the_menu(place: Place, way: str) -> None:
    for digit, hears in DIGITS.items():
        typed = way.format(
            digit,
            full=chr(0xFF10 + digit),
            circled="⓪①②③④⑤⑥⑦⑧⑨"[digit],
            chinese="零一二三四五六七八九"[digit],
        )
        assert hears in place.citizen().says(typed), typed


@pytest.mark.parametrize(("key", "hears"), [("政策", DIGITS[1]), ("提诉求", DIGITS[6]), ("查进度", DIGITS[7]), ("学习资料", DIGITS[8]), ("转人工", DIGITS[0])])  # fmt: skip
def test_a_tap_on_the_menu_equals_its_number(place: Place, key: str, hears: str) -> None:
    assert hears in place.citizen().does("CLICK", EventKey=f"menu:{key}")


def test_digits_keep_meaning_the_menu_after_a_list(place: Place) -> None:
    person = place.citizen()
    for digit in (1, 2, 3, 4, 5, 8):
        assert DIGITS[digit] in person.says(str(digit))


def test_letters_choose_from_the_list_shown_last(place: Place) -> None:
    person = place.citizen()
    listed = person.says("2")
    first = next(line for line in listed.splitlines() if line.startswith("A ")).removeprefix("A ")
    assert first.split("（")[0].replace("【待核验】", "") in person.says("Ａ")


def test_more_shows_the_next_page(place: Place) -> None:
    person = place.citizen()
    assert "1—5" in person.says("政策")
    assert "6—10" in person.says("更多")


def test_what_can_be_done_with_the_package_shown_last(place: Place) -> None:
    person = place.citizen()
    assert "收藏 / 解读 / 申报 / 不是这个" in person.says("款项支付条例")
    assert "已收藏" in person.says("收藏")
    assert "之前已收藏" in person.says("收藏")
    assert "款项支付条例" in person.says("我的收藏")
    assert "款项支付条例" in person.says("解读")
    assert "款项支付条例" in person.says("申报")
    assert "已取消收藏" in person.says("取消收藏")
    assert "A " in person.says("不是这个")


def test_a_welcome_names_the_menu_and_remembers_the_code(place: Place) -> None:
    person = place.citizen(follow=False)
    assert "6 提诉求" in person.does("subscribe", EventKey="qrscene_hall_07", Ticket="T")
    from sqlalchemy import select

    from models.followers import Follower

    scene = place.query(lambda db: db.scalar(select(Follower.scene).where(Follower.openid == person.openid)))
    assert scene == "hall_07"


def test_a_very_long_text_is_answered(place: Place) -> None:
    assert place.citizen().says("我们公司的房租涨了一倍，物业还断电，" * 300)


def test_two_misses_in_a_row_reach_a_person(place: Place) -> None:
    person = place.citizen()
    assert "A " in person.says("咕噜咕噜哔哔")
    assert "工作人员" in person.says("哔哔咕噜咕噜")
