"""A second person confirms what would give somebody rights: never one's own, once, and the office hears of it."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, update

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.core.refusals import Refusal
from bot.health.jobs import expire_confirmations
from bot.staff import colleagues, confirmations, stand_ins
from bot.staff.confirmations import ConfirmationKind
from bot.staff.rights import OFFICERS, Right
from models.audit import AuditEntry
from models.confirmations import Confirmation, ConfirmationState
from models.staff import Role, Staff, StaffNotice
from tests.console.visitor import Console, Visitor
from tests.support.office import MONDAY

pytestmark = pytest.mark.usefixtures("monday")
S = ConfirmationState
NEW_PASSWORD = "另外 一座 绿色 的塔"


def newest(console: Console) -> Confirmation:
    with reading(console.office.services.engine) as db:
        return db.scalars(select(Confirmation).order_by(Confirmation.id.desc()).limit(1)).one()


def lines_for(console: Console, who: str) -> list[str]:
    """What stands in somebody's own inbox."""
    mine = select(StaffNotice.text).where(StaffNotice.staff_id == console.office.people[who].id)
    return [str(text) for text in console.office.rows(mine)]


def decide(visitor: Visitor, row: Confirmation, verb: str = "confirm", **fields: str) -> str:
    """Say yes or no from the list; what the page says then."""
    visitor.get("/console/confirmations")
    page = visitor.send(f"/console/confirmations/{row.id}/{verb}", **fields)
    return visitor.get(page.answer.location).words if page.status == 302 else page.words


def ask_for_role(console: Console, admin: Visitor, who: str, role: str) -> Confirmation:
    person = console.office.people[who].id
    admin.get(f"/console/staff/{person}")
    assert "已提出" in admin.post(f"/console/staff/{person}/role", role=role, unit="").flash
    return newest(console)


def test_an_admin_does_not_make_himself_a_leader(fresh_console: Console) -> None:
    admin, elsewhere, leader = (fresh_console.sign_in(who) for who in ("admin", "admin", "leader"))
    with fresh_console.office.desk(None) as actor:
        colleagues.add(actor, "另一位管理员", Role.ADMIN)
    asked = ask_for_role(fresh_console, admin, "admin", "leader")
    assert fresh_console.person("admin").role is Role.ADMIN
    assert admin.send(f"/console/confirmations/{asked.id}/confirm").status == 404, "never one's own"
    assert "同事admin" in " ".join(lines_for(fresh_console, "leader"))
    page = leader.get("/console/")
    assert re.search(r"待我确认\s*1", page.words)
    assert re.search(r"消息\s*1\b", page.words), "the menu counts the unread"
    assert "角色：管理员 → 分管领导" in leader.get("/console/confirmations").words
    assert "已确认" in decide(leader, asked)
    assert fresh_console.person("admin").role is Role.LEADER
    for browser in (admin, elsewhere):
        assert browser.client.get("/console/account").status_code == 302, "own sessions end"
    for who in ("clerk", "dispatcher", "auditor"):
        assert "同事admin 现在是分管领导，由 同事leader 确认。" in lines_for(fresh_console, who)
    assert lines_for(fresh_console, "unit") == []


def test_taking_rights_away_needs_nobody(fresh_console: Console) -> None:
    admin = fresh_console.sign_in("admin")
    person = fresh_console.office.people["dispatcher"].id
    admin.get(f"/console/staff/{person}")
    assert "现在是受理员" in admin.post(f"/console/staff/{person}/role", role="clerk", unit="").flash
    assert fresh_console.person("dispatcher").role is Role.CLERK
    assert fresh_console.office.rows(select(Confirmation)) == []


def test_another_unit_is_a_rise_too(fresh_console: Console) -> None:
    admin, office = fresh_console.sign_in("admin"), fresh_console.office
    path = f"/console/staff/{office.people['unit'].id}"
    admin.get(path)
    other = str(office.units["other"])
    assert "已提出" in admin.post(f"{path}/role", role="unit", unit=other).flash
    assert fresh_console.person("unit").unit_id == office.units["unit"]
    decide(fresh_console.sign_in("leader"), newest(fresh_console))
    assert fresh_console.person("unit").unit_id == office.units["other"]


def test_a_new_colleague_begins_when_confirmed_and_gets_one_link(fresh_console: Console) -> None:
    admin, leader = fresh_console.sign_in("admin"), fresh_console.sign_in("leader")
    admin.get("/console/staff/new")
    page = admin.post("/console/staff/new", name="新来的小吴", role="leader", unit="")
    assert "welcome" not in page.text
    person = fresh_console.office.rows(select(Staff).where(Staff.name == "新来的小吴"))[0]
    assert not person.active
    assert admin.send(f"/console/staff/{person.id}/link").status == 409, "no link before the second person"
    decide(leader, newest(fresh_console))
    page = admin.get(f"/console/staff/{person.id}")
    assert "发新的登录链接" in page.words
    shown = admin.post(f"/console/staff/{person.id}/link")
    link = re.search(r"http[^\"]+(/console/welcome/[\w-]+)", shown.text)
    assert link
    visitor = fresh_console.visitor()
    visitor.get(link.group(1))
    visitor.post(link.group(1), password=NEW_PASSWORD, again=NEW_PASSWORD)
    visitor.sign_in("新来的小吴", NEW_PASSWORD)
    assert visitor.client.get("/console/confirmations").status_code == 200
    again = admin.post(f"/console/staff/{person.id}/link")
    assert "welcome" not in again.text, "the leave was for one link"


def test_an_officers_link_waits_for_the_leader_and_a_units_does_not(fresh_console: Console) -> None:
    admin, people = fresh_console.sign_in("admin"), fresh_console.office.people
    for who in ("clerk", "dispatcher", "auditor"):
        path = f"/console/staff/{people[who].id}"
        admin.get(path)
        assert "已提出" in admin.post(f"{path}/link").flash
        assert fresh_console.person(who).invite_digest is None
    path = f"/console/staff/{people['unit'].id}"
    admin.get(path)
    assert "/console/welcome/" in admin.post(f"{path}/link").text
    assert (
        "不是本人要的"
        in fresh_console.office.rows(
            select(StaffNotice.text).where(StaffNotice.unit_id == fresh_console.office.units["unit"])
        )[0]
    )


def test_a_leave_is_of_whoever_asked_and_ends(fresh_console: Console) -> None:
    office = fresh_console.office
    with office.desk(None) as actor:
        colleagues.add(actor, "另一位管理员", Role.ADMIN)
    admin, clerk = fresh_console.sign_in("admin"), f"/console/staff/{office.people['clerk'].id}"
    admin.get(clerk)
    admin.post(f"{clerk}/link")
    decide(fresh_console.sign_in("leader"), newest(fresh_console))
    with transaction(office.services.engine) as db:
        other = db.scalars(select(Staff).where(Staff.name == "另一位管理员")).one()
        assert confirmations.leave_for(Actor(db, other), "staff.link", office.people["clerk"].id) is None
    with clock.frozen(MONDAY + timedelta(hours=73)), office.desk("admin") as actor:
        assert confirmations.leave_for(actor, "staff.link", office.people["clerk"].id) is None
        expire_confirmations(office.services, actor.db, clock.now())
    assert newest(fresh_console).state is S.EXPIRED


def test_a_leave_for_a_link_ends_with_another_role(fresh_console: Console) -> None:
    office, admin, leader = (
        fresh_console.office,
        fresh_console.sign_in("admin"),
        fresh_console.sign_in("leader"),
    )
    clerk = f"/console/staff/{office.people['clerk'].id}"
    admin.get(clerk)
    admin.post(f"{clerk}/link")
    decide(leader, newest(fresh_console))
    assert "发新的登录链接" in admin.get(clerk).words
    decide(leader, ask_for_role(fresh_console, admin, "clerk", "leader"))
    assert "请分管领导确认后发登录链接" in admin.get(clerk).words
    assert "welcome" not in admin.post(f"{clerk}/link").text


def test_a_link_that_was_taken_is_told_to_the_office(fresh_console: Console) -> None:
    admin, auditor = fresh_console.sign_in("admin"), fresh_console.office.people["auditor"].id
    admin.get(f"/console/staff/{auditor}")
    admin.post(f"/console/staff/{auditor}/link")
    decide(fresh_console.sign_in("leader"), newest(fresh_console))
    admin.post(f"/console/staff/{auditor}/link")
    assert any("取了 同事auditor 的登录链接" in text for text in lines_for(fresh_console, "clerk"))


def test_what_has_changed_since_is_not_confirmed(fresh_console: Console) -> None:
    admin, leader = fresh_console.sign_in("admin"), fresh_console.sign_in("leader")
    asked = ask_for_role(fresh_console, admin, "clerk", "dispatcher")
    with transaction(fresh_console.office.services.engine) as db:
        db.execute(update(Staff).where(Staff.id == asked.subject_id).values(role=Role.AUDITOR))
    assert "情况又变了" in decide(leader, asked)
    assert fresh_console.person("clerk").role is Role.AUDITOR


def test_no_and_taking_back_change_nothing_and_are_said(fresh_console: Console) -> None:
    admin, leader = fresh_console.sign_in("admin"), fresh_console.sign_in("leader")
    asked = ask_for_role(fresh_console, admin, "clerk", "dispatcher")
    assert "为什么退回" in decide(leader, asked, "refuse", answer="")
    assert "已退回" in decide(leader, asked, "refuse", answer="人手够了")
    assert any("人手够了" in text for text in lines_for(fresh_console, "admin"))
    assert "已经有了结果" in decide(leader, asked), "one decision counts"
    again = ask_for_role(fresh_console, admin, "clerk", "dispatcher")
    assert "已经提出过" in admin.send(f"/console/staff/{again.subject_id}/role", role="dispatcher").words
    assert "已收回" in decide(admin, again, "withdraw")
    assert "已经有了结果" in decide(leader, again)
    assert fresh_console.person("clerk").role is Role.CLERK
    actions = fresh_console.office.rows(
        select(AuditEntry.action).where(AuditEntry.action.startswith("confirmation."))
    )
    assert set(actions) == {f"confirmation.{verb}" for verb in ("ask", "refuse", "withdraw")}


def test_two_who_decide_at_once_decide_once(fresh_console: Console) -> None:
    office = fresh_console.office
    with office.desk(None) as actor:
        second = colleagues.add(actor, "另一位领导", Role.LEADER)
    assert second is not None
    asked = ask_for_role(fresh_console, fresh_console.sign_in("admin"), "clerk", "dispatcher")
    ready, came = Barrier(2), list[str]()

    def decide_as(staff_id: int) -> None:
        ready.wait()
        try:
            with transaction(office.services.engine) as db:
                row = db.get_one(Confirmation, asked.id)
                confirmations.confirm(Actor(db, db.get_one(Staff, staff_id)), row)
        except Refusal as refusal:
            came.append(str(refusal))
        else:
            came.append("done")

    deciding = [Thread(target=decide_as, args=(one,)) for one in (office.people["leader"].id, second.id)]
    for thread in deciding:
        thread.start()
    for thread in deciding:
        thread.join()
    assert sorted(came) == ["done", f"「{asked.what}」已经有了结果，或过了期限。"]


def test_those_who_may_not_decide_find_nothing(fresh_console: Console) -> None:
    asked = ask_for_role(fresh_console, fresh_console.sign_in("admin"), "clerk", "dispatcher")
    for who in ("clerk", "dispatcher", "auditor"):
        visitor = fresh_console.sign_in(who)
        assert "由受理员改为" not in visitor.get("/console/confirmations").words
        for verb in ("confirm", "refuse", "withdraw"):
            assert visitor.send(f"/console/confirmations/{asked.id}/{verb}", answer="不").status == 404


def test_a_stand_in_confirms_between_the_days_and_not_for_the_absent_ones_own(fresh_console: Console) -> None:
    office, admin, leader = (
        fresh_console.office,
        fresh_console.sign_in("admin"),
        fresh_console.sign_in("leader"),
    )
    other = str(office.people["dispatcher"].id)
    leader.get("/console/confirmations")
    today = clock.today()
    page = leader.post("/console/stand-ins", who=other, first=str(today), last=str(today + timedelta(days=3)))
    assert "同事dispatcher 代您确认" in page.flash
    assert any("代 同事leader 确认" in text for text in lines_for(fresh_console, "clerk"))
    asked = ask_for_role(fresh_console, admin, "clerk", "auditor")
    assert "已确认" in decide(fresh_console.sign_in("dispatcher"), asked)
    assert newest(fresh_console).decided_for_id == office.people["leader"].id
    assert any(one.startswith("同事dispatcher 已确认") for one in lines_for(fresh_console, "admin"))
    own = confirmations_of_leader(fresh_console)
    with reading(office.services.engine) as db:
        assert [one.name for one in confirmations.approvers(db, own)] == []
    with clock.frozen(MONDAY + timedelta(days=4)), reading(office.services.engine) as db:
        assert stand_ins.today(db) == []


def confirmations_of_leader(console: Console) -> Confirmation:
    """What the leader asks for."""
    people = console.office.people
    return Confirmation(kind="staff.rise", subject_id=people["clerk"].id, asked_by_id=people["leader"].id)


def test_an_admin_is_no_stand_in_and_appoints_none(fresh_console: Console) -> None:
    office, leader = fresh_console.office, fresh_console.sign_in("leader")
    leader.get("/console/confirmations")
    day = str(clock.today())
    admin_id = str(office.people["admin"].id)
    assert leader.send("/console/stand-ins", who=admin_id, first=day, last=day).status == 409
    admin = fresh_console.sign_in("admin")
    admin.get("/console/confirmations")
    assert admin.send("/console/stand-ins", who=admin_id, first=day, last=day).status == 403
    with office.desk("admin") as actor, pytest.raises(Refusal, match="由本人指定"):
        people = {who: actor.db.get_one(Staff, office.people[who].id) for who in ("leader", "clerk")}
        stand_ins.appoint(actor, people["leader"], people["clerk"], clock.today(), clock.today())


def test_when_nobody_is_there_it_says_who_else_can(fresh_console: Console) -> None:
    office, admin = fresh_console.office, fresh_console.sign_in("admin")
    with transaction(office.services.engine) as db:
        db.execute(update(Staff).where(Staff.role == Role.LEADER).values(active=False))
    clerk = office.people["clerk"].id
    admin.get(f"/console/staff/{clerk}")
    refused = admin.send(f"/console/staff/{clerk}/role", role="leader")
    assert refused.status == 409
    assert "技术员" in refused.words
    assert office.rows(select(Confirmation)) == []


def test_a_kind_of_another_room_is_decided_by_its_own_right(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the figures of a policy will be: by a leader or another editor."""
    office, written = console.office, []
    kind = ConfirmationKind(
        "policy.facts", "改政策数字", "policy", Right.CONTENT_EDIT, lambda db, one: {"amount": 10},
        lambda actor, row: written.append(row.after),
    )  # fmt: skip
    monkeypatch.setattr(confirmations, "kinds", lambda: {kind.name: kind})
    with office.desk("admin") as actor:
        row = confirmations.ask(actor, "policy.facts", 1, "改「某政策」的金额", {"amount": 20})
        assert {one.role for one in confirmations.approvers(actor.db, row)} == {Role.LEADER}
        with pytest.raises(Refusal, match="不由您确认"):
            confirmations.confirm(actor, row)
        boss = actor.db.get_one(Staff, office.people["leader"].id)
        confirmations.confirm(Actor(actor.db, boss), row)
        assert (row.before, written) == ({"amount": 10}, [{"amount": 20}])


def test_every_officer_may_open_the_list(console: Console) -> None:
    assert set(Role) - {Role.UNIT} == OFFICERS
    for who in ("clerk", "dispatcher", "leader", "auditor", "admin"):
        console.at(who).get("/console/confirmations")
    console.at("unit").get("/console/confirmations", 403)
