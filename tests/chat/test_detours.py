"""What people really do in the middle of things: nothing they write is lost, nothing happens that they did not mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core import clock
from models.appeals import Appeal, AppealEvent, AppealState
from models.messages import StaffMessage
from tests.chat.test_dialogues import case, file_appeal
from tests.support.place import Citizen, Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the form's statements: test_dialogues.py


def to_contact(person: Citizen) -> None:
    for said in ("6", "2", "1", "资金周转困难，希望协调银行", "完成", "星光公司"):
        person.says(said)


def newest(place: Place) -> Appeal:
    found: Appeal = place.query(
        lambda db: db.scalars(select(Appeal).order_by(Appeal.id.desc()).limit(1)).one()
    )
    return found


def test_what_follows_words_of_self_harm_reaches_the_staff_too(place: Place) -> None:
    person = place.citizen()
    assert "120" in person.says("我想自杀")
    assert "和您刚才的话放在一起" in person.says("张三 13800138000")
    said = place.query(
        lambda db: list(db.scalars(select(StaffMessage.text).order_by(StaffMessage.id.desc()).limit(2)))
    )
    assert said == ["张三 13800138000", "我想自杀"]


def test_going_back_to_the_contact_forgets_the_old_phone(place: Place) -> None:
    person = place.citizen()
    to_contact(person)
    person.says("张三 13800138000")
    person.says("上一步")
    assert "没有认出电话" in person.says("王明 23900139000")
    person.says("王明 13900139000")
    person.says("1")
    person.says("1")
    assert (newest(place).contact, newest(place).phone) == ("王明", "13900139000")


def test_a_phone_first_and_the_name_after(place: Place) -> None:
    person = place.citizen()
    to_contact(person)
    assert "姓名" in person.says("13800138000")
    assert "姓名" in person.says("确认")
    person.says("王明")
    person.says("2")
    person.says("1")
    assert (newest(place).contact, newest(place).phone, newest(place).share_contact) == (
        "王明",
        "13800138000",
        False,
    )


def test_a_bare_yes_does_not_share_the_phone(place: Place) -> None:
    person = place.citizen()
    to_contact(person)
    person.says("王明 13800138000")
    assert "请回复数字" in person.says("同意")
    assert "请核对" in person.says("2")


def test_a_second_tap_on_submit_shows_the_receipt_again(place: Place) -> None:
    person = place.citizen()
    to_contact(person)
    for said in ("匿名", "1"):
        person.says(said)
    before = place.count(Appeal)
    receipt = person.says("1")
    assert person.says("1") == receipt
    assert place.count(Appeal) == before + 1


def test_a_supplement_in_one_line_is_kept(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person)
    assert "已记下这一条" in person.says(f"补充 {number} 今天对方又拒绝")
    person.says("完成")
    filed = case(place, number)
    added = place.query(
        lambda db: db.scalar(
            select(AppealEvent.public_text).where(
                AppealEvent.appeal_id == filed.id, AppealEvent.action == "supplemented"
            )
        )
    )
    assert added == "今天对方又拒绝"


def test_every_kind_of_draft_is_found_again(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person)
    person.says("补充")
    person.says("第一句补充")
    assert "草稿" in person.says("返回")
    assert number in person.says("继续填写")
    assert "已补充" in person.says("完成")


def test_a_tap_on_the_menu_says_that_the_draft_is_kept(place: Place) -> None:
    person = place.citizen()
    person.says("6")
    person.says("2")
    heard = person.does("CLICK", EventKey="menu:金融")
    assert "草稿" in heard
    assert "惠企政策·金融" in heard


@pytest.mark.parametrize("story", ["举报某公司污染", "投诉物业乱收费", "被拖欠工程款", "建议增加停车位"])
def test_the_first_sentence_is_not_lost(place: Place, story: str) -> None:
    person = place.citizen()
    assert "您的描述已记下" in person.says(story)
    person.says("2")
    assert f"文字{len(story)}字" in person.says("1")


@pytest.mark.parametrize("bare", ["提诉求", "我要提诉求", "我要投诉", "想给区里提点建议"])
def test_a_bare_wish_is_no_story(place: Place, bare: str) -> None:
    assert "已记下" not in place.citizen().says(bare)


def test_an_expired_draft_is_said_and_the_new_words_are_answered(fresh_place: Place) -> None:
    person = fresh_place.citizen()
    person.says("6")
    person.says("2")
    fresh_place.travel_to(clock.now() + timedelta(hours=25))
    heard = person.says("政策")
    assert "已过24小时" in heard
    assert "惠企政策·综合" in heard


def test_unsubscribing_from_what_is_not_there_stops_nothing(place: Place) -> None:
    person = place.citizen()
    person.says("订阅 全部")
    assert "还没有退订" in person.says("退订 不存在的系列")
    assert "已退订" in person.says("TD")


def test_td_inside_the_list_closes_it(place: Place) -> None:
    person = place.citizen()
    person.says("订阅 A")
    person.says("订阅")
    assert "已退订" in person.says("TD")
    assert "惠企政策·综合" in person.says("1")


@pytest.mark.parametrize("no", ["不", "否", "我不想撤回了", "2", "算了"])
def test_only_a_clear_yes_withdraws(place: Place, no: str) -> None:
    person = place.citizen()
    number = file_appeal(person)
    person.says("撤回")
    assert "还没有撤回" in person.says("撤回")
    assert "没有撤回" in person.says(no)
    assert case(place, number).state is AppealState.SUBMITTED


def test_a_withdrawn_case_offers_what_is_possible(place: Place) -> None:
    person = place.citizen()
    file_appeal(person)
    person.says("撤回")
    person.says("1")
    heard = person.says("查进度")
    assert "补充" not in heard
    assert "回复 6" in heard


def test_many_cases_are_all_found(place: Place) -> None:
    person = place.citizen()
    numbers = [file_appeal(person, f"第{n}件事情的经过") for n in range(6)]
    first = person.says("查进度")
    assert "共6件" in first
    second = person.says("更多")
    assert all((number in first) or (number in second) for number in numbers)


@pytest.mark.parametrize(
    ("name", "short"),
    [("信访工作条例", "信访工作条例"), ("欠款投诉平台", "欠款投诉平台"), ("《公司法》", "公司法")],
)
def test_a_documents_name_alone_is_that_document(place: Place, name: str, short: str) -> None:
    heard = place.citizen().says(name)
    assert short in heard
    assert "收藏 / 解读" in heard


def test_markup_in_peoples_words_comes_back_harmless(place: Place) -> None:
    person = place.citizen()
    for said in (
        "6",
        "2",
        "1",
        "<a href='http://evil.cn'>点我</a>领补贴",
        "完成",
        "北京<a href=http://evil.cn>某</a>公司",
        "匿名",
    ):
        person.says(said)
    assert "<a" not in person.says("1")


def test_a_digit_leaves_the_message_for_the_staff(place: Place) -> None:
    person = place.citizen()
    person.says("0")
    assert "诉求类型" in person.says("6")
