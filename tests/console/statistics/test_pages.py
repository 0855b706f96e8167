"""The pages of the statistics and the ledger: who sees what, numbers that lead to their cases, files up and down."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from xml.etree import ElementTree

import openpyxl
import pytest

from bot.appeals.acts import acceptance
from bot.core import clock
from bot.ledgers import work
from bot.runtime.services import ServiceActor
from bot.statistics import case_sets, charts
from bot.statistics.dimensions import DIMENSIONS
from models.appeals import Appeal, AppealState
from tests.console.visitor import Console, Page
from tests.support.office import MONDAY

S = AppealState
NOVEMBER = "from=2026-11-01&to=2026-11-30"
pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture(scope="module")
def cases(console: Console) -> dict[str, str]:
    """A month's work: one in each state, one late, one with markup in its names."""
    office = console.office
    with clock.frozen(MONDAY - timedelta(days=20)):
        late = office.led_to(S.IN_PROGRESS)
    with clock.frozen(MONDAY):
        made = {state.value: office.led_to(state) for state in S}
        for _ in range(3):
            number = office.file()
            office.do("clerk", _accept, number, street="<b>八角</b>街道")
    return made | {"late": late}


def _accept(actor: ServiceActor, case: Appeal, **more: str) -> None:
    acceptance.accept(actor, case, type="求助", category="融资", street=more["street"])


def links(page: Page) -> dict[str, tuple[int, str]]:
    """Each number's set, with the number and its address."""
    found = re.findall(
        r'<a href="(/console/appeals\?set=([\w.]+)&[^"]*)">(\d+)</a>', page.text.replace("&amp;", "&")
    )
    return {name: (int(number), address) for address, name, number in found}


@pytest.mark.parametrize("path", ["", "/trend", "/by/street", "/chart/trend.svg", "/chart/street.svg"])
def test_statistics_are_for_those_who_may(console: Console, path: str) -> None:
    for who in ("clerk", "dispatcher", "leader", "admin"):
        console.at(who).get(f"/console/statistics{path}")
    for who in ("unit", "auditor"):
        console.at(who).get(f"/console/statistics{path}", status=403)
    console.visitor().get(f"/console/statistics{path}", status=302)


def test_every_number_leads_to_as_many_cases(console: Console, cases: dict[str, str]) -> None:
    page = console.at("leader").get(f"/console/statistics?{NOVEMBER}")
    found = links(page)
    assert {
        "received",
        "resolved",
        "late",
        "open",
        "parked",
        "solution.numerator",
        "on_time.denominator",
    } <= set(found)
    for name, (number, address) in found.items():
        listed = console.at("leader").get(address)
        total = re.search(r"共 <b>(\d+)</b> 条", listed.text)
        assert total is not None, name
        assert int(total[1]) == number, name


def test_rates_are_printed_with_their_numbers(console: Console, cases: dict[str, str]) -> None:
    words = console.at("clerk").get(f"/console/statistics?{NOVEMBER}").words
    assert "解决率 100.0% 1 / 1" in words
    assert "满意率 100.0% 1 / 1" in words
    assert "2026年11月，调研走访0次" in words
    assert "解决率100.0%（1/1）" in words


def test_a_period_without_cases_has_no_rate(console: Console) -> None:
    words = console.at("clerk").get("/console/statistics?period=2019").words
    assert "响应率 — 时段内没有到期的" in words
    assert "0.0%" not in words
    assert "100.0%" not in words


def test_who_sees_no_cases_sees_numbers_without_links(console: Console, cases: dict[str, str]) -> None:
    page = console.at("admin").get(f"/console/statistics?{NOVEMBER}")
    assert "收到" in page.words
    assert links(page) == {}


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_each_breakdown(console: Console, cases: dict[str, str], dimension: str) -> None:
    page = console.at("clerk").get(f"/console/statistics/by/{dimension}?{NOVEMBER}")
    received = sum(int(n) for n in re.findall(r'data-title="收到"><a [^>]*>(\d+)</a>', page.text))
    assert received == links(console.at("clerk").get(f"/console/statistics?{NOVEMBER}"))["received"][0]


def test_names_of_people_are_words_on_page_and_picture(console: Console, cases: dict[str, str]) -> None:
    page = console.at("clerk").get(f"/console/statistics/by/street?{NOVEMBER}")
    assert "<b>八角" not in page.text
    assert "<b>八角</b>街道" in page.words
    picture = console.at("clerk").get(f"/console/statistics/chart/street.svg?{NOVEMBER}")
    assert "&lt;b&gt;八角&lt;/b&gt;街道" in picture.text


def test_matters_that_come_again_are_shown(console: Console, cases: dict[str, str]) -> None:
    assert "融资 3 件" in console.at("clerk").get(f"/console/statistics?{NOVEMBER}").words


@pytest.mark.parametrize("name", ["trend", "rates", "times", *DIMENSIONS])
@pytest.mark.parametrize("period", [NOVEMBER, "period=2019"])
def test_pictures_hold_no_script(console: Console, cases: dict[str, str], name: str, period: str) -> None:
    answer = console.at("clerk").get(f"/console/statistics/chart/{name}.svg?{period}").answer
    assert answer.mimetype == charts.TYPE
    assert answer.headers["Content-Security-Policy"] == charts.POLICY
    root = ElementTree.fromstring(answer.data)
    tags = {str(one.tag).rpartition("}")[2] for one in root.iter()}
    assert "script" not in tags
    assert not [key for one in root.iter() for key in one.attrib if key.startswith("on")]
    assert root.get("viewBox")


@pytest.mark.parametrize("path", ["by/phone", "chart/phone.svg", "chart/__class__.svg", "by/"])
def test_there_is_nothing_else(console: Console, path: str) -> None:
    console.at("clerk").get(f"/console/statistics/{path}", status=404)


@pytest.mark.parametrize(
    "query", ["from=x&to=y", "from=2026-13-01&to=2026-01-01", "period=昨天", "from=0001-01-01&to=9999-12-31"]
)
def test_a_period_that_makes_no_sense_is_this_month(console: Console, query: str) -> None:
    assert "2026-11-01 至 2026-11-23" in console.at("clerk").get(f"/console/statistics?{query}").words


def test_a_set_of_the_address_that_is_made_up_holds_nothing(console: Console, cases: dict[str, str]) -> None:
    for wanted in ("set=nonsense", "set=received.numerator", "set=response.x&by=phone&value=1"):
        assert "共 0 条" in console.at("leader").get(f"/console/appeals?{wanted}&{NOVEMBER}").words
    assert "received" in case_sets.titles()


def test_an_export_from_the_form_to_the_file(console: Console, cases: dict[str, str]) -> None:
    clerk = console.at("clerk")
    clerk.get("/console/ledger")
    waiting = clerk.post("/console/ledger/export", **{"from": "2026-01-01", "to": "2026-11-30"})
    assert 'http-equiv="refresh"' in waiting.text
    work.do_one_run(console.office.services)
    run = re.search(r"/console/ledger/runs/(\d+)/file", clerk.get("/console/ledger").text)
    assert run is not None
    done = clerk.get(f"/console/ledger/runs/{run[1]}")
    assert "已完成" in done.words
    assert 'http-equiv="refresh"' not in done.text
    file = clerk.client.get(f"/console/ledger/runs/{run[1]}/file")
    assert "attachment" in file.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(file.data))
    assert cases["closed"] in {cell.value for cell in book["台账"]["B"]}
    console.at("dispatcher").get(f"/console/ledger/runs/{run[1]}/file", status=404)
    console.at("unit").get(f"/console/ledger/runs/{run[1]}/file", status=403)


def test_whole_contacts_are_not_to_be_had_by_a_made_up_form(console: Console) -> None:
    clerk = console.at("clerk")
    assert 'name="full"' not in clerk.get("/console/ledger").text
    days = {"from": "2026-01-01", "to": "2026-11-30"}
    refused = clerk.send("/console/ledger/export", **days, full="1", reason="想看")
    assert refused.status == 403
    leader = console.at("leader")
    leader.get("/console/ledger")
    asked = leader.send("/console/ledger/export", **days, full="1")
    assert "导出完整联系方式请写明用途" in asked.words
    assert 'value="2026-11-30"' in asked.text, "the form stays as it was typed"
    assert re.search(r'name="full" value="1" checked', asked.text)
    assert leader.send("/console/ledger/export", full="1", reason="报送").status == 409


def test_an_import_from_the_template_to_the_list(console: Console) -> None:
    leader = console.at("leader")
    assert leader.client.get("/console/ledger/template.xlsx").data.startswith(b"PK")
    leader.get("/console/ledger")
    bad = "提出时间,诉求类型,问题类别,诉求内容\n2025-03-01,求助,融资,页面导入一\n2025-03-01,抱怨,融资,<script>alert(1)</script>\n"
    leader.post("/console/ledger/import", file=(io.BytesIO(bad.encode()), "旧<i>台账.csv"))
    work.do_one_run(console.office.services)
    address = re.findall(r"/console/ledger/runs/\d+", leader.get("/console/ledger").text)[0]
    checked = leader.get(address)
    assert "可以导入 1 行，有问题 1 行" in checked.words
    assert "第 3 行 B 诉求类型 「抱怨」不对，应为：咨询、求助、投诉、举报、建议。" in checked.words
    assert "<i>" not in checked.text
    assert leader.send(f"{address}/confirm").status == 409
    leader.post(f"{address}/confirm", only_good="1")
    work.do_one_run(console.office.services)
    assert "已导入 1 件" in leader.get(address).words
    assert "页面导入一" in leader.get("/console/appeals?tab=all&text=页面导入一").words


def test_who_may_not_import_sees_no_form(console: Console) -> None:
    clerk = console.at("clerk")
    assert "/console/ledger/import" not in clerk.get("/console/ledger").text
    assert clerk.send("/console/ledger/import", file=(io.BytesIO(b"x"), "a.csv")).status == 403
    console.at("auditor").get("/console/ledger", status=403)
