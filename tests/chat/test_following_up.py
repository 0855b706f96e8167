"""What is asked next binds to what was shown last: sides of a package, worded places in a list, one's own cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.core import clock
from bot.core.db import transaction
from models.phrases import Unmatched
from models.ratings import AnswerRating
from models.study import Issue, enabled_series, first_items
from tests.chat.kit import PAYMENT, fill
from tests.chat.test_dialogues import file_appeal
from tests.support.place import Citizen, Place
from tests.support.variants import ON_SQLITE


@pytest.fixture(scope="module")
def filled(place: Place) -> Place:
    """A place whose 款项支付条例 has facts and conditions."""
    fill(place)
    return place


def reader(place: Place) -> Citizen:
    """Somebody who has just read 款项支付条例."""
    person = place.citizen()
    assert "款项支付条例" in person.says("款项支付条例")
    return person


SIDES = [
    ("要什么材料", "对账单（依据：试验办法第三条）"),
    ("需要准备点啥", "催款记录（依据：试验通报，以官方发布为准）"),
    ("条件是什么", "欠款没有争议"),
    ("怎么走流程", "先登记"),
    ("多久有结果", "三十日内答复"),
    ("去哪办", "三号窗口"),
    ("电话", "打12345（依据"),
    ("联系方式", "打12345（依据"),
    ("能给多少钱", "每日万分之五（依据：保障中小企业款项支付条例第十七条）"),
    ("要收费吗", "不收费"),
    ("截止到什么时候", "三年内"),
    ("原文发我看看", "国令第802号"),
    ("这个还有效吗", "现行有效"),
    ("解读一下", "合同写了“甲方收到款再付”怎么办"),
    ("归谁管", "试验主管部门"),
    ("有类似的吗", "A "),
    ("第十七条怎么说的", "第17条"),
    ("利息怎么算", "万分之五"),
    ("逾期利息是多少", "回复「算利息」"),
    ("那要是不交会怎么样", "没有核实到【后果】，由试验主管部门定，请打12345，或回复 0 转人工"),
]


@pytest.mark.parametrize(("says", "hears"), SIDES)
@ON_SQLITE
def test_a_side_of_the_package_shown_last(filled: Place, says: str, hears: str) -> None:
    person = reader(filled)
    heard = person.says(says)
    assert hears in heard
    assert len(heard.encode()) <= 2048


@ON_SQLITE
def test_a_change_that_is_coming_is_named_with_its_day(filled: Place) -> None:
    heard = reader(filled).says("多久能办完")
    assert heard.index("三十日内答复") < heard.index("自2030年1月1日起：答复缩短为二十日")


@ON_SQLITE
@pytest.mark.parametrize("says", ["高新认定要什么材料", "公积金贷款要什么条件", "民营经济促进法还有效吗", "注销公司去哪办", "营业执照迟迟办不下来", "收到", "你能帮我干啥", "查进度", "政策", "提诉求", "学习资料", "转人工"])  # fmt: skip
def test_a_question_that_names_another_matter_is_a_new_one(filled: Place, says: str) -> None:
    person, stranger = reader(filled), filled.citizen()
    assert person.says(says) == stranger.says(says)


@ON_SQLITE
def test_without_anything_shown_a_side_means_what_it_always_meant(filled: Place) -> None:
    assert "学习资料" in filled.citizen().says("材料")
    assert "办公电话待核验" in filled.citizen().says("电话")


@ON_SQLITE
def test_a_follow_up_binds_for_half_an_hour(fresh_place: Place) -> None:
    person = fresh_place.citizen()
    person.says("款项支付条例")
    fresh_place.travel_to(clock.now() + timedelta(minutes=29))
    assert "款项支付条例" in person.says("要什么材料")
    fresh_place.travel_to(clock.now() + timedelta(minutes=31))
    assert "款项支付条例" not in person.says("要什么材料")


LISTS = [
    ("政策", "惠企政策·综合"),
    ("搜 贷款", "搜「贷款」"),
    ("学习资料", "学习资料"),
]
SECOND = ["第二个", "第2个", "第二份", "选B", "B吧", "看第二个", "我要第二个", "第2条"]


@ON_SQLITE
@pytest.mark.parametrize(("asks", "hears"), LISTS)
@pytest.mark.parametrize("says", SECOND)
def test_a_worded_place_means_the_newest_list(filled: Place, asks: str, hears: str, says: str) -> None:
    by_letter, by_words = filled.citizen(), filled.citizen()
    assert hears in by_letter.says(asks)
    by_words.says(asks)
    assert by_words.says(says) == by_letter.says("B")


@ON_SQLITE
def test_the_last_of_a_list_and_the_one_above(filled: Place) -> None:
    person = filled.citizen()
    listed = person.says("搜 贷款")
    last = [line for line in listed.splitlines() if line[:2] in ("A ", "B ", "C ", "D ", "E ")][-1]
    name = last[2:].removeprefix("【待核验】").partition("（")[0]
    assert name in person.says("最后一个")
    assert name in person.says("刚才那个")
    assert name in person.says("上面那个要什么材料")
    assert "字母" in person.says("第9个")


@ON_SQLITE
def test_a_bare_digit_stays_the_menus(filled: Place) -> None:
    person = filled.citizen()
    person.says("政策")
    assert "惠企政策·法律" in person.says("2")
    assert "诉求类型" in filled.citizen().says("第6个")  # nothing is listed


@ON_SQLITE
def test_a_side_of_one_in_a_list(filled: Place) -> None:
    person = filled.citizen()
    listed = person.says("搜 款项支付")
    letter = next(line[0] for line in listed.splitlines() if line.endswith(" 款项支付条例"))
    assert "对账单" in person.says(f"{letter}要什么材料")
    person.says("搜 款项支付")
    assert "哪一份的材料" in person.says("要什么材料")
    assert "对账单" in person.says(letter)
    person.says("搜 款项支付")
    assert "哪一份" not in person.says("发票怎么领")
    person.says("搜 款项支付")
    assert "哪一份的电话、材料" in person.says("材料和电话")
    both = person.says(letter)
    assert "【材料】" in both
    assert "【电话】" in both


@ON_SQLITE
def test_a_list_that_does_not_help(filled: Place) -> None:
    person = filled.citizen()
    person.says("搜 款项支付")
    assert "列出来的就这些" in person.says("还有别的吗")
    assert "换个说法" in person.says("没用")


@ON_SQLITE
def test_after_the_events_an_older_list_is_gone(filled: Place) -> None:
    person = filled.citizen()
    person.says("政策")
    person.says("活动")
    assert "没有列出" in person.says("第一个")


@ON_SQLITE
def test_another_item_of_the_series(filled: Place) -> None:
    person = filled.citizen()
    person.says("学习资料")
    assert "第1期" in person.says("第一个")
    assert "没有更早" in person.says("上一期")
    assert "第3期还没有推送" in person.says("第三期")
    assert "第1期" in person.says("最新一期")


@ON_SQLITE
def test_items_that_were_sent_are_reached_by_number_and_by_step(fresh_place: Place) -> None:
    with transaction(fresh_place.engine) as db:
        one = enabled_series(db)[0]
        for week, item in enumerate(first_items(db, one.id, 3)):
            sent_at = clock.now() - timedelta(weeks=4 - week)
            db.add(Issue(series_id=one.id, item_id=item.id, due_at=sent_at, created_at=sent_at))
    person = fresh_place.citizen()
    person.says("学习资料")
    assert "第3期" in person.says("A")
    assert "第2期" in person.says("上一期")
    assert "第3期" in person.says("下一期")
    assert "第1期" in person.says("看看第一期")
    assert "第3期" in person.says("最新一期")


def test_a_case_is_found_by_words(filled: Place) -> None:
    person = filled.citizen()
    noise = file_appeal(person, "楼下工地夜里噪音太大，员工没法休息")
    dark = file_appeal(person, "物业无故断电，影响生产")
    more = file_appeal(person, "断电以后电梯也停了")
    assert noise in person.says("噪音那个怎么样了")
    assert noise in person.says("刚才那个办到哪了")
    which = person.says("撤回断电那个")
    assert dark in which
    assert more in which
    assert noise not in which
    assert f"确定撤回 {noise}「" in person.says("撤回噪音那个")
    assert "没有撤回" in person.says("2")
    listed = person.says("查进度")
    assert f"B {dark}" in listed
    assert dark in person.says("第二个").splitlines()[0]


@ON_SQLITE
def test_just_now_means_what_came_last(filled: Place) -> None:
    person = reader(filled)
    number = file_appeal(person, "楼下工地夜里噪音太大")
    assert number in person.says("刚才那个办到哪了")
    person.says("款项支付条例")
    assert "三十日内答复" in person.says("刚才那个要多久")
    assert f"确定撤回 {number}" in person.says("撤回刚才那个")


@ON_SQLITE
def test_nobody_finds_anothers_case_by_words(filled: Place) -> None:
    number = file_appeal(filled.citizen(), "楼下工地夜里噪音太大")
    assert number not in filled.citizen().says("噪音那个怎么样了")


@ON_SQLITE
def test_all_conditions_met(filled: Place) -> None:
    person = reader(filled)
    assert "1／2 您的企业是中小企业吗" in person.says("我符合吗")
    assert "2／2 欠款有争议吗" in person.says("是的")
    heard = person.says("没有")
    assert "对得上（依据：条例第三条；条例第十五条，以官方发布为准）" in heard
    assert "最后由试验主管部门定" in heard
    assert "对账单" in person.says("材料")


@ON_SQLITE
def test_one_condition_not_met_is_answered_with_its_clause(filled: Place) -> None:
    person = reader(filled)
    person.says("我们公司能申请吗")
    heard = person.says("2")
    assert "大型企业按合同办。（依据：条例第三条）" in heard
    assert "类似的" in heard


@ON_SQLITE
def test_something_else_in_the_middle_leaves_the_check(filled: Place) -> None:
    person = reader(filled)
    person.says("我符合吗")
    assert "三号窗口" in person.says("在哪办")
    assert "石惠十条" in person.says("石惠十条")
    person = reader(filled)
    person.says("我符合吗")
    assert "请回复 1（是）或 2（不是）" in person.says("不清楚")


def test_ratings_count_once_an_answer_and_name_nobody(filled: Place) -> None:
    def counts(useful: bool) -> int:
        return filled.count(AnswerRating, AnswerRating.slug == PAYMENT, AnswerRating.useful == useful)

    person, before = reader(filled), (counts(True), counts(False))
    assert "谢谢" in person.says("有用")
    assert "已经记下" in person.says("没用")
    person.says("要什么材料13800138000")
    person.says("要什么材料")
    heard = person.says("没用")
    assert "A " in heard
    assert "6 提诉求" in heard
    assert (counts(True), counts(False)) == (before[0] + 1, before[1] + 1)
    kept = filled.query(lambda db: db.scalars(select(Unmatched).order_by(Unmatched.id.desc()).limit(1)).one())
    assert (kept.text, kept.reason, kept.shown) == ("要什么材料", "useless", "款项支付条例")
    assert "openid" not in AnswerRating.__table__.columns


@ON_SQLITE
def test_numbers_of_a_useless_answers_question_are_blotted_out(filled: Place) -> None:
    person = filled.citizen()
    person.says("款项支付条例是什么，我电话13800138000")
    person.says("没用")
    kept: Unmatched = filled.query(
        lambda db: db.scalars(select(Unmatched).order_by(Unmatched.id.desc()).limit(1)).one()
    )
    assert "13800138000" not in kept.text


INTEREST = [
    (("算利息", "50万", "90天", "没有"), "22,500.00 元"),
    (("算利息", "一百二十万元", "100", "年利率6%"), "19,726.03 元"),
    (("欠50万逾期90天利息多少", "没有约定"), "22,500.00 元"),
]


@ON_SQLITE
@pytest.mark.parametrize(("said", "result"), INTEREST)
def test_late_interest_with_its_clause(filled: Place, said: tuple[str, ...], result: str) -> None:
    person = filled.citizen()
    *asks, last = said
    for words in asks:
        assert "逾期" in person.says(words) or "欠" in words or words == "算利息"
    heard = person.says(last)
    assert result in heard
    assert "第十七条" in heard
    assert ("LPR是多少，这里没有核实" in heard) == ("6%" in last)


@ON_SQLITE
def test_something_else_in_the_middle_of_the_interest(filled: Place) -> None:
    person = filled.citizen()
    person.says("算利息")
    assert "没有认出金额" in person.says("很多")
    assert "石惠十条" in person.says("石惠十条")


def test_a_calculation_is_not_offered_while_its_clause_is_unverified(fresh_place: Place) -> None:
    from tests.chat.kit import change

    change(fresh_place, PAYMENT, lambda document: document.update(grade="C", facts=[]))
    assert "还没有核实，先不算" in fresh_place.citizen().says("算利息")
