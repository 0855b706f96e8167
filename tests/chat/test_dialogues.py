"""Longer talks: forms that survive, drafts, pictures, going back."""

from __future__ import annotations

import io
import threading

import pytest
from PIL import Image
from sqlalchemy import select

from models.appeals import Appeal, AppealEvent, AppealState, Attachment, MediaState
from models.inbound import Inbound
from tests.support.place import Citizen, Place, eventually


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def answer_form(person: Citizen, *, contact: str = "王明 13800138000", consent: str = "1") -> str:
    """From the question for the company to the receipt."""
    person.says("星光科技有限公司")
    person.says(contact)
    assert "请核对" in person.says(consent)
    return person.says("1")


def file_appeal(
    person: Citizen,
    story: str = "物业无故断电，影响生产",
    picture_too: bool = False,
    contact: str = "王明 13800138000",
) -> str:
    """File an appeal; its number."""
    assert "诉求类型" in person.says("6")
    assert "哪一类" in person.says("2")
    assert "具体情况" in person.says("12")
    person.says(story)
    if picture_too:
        assert "图片1张" in person.sends_picture(picture())
    assert "全称" in person.says("完成")
    receipt = answer_form(person, contact=contact)
    return next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))


def case(place: Place, number: str) -> Appeal:
    found: Appeal = place.query(lambda db: db.scalar(select(Appeal).where(Appeal.number == number)))
    return found


def test_a_second_number_and_words_behind_it_stand_in_the_case(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person, contact="古丽·阿依江 13800138000 或 010-88880000转8，下午3点后打")
    filed = case(place, number)
    assert filed.contact == "古丽·阿依江（下午3点后打）"
    assert (filed.phone, filed.phone_tail) == ("13800138000、010-88880000转8", "8000")


def test_an_appeal_with_a_picture_from_question_to_progress(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person, picture_too=True)
    filed = case(place, number)
    assert (filed.type, filed.category) == ("求助", "基础设施（水电气网路）")
    assert filed.body == "物业无故断电，影响生产"
    assert (filed.contact, filed.phone, filed.share_contact) == ("王明", "13800138000", True)
    assert filed.consent_version
    shown = person.says("查进度")
    assert number in shown
    assert "待受理" in shown

    def stored() -> Attachment | None:
        query = select(Attachment).where(
            Attachment.appeal_id == filed.id, Attachment.state == MediaState.STORED
        )
        found: Attachment | None = place.query(lambda db: db.scalar(query))
        return found

    kept = eventually(stored)
    assert place.services.storage.original(kept.path) == picture()


def test_nobody_sees_anothers_case(place: Place) -> None:
    number = file_appeal(place.citizen())
    assert "没有查到这个编号" in place.citizen().says(number)
    assert "没有查到这个编号" in place.citizen().says(f"撤回 {number}")


def test_supplement_and_withdraw_by_chat(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person)
    assert number in person.says("补充")
    person.says("补一句：今天又断了两小时")
    assert "已补充" in person.says("完成")
    assert "确定撤回" in person.says("撤回")
    assert "已撤回" in person.says("1")
    filed = case(place, number)
    assert filed.state is AppealState.WITHDRAWN
    events = place.query(
        lambda db: db.execute(
            select(AppealEvent.action, AppealEvent.from_state, AppealEvent.to_state)
            .where(AppealEvent.appeal_id == filed.id)
            .order_by(AppealEvent.id)
        ).all()
    )
    assert [e[0] for e in events] == ["filed", "supplemented", "withdrawn"]
    assert events[-1][1:] == (AppealState.SUBMITTED, AppealState.WITHDRAWN)


def test_going_one_step_back_changes_the_answer(place: Place) -> None:
    person = place.citizen()
    person.says("6")
    person.says("2")
    assert "诉求类型" in person.says("上一步")
    person.says("3")
    person.says("1")
    person.says("政策一直没有兑现")
    person.says("完成")
    receipt = answer_form(person)
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    assert case(place, number).type == "投诉"


def test_leaving_keeps_a_draft_and_a_digit_means_the_menu_again(place: Place) -> None:
    person = place.citizen()
    person.says("6")
    person.says("2")
    assert "草稿" in person.says("返回")
    assert "惠企政策·综合" in person.says("1")
    assert "没填完" in person.says("6")
    assert "哪一类" in person.says("继续填写")


def test_cancel_drops_everything(place: Place) -> None:
    person = place.citizen()
    person.says("6")
    person.says("2")
    assert "已取消" in person.says("取消")
    assert "诉求类型" in person.says("6")


def test_help_inside_a_form_does_not_lose_it(place: Place) -> None:
    person = place.citizen()
    person.says("6")
    assert "还开着" in person.says("帮助")
    assert "哪一类" in person.says("2")


def test_a_refused_consent_keeps_nothing(place: Place) -> None:
    person = place.citizen()
    before = place.count(Appeal)
    for said in ("6", "2", "1", "资金困难，希望协调", "完成", "星光公司", "王明 13800138000"):
        person.says(said)
    assert "没有保存" in person.says("3")
    assert place.count(Appeal) == before


@pytest.mark.parametrize(("contact", "name", "phone"), [("李四，电话 010-68600000", "李四", "010-68600000"), ("13900139000 赵女士", "赵女士", "13900139000")])  # fmt: skip
def test_contacts_are_read_as_people_write_them(place: Place, contact: str, name: str, phone: str) -> None:
    person = place.citizen()
    for said in ("6", "2", "1", "资金困难，希望协调", "完成", "星光公司"):
        person.says(said)
    person.says(contact)
    person.says("2")
    person.says("1")
    filed = place.query(lambda db: db.scalars(select(Appeal).order_by(Appeal.id.desc()).limit(1)).one())
    assert (filed.contact, filed.phone, filed.share_contact) == (name, phone, False)


def test_a_long_story_becomes_an_appeal_with_its_words(place: Place) -> None:
    person = place.citizen()
    story = "我们公司租的厂房从上个月开始一直漏水，找物业找了五次都没有人来修，设备已经泡坏了两台，损失很大，请领导帮忙协调一下。"
    assert "诉求类型" in person.says(story)
    person.says("2")
    assert "已记下" in person.says("13")
    person.says("完成")
    receipt = answer_form(person)
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    assert case(place, number).body == story


def test_three_concurrent_copies_of_one_message_have_one_effect(place: Place) -> None:
    person = place.citizen()
    for said in ("6", "2", "1", "资金困难，希望协调", "完成", "星光公司", "匿名", "1"):
        person.says(said)
    before, heard = place.count(Appeal), []

    def send() -> None:
        heard.append(person.says("1", msg_id="25190000000009999"))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert place.count(Appeal) == before + 1
    assert len(set(heard)) == 1
    assert "编号" in heard[0]


def test_two_quick_messages_are_both_taken(place: Place) -> None:
    person = place.citizen()
    for said in ("6", "2", "1"):
        person.says(said)
    parts = [f"第{n}段情况说明" for n in range(6)]
    threads = [threading.Thread(target=person.says, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    person.says("完成")
    receipt = answer_form(person)
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    assert all(part in case(place, number).body for part in parts)


def test_unfollowing_deletes_the_persons_data_and_keeps_the_case(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person)
    person.says("订阅 全部")
    person.does("unsubscribe", EventKey="")
    filed = case(place, number)
    assert filed.openid is None
    assert place.count(Inbound, Inbound.openid == person.openid) == 0
    person.does("subscribe", EventKey="")
    assert number in person.says("查进度")
    assert "没有订阅" in person.says("TD")


def test_deleting_ones_data_cuts_the_case_off_for_good(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person)
    person.says("删除我的信息")
    assert "已删除" in person.says("1")
    gone = case(place, number)
    assert gone.state is AppealState.WITHDRAWN
    assert (gone.openid, gone.contact, gone.phone) == (None, None, None)
    assert "没有提交过诉求" in person.says("查进度")
    assert "诉求 0 件" in person.says("我的信息")
    rows = place.query(lambda db: list(db.scalars(select(Inbound.reply))))
    assert not any(person.openid in reply for reply in rows), "replies are kept without the openid"


def test_a_package_is_kept_found_again_and_let_go(place: Place) -> None:
    person = place.citizen()
    person.says("石惠十条")
    assert "收藏" in person.says("收藏")
    assert "石惠" in person.says("我的收藏")
    person.says("石惠十条")
    person.says("取消收藏")
    assert "石惠" not in person.says("我的收藏")


def test_study_materials_are_shown(place: Place) -> None:
    assert "学习" in place.citizen().says("学习资料")
