"""The light of a list's filter is the light of the row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.appeals import lights
from bot.appeals.lights import Colour
from bot.core import clock
from bot.core.db import reading, transaction
from models.appeals import Appeal, AppealState
from tests.appeals.test_deadlines import LIGHTS, _at
from tests.support.office import MONDAY, Office

pytestmark = pytest.mark.usefixtures("monday")


def test_every_light_is_found_by_its_query(office: Office) -> None:
    made = []
    for state, dues, days, moment, _colour in LIGHTS:
        number = office.led_to(state)
        with transaction(office.services.engine) as db:
            case = db.scalars(select(Appeal).where(Appeal.number == number)).one()
            case.due_at = case.extended_due_at = case.contact_due_at = case.sign_due_at = None
            case.review_due_at, case.limit_days = None, days
            for name, text in dues.items():
                setattr(case, name, _at(text))
        made.append((number, moment))
    for moment in {moment for _, moment in made}:
        _compare(office, moment)


def test_the_query_agrees_over_a_fortnight(office: Office) -> None:
    for state in (AppealState.DISPATCHED, AppealState.IN_PROGRESS, AppealState.PENDING_REVIEW):
        office.led_to(state)
    for hours in range(0, 12 * 24, 17):
        _compare(office, (MONDAY + timedelta(hours=hours)).isoformat()[5:16])


def _compare(office: Office, text: str) -> None:
    moment = _at(text)
    with clock.frozen(moment), reading(office.services.engine) as db:
        lit = {case.id: lights.light(case, moment).colour for case in db.scalars(select(Appeal))}
        for colour in Colour:
            found = set(db.scalars(select(Appeal.id).where(lights.shows(colour, moment))))
            assert found == {case_id for case_id, its in lit.items() if its is colour}
