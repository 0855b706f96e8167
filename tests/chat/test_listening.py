"""A form that listens: ways out, corrections and questions are heard, and only the matter gets into the matter."""

from __future__ import annotations

import pytest

from tests.chat.test_dialogues import case
from tests.support.place import Citizen, Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # what a person reads; the statements: test_dialogues.py


def at_the_facts(place: Place) -> Citizen:
    person = place.citizen()
    for words in ("6", "2", "12", "物业断电三天，冷库的货坏了"):
        person.says(words)
    return person


def test_somebody_who_leaves_finds_the_words_again(place: Place) -> None:
    person = at_the_facts(place)
    assert "没有提交" in person.says("算了，不想弄了")
    assert "文字13字" in person.says("继续填写")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("能匿名吗", "可以匿名"),
        ("会不会被对方知道", "不公开"),
        ("多久有结果", "个工作日内告知是否受理"),
        ("要钱吗", "都不收费"),
        ("周末有人看吗", "工作日 09:00"),
        ("谁会看到", "承办这件事的单位"),
        ("拖欠货款政府有什么规定", "《保障中小企业款项支付条例》"),
    ],
)
def test_a_question_is_answered_and_the_open_step_said_again(place: Place, asked: str, told: str) -> None:
    person = at_the_facts(place)
    heard = person.says(asked)
    assert told in heard
    assert "回复「完成」" in heard


def test_nothing_but_the_matter_is_filed(place: Place) -> None:
    person = at_the_facts(place)
    for words in ("能匿名吗", "多久有结果", "完成", "星光科技有限公司", "公司名不对 改成星火商贸有限公司"):
        heard = person.says(words)
    assert "星火商贸有限公司" in heard
    person.says("王明 13800138000")
    person.says("1")
    assert "电话" in person.says("电话写错了我改一下")
    assert "请核对" in person.says("李丽 13900139000")
    receipt = person.says("1")
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    filed = case(place, number)
    assert filed.body == "物业断电三天，冷库的货坏了"
    assert (filed.company, filed.contact, filed.phone) == ("星火商贸有限公司", "李丽", "13900139000")


def test_back_and_a_fresh_start(place: Place) -> None:
    person = at_the_facts(place)
    assert "属于哪一类" in person.says("返回上一个问题")
    assert "诉求类型" in person.says("从头来一遍")


def test_what_was_said_at_once_is_not_asked_again(place: Place) -> None:
    person = place.citizen()
    heard = person.says(
        "我叫张伟，电话13800138000，公司是北京某某装饰有限公司，楼下一直停电影响开工，我要投诉"
    )
    for part in ("类型：", "类别：基础设施", "企业：北京某某装饰有限公司", "联系：张伟 13800138000"):
        assert part in heard
    assert "北京某某建筑有限公司" in person.says("公司改成北京某某建筑有限公司")
    assert "同意" in person.says("完成")  # consent is never skipped
    assert "请核对" in person.says("1")
    receipt = person.says("1")
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    filed = case(place, number)
    assert filed.company == "北京某某建筑有限公司"
    assert (filed.contact, filed.phone) == ("张伟", "13800138000")
    assert "停电影响开工" in filed.body
    assert "13800138000" not in filed.body
