"""What each verb asks for, and what it writes: refusals say in Chinese what to do (domain §2.3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.appeals.actor import Refused, find
from bot.appeals.acts import (
    acceptance,
    answering,
    closing,
    contesting,
    declining,
    dispatching,
    extending,
    handling,
    holding,
    merging,
    regrading,
    reviewing,
    supporting,
    surveying,
)
from bot.core import clock
from bot.runtime.services import ServiceActor
from bot.staff.rights import Denied
from models.appeal_work import Dispatch, Extension
from models.appeals import AppealState
from tests.support.office import MONDAY, Office, accept, approve, dispatch, hand_in, hold, sign

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState


def _local(moment: datetime | None) -> str:
    assert moment is not None
    return f"{clock.local(moment):%m-%d %H:%M}"


def _refused(words: str) -> Any:
    return pytest.raises(Refused, match=words)


def test_accepting_grades_the_case_and_promises_a_dispatch(office: Office) -> None:
    number = office.file(company="八角商贸")
    more = {"street": "八角街道", "size": "小", "membership": "会员", "uscc": "91110000802100433C"}
    with _refused("统一社会信用代码不对"):
        accept(office, number, **more)
    accept(office, number, **more | {"uscc": "9111 0000 8021 0043 3b"}, difficulty="复杂")
    case = office.case(number)
    assert (case.street, case.size, case.difficulty) == ("八角街道", "小", "复杂")
    assert case.uscc == "91110000802100433B"
    assert _local(case.sign_due_at) == "11-24 17:30"
    assert [notice.role for notice in office.notices(number)] == ["dispatcher"]
    assert case.body.startswith("第")


@pytest.mark.parametrize(("field", "value"), [("type", "闲聊"), ("urgency", "特急"), ("size", "巨大")])
def test_only_the_words_of_the_ledger_are_taken(office: Office, field: str, value: str) -> None:
    with _refused("请从这些里选一项"):
        accept(office, office.file(), **{field: value})


def test_declining_needs_a_reason_and_says_where_to_go(office: Office) -> None:
    number = office.file()
    with _refused("请选不予受理的理由"):
        office.do("clerk", declining.decline, number, "N0")
    with _refused("请填写具体是哪个途径"):
        office.do("clerk", declining.decline, number, "N2")
    office.do("clerk", declining.decline, number, "N2", "请向石景山区人民法院立案庭提出。")
    case = office.case(number)
    assert (case.state, case.decline_code) == (S.DECLINED, "N2")
    told = office.messages(number)[-1].text
    assert number in told
    assert "立案庭" in told
    assert "诉讼" in told


def test_only_a_consultation_is_answered_at_once(office: Office) -> None:
    number = office.led_to(S.ACCEPTED)
    with _refused("只有咨询类可以当即答复"):
        office.do("clerk", answering.answer_at_once, number, "可以。")
    number = office.led_to(S.ACCEPTED, type="咨询")
    office.do("clerk", answering.answer_at_once, number, "可以申请贷款贴息。")
    case = office.case(number)
    assert (case.state, case.public_reply) == (S.RESOLVED, "可以申请贷款贴息。")
    assert (_local(case.due_at), _local(case.first_contact_at)) == ("11-25 17:30", "11-23 10:00")
    assert _local(case.survey_due_at) == "11-30 17:30"


def test_dispatching_stores_every_promise(office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    case = office.case(number)
    assert case.lead_unit == "区经信局"
    assert (_local(case.sign_due_at), _local(case.contact_due_at)) == ("11-24 17:30", "11-26 17:30")
    assert (case.limit_days, _local(case.due_at)) == (7, "12-02 17:30")
    assert not case.deadline_estimated
    assert "办理时限12月2日17:30" in office.messages(number)[-1].text
    assert office.notices(number)[-1].unit_id == office.units["unit"]


def test_a_limit_that_reaches_into_a_year_without_a_calendar_says_so(office: Office) -> None:
    with clock.frozen(datetime.fromisoformat("2026-12-28T10:00:00+08:00")):
        number = office.led_to(S.DISPATCHED)
        case = office.case(number)
        assert case.deadline_estimated
        assert _local(case.due_at) == "01-07 17:30"
        assert "2027年1月7日17:30（暂估）" in office.messages(number)[-1].text


def test_assigning_with_authority_is_the_leader_s(office: Office) -> None:
    number = office.led_to(S.ACCEPTED)
    with pytest.raises(Denied, match="督办"):
        dispatch(office, number, kind="交办")
    office.do("leader", dispatching.dispatch, number, "unit", kind="交办")
    assert office.case(number).state is S.DISPATCHED


def test_statutory_dates_stand_with_a_case_about_arrears(office: Office) -> None:
    number = office.led_to(S.DISPATCHED, category="账款拖欠")
    assert office.events(number)[-1].detail["arrears"]["result"] == "2026-12-23"


def test_a_contest_is_decided_and_the_next_needs_leave(office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    office.do("unit", contesting.contest, number, "属住建委职责")
    with _refused("还没有裁定"):
        sign(office, number)
    with _refused("已经提过异议"):
        office.do("unit", contesting.contest, number, "再说一次")
    office.do("dispatcher", contesting.decide_contest, number, True, "同意改派")
    case = office.case(number)
    assert (case.state, case.unit_id, case.due_at) == (S.ACCEPTED, None, None)
    office.do("dispatcher", dispatching.dispatch, number, "other")
    with _refused("须经派单员同意"):
        office.do("other", contesting.contest, number, "也不属于我们")
    rows = office.rows(select(Dispatch).where(Dispatch.appeal_id == case.id).order_by(Dispatch.id))
    assert [(row.contest_upheld, row.ended_at is None) for row in rows] == [(True, False), (None, True)]


def test_with_leave_a_second_contest_is_heard(office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    office.do("unit", contesting.contest, number, "属住建委职责")
    office.do("dispatcher", contesting.decide_contest, number, True, "同意改派")
    office.do("dispatcher", dispatching.dispatch, number, "other", may_contest=True)
    office.do("other", contesting.contest, number, "也不属于我们")
    office.do("dispatcher", contesting.decide_contest, number, False, "就是你们的")
    assert office.case(number).state is S.DISPATCHED
    office.do("other", handling.sign, number)
    assert office.case(number).state is S.IN_PROGRESS


def test_a_contest_comes_within_a_working_day(office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    with clock.frozen(datetime.fromisoformat("2026-11-24T17:31:00+08:00")), _refused("期限.*已过"):
        office.do("unit", contesting.contest, number, "不属于我们")
    with clock.frozen(datetime.fromisoformat("2026-11-24T17:30:00+08:00")):
        office.do("unit", contesting.contest, number, "不属于我们")


def test_the_first_contact_counts_at_its_real_time(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    with clock.frozen(MONDAY + timedelta(hours=5)):
        for wrong in (MONDAY - timedelta(minutes=1), MONDAY + timedelta(hours=6)):
            with _refused("联系时间不能"):
                office.do("unit", handling.log_contact, number, "电话", "通话", at=wrong)
        office.do("unit", handling.log_contact, number, "上门", "已上门", at=MONDAY + timedelta(hours=2))
        office.do("unit", handling.log_contact, number, "电话", "又打过")
    case, events = office.case(number), office.events(number)
    assert _local(case.first_contact_at) == "11-23 12:00"
    assert [event.public_text for event in events[-2:]] == ["承办单位已与您联系（上门）", None]


def test_an_extension_is_asked_once_in_time_and_told(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)  # due on 12-02; the limit again is 12-11
    for until in (date(2026, 12, 2), date(2026, 12, 12)):
        with _refused("最晚到12月11日"):
            office.do("unit", extending.ask_extension, number, "要等评估", until)
    office.do("unit", extending.ask_extension, number, "要等评估", date(2026, 12, 5))  # a Saturday
    with _refused("已有一条"):
        office.do("unit", extending.ask_extension, number, "要等评估", date(2026, 12, 5))
    with _refused("请先批复再挂账"):
        hold(office, number)
    office.do("dispatcher", extending.decide_extension, number, True)
    case = office.case(number)
    assert (_local(case.due_at), _local(case.extended_due_at)) == ("12-02 17:30", "12-07 17:30")
    assert "要等评估" in office.messages(number)[-1].text
    assert "12月7日17:30" in office.messages(number)[-1].text
    with _refused("延期只能一次"):
        office.do("unit", extending.ask_extension, number, "还要等", date(2026, 12, 9))


def test_an_extension_asked_too_late_or_refused_changes_nothing(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("unit", extending.ask_extension, number, "要等评估", date(2026, 12, 4))
    with _refused("不同意延期的理由"):
        office.do("dispatcher", extending.decide_extension, number, False)
    office.do("dispatcher", extending.decide_extension, number, False, "请按期办结")
    assert office.case(number).extended_due_at is None
    with clock.frozen(datetime.fromisoformat("2026-12-02T09:00:00+08:00")), _refused("最晚应在12月1日提出"):
        office.do("unit", extending.ask_extension, number, "要等评估", date(2026, 12, 4))


def test_a_wish_for_time_lapses_when_the_result_is_handed_in(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("unit", extending.ask_extension, number, "要等评估", date(2026, 12, 4))
    hand_in(office, number)
    row = office.rows(select(Extension).where(Extension.appeal_id == office.case(number).id))[0]
    assert (row.approved, row.decided_by_id) == (False, None)


def test_parking_needs_an_explanation_and_a_day_within_ninety(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    for days in (0, 91):
        with _refused("复核日期"):
            hold(office, number, days)
    with _refused("向诉求人的解释"):
        office.do("leader", holding.hold, number, "政策未出", " ", date(2026, 12, 31))
    hold(office, number, 90)
    case = office.case(number)
    assert case.hold_until == date(2027, 2, 22)  # 2027-02-21 is a Sunday
    assert "市里的细则还没有出台" in office.messages(number)[-1].text
    assert "上级政策未出台" not in office.messages(number)[-1].text


def test_the_days_that_were_left_are_given_again_after_parking(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)  # due 12-02, contact by 11-26
    with clock.frozen(datetime.fromisoformat("2026-11-24T15:00:00+08:00")):
        hold(office, number)
    with clock.frozen(datetime.fromisoformat("2026-11-30T09:30:00+08:00")):
        office.do("clerk", holding.resume, number, "细则出台")
    case = office.case(number)
    assert (_local(case.due_at), _local(case.contact_due_at)) == ("12-08 17:30", "12-02 17:30")
    assert (case.paused_at, case.hold_until) == (None, None)


def test_the_answer_by_phone_lets_the_clock_go_on(office: Office) -> None:
    number = office.led_to(S.NEED_INFO)  # decision due on 11-24
    with clock.frozen(datetime.fromisoformat("2026-11-26T09:30:00+08:00")):
        office.do("clerk", acceptance.record_answer, number, "是某某银行。")
    case = office.case(number)
    assert (case.state, _local(case.acceptance_due_at)) == (S.SUBMITTED, "11-27 17:30")


def test_nothing_internal_reaches_the_appellant(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("unit", handling.note, number, "这家企业的法人态度不好，注意沟通方式！")
    office.do("unit", handling.progress, number, "银行行长口头答应，但还没有书面意见。")
    hand_in(office, number)
    office.do("dispatcher", reviewing.send_back, number, "材料太单薄，领导看了要批评的。")
    hand_in(office, number)
    leaks = (
        "材料太单薄，领导看了要批评的，请见谅。",
        "经查，这家企业的法人态度不好注意沟通方式。",
        "银行行长 口头答应，但还没有 书面意见，请等。",
    )
    for leak in leaks:
        with _refused("与内部备注相同的话"):
            office.do("dispatcher", reviewing.approve, number, leak)
    with _refused("请填写给诉求人的答复"):
        office.do("dispatcher", reviewing.approve, number, "  ")
    office.do("dispatcher", reviewing.approve, number, "已协调银行续贷三个月。银行行长已经答应。")
    assert office.case(number).state is S.RESOLVED


def test_what_is_public_anyway_may_stand_in_the_answer(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("unit", handling.note, number, office.case(number).body)
    hand_in(office, number)
    office.do("dispatcher", reviewing.approve, number, f"您说「{office.case(number).body}」，已经办好。")
    assert office.case(number).state is S.RESOLVED


def test_sent_back_it_is_handled_again_within_the_same_limit(office: Office) -> None:
    number = office.led_to(S.PENDING_REVIEW)
    due = office.case(number).due_at
    office.do("dispatcher", reviewing.send_back, number, "没有说清期限")
    case = office.case(number)
    assert (case.state, case.returned_count, case.due_at) == (S.IN_PROGRESS, 1, due)
    assert case.review_due_at is None


def test_a_closing_waits_for_the_survey(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    with _refused("请先登记回访"):
        office.do("clerk", closing.close, number, "办完了")
    with _refused("至少填写"):
        office.do("clerk", surveying.record_survey, number, None, None)
    office.do("clerk", surveying.record_survey, number, "部分解决", "基本满意", "还行")
    case = office.case(number)
    assert (case.state, case.survey_solved, case.survey_score) == (S.CLOSED, "部分解决", "基本满意")


def test_nothing_is_filled_in_for_a_person(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    office.do("clerk", surveying.record_survey, number, "未解决", None)
    assert (office.case(number).survey_solved, office.case(number).survey_score) == ("未解决", None)


def test_reopening_is_possible_for_fifteen_days_with_a_new_limit(office: Office) -> None:
    number = office.led_to(S.CLOSED)
    late = datetime.fromisoformat("2026-12-09T09:00:00+08:00")  # closed on 11-23
    with clock.frozen(late), _refused("不能重新办理"):
        office.do("clerk", closing.reopen, number, "又被抽贷")
    with clock.frozen(late - timedelta(days=1)):
        office.do("clerk", closing.reopen, number, "又被抽贷")
    case = office.case(number)
    assert (case.state, case.lead_unit, case.reopen_count) == (S.IN_PROGRESS, "区经信局", 1)
    assert _local(case.due_at) == "12-17 17:30"
    assert case.resolved_at is None


def test_an_answer_before_the_reopening_closes_nothing_after_it(office: Office) -> None:
    number = office.led_to(S.CLOSED)
    with clock.frozen(MONDAY + timedelta(days=1)):
        office.do("clerk", closing.reopen, number, "又被抽贷")
        hand_in(office, number)
        approve(office, number)
        with _refused("请先登记回访"):
            office.do("clerk", closing.close, number, "办完了")


def test_a_case_without_a_unit_is_reopened_where_it_was(office: Office) -> None:
    number = office.led_to(S.ACCEPTED, type="咨询")
    office.do("clerk", answering.answer_at_once, number, "可以申请贷款贴息。")
    office.do("clerk", closing.reopen, number, "没有答到点子上")
    case = office.case(number)
    assert case.state is S.ACCEPTED
    assert _local(case.sign_due_at) == "11-24 17:30"
    dispatch(office, number)
    assert office.case(number).state is S.DISPATCHED


def test_a_wrong_close_is_undone_with_a_reason(office: Office) -> None:
    number = office.led_to(S.CLOSED)
    with _refused("撤销销号的理由"):
        office.do("clerk", closing.undo_close, number, "")
    with clock.frozen(MONDAY + timedelta(days=2)):
        office.do("clerk", closing.undo_close, number, "登记错了")
    case = office.case(number)
    assert (case.state, case.closed_at) == (S.RESOLVED, None)
    assert _local(case.survey_due_at) == "12-02 17:30"


def test_regrading_moves_the_limits_and_tells_it(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    told = len(office.messages(number))
    office.do("clerk", regrading.regrade, number, street="鲁谷街道")
    assert len(office.messages(number)) == told
    office.do("clerk", regrading.regrade, number, difficulty="复杂")
    case = office.case(number)
    assert (case.limit_days, _local(case.due_at)) == (15, "12-14 17:30")
    assert "12月14日17:30" in office.messages(number)[-1].text
    office.do("clerk", regrading.regrade, number, urgency="紧急", phone="13700009999")
    case = office.case(number)
    assert (_local(case.due_at), _local(case.contact_due_at)) == ("11-24 17:30", "11-24 17:30")
    assert case.phone_tail == "9999"
    with _refused("不能修改"):
        office.do("clerk", regrading.regrade, number, body="改写")


def test_filing_on_behalf_gives_a_number_and_a_task_to_tell_it(office: Office) -> None:
    number = office.file_by_phone(channel="走访调研", visit_ref="八角走访")
    case = office.case(number)
    assert (case.channel, case.openid, case.filed_by_id) == ("走访调研", None, office.people["clerk"].id)
    assert (case.phone_tail, case.visit_ref) == ("1234", "八角走访")
    assert number in office.messages(number)[-1].text
    assert office.case(office.file_by_phone()).appellant == case.appellant  # the same phone
    for wrong, words in (
        ({"channel": "公众号"}, "来源渠道"),
        ({"phone": None}, "请填写联系人和联系电话"),
        ({"body": ""}, "请填写诉求内容"),
    ):
        with _refused(words):
            office.file_by_phone(**wrong)


def test_supporting_units_report_to_the_lead(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    for wrong, words in (("unit", "是主办单位"), ("helper", "已经是")):
        if wrong == "helper":
            office.do("unit", supporting.add_support, number, "helper", "请核对资金")
        with _refused(words):
            office.do("unit", supporting.add_support, number, wrong, "请核对资金")
    office.do("helper", supporting.report_support, number, "已核对")
    notice = office.notices(number)[-1]
    assert (notice.unit_id, "协办单位已反馈" in notice.text) == (office.units["unit"], True)


def test_merging_and_undoing(office: Office) -> None:
    master, number = office.led_to(S.IN_PROGRESS), office.led_to(S.IN_PROGRESS)
    other = office.file()
    _merge(office, other, number)
    with _refused("并入它自己"):
        _merge(office, number, number)
    with _refused("不能作为主诉求"):
        _merge(office, number, other)
    _merge(office, number, master)
    ids = {office.case(n).merged_into_id for n in (number, other)}
    assert ids == {office.case(master).id}  # who followed, follows on
    assert office.case(master).collective
    with clock.frozen(MONDAY + timedelta(days=2)):
        office.do("clerk", merging.undo_merge, number, "不是一回事")
    case = office.case(number)
    assert (case.state, case.merged_into_id) == (S.IN_PROGRESS, None)
    assert _local(case.due_at) == "12-04 17:30"  # two days later than promised
    assert office.case(other).merged_into_id == case.id


def test_a_confidential_report_is_not_merged_with_others(office: Office) -> None:
    number, master = office.file(type="举报"), office.file()
    with office.desk("leader") as actor, _refused("保密的举报"):
        merging.merge(actor, find(actor, number), find(actor, master))


def _merge(office: Office, number: str, master: str) -> None:
    with office.desk("clerk") as actor:
        whole = ServiceActor(actor.db, None, office.services)
        merging.merge(actor, find(whole, number), find(whole, master))
