"""Signing in: the same words for every mistake, waits and sessions in rows, codes that count once, links that work once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from bot.app import create_app
from bot.console import devices
from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.health.jobs import forget_old_sessions
from bot.staff import signing_in, tries
from models.audit import AuditEntry
from models.signing_in import RecoveryCode, SignInFailure, StaffSession
from models.staff import Staff
from tests.console.visitor import PASSWORD, Console, Visitor
from tests.support.office import MONDAY

pytestmark = pytest.mark.usefixtures("monday")
HERE = "198.51.100.7"
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


def test_five_wrong_passwords_from_one_place_wait_over_all_processes(console: Console) -> None:
    services, name = console.office.services, console.office.people["helper"].name
    other = Console(console.office, create_app(services.config, services))
    for attempt in range(5):
        (console, other)[attempt % 2].visitor(HERE).sign_in(name, "不是这个口令", status=200)
    for app in (console, other):
        refused = app.visitor(HERE).sign_in(name, status=200)
        assert "15 分钟" in refused.flash
    assert actions(console, "helper").count("staff.locked") == 1
    with clock.frozen(MONDAY + timedelta(seconds=61)):
        again = console.visitor(HERE)
        again.sign_in(name)
        assert signed_in(again)


def test_the_wait_grows_and_ends_with_a_quiet_hour(console: Console) -> None:
    name = console.office.people["dispatcher"].name
    waits = []
    for _ in range(4):
        console.visitor(HERE).sign_in(name, "不是这个口令", status=200)
    moment = MONDAY
    for _ in range(6):
        with clock.frozen(moment):
            console.visitor(HERE).sign_in(name, "不是这个口令", status=200)
        waits.append(
            next(minutes for minutes in range(1, 20) if not waiting_at(console, name, moment, minutes))
        )
        moment += timedelta(minutes=waits[-1])
    assert waits == [1, 2, 4, 8, 15, 15]
    with clock.frozen(moment + timedelta(hours=1)):
        console.visitor(HERE).sign_in(name, "不是这个口令", status=200)
        console.visitor(HERE).sign_in(name)


def waiting_at(console: Console, name: str, moment: datetime, minutes: int) -> bool:
    """Whether a try from here would not count, so many minutes later."""
    with clock.frozen(moment + timedelta(minutes=minutes)), reading(console.office.services.engine) as db:
        return tries.must_wait(db, tries.Try(name, f"address:{HERE}", known=True), None)


def test_a_stranger_locks_nobody_out(fresh_console: Console) -> None:
    name = fresh_console.office.people["clerk"].name
    mine = fresh_console.sign_in("clerk")
    mine.get("/console/account")
    mine.post("/console/sign-out")
    for place in range(8):
        for _ in range(5):
            fresh_console.visitor(f"203.0.113.{place}").sign_in(name, "不是这个口令", status=200)
    assert fresh_console.person("clerk").failed_sign_ins == 30
    assert "不对" in fresh_console.visitor().sign_in(name, status=200).flash, "strangers wait for each other"
    landed = mine.sign_in(name)
    assert "被输错过 30 次" in landed.flash, "a known device passes"
    mine.post("/console/sign-out")
    assert "被输错过" not in fresh_console.visitor().sign_in(name).flash


def test_after_a_storm_a_new_device_gets_in_between(fresh_console: Console) -> None:
    name = fresh_console.office.people["clerk"].name
    for place in range(6):
        for _ in range(5):
            fresh_console.visitor(f"203.0.113.{place}").sign_in(name, "不是这个口令", status=200)
    with clock.frozen(MONDAY + timedelta(seconds=11)):
        visitor = fresh_console.visitor()
        visitor.sign_in(name)
        assert signed_in(visitor)


def test_a_known_device_has_its_own_count_and_is_one_persons(fresh_console: Console) -> None:
    name, other = (fresh_console.office.people[who].name for who in ("clerk", "dispatcher"))
    mine = fresh_console.sign_in("clerk")
    mine.get("/console/account")
    mine.post("/console/sign-out")
    for _ in range(5):
        mine.sign_in(name, "不是这个口令", status=200)
    assert "不对" in mine.sign_in(name, status=200).flash
    fresh_console.visitor(mine.address).sign_in(name)
    for _ in range(5):
        mine.sign_in(other, "不是这个口令", status=200)
    assert "不对" in fresh_console.visitor(mine.address).sign_in(other, status=200).flash, (
        "counts for the address"
    )


def test_names_that_nobody_has_are_counted_alike(console: Console) -> None:
    for name in ("没有这个人", console.office.people["auditor"].name):
        for _ in range(6):
            console.visitor("203.0.113.77").sign_in(name, "不是这个口令", status=200)
    counts = console.office.rows(
        select(SignInFailure.count).where(SignInFailure.source.contains("203.0.113.77"))
    )
    assert counts == [5, 5]


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("kein\x00e", "keine"),
        ("", ""),
    ],
)
def test_an_address_of_ipv6_is_its_network(address: str, counted_as: str) -> None:
    assert devices.network(address) == counted_as


def test_a_page_that_changes_passwords_slows_down_too(fresh_console: Console) -> None:
    visitor = fresh_console.sign_in("clerk")
    visitor.get("/console/account")
    fields = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
    for _ in range(5):
        visitor.post("/console/account/password", old="猜一猜猜一猜", **fields)
    visitor.post("/console/account/password", old=PASSWORD, **fields)
    assert not signing_in.fits(fresh_console.person("clerk"), NEW_PASSWORD)
    with clock.frozen(MONDAY + timedelta(minutes=2)):
        visitor.post("/console/account/password", old=PASSWORD, **fields)
    assert signing_in.fits(fresh_console.person("clerk"), NEW_PASSWORD)


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
    without = fresh_console.sign_in("leader")
    shown = visitor.post("/console/account/totp", code=codes.at(MONDAY), status=200)
    assert "已开启" in shown.words
    assert not signed_in(without), "who came in without a code is out"
    assert signed_in(visitor)
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


def test_a_recovery_code_stands_in_for_the_phone_once(fresh_console: Console) -> None:
    name, phone = fresh_console.office.people["leader"].name, fresh_console.sign_in("leader")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", phone.get("/console/account/totp").text)
    assert secret
    code = pyotp.TOTP(secret.group(1).replace(" ", "")).at(MONDAY)
    page = phone.post("/console/account/totp", code=code, status=200)
    codes = re.findall(r">([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})<", page.text)
    assert len(set(codes)) == 10
    kept = fresh_console.office.rows(select(RecoveryCode.digest))
    assert not {codes[0], codes[0].replace("-", "")} & set(kept), "only digests are kept"
    without_phone = fresh_console.visitor()
    without_phone.sign_in(name)
    landed = without_phone.post("/console/sign-in/code", code=f" {codes[0].lower()} ")
    assert "还剩 9 个" in landed.words
    again = fresh_console.visitor()
    again.sign_in(name)
    assert "已用过" in again.post("/console/sign-in/code", code=codes[0], status=200).words
    assert "还剩 9 个" in without_phone.get("/console/account").words
    without_phone.get("/console/account/recovery")
    assert (
        "口令不对"
        in without_phone.post("/console/account/recovery", password="猜一猜猜一猜", status=200).words
    )
    fresh = without_phone.post("/console/account/recovery", password=PASSWORD, status=200)
    assert codes[1] not in fresh.text
    assert "已用过" in again.post("/console/sign-in/code", code=codes[1], status=200).words
    clerk = fresh_console.visitor()
    clerk.sign_in(fresh_console.office.people["clerk"].name)
    assert "先开启" in clerk.get(clerk.get("/console/account/recovery", 302).answer.location).flash


def test_wrong_codes_wait_wherever_they_come_from(fresh_console: Console) -> None:
    with transaction(fresh_console.office.services.engine) as db:
        person = db.get_one(Staff, fresh_console.office.people["clerk"].id)
        secret = signing_in.new_secret()
        code = pyotp.TOTP(secret).at(MONDAY)
        assert signing_in.enrol(db, fresh_console.office.services.codes_key, person, secret, code)
    for _ in range(5):
        visitor = fresh_console.visitor()
        visitor.sign_in(fresh_console.office.people["clerk"].name)
        visitor.send("/console/sign-in/code", code="000000")
    for seconds, comes_in in ((30, False), (90, True)):
        with clock.frozen(MONDAY + timedelta(seconds=seconds)):
            visitor.send(
                "/console/sign-in/code", code=pyotp.TOTP(secret).at(MONDAY + timedelta(seconds=seconds))
            )
            assert signed_in(visitor) is comes_in
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
    clerk = fresh_console.sign_in("clerk")
    assert "被管理员重置" in clerk.get("/console/notices").words


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


def copied(console: Console, visitor: Visitor) -> Visitor:
    """Somebody else with a copy of this browser's cookies."""
    other = console.visitor()
    for name in ("tongxin", "tongxin-device"):
        cookie = visitor.client.get_cookie(name)
        assert cookie
        other.client.set_cookie(name, cookie.value)
    return other


def test_signing_out_ends_every_copy_of_the_cookie(console: Console) -> None:
    one, other = console.sign_in("other"), console.sign_in("other")
    thief = copied(console, one)
    assert signed_in(thief)
    one.get("/console/account")
    one.post("/console/sign-out")
    assert not signed_in(one)
    assert not signed_in(thief)
    assert signed_in(other), "the other browser is another row"
    assert actions(console, "other")[-1] == "staff.session_ended"


def test_signing_out_everywhere(console: Console) -> None:
    two, three = (console.sign_in("other") for _ in range(2))
    two.get("/console/account")
    two.post("/console/account/sessions")
    assert not signed_in(two)
    assert not signed_in(three)


def test_one_browser_of_ones_own_is_struck_out(fresh_console: Console) -> None:
    here, lost, stranger = (fresh_console.sign_in(who) for who in ("other", "other", "clerk"))
    page = here.get("/console/account")
    ends = re.findall(r"/console/account/sessions/\d+/end", page.text)
    assert len(ends) == 1, "the browser here has its own way out"
    stranger.get("/console/account")
    assert stranger.send(ends[0]).status == 404
    assert signed_in(lost)
    here.post(ends[0])
    assert not signed_in(lost)
    assert signed_in(here)
    assert here.send(ends[0]).status == 404


@pytest.mark.parametrize("jump", [timedelta(days=400), timedelta(hours=1)])
def test_a_session_from_a_clock_that_jumped_is_over(fresh_console: Console, jump: timedelta) -> None:
    with clock.frozen(MONDAY + jump):
        visitor = fresh_console.sign_in("clerk")
        assert signed_in(visitor)
    assert not signed_in(visitor)


def test_a_clock_that_jumped_locks_nobody(fresh_console: Console) -> None:
    name = fresh_console.office.people["clerk"].name
    with clock.frozen(MONDAY + timedelta(days=400)):
        for _ in range(8):
            fresh_console.visitor(HERE).sign_in(name, "不是这个口令", status=200)
    fresh_console.visitor(HERE).sign_in(name)


def test_a_code_used_by_a_clock_that_jumped_blocks_no_later_one() -> None:
    secret, step = signing_in.new_secret(), int(MONDAY.timestamp()) // signing_in.STEP
    code = pyotp.TOTP(secret).at(MONDAY)
    assert signing_in.code_fits(secret, code, step + 1_000_000) == step
    assert signing_in.code_fits(secret, code, step) is None


def test_what_is_over_is_cleared_away(fresh_console: Console) -> None:
    office = fresh_console.office
    fresh_console.sign_in("clerk")
    fresh_console.visitor().sign_in("没有这个人", status=200)
    with clock.frozen(MONDAY + timedelta(days=2)), office.desk(None) as actor:
        forget_old_sessions(office.services, actor.db, clock.now())
    assert office.rows(select(StaffSession)) == office.rows(select(SignInFailure)) == []


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
