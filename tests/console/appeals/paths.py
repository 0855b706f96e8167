"""The legal paths of one case of each kind, by people of the right roles; how they press the buttons is the desk's business."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.core import clock
from tests.console.appeals.hands import Hands

GRADES: dict[str, Any] = {"urgency": "一般", "difficulty": "一般"}


def accepted(desk: Hands, number: str, by: str = "clerk", **more: str) -> str:
    case = desk.office.case(number)
    desk.does(by, number, "accept", type=case.type, category=case.category, **GRADES | more)
    return number


def signed(desk: Hands, number: str, by: str = "dispatcher") -> str:
    desk.does(by, number, "dispatch", unit=desk.office.units["unit"], kind="派单")
    desk.does("unit", number, "sign", handler="赵科长")
    return number


def a_consultation(desk: Hands) -> None:
    number = accepted(desk, desk.files(type="咨询", category="政策兑现"))
    desk.does("clerk", number, "answer_at_once", reply="您好，本月起可在区政务服务中心申请。")
    assert desk.state(number) == "已办结（待回访）"
    waiting = desk.opened("clerk", "/console/phone-tasks")
    assert number in waiting.words
    assert "13812348000" not in waiting.text
    desk.does("clerk", number, "record_survey", solved="已解决", score="很满意", words="谢谢", channel="电话")
    assert desk.state(number) == "已销号"


def a_request(desk: Hands) -> None:
    number = desk.files()
    desk.does("clerk", number, "ask", question="请问是哪家银行？")
    assert desk.state(number) == "待补充"
    desk.does("clerk", number, "record_answer", words="是甲银行。")
    accepted(desk, number)
    desk.does("dispatcher", number, "dispatch", unit=desk.office.units["other"], kind="转办")
    desk.does("other", number, "contest", reason="金融事务由经信局负责。")
    desk.does("dispatcher", number, "decide_contest", upheld="yes", remark="同意改派。")
    assert desk.state(number) == "待派单"
    desk.page("other", number, status=404)
    desk.does(
        "dispatcher", number, "dispatch", unit=desk.office.units["unit"], kind="派单", supports=[desk.office.units["helper"]]
    )  # fmt: skip
    desk.does("unit", number, "sign")
    desk.does(
        "unit",
        number,
        "log_contact",
        how="电话",
        at=f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}",
        words="了解了贷款情况。",
    )
    desk.does("unit", number, "progress", seen_by="public", words="已约银行面谈。")
    desk.does("helper", number, "report_support", report="已核对纳税情况。")
    until = (clock.today() + timedelta(days=15)).isoformat()
    desk.does("unit", number, "ask_extension", reason="银行审批还要一周。", until=until)
    desk.does("dispatcher", number, "decide_extension", approved="yes")
    desk.does("unit", number, "hand_in", result_class="已解决", result="银行同意续贷三个月。")
    desk.does("dispatcher", number, "send_back", reason="没有写利率，请补充。")
    desk.does("unit", number, "hand_in", result_class="已解决", result="银行同意续贷三个月，利率不变。")
    desk.does("dispatcher", number, "approve", public_reply="银行已同意续贷三个月，利率不变。")
    desk.does("clerk", number, "record_survey", solved="未解决", score="不满意")
    assert number in desk.opened("clerk", "/console/appeals?tab=all&waits=unhappy").words
    desk.does("clerk", number, "follow_up", words="已电话问清：还没有放款。")
    assert number not in desk.opened("clerk", "/console/appeals?tab=all&waits=unhappy").words
    desk.does("clerk", number, "reopen", reason="诉求人说还没有放款。")
    assert desk.state(number) == "办理中"
    desk.does("unit", number, "hand_in", result_class="已解决", result="今天已经放款。")
    desk.does("dispatcher", number, "approve", public_reply="贷款今天已经到账。")
    desk.does("clerk", number, "record_survey", solved="已解决", score="满意")
    assert desk.state(number) == "已销号"
    page = desk.page("leader", number).words
    assert all(
        words in page for words in ("裁定异议", "异议成立", "同意延期", "退回重办", "重新办理", "协办反馈")
    )


def a_complaint(desk: Hands) -> None:
    number = signed(desk, accepted(desk, desk.files(type="投诉", category="物业与停车"), urgency="紧急"))
    desk.does("dispatcher", number, "regrade", **regrading(desk, number, difficulty="复杂", urgency="一般"))
    until = (clock.today() + timedelta(days=30)).isoformat()
    desk.does("leader", number, "hold", reason="等上级批复。", told="有关政策正在制定。", until=until)
    assert desk.state(number) == "挂账"
    desk.does("clerk", number, "resume", reason="批复已到。")
    desk.does("unit", number, "add_support", unit=desk.office.units["other"], wish="请核对停车位的规划。")
    desk.does("unit", number, "note", words="规划图在档案室。")
    desk.does("clerk", number, "reply", words="您好，正在核对规划，本周内告诉您结果。")
    desk.does("leader", number, "supervise", level="one", cause="诉求人多次来电。")
    paper = desk.page("unit", number)
    assert "待回复" in paper.words
    answer = desk.opened("unit", f"/console/appeals/{number}/do/answer_supervision")
    chosen = answer.text.split('name="supervision" value="')[1].split('"')[0]
    desk.does("unit", number, "answer_supervision", supervision=chosen, words="三天内办完。")
    assert "已回复" in desk.page("leader", number).words
    twin = desk.files(type="投诉", category="物业与停车")
    assert number in desk.opened("clerk", f"/console/appeals/{twin}/duplicates").words
    desk.does("clerk", twin, "merge", master=number.lower().replace("sq", "SQ "))
    assert desk.state(twin) == "已并案"
    desk.does("clerk", twin, "undo_merge", reason="不是同一件事。")
    assert desk.state(twin) == "待受理"


def a_report(desk: Hands) -> None:
    number = desk.files(
        type="举报", category="执法检查", contact="", phone="", share_contact="", anonymous="1"
    )
    desk.page("clerk", number, status=404)
    accepted(desk, number, by="leader")
    signed(desk, number, by="leader")
    page = desk.page("unit", number)
    assert "保密" in page.words
    desk.does("unit", number, "hand_in", result_class="已解决", result="已查处。")
    desk.does("leader", number, "approve", public_reply="已依法查处。")
    desk.does("leader", number, "record_survey", solved="已解决", score="")
    assert desk.state(number) == "已销号"


def a_suggestion(desk: Hands) -> None:
    number = desk.files(type="建议", category="其他", channel="商会代报")
    desk.does("clerk", number, "decline", code="N6", words="请拨打 12345 反映。")
    assert desk.state(number) == "不予受理"
    other = signed(
        desk,
        accepted(desk, desk.files(type="建议", category="政策兑现", channel="走访调研", visit_ref="第三站")),
    )
    desk.does("unit", other, "hand_in", result_class="解释说明", result="已采纳。")
    desk.does("dispatcher", other, "approve", public_reply="感谢您的建议，已经采纳。")
    desk.does("clerk", other, "record_survey", solved="已解决", score="满意")
    desk.does(
        "clerk", other, "correct_rating", solved="部分解决", score="满意", reason="听错了，已核对录音。"
    )
    assert f"更正 {other} 的回访评价" in desk.opened("leader", "/console/confirmations").words
    desk.does("clerk", other, "undo_close", reason="登记错了人。")
    assert desk.state(other) == "已办结（待回访）"
    desk.does("clerk", other, "close", reason="已核对。")


def regrading(desk: Hands, number: str, **changed: str) -> dict[str, Any]:
    case = desk.office.case(number)
    names = ("title", "type", "category", "urgency", "difficulty", "company")
    return {name: getattr(case, name) or "" for name in names} | changed


PATHS: tuple[Callable[[Hands], None], ...] = (a_consultation, a_request, a_complaint, a_report, a_suggestion)
