"""Cases are found as people ask for them: by a whole phone, by several words, by the end of a phone."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from models.appeals import AppealState
from tests.console.visitor import Console
from tests.support.office import Office

pytestmark = pytest.mark.usefixtures("monday")
S = AppealState


@pytest.fixture
def office(console: Console) -> Office:
    return console.office


def found(console: Console, who: str, text: str) -> list[str]:
    page = console.at(who).get(f"/console/appeals?tab=all&size=100&text={quote(text)}")
    return re.findall(r'href="/console/appeals/(SQ\d{11})"', page.text)


@pytest.mark.parametrize(
    "typed",
    ["13987654321", "139 8765 4321", "139-8765-4321", "+86 13987654321", "１３９８７６５４３２１", "139\u200b87654321", " 4321 "],
)  # fmt: skip
def test_a_phone_is_found_however_it_is_typed(console: Console, office: Office, typed: str) -> None:
    number = office.led_to(S.SUBMITTED, phone="13987654321", company=f"甲{typed.strip()[:3]}")
    assert number in found(console, "clerk", typed)
    assert number not in found(console, "clerk", "13987654322")


def test_a_second_phone_and_one_with_an_extension_are_found(console: Console, office: Office) -> None:
    number = office.led_to(S.SUBMITTED, phone="13911112222、010-68601234转5")
    for typed in ("13911112222", "010 68601234", "01068601234", "010-68601234转5"):
        assert number in found(console, "clerk", typed), typed
    spaced = office.file_by_phone(phone="139 3333 4444")
    assert spaced in found(console, "clerk", "13933334444"), "also what a colleague typed with spaces"


def test_two_words_are_found_where_both_are(console: Console, office: Office) -> None:
    both = office.led_to(S.SUBMITTED, company="北京晨光印刷厂", body="污水管道堵了三个月。")
    one = office.led_to(S.SUBMITTED, company="北京晨光食品厂", body="想申请贴息。")
    assert found(console, "clerk", "晨光 污水") == [both]
    assert found(console, "clerk", "污水　晨光") == [both], "in any order, with a wide space"
    assert set(found(console, "clerk", "晨光")) >= {both, one}
    assert found(console, "clerk", "晨光 没有这个词") == []
    tail = office.case(both).phone_tail
    assert both in found(console, "clerk", f"晨光 {tail}")
    assert found(console, "clerk", "100% _") == [], "nothing in it is a wildcard"


def test_a_unit_finds_nobody_by_a_phone_it_may_not_have(console: Console, office: Office) -> None:
    kept = office.led_to(S.IN_PROGRESS, phone="13955556666", share_contact=False)
    shared = office.led_to(S.IN_PROGRESS, phone="13955556667")
    assert found(console, "unit", "13955556666") == []
    assert found(console, "unit", "13955556667") == [shared]
    assert found(console, "clerk", "13955556666") == [kept]
