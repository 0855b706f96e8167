"""Likely duplicates are suggested with the reason, never merged by themselves (domain §3.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.appeals.actor import find
from bot.appeals.duplicates import likely
from bot.core import clock
from models.appeals import AppealState
from tests.support.office import MONDAY, Office

pytestmark = pytest.mark.usefixtures("monday")

NOISE = "八角街道阜石路口的广告牌一到夜里就闪个不停，影响我们酒店客人休息，希望有关部门管一管。"
SAME = "阜石路口八角街道那块广告牌每到夜里闪个不停，影响我们酒店的客人休息，请有关部门管一管！"
OTHER = "申请高新企业补贴材料交了半年还没有批下来。"


@pytest.fixture
def later(office: Office) -> timedelta:
    """Each test in months of its own, so that they do not see each other's cases."""
    office.persons += 1
    return timedelta(days=100 * office.persons)


def _likely(office: Office, number: str) -> list[tuple[str, str]]:
    with office.desk(None) as desk:
        return [
            (one.case.number, one.why) for one in likely(desk.db, find(desk, number), desk.config.appeals)
        ]


def test_the_same_matter_in_other_words_is_found_and_another_is_not(office: Office, later: timedelta) -> None:
    with clock.frozen(MONDAY + later):
        first, other = office.file(body=NOISE), office.file(body=OTHER)
        number = office.file(body=SAME)
        found = dict(_likely(office, number))
    assert first in found
    assert "内容相近" in found[first]
    assert "八角街道" in found[first]
    assert other not in found
    assert number not in found


def test_the_same_person_or_company_is_shown_whatever_they_wrote(office: Office, later: timedelta) -> None:
    with clock.frozen(MONDAY + later):
        mine = office.file(body=OTHER, openid="o" + "m" * 27)
        ours = office.file(body="停车位不够。", company="同名商贸")
        number = office.file(body=NOISE, openid="o" + "m" * 27, company="同名商贸")
        found = dict(_likely(office, number))
    assert found[mine].startswith("同一诉求人")
    assert found[ours].startswith("同一企业")


def test_old_closed_and_confidential_cases_are_left_out(office: Office, later: timedelta) -> None:
    with clock.frozen(MONDAY + later):
        old = office.file(body=NOISE)
    with clock.frozen(MONDAY + later + timedelta(days=61)):
        office.led_to(AppealState.DECLINED, body=NOISE)
        office.file(body=NOISE, type="举报")
        number = office.file(body=SAME)
        assert _likely(office, number) == []
    with clock.frozen(MONDAY + later + timedelta(days=60)):
        assert [found for found, _ in _likely(office, number)] == [old]
