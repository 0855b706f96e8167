"""Numbers that no table holds and days that no calendar plans with: a page says so, nothing breaks."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from click.testing import CliRunner

from bot.commands.cli import main
from bot.console.family import PUBLIC, Rule, allowed
from bot.core import bounds
from bot.statistics import period
from models.appeals import AppealState
from tests.console.test_pages import RULES, WHO
from tests.console.visitor import Console, Visitor
from tests.support.office import PATHS

pytestmark = pytest.mark.usefixtures("monday")
TWENTY = "9" * 20
FAR = (TWENTY, str(2**63), str(2**63 - 1))
DAYS = ("9999-12-31", "0001-01-01", "2100-12-31", "2026-02-30", TWENTY)
FILTERS = (
    "from", "to", "page", "size", "unit", "subject", "template", "period", "month", "year", "value", "day", "date", "id", "text", "state", "role",
)  # fmt: skip
FIELD = re.compile(r"<(?:input|select|textarea)\b[^>]*>")


def who_may(console: Console, rule: Rule) -> Visitor:
    people = console.office.people
    return next(
        console.at(who) for who in WHO if rule.permission is PUBLIC or allowed(rule.permission, people[who])
    )


def test_an_id_in_an_address_may_be_any_number(console: Console) -> None:
    number = console.office.file()
    walked = 0
    for rule in (rule for _, rule in RULES if "<int:" in rule.path):
        visitor = who_may(console, rule)
        visitor.get("/console/account")
        for far in FAR:
            path = "/console" + re.sub(r"<int:\w+>", far, rule.path.replace("<number>", number))
            if "GET" in rule.methods:
                assert visitor.client.get(path).status_code in (302, 403, 404), path
            if "POST" in rule.methods:
                assert visitor.send(path, confirmed="1").status in (302, 400, 404, 409), path
            walked += 1
    assert walked > 60


def test_every_filter_of_every_page_takes_any_number_and_day(console: Console) -> None:
    for rule in (rule for _, rule in RULES if "GET" in rule.methods and "<int:" not in rule.path):
        visitor = who_may(console, rule)
        path = "/console" + re.sub(r"<[^>]+>", TWENTY, rule.path)
        for far in DAYS:
            query = "&".join(f"{name}={far}" for name in FILTERS)
            for address in (
                f"{path}?{query}",
                f"{path}?from={far}&to={far}",
                f"{path}?from=2026-01-01&to={far}",
            ):
                assert visitor.client.get(address).status_code < 500, address


def test_the_pages_for_everybody_too(console: Console) -> None:
    client = console.app.test_client()
    for rule in console.app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", TWENTY, rule.rule)
        if not path.startswith("/console") and path not in ("/readyz", "/metrics"):
            for address in (path, f"{path}?page={TWENTY}&from=9999-12-31"):
                assert client.get(address).status_code < 500, address


@pytest.mark.parametrize("state", PATHS)
def test_every_form_of_a_case_takes_any_number_and_day(console: Console, state: AppealState) -> None:
    number = console.office.led_to(state)
    tried: set[str] = set()
    for who in ("leader", "dispatcher", "unit", "clerk"):
        visitor = console.at(who)
        case = visitor.client.get(f"/console/appeals/{number}")
        offered = set(re.findall(r'href="(/console/appeals/\w+/do/\w+)', case.text))
        for path in sorted(offered - tried):
            tried.add(path)
            for day in ("9999-12-31", "0001-01-01"):
                form = visitor.client.get(path)
                if form.status_code == 200:
                    visitor.get("/console/account")
                    sent = visitor.send(path, **far_fields(form.text, day))
                    assert sent.status < 500, f"{state} {who} {path} {day}"


def far_fields(page: str, day: str) -> dict[str, str]:
    """What every field of a form is sent with: hidden ones as they are, the others with what nobody means."""
    fields: dict[str, str] = {}
    main_part = page.partition("<main")[2]
    for tag in FIELD.findall(main_part):
        named = re.search(r'\bname="(\w+)"', tag)
        if named is None or named.group(1) == "csrf_token":
            continue
        kind = re.search(r'\btype="([\w-]+)"', tag)
        value = re.search(r'\bvalue="([^"]*)"', tag)
        far = {"date": day, "datetime-local": f"{day}T23:59", "hidden": value.group(1) if value else ""}
        fields[named.group(1)] = far.get(kind.group(1) if kind else "", TWENTY)
    return fields


def test_forms_of_the_office_take_any_number(console: Console) -> None:
    for who, path in (
        ("admin", "/console/staff/new"), ("admin", "/console/units/new"), ("leader", "/console/reply-templates/new"),
        ("clerk", "/console/filing"), ("leader", "/console/stand-ins"), ("leader", "/console/ledger/export"),
        ("leader", "/console/views"),
    ):  # fmt: skip
        visitor = console.at(who)
        visitor.get("/console/account")
        page = visitor.client.get(path).text
        for far in DAYS:
            fields = far_fields(page, far) | {
                "who": far,
                "first": far,
                "last": far,
                "from": far,
                "to": far,
                "unit": far,
                "role": "unit",
            }
            assert visitor.send(path, **fields).status < 500, (path, far)


def test_what_is_written_becomes_a_row_or_nothing() -> None:
    assert bounds.row_id(" 17 ") == 17
    assert bounds.row_id(str(2**63 - 1)) == 2**63 - 1
    for nothing in (None, "", "0", "-1", "1.5", "１７", "²", TWENTY, str(2**63), "9" * 5000):
        assert bounds.row_id(nothing) is None, nothing
    assert bounds.day("2026-01-05") == date(2026, 1, 5)
    assert bounds.moment("2026-01-05T09:30") == datetime(2026, 1, 5, 9, 30)
    for nothing in (None, "", "1999-12-31", "2101-01-01", "9999-12-31", "0001-01-01", TWENTY):
        assert bounds.day(nothing) is None, nothing
        assert bounds.moment(nothing) is None, nothing
    assert period.between("9999-01-01", "9999-12-31") is None


@pytest.mark.parametrize(
    "words",
    [
        ["broadcast", "show", TWENTY], ["broadcast", "approve", TWENTY, "--by", "x"], ["broadcast", "settle", TWENTY, "--arrived", "--by", "x"],
        ["phrase", "dismiss", TWENTY], ["export", "appeals", "--from", "9999-12-31", "--out", "x.xlsx"],
        ["export", "appeals", "--to", "0001-01-01", "--out", "x.xlsx"],
        ["staff", "stand-in", "甲", "乙", "--from", "9999-12-31", "--to", "9999-12-31", "--reason", "x"],
        ["broadcast", "new", "--text-file", __file__, "--at", "9999-12-31 23:59", "--by", "x"],
    ],
)  # fmt: skip
def test_the_command_line_refuses_them_as_wrong_use(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
