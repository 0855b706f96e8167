"""What the desk's pages refuse, with words that say what to do, and what the attempt leaves in the audit trail."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.appeals.acts.table import ACTS
from models.appeal_work import AppealMessage
from models.appeals import Appeal, AppealState
from models.audit import AuditEntry
from tests.console.appeals.hands import Desk, version
from tests.console.visitor import Console
from tests.support.office import Office
from tests.support.variants import ON_SQLITE

pytestmark = [pytest.mark.usefixtures("monday"), ON_SQLITE]  # the statements: test_paths.py, test_pages.py
S = AppealState


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def refused(office: Office, number: str) -> int:
    return sum(entry.action == "appeal.refused" for entry in office.audited(number))


def denied(office: Office) -> int:
    return len(office.rows(select(AuditEntry.id).where(AuditEntry.action == "console.denied")))


OPENED: dict[str, set[tuple[str, str]]] = {}  # by database: every form is opened once for each role


@pytest.mark.parametrize("state", list(S))
def test_what_a_page_offers_opens(desk: Desk, office: Office, state: AppealState) -> None:
    number = office.led_to(state)
    opened = OPENED.setdefault(office.services.engine.dialect.name, set())
    people = ("clerk", "dispatcher", "leader", *(("unit",) if office.case(number).unit_id else ()))
    for who in people:
        for act in desk.offered(who, number):
            if (who, act) not in opened:
                opened.add((who, act))
                desk.console.at(who).get(f"/console/appeals/{number}/do/{act}")


@pytest.mark.parametrize("state", [S.SUBMITTED, S.PENDING_REVIEW, S.CLOSED])
def test_what_a_page_does_not_offer_cannot_be_sent(desk: Desk, office: Office, state: AppealState) -> None:
    number = office.led_to(state)
    version = office.case(number).version
    for act in ACTS.keys() - desk.offered("leader", number):
        page = desk.console.at("leader").send(f"/console/appeals/{number}/do/{act}", version=version)
        assert page.status in (403, 409, 422), act
    assert (office.case(number).state, office.case(number).version) == (state, version)


@pytest.mark.parametrize(
    ("who", "act"), [("clerk", "dispatch"), ("unit", "accept"), ("dispatcher", "hold"), ("auditor", "accept"), ("admin", "accept")]
)  # fmt: skip
def test_the_wrong_role_is_told_who_may_and_leaves_a_row(
    desk: Desk, office: Office, who: str, act: str
) -> None:
    state = {"dispatch": S.ACCEPTED, "accept": S.SUBMITTED, "hold": S.IN_PROGRESS}[act]
    number = office.led_to(state)
    before = denied(office) + refused(office, number)
    visitor = desk.console.at(who)
    visitor.get("/console/")
    page = visitor.send(
        f"/console/appeals/{number}/do/{act}",
        version=office.case(number).version,
        type="求助",
        category="融资",
    )
    assert page.status in (403, 404)
    assert office.case(number).state is state
    assert denied(office) + refused(office, number) == before + 1


def test_another_units_case_does_not_exist_for_a_unit(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    other = desk.console.at("other")
    for path in ("", "/do/progress", "/do/note", "/files/1"):
        page = other.get(f"/console/appeals/{number}{path}", status=404)
        assert "请核对编号" in page.words
        assert str(office.case(number).company) not in page.text
    assert refused(office, number) == 4
    assert f"/appeals/{number}" not in other.get("/console/appeals?tab=all").text
    assert f"/appeals/{number}" not in other.get(f"/console/appeals?tab=all&text={number}").text
    assert f"/appeals/{number}" in desk.console.at("unit").get(f"/console/appeals?tab=all&text={number}").text
    other.get("/console/appeals/SQ20200101001", status=404)
    other.get("/console/appeals/../../etc/passwd", status=404)


def test_a_guessed_paper_or_message_is_not_shown(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    desk.does("leader", number, "supervise", level="two", cause="领导交办")
    paper = re.search(r"/console/supervisions/(DB\d+)", desk.page("leader", number).text)
    assert paper
    desk.console.at("unit").get(f"/console/supervisions/{paper[1]}")
    desk.console.at("other").get(f"/console/supervisions/{paper[1]}", status=404)
    desk.console.at("clerk").get("/console/phone-tasks/999999", status=404)
    secret = office.led_to(S.SUBMITTED, type="举报", openid="o-report")
    message = office.rows(select(AppealMessage.id).where(AppealMessage.appeal_id == office.case(number).id))[
        0
    ]
    desk.console.at("unit").get(f"/console/phone-tasks/{message}", status=403)
    desk.page("clerk", secret, status=404)
    assert refused(office, secret) == 1


def test_a_stale_form_shows_what_changed_and_keeps_the_words(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    unit = desk.console.at("unit")
    old = version(unit.get(f"/console/appeals/{number}/do/progress"))
    desk.does("dispatcher", number, "note", words="请三天内回复。")
    page = unit.send(
        f"/console/appeals/{number}/do/progress", version=old, seen_by="internal", words="我写了很久的进展"
    )
    assert page.status == 409
    assert "同事dispatcher" in page.words
    assert "内部备注" in page.words
    assert "我写了很久的进展" in page.text
    assert 'value="internal" checked' in page.text
    again = unit.send(
        f"/console/appeals/{number}/do/progress",
        version=version(page),
        seen_by="internal",
        words="我写了很久的进展",
    )
    assert again.status == 302, "after looking it can be sent"


def test_a_double_press_does_it_once_and_says_so(desk: Desk, office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    unit = desk.console.at("unit")
    given = {
        "version": version(unit.get(f"/console/appeals/{number}/do/hand_in")),
        "result": "已办。",
        "result_class": "已解决",
    }
    assert unit.send(f"/console/appeals/{number}/do/hand_in", **given).status == 302
    second = unit.send(f"/console/appeals/{number}/do/hand_in", **given)
    assert second.status == 409
    assert "您刚才已经提交过" in second.words
    assert [event.action for event in office.events(number)].count("handed_in") == 1


def test_filing_twice_by_a_double_press_is_one_case(desk: Desk, office: Office) -> None:
    clerk = desk.console.at("clerk")
    clerk.get("/console/filing")
    given = {
        "channel": "电话",
        "type": "求助",
        "category": "融资",
        "body": "双击登记的一件",
        "contact": "李",
        "phone": "13900008888",
    }
    first = clerk.post("/console/filing", **given)
    second = clerk.post("/console/filing", **given)
    assert "没有重复登记" in second.flash
    assert re.findall(r"SQ\d{11}", first.flash) == re.findall(r"SQ\d{11}", second.flash)
    assert len(office.rows(select(Appeal.id).where(Appeal.body == given["body"]))) == 1


def test_a_form_without_its_token_does_nothing(desk: Desk, office: Office) -> None:
    number = office.led_to(S.SUBMITTED)
    answer = desk.console.at("clerk").client.post(
        f"/console/appeals/{number}/do/accept", data={"version": "1", "type": "求助", "category": "融资"}
    )
    assert answer.status_code == 400
    assert office.case(number).state is S.SUBMITTED


def test_a_dangerous_act_asks_first(desk: Desk, office: Office) -> None:
    number = office.led_to(S.SUBMITTED)
    clerk = desk.console.at("clerk")
    form = clerk.get(f"/console/appeals/{number}/do/decline")
    given = {"version": version(form), "code": "N6", "words": "请找区住建委。"}
    question = clerk.send(f"/console/appeals/{number}/do/decline", **given)
    assert question.status == 200
    assert "确定不予受理吗" in question.words
    assert "请找区住建委。" in question.words
    assert office.case(number).state is S.SUBMITTED
    back = clerk.send(f"/console/appeals/{number}/do/decline", back="yes", **given)
    assert "请找区住建委。" in back.text
    assert office.case(number).state is S.SUBMITTED
    assert clerk.send(f"/console/appeals/{number}/do/decline", sure="yes", **given).status == 302
    assert office.case(number).state is S.DECLINED


@pytest.mark.parametrize(
    ("state", "who", "act", "fields", "says"),
    [
        (S.SUBMITTED, "clerk", "ask", {"question": "  "}, "请填写要诉求人补充什么"),
        (S.SUBMITTED, "clerk", "accept", {"type": "别的", "category": "融资", "urgency": "一般", "difficulty": "一般"}, "诉求类型请从这些里选"),
        (S.SUBMITTED, "clerk", "accept", {"type": "求助", "category": "融资", "urgency": "一般", "difficulty": "一般", "uscc": "123"}, "统一社会信用代码不对"),
        (S.ACCEPTED, "dispatcher", "dispatch", {"unit": "", "kind": "派单"}, "请选择承办单位"),
        (S.ACCEPTED, "dispatcher", "dispatch", {"unit": "99999999999999", "kind": "派单"}, "请选择承办单位"),
        (S.IN_PROGRESS, "unit", "log_contact", {"how": "电话", "at": "昨天", "words": "x"}, "联系时间写得不对"),
        (S.IN_PROGRESS, "unit", "ask_extension", {"reason": "要时间", "until": "不知道"}, "请选择延期到哪一天"),
        (S.IN_PROGRESS, "leader", "hold", {"reason": "a", "told": "b", "until": "2030-01-01"}, "复核日期应在明天之后"),
        (S.SUBMITTED, "clerk", "regrade", {}, "请填写"),
        (S.RESOLVED, "clerk", "record_survey", {"channel": "电话"}, "请至少填写"),
    ],
)  # fmt: skip
def test_a_guard_says_what_to_do_and_keeps_the_form(
    desk: Desk, office: Office, state: AppealState, who: str, act: str, fields: dict[str, str], says: str
) -> None:
    number = office.led_to(state)
    before = office.case(number).version
    page = desk.does(who, number, act, status=422, **fields)
    assert says in page.words
    assert office.case(number).state is state
    assert office.case(number).version == before


def test_an_unknown_act_or_wild_fields_are_no_crash(desk: Desk, office: Office) -> None:
    number = office.led_to(S.SUBMITTED)
    clerk = desk.console.at("clerk")
    clerk.get(f"/console/appeals/{number}/do/nothing", status=404)
    clerk.get(f"/console/appeals/{number}/do/accept")
    for wild in ("", "-1", "９", "x" * 5000, "1' OR '1'='1"):
        page = clerk.send(f"/console/appeals/{number}/do/accept", version=wild)
        assert page.status == 409
    for query in (
        "state=nothing",
        "unit=x",
        "light=blue",
        "from=2026-13-99",
        "page=-3",
        "sort=password",
        "size=9",
        "cols=x",
        "set=x.y",
        "tab=x",
        "text=%25_",
    ):
        clerk.get(f"/console/appeals?{query}")
