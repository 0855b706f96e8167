"""The console's edge: who gets in, who may what, and what a refused request leaves behind."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from bot import audit, clock, signing_in
from bot.app import create_app
from bot.console.family import PUBLIC, Everybody, allowed
from bot.console.wiring import families
from bot.db import reading, transaction
from bot.staff import Right
from models.audit import AuditEntry
from models.staff import Staff
from tests.casework.office import ROLES
from tests.console.visitor import PASSWORD, Console, Visitor

OPEN = {"sign_in", "sign_in_code", "welcome", "static", "nowhere"}
WRONG = "姓名或口令不对"


def acts(console: Console, action: str) -> int:
    with reading(console.office.services.engine) as db:
        query = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action)
        return db.scalar(query) or 0


def rules(app: Flask) -> list[tuple[str, str, set[str]]]:
    return [
        (rule.endpoint.removeprefix("console."), rule.rule, rule.methods or set())
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
    ]


def test_every_view_says_who_may(console: Console) -> None:
    names = [name for name, _path, _methods in rules(console.app)]
    assert len(names) >= 20
    views = {name: console.app.view_functions[f"console.{name}"] for name in names}
    assert [name for name, view in views.items() if not hasattr(view, "permission")] == []
    assert {name for name, view in views.items() if view.permission is PUBLIC} == OPEN  # type: ignore[attr-defined]


def test_every_family_is_in_the_menu_or_reached_from_a_page(console: Console) -> None:
    known = families()
    assert {f.name for f in known} >= {"dashboard", "colleagues", "units", "trail", "account"}
    assert [f.name for f in known if not re.search(r"[一-鿿]", f.title)] == []
    paths = {path for _name, path, _methods in rules(console.app)}
    assert [f.entry for f in known if f.entry is not None and f.entry not in paths] == []


def test_without_signing_in_every_page_leads_to_the_door(console: Console) -> None:
    stranger = console.visitor()
    for name, path, methods in rules(console.app):
        if name in OPEN or "<" in path or "GET" not in methods:
            continue
        answer = stranger.get(path, status=302).answer
        assert "/console/sign-in" in answer.location, path


@pytest.mark.parametrize("who", ROLES)
def test_the_menu_shows_what_may_be_opened_and_nothing_else(console: Console, who: str) -> None:
    visitor, person = console.at(who), console.person(who)
    shown = set(re.findall(r'<li><a href="(/console/[^"]*)"', visitor.get("/console/").text))
    for family in families():
        if family.entry is None:
            continue
        if isinstance(family.permission, Everybody) or allowed(family.permission, person):
            assert family.entry in shown
            visitor.get(family.entry)
        else:
            assert family.entry not in shown
            before = acts(console, "console.denied")
            assert "权限" in visitor.get(family.entry, status=403).words
            assert acts(console, "console.denied") == before + 1


def test_where_one_wanted_to_go_is_kept_and_never_another_site(console: Console) -> None:
    name = console.person("admin").name
    for wanted, arrives in (
        ("/console/units", "/console/units"),
        ("https://evil.example/", "/console/"),
        ("//evil.example/x", "/console/"),
        ("/\\evil.example", "/console/"),
    ):
        visitor = console.visitor()
        visitor.get("/console/sign-in")
        answer = visitor.send("/console/sign-in", name=name, password=PASSWORD, next=wanted)
        assert answer.answer.location == arrives


def test_an_unknown_name_hears_the_same_as_a_wrong_password(console: Console) -> None:
    visitor = console.visitor()
    one = visitor.sign_in("没有这个人", "随便一个口令试试", status=200).flash
    other = visitor.sign_in(console.person("helper").name, "随便一个口令试试", status=200).flash
    assert WRONG in one
    assert one == other


def test_five_wrong_passwords_lock_the_door_in_every_process(fresh_console: Console) -> None:
    console, name = fresh_console, fresh_console.person("clerk").name
    services = console.office.services
    second = Console(console.office, create_app(services.config, services))  # another process has its own app
    for turn in range(5):
        (console, second)[turn % 2].visitor().sign_in(name, "不对的口令不对", status=200)
    assert acts(console, "staff.locked") == 1
    assert WRONG in second.visitor().sign_in(name, status=200).flash
    later = clock.now() + signing_in.LOCKED + timedelta(seconds=1)
    with clock.frozen(later):
        console.visitor().sign_in(name, status=302)


def test_a_form_without_its_token_does_nothing(console: Console) -> None:
    visitor = console.sign_in("admin")
    with reading(console.office.services.engine) as db:
        before = db.scalar(select(func.count()).select_from(Staff))
    visitor._token = None
    answer = visitor.send("/console/staff/new", name="小偷", role="admin")
    assert answer.status == 400
    assert "刷新页面" in answer.words
    with reading(console.office.services.engine) as db:
        assert db.scalar(select(func.count()).select_from(Staff)) == before


def test_pages_run_no_script_but_ours_and_are_kept_by_nobody(console: Console) -> None:
    visitor = console.at("admin")
    for path in ("/console/", "/console/sign-in", "/console/nothing-here"):
        answer = visitor.client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert (
            re.findall(r"\son\w+=|\sstyle=|<style|<script(?![^>]* src=\"/console/static/)", answer.text) == []
        )
        assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []


def test_the_webhook_and_public_pages_have_no_session(console: Console) -> None:
    client = console.at("admin").client
    assert "Set-Cookie" not in client.get("/p/min-ying-jing-ji-cu-jin-fa").headers
    assert "Set-Cookie" not in client.post("/wechat", data="<xml/>").headers


def new_colleague(console: Console, name: str, **more: str) -> tuple[Visitor, str]:
    """Added by the admin; the link that is shown once."""
    admin = console.at("admin")
    admin.get("/console/staff/new")
    page = admin.post("/console/staff/new", name=name, **({"role": "clerk"} | more))
    found = re.findall(r'value="[^"]*(/console/welcome/[^"]+)"', page.text)
    assert len(found) == 1
    return admin, found[0]


def test_a_one_time_link_works_once(console: Console) -> None:
    admin, link = new_colleague(console, "新来的小赵")
    assert link not in admin.get("/console/staff").text
    visitor = console.visitor()
    visitor.get(link)
    assert "口令应为" in visitor.post(link, password="短", again="短", status=200).flash
    assert "不要有姓名" in visitor.post(link, password="新来的小赵abcde9", again="x", status=200).flash
    assert "不一样" in visitor.post(link, password=PASSWORD, again=PASSWORD + "x", status=200).flash
    visitor.post(link, password=PASSWORD, again=PASSWORD)
    assert console.visitor().get(link, status=410)
    console.visitor().sign_in("新来的小赵")


def test_a_link_of_the_day_before_yesterday_is_dead(console: Console) -> None:
    _admin, link = new_colleague(console, "慢半拍")
    with clock.frozen(clock.now() + signing_in.INVITE + timedelta(minutes=1)):
        assert "失效" in console.visitor().get(link, status=410).words


def test_a_session_ends_when_idle_when_old_and_when_somebody_says_so(console: Console) -> None:
    settings, now = console.office.services.config.console, clock.now()
    with clock.frozen(now):
        visitor = console.sign_in("auditor")
    with clock.frozen(now + timedelta(minutes=settings.idle_minutes - 1)):
        visitor.get("/console/")
    with clock.frozen(now + timedelta(minutes=2 * settings.idle_minutes)):
        visitor.get("/console/", status=302)
    visitor = console.sign_in("auditor")
    other = console.sign_in("auditor")
    visitor.get("/console/account")
    visitor.post("/console/account/sessions")
    other.get("/console/", status=302)


def test_who_is_disabled_is_out_at_once(console: Console) -> None:
    _admin, link = new_colleague(console, "要走的人")
    visitor = console.visitor()
    visitor.get(link)
    visitor.post(link, password=PASSWORD, again=PASSWORD)
    visitor.sign_in("要走的人")
    with reading(console.office.services.engine) as db:
        number = db.scalar(select(Staff.id).where(Staff.name == "要走的人"))
    admin = console.at("admin")
    admin.get(f"/console/staff/{number}/disable")
    admin.post(f"/console/staff/{number}/disable")
    visitor.get("/console/", status=302)
    console.visitor().sign_in("要走的人", status=200)


def test_codes_are_asked_for_once_enrolled_and_count_once(fresh_console: Console) -> None:
    console, now = fresh_console, clock.now()
    with clock.frozen(now):
        visitor = console.sign_in("leader")
        page = visitor.get("/console/account/totp")
        secret = re.findall(r"<code>(\w+)</code>", page.text)[0]
        assert visitor.client.get("/console/account/totp.svg").mimetype == "image/svg+xml"
        visitor.post("/console/account/totp", code="000000", status=200)
        visitor.post("/console/account/totp", code=pyotp.TOTP(secret).at(now))
    stored = console.person("leader").totp_secret
    assert stored is not None
    assert secret not in stored
    later = now + timedelta(minutes=2)
    with clock.frozen(later):
        again = console.visitor()
        asked = again.sign_in(console.person("leader").name)
        assert "6 位数字" in asked.words
        again.get("/console/", status=302)  # the password alone opens nothing
        asked = again.sign_in(console.person("leader").name)
        assert "不对" in again.post("/console/sign-in/code", code="123456", status=200).flash
        code = pyotp.TOTP(secret).at(later)
        again.post("/console/sign-in/code", code=code)
        again.get("/console/")
        replay = console.visitor()
        replay.sign_in(console.person("leader").name)
        assert "用过" in replay.post("/console/sign-in/code", code=code, status=200).flash


def test_the_last_admin_stays(console: Console) -> None:
    admin, me = console.at("admin"), console.person("admin")
    admin.get(f"/console/staff/{me.id}/disable")
    assert "唯一在岗的管理员" in admin.send(f"/console/staff/{me.id}/disable").words
    assert "唯一在岗的管理员" in admin.send(f"/console/staff/{me.id}/role", role="clerk").words
    assert console.person("admin").active


def test_a_removed_row_of_the_trail_is_found(fresh_console: Console) -> None:
    console, auditor = fresh_console, fresh_console.at("auditor")
    auditor.get("/console/trail")
    assert "记录完整" in auditor.post("/console/trail/check").flash
    with transaction(console.office.services.engine) as db:
        row = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[3]
        row.address = "1.2.3.4"
    auditor.get("/console/trail")
    assert "被改动或删除" in auditor.post("/console/trail/check").flash
    with reading(console.office.services.engine) as db:
        assert audit.first_break(db) == row.id


def test_lists_are_filtered_sorted_paged_and_kept_as_views(console: Console) -> None:
    admin = console.at("admin")
    page = admin.get("/console/staff?role=unit&sort=-name&cols=name&cols=role")
    assert page.text.count("<tr>") == 1 + 3
    assert "角色：" in page.words
    assert "上次登录" not in re.findall(r"<thead>.*?</thead>", page.text, re.DOTALL)[0]
    admin.post("/console/views", name="承办单位的人", back="/console/staff?role=unit")
    assert "承办单位的人" in admin.get("/console/staff").words
    for odd in (
        "page=99999999999",
        "page=-1",
        "size=7",
        "sort=password_hash",
        "role=';drop",
        "name=%25",
        "page=x",
    ):
        admin.get(f"/console/staff?{odd}")
    admin.post("/console/views", name="坏的", back="https://evil.example/console/x")


def test_units_are_kept_and_switched_off(console: Console) -> None:
    admin = console.at("admin")
    admin.get("/console/units/new")
    assert "已经有" in admin.post("/console/units/new", name="区经信局", kind="区级部门", status=200).flash
    page = admin.post(
        "/console/units/new", name="<b>苹果园街道</b>", kind="街道", phone="010-12345", active="1"
    )
    assert "<b>苹果园" not in page.text
    assert "苹果园街道" in page.words


@pytest.mark.parametrize("right", Right)
def test_every_right_has_a_name_and_somebody_who_has_it(right: Right) -> None:
    from bot.staff import RIGHT_LABELS, RIGHTS

    assert re.search(r"[一-鿿]", RIGHT_LABELS[right])
    assert any(right in rights for rights in RIGHTS.values())
