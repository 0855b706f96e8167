"""完善企业信息 by chat: notice first, every step can be skipped, what fits comes first and says why."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.conversations import Conversation
from models.profiles import Profile
from tests.support.place import Citizen, Place

ANSWERS = ("1", "星光科技有限公司", "9", "3", "1 4", "首钢园", "1")


def profile(place: Place, person: Citizen) -> Profile | None:
    found: Profile | None = place.query(
        lambda db: db.scalar(select(Profile).where(Profile.openid == person.openid))
    )
    return found


def fill(person: Citizen, *answers: str) -> str:
    """What is heard at the end of the form."""
    heard = person.says("完善企业信息")
    for answer in answers:
        heard = person.says(answer)
    return heard


def test_the_notice_comes_first_and_the_whole_form_is_kept(place: Place) -> None:
    person = place.citizen()
    assert "谁在处理" in person.says("我的企业")
    assert "叫什么名称" in person.says("同意")
    heard = ""
    for answer in ANSWERS[1:]:
        heard = person.says(answer)
    assert "已保存" in heard
    row = profile(place, person)
    assert row is not None
    assert (row.company, row.industry, row.size, row.qualification, row.street, row.stage) == (
        "星光科技有限公司",
        "未来制造",
        "小",
        "国高新、专精特新",
        "首钢园",
        "初创",
    )
    assert row.consent_version
    assert row.consented_at
    assert "星光科技有限公司" in person.says("我的企业")
    assert "星光科技有限公司" in person.says("我的信息")
    assert "适合您的政策" in heard
    assert "因为您" in heard


def test_who_does_not_agree_is_not_kept(place: Place) -> None:
    person = place.citizen()
    assert "没有保存" in fill(person, "2")
    assert profile(place, person) is None
    assert "诉求类型" in person.says("6")


def test_a_question_in_the_middle_is_answered_and_the_form_waits(place: Place) -> None:
    person = place.citizen()
    for answer in ("完善企业信息", "1", "跳过", "13"):
        person.says(answer)
    assert "3 小型，还是4 微型" in person.says("小微企业")
    for answer in ("3", "0", "跳过"):
        person.says(answer)
    heard = person.says("专精特新怎么申请")
    assert "继续填写" in heard
    assert "专精特新与创新型中小企业" in heard
    assert "发展阶段" in person.says("继续填写")
    assert "已保存" in person.says("刚开两年")
    row = profile(place, person)
    assert row is not None
    assert row.stage == "初创"


def test_every_step_can_be_skipped_gone_back_and_left(place: Place) -> None:
    person = place.citizen()
    fill(person, "1", "跳过", "跳过", "跳过")
    assert "哪些资质" in person.says("什么")
    assert "规模" in person.says("上一步")
    assert "草稿" in person.says("返回")
    assert "规模" in person.says("完善企业信息")
    assert "哪些资质" in person.says("小型")
    for answer in ("跳过", "跳过"):
        person.says(answer)
    assert "已保存" in person.says("跳过")
    row = profile(place, person)
    assert row is not None
    assert (row.company, row.industry, row.size, row.qualification) == (None, None, "小", None)
    assert "已取消" in fill(person, "取消")


def test_a_second_time_only_what_changes_is_asked_anew(place: Place) -> None:
    person = place.citizen()
    fill(person, *ANSWERS)
    heard = person.says("完善企业信息")
    assert "谁在处理" not in heard
    assert "现在是：星光科技有限公司" in heard
    for answer in ("清空", "跳过", "4", "0", "跳过"):
        person.says(answer)
    person.says("跳过")
    row = profile(place, person)
    assert row is not None
    assert (row.company, row.industry, row.size, row.qualification, row.stage) == (
        None,
        "未来制造",
        "微",
        "",
        "初创",
    )


def test_deleting_deletes_it(place: Place) -> None:
    person = place.citizen()
    fill(person, *ANSWERS)
    person.says("删除我的信息")
    assert "已删除" in person.says("1")
    assert profile(place, person) is None
    assert "没有填写" in person.says("我的信息")


def test_a_story_inside_the_form_is_not_lost(place: Place) -> None:
    person = place.citizen()
    fill(person, "1")
    for _step in range(2):
        heard = person.says("我们公司被甲方拖欠了三十万工程款，一直不给")
        assert "先替您记着" in heard
    assert "行业" in person.says("跳过")
    person.says("返回")
    person.says("6")
    data = place.query(
        lambda db: db.scalar(select(Conversation.data).where(Conversation.openid == person.openid))
    )
    assert data["facts"] == "我们公司被甲方拖欠了三十万工程款，一直不给"


@pytest.mark.parametrize("asks", ["适合我的政策", "有什么适合我们公司的政策吗", "政策推荐"])
def test_what_fits_is_listed_with_its_reason(place: Place, asks: str) -> None:
    person = place.citizen()
    assert "完善企业信息" in person.says(asks)
    fill(person, "1", "跳过", "5", "4", "0", "跳过", "跳过")
    heard = person.says(asks)
    assert "因为您" in heard
    first = next(line[2:] for line in heard.splitlines() if line.startswith("A "))
    assert first.replace("【待核验】", "") in person.says("a")


def test_a_list_shows_what_fits_first(place: Place) -> None:
    stranger, person = place.citizen(), place.citizen()
    assert "适合您" not in stranger.says("政策")
    fill(person, "1", "跳过", "科幻游戏", "跳过", "跳过", "跳过", "跳过")
    heard = person.says("政策")
    marked = ["·适合您" in line for line in heard.splitlines() if line[:2] in {f"{c} " for c in "ABCDE"}]
    assert marked == sorted(marked, reverse=True)
    assert "数字空间措施·适合您" in heard
    assert "因为您从事科幻游戏" in heard
    names = [line[2:] for line in heard.splitlines() if line[:2] in {f"{c} " for c in "ABCDE"}]
    assert len(set(names)) == 5
    assert not set(names) & {line[2:] for line in person.says("更多").splitlines() if line[1:2] == " "}
