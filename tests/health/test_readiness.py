"""What monitoring sees at /readyz: each trouble by name with its remedy, and nothing of it while all is well."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import update

from bot.core import clock
from bot.core.db import transaction
from bot.health import page_check, readiness
from models.appeals import Attachment, MediaState
from models.inbound import Inbound
from models.jobs import Beat
from tests.health.broken_page import break_a_page
from tests.support.place import KEYS, Place, eventually
from tests.support.variants import ON_SQLITE

Checks = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is looked into, so that a test need not wait."""
    monkeypatch.setattr(readiness, "GOOD_FOR", 0.0)
    monkeypatch.setattr(readiness, "BAD_FOR", 0.0)
    monkeypatch.setattr(page_check, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(page_check, "SHARE", 0)


def ask(place: Place) -> Checks:
    answer = requests.get(f"{place.url}/readyz", timeout=30).json()
    assert answer["ready"] == all(each["ok"] for each in answer["checks"].values())
    return dict(answer["checks"])


def troubles(place: Place) -> dict[str, str]:
    """The checks that fail, each with what is to be done."""
    return {name: str(each["do"]) for name, each in ask(place).items() if not each["ok"]}


def test_all_is_well(place: Place) -> None:
    checks = ask(place)
    assert {name for name, each in checks.items() if not each["ok"]} == set()
    assert {
        "database",
        "schema",
        "token",
        "scheduler",
        "disk",
        "pages",
        "clock",
        "incidents",
        "pictures",
    } <= set(checks)


def test_a_probe_does_not_wait_for_who_writes(place: Place) -> None:
    with transaction(place.engine) as db:
        db.execute(
            update(Beat).values(at=Beat.at)
        )  # holds the rows, on SQLite the whole database, until the answer is there
        assert troubles(place) == {}


def test_pictures_that_wait_for_hours(place: Place) -> None:
    row = Attachment(
        media_id="m", kind="image", state=MediaState.PENDING, created_at=clock.now() - timedelta(hours=5)
    )
    row.not_before = clock.now() + timedelta(hours=1)
    with transaction(place.engine) as db:
        db.add(row)
    assert "worker" in troubles(place)["pictures"]
    with transaction(place.engine) as db:
        db.execute(update(Attachment).values(state=MediaState.LOST))
    assert troubles(place) == {}


def test_messages_that_failed_lately(place: Place) -> None:
    moment = clock.now() - timedelta(minutes=2)
    with transaction(place.engine) as db:
        db.add_all(Inbound(key=f"k{n}", kind="text", incident=f"E{n}", received_at=moment) for n in range(3))
    assert "journalctl" in troubles(place)["incidents"]
    with transaction(place.engine) as db:
        db.execute(
            update(Inbound)
            .where(Inbound.incident.is_not(None))
            .values(received_at=moment - timedelta(hours=2))
        )
    assert troubles(place) == {}
    assert "24 小时 3 条" in ask(place)["incidents"]["detail"]


@pytest.mark.parametrize("ahead", [400, -400])
def test_a_clock_that_refuses_every_message(ahead: int, fresh_place: Place) -> None:
    from bot.wechat.crypt import signature

    stamp = str(int(clock.now().timestamp()) - ahead)
    query = {"timestamp": stamp, "nonce": "n", "signature": signature(KEYS["token"], stamp, "n")}
    assert (
        requests.post(f"{fresh_place.url}/wechat", params=query, data=b"<xml/>", timeout=30).status_code
        == 403
    )
    assert "timedatectl" in troubles(fresh_place)["clock"]
    fresh_place.citizen()  # a message of the right time says that the old address was a repeat
    assert troubles(fresh_place) == {}


def test_an_unsigned_time_says_nothing_of_the_clock(fresh_place: Place) -> None:
    query = {"timestamp": "1", "nonce": "n", "signature": "0" * 40}
    requests.post(f"{fresh_place.url}/wechat", params=query, data=b"<xml/>", timeout=30)
    assert troubles(fresh_place) == {}


def test_a_full_disk(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.health.checks import files

    monkeypatch.setattr(files, "TOO_LITTLE", 1 << 60)
    assert "清理磁盘" in troubles(place)["disk"]


def test_a_scheduler_that_stopped(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(hours=1)
    with clock.frozen(later):
        assert "scheduler" in troubles(place) or place.count(Beat, Beat.at >= later)


@ON_SQLITE
class TestTheFile:
    """Troubles of a database that is a file."""

    @pytest.fixture
    def file(self, fresh_place: Place) -> Path:
        path = Path(str(fresh_place.engine.url.database))
        assert troubles(fresh_place) == {}
        return path

    def test_moved_away(self, fresh_place: Place, file: Path) -> None:
        file.rename(file.with_name("elsewhere.db"))
        told = troubles(fresh_place)["database"]
        assert "移回原处" in told
        assert "不要先运行 migrate" in told

    def test_replaced_by_another(self, fresh_place: Place, file: Path) -> None:
        moved = file.rename(file.with_name("elsewhere.db"))
        file.write_bytes(moved.read_bytes())
        assert "移回原处" in troubles(fresh_place)["database"]
        moved.rename(file)

    def test_a_broken_page(self, fresh_place: Place, file: Path) -> None:
        break_a_page(file)
        eventually(lambda: {"pages", "database"} & troubles(fresh_place).keys())
