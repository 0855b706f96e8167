"""Signing in: the same words for every mistake, lockout in rows, codes that count once, links that work once."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from bot.app import create_app
from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.staff import signing_in
from models.audit import AuditEntry
from models.staff import Staff
from tests.console.visitor import PASSWORD, Console, Visitor
from tests.support.office import MONDAY

pytestmark = pytest.mark.usefixtures("monday")
NEW_PASSWORD = "另外 一座 绿色 的塔"


def actions(console: Console, who: str) -> list[str]:
    """What the trail says about somebody's account."""
    mine = (AuditEntry.subject == "staff", AuditEntry.subject_id == console.office.people[who].id)
    with reading(console.office.services.engine) as db:
        return list(db.scalars(select(AuditEntry.action).where(*mine).order_by(AuditEntry.id)))


def signed_in(visitor: Visitor) -> bool:
    return visitor.client.get("/console/account").status_code == 200


def test_a_wrong_name_and_a_wrong_password_read_the_same(console: Console) -> None:
    visitor = console.visitor()
    name = console.office.people["clerk"].name
    strange = visitor.sign_in("没有这个人", status=200)
    wrong = visitor.sign_in(name, "不是这个口令", status=200)
    assert strange.flash == wrong.flash
    assert "找管理员" in wrong.flash
    assert not signed_in(visitor)


def test_signing_in_opens_the_dashboard_and_leaves_a_safe_cookie(console: Console) -> None:
    visitor = console.visitor()
    visitor.get("/console/sign-in")
    answer = visitor.send(
        "/console/sign-in", name=console.office.people["clerk"].name, password=PASSWORD
    ).answer
    assert answer.location == "/console/"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert console.office.people["clerk"].name in visitor.get("/console/").words
    assert actions(console, "clerk")[-1] == "staff.sign_in"


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/console/account", "/console/account"),
        ("https://example.com/", "/console/"),
        ("//example.com/console/", "/console/"),
        ("/\\example.com", "/console/"),
        ("javascript:alert(1)", "/console/"),
    ],
)
def test_signing_in_leads_on_to_our_own_pages_only(console: Console, wanted: str, leads_to: str) -> None:
    visitor = console.visitor()
    visitor.get("/console/sign-in")
    name = console.office.people["clerk"].name
    answer = visitor.send("/console/sign-in", name=name, password=PASSWORD, next=wanted).answer
    assert answer.location == leads_to


def test_a_page_that_wants_a_name_comes_back_after_signing_in(console: Console) -> None:
    visitor = console.visitor()
    answer = visitor.client.get("/console/account")
    assert answer.status_code == 302
    assert "请先登录" in visitor.get(answer.location).flash
    answer = visitor.send(answer.location, name=console.office.people["clerk"].name, password=PASSWORD).answer
    assert answer.location == "/console/account"


def test_five_wrong_passwords_lock_over_all_processes(console: Console) -> None:
    services, name = console.office.services, console.office.people["helper"].name
    other = Console(console.office, create_app(services.config, services))
    for attempt in range(5):
        (console, other)[attempt % 2].visitor().sign_in(name, "不是这个口令", status=200)
    for app in (console, other):
        refused = app.visitor().sign_in(name, status=200)
        assert "15 分钟" in refused.flash
    assert actions(console, "helper").count("staff.locked") == 1
    with clock.frozen(MONDAY + timedelta(minutes=16)):
        assert signed_in(console.sign_in("helper"))


def test_a_locked_account_is_not_opened_by_the_page_that_changes_passwords(fresh_console: Console) -> None:
    visitor = fresh_console.sign_in("clerk")
    visitor.get("/console/account")
    for _ in range(5):
        visitor.post(
            "/console/account/password", old="猜一猜猜一猜", password=NEW_PASSWORD, again=NEW_PASSWORD
        )
    visitor.post("/console/account/password", old=PASSWORD, password=NEW_PASSWORD, again=NEW_PASSWORD)
    with clock.frozen(MONDAY + timedelta(minutes=16)):
        assert not signing_in.fits(fresh_console.person("clerk"), NEW_PASSWORD)


def test_codes_of_a_phone_are_asked_for_and_count_once(fresh_console: Console) -> None:
    name = fresh_console.office.people["leader"].name
    visitor = fresh_console.sign_in("leader")
    page = visitor.get("/console/account/totp")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert secret
    codes = pyotp.TOTP(secret.group(1).replace(" ", ""))
    picture = visitor.client.get("/console/account/totp.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "不对" in visitor.post("/console/account/totp", code="000000", status=200).words
    assert "已开启" in visitor.post("/console/account/totp", code=codes.at(MONDAY)).flash
    kept = fresh_console.person("leader").totp_secret
    assert kept
    assert secret.group(1) not in kept
    assert "请先关闭" in visitor.get(visitor.get("/console/account/totp", 302).answer.location).flash
    assert fresh_console.person("leader").totp_secret == kept

    second = fresh_console.visitor()
    landed = second.sign_in(name)
    assert "动态验证码" in landed.words
    assert not signed_in(second)
    used = second.post("/console/sign-in/code", code=codes.at(MONDAY), status=200)
    assert "已用过" in used.words
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        second.post("/console/sign-in/code", code=codes.at(MONDAY + timedelta(minutes=1)))
        assert signed_in(second)


def test_wrong_codes_lock_too(fresh_console: Console) -> None:
    with transaction(fresh_console.office.services.engine) as db:
        person = db.get_one(Staff, fresh_console.office.people["clerk"].id)
        secret = signing_in.new_secret()
        code = pyotp.TOTP(secret).at(MONDAY)
        assert signing_in.enrol(db, fresh_console.office.services.codes_key, person, secret, code)
    visitor = fresh_console.visitor()
    visitor.sign_in(fresh_console.office.people["clerk"].name)
    for _ in range(5):
        visitor.send("/console/sign-in/code", code="000000")
    with clock.frozen(MONDAY + timedelta(minutes=1)):
        code = pyotp.TOTP(secret).at(MONDAY + timedelta(minutes=1))
        visitor.send("/console/sign-in/code", code=code)
        assert not signed_in(visitor)
    assert "staff.locked" in actions(fresh_console, "clerk")


def test_an_admin_resets_the_codes_of_a_lost_phone(fresh_console: Console) -> None:
    with transaction(fresh_console.office.services.engine) as db:
        person = db.get_one(Staff, fresh_console.office.people["clerk"].id)
        secret = signing_in.new_secret()
        assert signing_in.enrol(
            db, fresh_console.office.services.codes_key, person, secret, pyotp.TOTP(secret).at(MONDAY)
        )
    admin, path = fresh_console.sign_in("admin"), f"/console/staff/{person.id}/codes"
    assert "核实是本人" in admin.get(path).words
    assert "已重置" in admin.post(path).flash
    assert signed_in(fresh_console.sign_in("clerk"))


def link_for(console: Console, **fields: str) -> str:
    """The one-time link of a new colleague whom a leader has confirmed, as the page shows it once."""
    admin, leader = console.at("admin"), console.at("leader")
    admin.get("/console/staff/new")
    person = admin.send("/console/staff/new", **fields).answer.location
    asked = re.search(r"/console/confirmations/\d+/confirm", leader.get("/console/confirmations").text)
    assert asked
    leader.post(asked.group())
    page = admin.post(f"{person}/link")
    found = re.search(r"http[^\"]+(/console/welcome/[\w-]+)", page.text)
    assert found
    assert found.group(1) not in admin.get("/console/staff").text, "the link is shown once"
    return found.group(1)


def test_a_one_time_link_sets_a_password_once(console: Console) -> None:
    path = link_for(console, name="新来的小吴", role="clerk", unit="")
    visitor = console.visitor()
    assert "新来的小吴" in visitor.get(path).words
    for weak in ("短口令", "新来的小吴123456", "aaaaaaaaaaaaa", "password2026!"):
        refused = visitor.post(path, password=weak, again=weak, status=200)
        assert "口令" in refused.flash
    assert "不一样" in visitor.post(path, password=NEW_PASSWORD, again=PASSWORD, status=200).flash
    assert "已设置" in visitor.post(path, password=NEW_PASSWORD, again=NEW_PASSWORD).flash
    assert "失效" in visitor.get(path, 410).words
    assert visitor.send(path, password=PASSWORD, again=PASSWORD).status == 410
    visitor.sign_in("新来的小吴", NEW_PASSWORD)
    assert signed_in(visitor)


def test_a_link_ends_after_three_days_and_with_a_newer_one(console: Console) -> None:
    first = link_for(console, name="新来的小郑", role="clerk", unit="")
    with clock.frozen(MONDAY + timedelta(hours=71)):
        console.visitor().get(first)
    with clock.frozen(MONDAY + timedelta(hours=73)):
        console.visitor().get(first, 410)
    with transaction(console.office.services.engine) as db:
        person = db.scalars(select(Staff).where(Staff.name == "新来的小郑")).one()
        second = signing_in.invite(Actor(db, None), person)
    console.visitor().get(first, 410)
    console.visitor().get(f"/console/welcome/{second}")


def test_a_session_ends_when_idle_and_after_its_hours(console: Console) -> None:
    idle, busy = console.sign_in("other"), console.sign_in("other")
    rules = console.office.services.config.console
    with clock.frozen(MONDAY + timedelta(minutes=rules.idle_minutes + 1)):
        assert not signed_in(idle)
    for minutes in range(0, rules.session_hours * 60, rules.idle_minutes // 2):
        with clock.frozen(MONDAY + timedelta(minutes=minutes)):
            assert signed_in(busy)
    with clock.frozen(MONDAY + timedelta(hours=rules.session_hours, minutes=1)):
        assert not signed_in(busy)


def test_a_new_password_ends_the_sessions_elsewhere(fresh_console: Console) -> None:
    here, elsewhere = fresh_console.sign_in("clerk"), fresh_console.sign_in("clerk")
    here.get("/console/account")
    page = here.post("/console/account/password", old=PASSWORD, password=NEW_PASSWORD, again=NEW_PASSWORD)
    assert "已更换" in page.flash
    assert signed_in(here)
    assert not signed_in(elsewhere)


def test_whoever_left_is_out_at_once(fresh_console: Console) -> None:
    visitor, admin = fresh_console.sign_in("clerk"), fresh_console.sign_in("admin")
    path = f"/console/staff/{fresh_console.office.people['clerk'].id}/disable"
    admin.get(path)
    assert signed_in(visitor), "the question alone does nothing"
    admin.post(path)
    assert not signed_in(visitor)
    assert (
        "不对" in fresh_console.visitor().sign_in(fresh_console.office.people["clerk"].name, status=200).flash
    )


def test_signing_out_and_signing_out_everywhere(console: Console) -> None:
    one, two, three = (console.sign_in("other") for _ in range(3))
    one.get("/console/account")
    one.post("/console/sign-out")
    assert not signed_in(one)
    two.get("/console/account")
    two.post("/console/account/sessions")
    assert not signed_in(two)
    assert not signed_in(three)


def test_the_trail_keeps_who_came_and_no_password(console: Console) -> None:
    console.visitor().sign_in("没有这个人", "猜测的口令猜测的口令", status=200)
    with reading(console.office.services.engine) as db:
        entries = list(db.scalars(select(AuditEntry).where(AuditEntry.action.startswith("staff."))))
        assert audit.first_break(db) is None
    said = " ".join(str(entry.detail) for entry in entries)
    assert PASSWORD not in said
    assert "猜测的口令" not in said
    assert any(entry.address and entry.address.startswith("10.0.") for entry in entries)


def test_a_first_password_is_nobodys_default(console: Console) -> None:
    with transaction(console.office.services.engine) as db:
        db.execute(
            update(Staff)
            .where(Staff.name == console.office.people["auditor"].name)
            .values(password_hash=None)
        )
    for guess in ("", "admin", "123456", PASSWORD):
        console.visitor().sign_in(console.office.people["auditor"].name, guess, status=200)
