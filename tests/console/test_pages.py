"""The console's pages: guarded by role, safe against foreign forms and scripts, calm when something goes wrong."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select, update

from bot.app import create_app
from bot.console.family import PUBLIC, Rule, allowed
from bot.console.wiring import families
from bot.core import clock
from bot.core.db import reading, transaction
from bot.staff.rights import RIGHT_LABELS, RIGHTS, Right
from models.audit import AuditEntry
from models.staff import Role, Staff
from models.units import Unit
from models.views import SavedView
from tests.console.visitor import Console, Visitor
from tests.support.office import MONDAY

pytestmark = pytest.mark.usefixtures("monday")
RULES = [(family, rule) for family in families() for rule in family.rules]
PLAIN = [rule for _, rule in RULES if "GET" in rule.methods and "<" not in rule.path]
WHO = ("clerk", "dispatcher", "unit", "leader", "auditor", "admin")


def path_of(rule: Rule) -> str:
    """An address of this view; its arguments lead to nothing."""
    return "/console" + re.sub(r"<int:\w+>", "999999", re.sub(r"<(?!int)[^>]+>", "x", rule.path))


def test_there_are_pages_and_none_is_open_by_mistake() -> None:
    assert len(RULES) > 15
    open_to_all = {rule.view.__name__ for _, rule in RULES if rule.permission is PUBLIC}
    assert open_to_all == {"sign_in", "sign_in_code", "welcome"}


@pytest.mark.parametrize("who", WHO)
def test_every_page_is_open_to_those_roles_alone_that_may(console: Console, who: str) -> None:
    visitor, person = console.at(who), console.office.people[who]
    for rule in PLAIN:
        answer = visitor.client.get(path_of(rule))
        if rule.permission is not PUBLIC and not allowed(rule.permission, person):
            assert answer.status_code == 403, f"{who} {rule.path}"
            assert "联系管理员" in answer.text
        else:
            assert answer.status_code in (200, 302, 308, 404), f"{who} {rule.path}: {answer.status_code}"


@pytest.mark.parametrize("who", WHO)
def test_every_change_is_refused_to_those_who_may_not(console: Console, who: str) -> None:
    visitor, person = console.at(who), console.office.people[who]
    visitor.get("/console/account")
    for rule in (rule for _, rule in RULES if "POST" in rule.methods):
        if rule.permission is not PUBLIC and not allowed(rule.permission, person):
            assert visitor.send(path_of(rule)).status == 403, f"{who} {rule.path}"


def test_what_was_refused_is_in_the_trail(console: Console) -> None:
    console.at("clerk").get("/console/trail", 403)
    with reading(console.office.services.engine) as db:
        last = db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (last.action, last.staff_id) == ("console.denied", console.office.people["clerk"].id)
    assert last.detail["page"] == "/console/trail"


def test_every_page_asks_for_a_name_first(console: Console) -> None:
    visitor = console.visitor()
    for rule in (rule for _, rule in RULES if rule.permission is not PUBLIC):
        if "GET" in rule.methods:
            answer = visitor.client.get(path_of(rule))
            assert answer.status_code in (302, 308), rule.path
            assert "/console" in answer.location


def test_every_form_without_its_token_is_refused(console: Console) -> None:
    for who in ("admin", "leader", "unit"):
        visitor, person = console.sign_in(who), console.office.people[who]
        visitor._token = None
        mine = [rule for _, rule in RULES if "POST" in rule.methods and allowed(rule.permission, person)]
        assert mine
        for rule in mine:
            page = visitor.send(path_of(rule))
            assert page.status == 400, rule.path
            assert "没有办理" in page.words


def test_a_token_of_somebody_else_is_refused(console: Console) -> None:
    mine, other = console.sign_in("admin"), console.sign_in("clerk")
    mine.get("/console/account")
    other._token = mine._token
    assert other.send("/console/account/sessions").status == 400


def test_the_menu_shows_what_may_be_opened_and_nothing_else(console: Console) -> None:
    entries = {family.entry: family for family in families() if family.entry}
    for who in WHO:
        page = console.at(who).get("/console/")
        shown = set(re.findall(r'href="(/console/[^"?#]*)"', page.text))
        mine = {entry for entry, f in entries.items() if allowed(f.permission, console.office.people[who])}
        assert mine <= shown, who
        assert not (set(entries) - mine) & shown, who


def test_every_family_has_a_title_and_its_entry_is_a_page() -> None:
    known = families()
    assert {"dashboard", "staff", "units", "trail", "account"} <= {family.name for family in known}
    assert [family.name for family in known if not re.search(r"[一-鿿]", family.title)] == []
    paths = {"/console" + rule.path for _, rule in RULES}
    assert [f.entry for f in known if f.entry is not None and f.entry not in paths] == []


@pytest.mark.parametrize("right", Right)
def test_every_right_has_a_name_and_somebody_who_has_it(right: Right) -> None:
    assert re.search(r"[一-鿿]", RIGHT_LABELS[right])
    assert any(right in rights for rights in RIGHTS.values())


def every_page(console: Console) -> list[tuple[str, str]]:
    """The source of every page that an admin or a leader opens without an argument."""
    found = []
    for who in ("admin", "leader"):
        for rule in PLAIN:
            answer = console.at(who).client.get(path_of(rule))
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found.append((rule.path, answer.text))
    assert len(found) > 8
    return found


def test_pages_are_fit_for_the_policy_and_for_screen_readers(console: Console) -> None:
    for path, text in every_page(console):
        assert '<html lang="zh-CN">' in text, path
        assert text.count("<h1") == 1, path
        assert "<script>" not in text, path
        assert not re.search(r"<[a-z][^>]*\s(style|on\w+)=", text), path
        assert not re.search(r'(src|href|action)="(https?:)?//', text), path
        assert '<a class="skip" href="#main">' in text, path
        body = re.sub(
            r"<label\b.*?</label>", "", text, flags=re.DOTALL
        )  # what stands inside its label has one
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", body):
            if 'type="hidden"' in tag:
                continue
            named = re.search(r'\bid="([^"]+)"', tag)
            assert "aria-label" in tag or (named and f'for="{named.group(1)}"' in text), f"{path}: {tag}"
        for tag in re.findall(r'<form\b[^>]*method="post".*?</form>', text, flags=re.DOTALL):
            assert 'name="csrf_token"' in tag, f"{path}: {tag[:120]}"
            assert 'name="form_key"' in tag, f"{path}: {tag[:120]}"


def test_headers_keep_strangers_and_caches_out(console: Console) -> None:
    for path in ("/console/sign-in", "/console/nowhere"):
        headers = console.visitor().client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_a_body_without_end_is_refused(console: Console) -> None:
    admin = console.at("admin")
    admin.get("/console/staff/new")
    page = admin.send("/console/staff/new", name="x" * 34_000_000)
    assert page.status == 413
    assert "压缩" in page.words


def test_too_many_tries_from_one_place_wait_a_minute(console: Console) -> None:
    visitor, other = console.visitor(), console.visitor()
    for each in (visitor, other):
        each.get("/console/sign-in")
    answers = [visitor.send("/console/sign-in/code", code="000000") for _ in range(31)]
    assert {page.status for page in answers[:30]} == {302}
    assert answers[30].status == 429
    assert "稍等一分钟" in answers[30].words
    assert other.send("/console/sign-in/code", code="000000").status == 302, (
        "another address is not concerned"
    )


def test_the_webhook_and_the_public_pages_know_nothing_of_sessions(console: Console) -> None:
    client = console.app.test_client()
    page = client.get("/p/min-ying-jing-ji-cu-jin-fa")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    answer = client.post("/wechat?signature=x&timestamp=1&nonce=2", data=b"<xml/>")
    assert answer.status_code in (401, 403), "refused for its signature, not for a missing token"
    assert "Set-Cookie" not in answer.headers
    assert client.get("/nowhere").status_code == 404
    hooks = (console.app.before_request_funcs, console.app.after_request_funcs)
    assert [registry[None] for registry in hooks if registry.get(None)] == [], "a message pays for no hook"


def test_a_page_that_does_not_exist_says_where_to_go(console: Console) -> None:
    assert "菜单" in console.at("clerk").get("/console/nowhere", 404).words
    assert "登录" in console.visitor().get("/console/nowhere", 404).words


def test_a_failure_is_calm_and_has_a_number(console: Console) -> None:
    services = console.office.services
    app = create_app(services.config, services)

    def broken() -> str:
        raise RuntimeError("the secret inside")

    app.add_url_rule("/console/broken", view_func=broken)
    answer = app.test_client().get("/console/broken")
    assert answer.status_code == 500
    assert re.search(r"事故编号\s*\w+", answer.text)
    assert "secret inside" not in answer.text


def test_a_form_sent_twice_is_done_once(fresh_console: Console) -> None:
    admin = fresh_console.at("admin")
    admin.get("/console/units/new")
    fields = {"name": "古城街道", "kind": "街道", "active": "1"}
    assert "已保存" in admin.post("/console/units/new", **fields).flash
    again = admin.send("/console/units/new", **fields)
    assert again.status in (200, 409, 422)
    assert "已经有" in again.words
    with reading(fresh_console.office.services.engine) as db:
        assert db.scalar(select(func.count()).where(Unit.name == "古城街道")) == 1


def test_a_refused_change_leaves_nothing(console: Console) -> None:
    admin, services = console.at("admin"), console.office.services
    only = console.office.people["admin"].id
    with transaction(services.engine) as db:
        db.execute(update(Staff).where(Staff.role == Role.ADMIN, Staff.id != only).values(active=False))
        entries = db.scalar(select(func.count()).select_from(AuditEntry))
    admin.get(f"/console/staff/{only}/disable")
    refused = admin.send(f"/console/staff/{only}/disable")
    assert refused.status == 409
    assert "唯一" in refused.words
    assert console.person("admin").active
    with reading(services.engine) as db:
        assert db.scalar(select(func.count()).select_from(AuditEntry)) == entries


def test_the_last_admin_stays_admin(console: Console) -> None:
    admin, me = console.at("admin"), console.person("admin")
    admin.get(f"/console/staff/{me.id}")
    assert "唯一在岗的管理员" in admin.send(f"/console/staff/{me.id}/role", role="clerk").words
    assert console.person("admin").role is Role.ADMIN


def test_a_unit_is_added_changed_and_switched_off(console: Console) -> None:
    admin = console.at("admin")
    admin.get("/console/units/new")
    page = admin.post(
        "/console/units/new", name="<b>苹果园街道</b>", kind="街道", phone="010-12345", active="1"
    )
    assert "<b>苹果园" not in page.text
    assert "苹果园街道" in page.words
    with reading(console.office.services.engine) as db:
        unit = db.scalars(select(Unit).where(Unit.name.contains("苹果园"))).one()
    admin.get(f"/console/units/{unit.id}")
    admin.post(f"/console/units/{unit.id}", name="苹果园街道", kind="街道")
    with reading(console.office.services.engine) as db:
        changed = db.get_one(Unit, unit.id)
    assert (changed.name, changed.active) == ("苹果园街道", False)


def test_people_of_a_unit_need_a_unit(console: Console) -> None:
    admin = console.at("admin")
    admin.get("/console/staff/new")
    refused = admin.send("/console/staff/new", name="没有单位的人", role="unit", unit="")
    assert refused.status in (200, 409, 422)
    assert "单位" in refused.words
    with reading(console.office.services.engine) as db:
        assert db.scalar(select(Staff.id).where(Staff.name == "没有单位的人")) is None


def test_another_role_holds_at_once(fresh_console: Console) -> None:
    gone, admin = fresh_console.sign_in("dispatcher"), fresh_console.sign_in("admin")
    person = fresh_console.office.people["dispatcher"].id
    admin.get(f"/console/staff/{person}")
    admin.post(f"/console/staff/{person}/role", role="clerk", unit="")
    assert gone.client.get("/console/").status_code == 302, "who was signed in signs in anew"
    assert "受理员" in fresh_console.sign_in("dispatcher").get("/console/").words


def people(visitor: Visitor, query: str = "") -> list[str]:
    """The names on the list of colleagues."""
    page = visitor.get(f"/console/staff{query}")
    rows = re.findall(r"<tr>(?:(?!</tr>).)*?<td[^>]*>(.*?)</td>", page.text, flags=re.DOTALL)
    return [re.sub(r"<[^>]+>", "", row).strip() for row in rows]


@pytest.fixture(scope="module")
def crowd(console: Console) -> Visitor:
    """An admin who looks at 30 more colleagues."""
    with transaction(console.office.services.engine) as db:
        for number in range(30):
            person = Staff(
                name=f"群众{number:02}", role=Role.CLERK, created_at=console.office.people["admin"].created_at
            )
            db.add(person)
    with clock.frozen(MONDAY):  # made before a test's own clock stands still
        return console.at("admin")


def test_a_list_is_filtered_sorted_and_paged_by_its_address(crowd: Visitor) -> None:
    assert len(people(crowd, "?name=群众")) == 20
    assert people(crowd, "?name=群众&page=2&sort=name") == [f"群众{number}" for number in range(20, 30)]
    assert people(crowd, "?name=群众&sort=-name&size=50")[0] == "群众29"
    assert len(people(crowd, "?name=群众&size=50")) == 30
    assert people(crowd, "?name=群众07&role=clerk") == ["群众07"]
    assert people(crowd, "?name=群众07&role=leader") == []


@pytest.mark.parametrize(
    "query",
    [
        "?page=-3", "?page=99999999999999999999", "?page=x", "?size=7", "?sort=nothing", "?sort=--name", "?sort=state",
        "?role=nobody", "?cols=nothing", "?name=%25_%5C", "?name=" + "长" * 900, "?state=%27",
    ],
)  # fmt: skip
def test_a_wild_address_of_a_list_does_no_harm(crowd: Visitor, query: str) -> None:
    for path in ("/console/staff", "/console/units"):
        crowd.get(path + query)


def test_a_nul_does_no_harm_wherever_it_stands(console: Console) -> None:
    admin = console.at("admin")
    for path in ("/console/staff?name=%00", "/console/appeals/%00", "/console/sign-in?next=%00"):
        assert admin.client.get(path).status_code in (400, 403, 404), path
    console.visitor().sign_in("\x00没有这个人", status=200)
    admin.get("/console/staff/new")
    admin.post("/console/staff/new", name="小\x00孙", role="clerk", unit="")
    assert people(admin, "?name=小孙") == ["小孙"]


def test_columns_are_chosen_by_the_address(crowd: Visitor) -> None:
    page = crowd.get("/console/staff?cols=name&cols=seen")
    heads = re.findall(r"<th[^>]*>(.*?)</th>", page.text, flags=re.DOTALL)
    assert [re.sub(r"<[^>]+>|[↑↓]", "", head).strip() for head in heads] == ["姓名", "上次登录"]


def test_views_are_ones_own(console: Console, crowd: Visitor) -> None:
    crowd.get("/console/staff?role=clerk")
    landed = crowd.post("/console/views", name="受理员们", back="/console/staff?role=clerk")
    assert "受理员们" in landed.words
    other = console.at("leader")
    other.get("/console/account")
    with reading(console.office.services.engine) as db:
        view = db.scalars(select(SavedView)).one()
    other.send(f"/console/views/{view.id}/delete", back="/console/")
    assert "受理员们" in crowd.get("/console/staff").words
    crowd.post(f"/console/views/{view.id}/delete", back="/console/staff")
    assert "受理员们" not in crowd.get("/console/staff").words


@pytest.mark.parametrize(
    "back", ["https://example.com/", "//example.com", "/p/x", "javascript:x", "/console/\\x"]
)
def test_saving_a_view_leads_to_our_own_pages_only(console: Console, back: str) -> None:
    visitor = console.at("leader")
    visitor.get("/console/account")
    answer = visitor.send("/console/views", name="别处", back=back).answer
    assert answer.status_code in (400, 409) or answer.location == "/console/"
