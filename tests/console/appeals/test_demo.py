"""The demo's desk shows cases in every state, on whatever day and hour the demo is started."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from bot.app import build_services
from bot.commands import demo_cases
from bot.core import clock
from bot.core.config import load
from bot.core.db import reading, transaction
from bot.runtime.services import Services
from bot.staff import confirmations
from bot.staff.rights import OFFICERS
from models.appeal_work import AppealMessage
from models.appeals import Appeal, AppealState
from models.confirmations import Confirmation
from models.staff import Role, Staff, StaffNotice
from tests.support.place import write_config


@pytest.fixture
def services(engine: Engine, tmp_path: Path) -> Services:
    url = engine.url.render_as_string(hide_password=False)
    return build_services(load(write_config(tmp_path, url, 9), environ={}))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 25, 2, 30, tzinfo=UTC),  # a Wednesday morning in the office
        datetime(2026, 10, 4, 19, 0, tzinfo=UTC),  # at night in a long holiday
    ],
)
def test_every_state_is_there(services: Services, moment: datetime) -> None:
    with clock.frozen(moment):
        with transaction(services.engine) as db:
            assert demo_cases.make(db, services, password="the-demo-password") >= 16
        with transaction(services.engine) as db:
            assert demo_cases.make(db, services) == 0, "a kept demo stays as it is"
    with reading(services.engine) as db:
        assert_each_has_a_second_person(db)
        cases = list(db.scalars(select(Appeal)))
        assert {case.state for case in cases} == set(AppealState)
        assert {case.type for case in cases} == {"咨询", "求助", "投诉", "举报", "建议"}
        assert {person.role for person in db.scalars(select(Staff))} == set(Role)
        assert all(case.received_at < moment for case in cases)
        assert db.scalar(select(StaffNotice.id).limit(1)) is not None
        assert db.scalar(select(AppealMessage.id).where(AppealMessage.told_at.is_(None)).limit(1)) is not None


def assert_each_has_a_second_person(db: Session) -> None:
    """Whoever of the office asks, and whomever it concerns, somebody else is there to confirm."""
    people = list(db.scalars(select(Staff)))
    pairs = [(asker, person) for asker in people for person in people if asker.role in OFFICERS]
    for kind in confirmations.kinds().values():
        for asker, person in pairs:
            row = Confirmation(kind=kind.name, subject_id=person.id, asked_by_id=asker.id)
            assert confirmations.approvers(db, row) or {asker.role, person.role} == {Role.LEADER}, (
                kind.name,
                asker.name,
            )
