"""Before words leave the house their writer sees what the appellant will read; internal words stay inside."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from bot.appeals.acts import dispatching, extending, handling
from bot.appeals.reply_templates import save
from bot.core import clock
from models.appeals import AppealState
from tests.console.appeals.hands import Desk, version
from tests.console.visitor import Console, Page
from tests.support.office import MONDAY, Office, accept, approve, dispatch, sign

pytestmark = pytest.mark.usefixtures("monday")
S = AppealState
INTERNAL = "该企业去年因虚报材料被约谈过两次，请谨慎。"
DRAFT = "已请银行为您续贷三个月，利率不变，客户经理会联系您。"


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def form(desk: Desk, who: str, number: str, act: str) -> Page:
    return desk.opened(who, f"/console/appeals/{number}/do/{act}")


def sends(desk: Desk, who: str, number: str, act: str, **fields: Any) -> Page:
    """The form as it is opened now, sent once."""
    opened = form(desk, who, number, act)
    address = f"/console/appeals/{number}/do/{act}"
    return desk.console.at(who).send(address, **({"version": version(opened)} | fields))


def box(page: Page, name: str) -> str:
    found = re.search(rf'<textarea id="f-{name}"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)
    assert found
    return html.unescape(found[1]).strip()


def preview(page: Page) -> str:
    """The words below «诉求人将收到»."""
    found = re.search(
        r"诉求人将收到</span>.*?<div class=\"said-text\"[^>]*>(.*?)</div>", page.text, re.DOTALL
    )
    assert found, page.words[:400]
    return html.unescape(found[1])


def test_what_a_unit_tells_the_office_fills_no_answer(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    desk.does("unit", number, "hand_in", result_class="已解决", result=INTERNAL)
    answer = form(desk, "dispatcher", number, "approve")
    assert box(answer, "public_reply") == ""
    assert INTERNAL in answer.text, "it stands beside the form"
    desk.does("dispatcher", number, "send_back", reason="请写拟答复。")
    desk.does("unit", number, "hand_in", result_class="已解决", result=INTERNAL, draft=DRAFT)
    assert box(form(desk, "dispatcher", number, "approve"), "public_reply") == DRAFT


@pytest.mark.parametrize(
    "typed", [INTERNAL, f"您好！{INTERNAL}谢谢。", INTERNAL.replace("，", " ").replace("。", "!")]
)
def test_what_a_unit_tells_the_office_does_not_go_out(desk: Desk, office: Office, typed: str) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("unit", handling.hand_in, number, INTERNAL, "已解决", DRAFT)
    page = sends(desk, "dispatcher", number, "approve", public_reply=typed)
    assert page.status == 422
    assert "与内部备注相同的话" in page.words
    assert office.case(number).state is S.PENDING_REVIEW
    assert sends(desk, "dispatcher", number, "approve", public_reply=DRAFT).status == 200


def test_a_draft_with_a_colleagues_note_is_refused_at_once(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office.do("dispatcher", handling.note, number, INTERNAL)
    page = sends(desk, "unit", number, "hand_in", result_class="已解决", result="已办。", draft=INTERNAL)
    assert page.status == 422
    assert INTERNAL in box(page, "draft"), "the words stay"


@pytest.mark.parametrize(
    ("state", "who", "act", "fields"),
    [
        (S.SUBMITTED, "clerk", "ask", {"question": "请问是哪家银行？"}),
        (S.SUBMITTED, "clerk", "decline", {"code": "N6", "words": "请找区住建委。"}),
        (S.ACCEPTED, "clerk", "answer_at_once", {"reply": "本月起可以申请。"}),
        (S.IN_PROGRESS, "clerk", "reply", {"words": "我们正在联系银行。"}),
        (S.IN_PROGRESS, "leader", "hold", {"told": "细则还没有出台。", "reason": "等上级", "until": "2026-12-20"}),
        (S.PENDING_REVIEW, "dispatcher", "approve", {"public_reply": DRAFT}),
    ],
)  # fmt: skip
def test_what_is_shown_is_what_is_sent(
    desk: Desk, office: Office, state: AppealState, who: str, act: str, fields: dict[str, str]
) -> None:
    number = office.led_to(state, type="咨询")
    before = len(office.messages(number)), len(office.events(number)), office.case(number).version
    page = sends(desk, who, number, act, **fields)
    assert page.status == 200
    shown = preview(page)
    assert (len(office.messages(number)), len(office.events(number)), office.case(number).version) == before
    sent = desk.console.at(who).send(
        f"/console/appeals/{number}/do/{act}", version=before[2], sure="yes", **fields
    )
    assert sent.status == 302
    assert office.messages(number)[-1].text == shown


def test_a_reason_that_goes_out_with_a_decision_is_shown_first(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    until = clock.local(office.case(number).due_at or MONDAY).date() + timedelta(days=5)
    office.do("unit", extending.ask_extension, number, "银行审批还要一周", until)
    page = sends(desk, "dispatcher", number, "decide_extension", approved="yes")
    assert "银行审批还要一周" in preview(page)
    refused = sends(desk, "dispatcher", number, "decide_extension", approved="no", remark="请抓紧")
    assert refused.status == 302, "nobody is told: nothing to look at"


def test_public_progress_is_shown_first_and_internal_is_not(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    page = sends(desk, "unit", number, "progress", seen_by="public", words="已约银行面谈。")
    assert preview(page) == "已约银行面谈。"
    assert sends(desk, "unit", number, "progress", seen_by="internal", words="银行在审。").status == 302, (
        "only colleagues read it"
    )


def test_a_refusal_comes_before_the_question(desk: Desk, office: Office) -> None:
    number = office.led_to(S.SUBMITTED)
    page = sends(desk, "clerk", number, "decline", code="N6", words="")
    assert page.status == 422
    assert "请填写可以找哪个部门或渠道" in page.words
    assert 'value="N6" checked' in " ".join(page.text.split()), "the choice stays"


def test_the_same_answer_is_not_sent_twice_unasked(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    office_words: dict[str, Any] = {"words": "我们正在联系银行，请稍等。"}
    desk.does("clerk", number, "reply", **office_words)
    told = len(office.messages(number))
    with clock.frozen(MONDAY + timedelta(minutes=20)):
        later = Desk(Console(office, desk.console.app))  # a session does not go back in time
        page = sends(later, "clerk", number, "reply", **office_words)
        assert "您 10:00 已发过同样的答复" in page.words
        assert len(office.messages(number)) == told
        assert "已发过" not in sends(later, "dispatcher", number, "reply", **office_words).words, (
            "not by them"
        )
    with clock.frozen(MONDAY + timedelta(hours=25)):
        tomorrow = Desk(Console(office, desk.console.app))
        assert "已发过" not in sends(tomorrow, "clerk", number, "reply", **office_words).words, "another day"


def test_the_same_note_is_written_twice_only_after_a_question(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    for _ in range(2):
        page = sends(desk, "unit", number, "note", words="规划图在档案室。")
    assert page.status == 200
    assert "您 10:00 已写过同样的备注" in page.words
    assert [event.action for event in office.events(number)].count("noted") == 1
    assert sends(desk, "unit", number, "note", sure="yes", words="规划图在档案室。").status == 302
    assert [event.action for event in office.events(number)].count("noted") == 2


def test_the_unit_reads_what_the_dispatcher_tells_it(desk: Desk, office: Office) -> None:
    number = office.led_to(S.ACCEPTED)
    office.do("dispatcher", dispatching.dispatch, number, "unit", remark="上月区里已开过协调会，请先看纪要。")
    assert "派单员给承办单位的说明 内部 上月区里已开过协调会，请先看纪要。" in desk.page("unit", number).words
    assert "上月区里已开过协调会" in form(desk, "unit", number, "sign").words
    assert "上月区里已开过协调会" in desk.page("dispatcher", number).words
    sign(office, number)
    assert "上月区里已开过协调会，请先看纪要。" in desk.page("unit", number).words


def test_another_unit_does_not_read_what_the_first_was_told(desk: Desk, office: Office) -> None:
    number = office.file()
    accept(office, number)
    dispatch(office, number, remark="请先看纪要。")
    desk.does("unit", number, "contest", reason="不属于本单位。")
    desk.does("dispatcher", number, "decide_contest", upheld="yes", remark="改派")
    office.do("dispatcher", dispatching.dispatch, number, "other")
    assert "派单员给承办单位的说明" not in desk.page("other", number).words


def test_an_approved_extension_shows_what_the_dispatcher_wrote(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    until = clock.local(office.case(number).due_at or MONDAY).date() + timedelta(days=5)
    office.do("unit", extending.ask_extension, number, "银行审批还要一周", until)
    desk.does("dispatcher", number, "decide_extension", approved="yes", remark="请每周报一次进展。")
    assert "请每周报一次进展。" in desk.page("unit", number).words


def test_an_answer_may_repeat_what_is_public(desk: Desk, office: Office) -> None:
    number = office.led_to(S.PENDING_REVIEW)
    approve(office, number)
    assert office.case(number).state is S.RESOLVED


def template(office: Office, purpose: str, body: str) -> int:
    with office.desk("leader") as actor:
        assert actor.by
        row = save(
            actor.db, actor.by, None, title=f"模板{body}", purpose=purpose, body=body, position=1, active=True
        )
        return row.id


def test_a_template_is_put_behind_what_was_typed(desk: Desk, office: Office) -> None:
    number, chosen = office.led_to(S.SUBMITTED), template(office, "补充", "请补充合同。")
    empty = sends(desk, "clerk", number, "ask", fill="yes", template=chosen, question="")
    assert box(empty, "question") == "请补充合同。"
    page = sends(desk, "clerk", number, "ask", fill="yes", template=chosen, question="王先生，您好。")
    assert box(page, "question") == "王先生，您好。\n\n请补充合同。"
    assert office.case(number).state is S.SUBMITTED
    hold = office.led_to(S.IN_PROGRESS)
    other = template(office, "挂账", "细则还没有出台。")
    filled = sends(
        desk, "leader", hold, "hold", fill="yes", template=other, reason="等上级", until="2026-12-31"
    )
    assert box(filled, "told") == "细则还没有出台。"
    assert box(filled, "reason") == "等上级"
    assert 'value="2026-12-31"' in filled.text, "the other fields stay too"


def test_a_template_does_not_hide_that_the_case_has_changed(desk: Desk, office: Office) -> None:
    number, chosen = office.led_to(S.SUBMITTED), template(office, "补充", "请补充发票。")
    old = version(form(desk, "clerk", number, "ask"))
    office.do("dispatcher", handling.note, number, "我来办。")
    page = sends(desk, "clerk", number, "ask", version=old, fill="yes", template=chosen, question="您好")
    assert page.status == 409
    assert box(page, "question") == "您好"
