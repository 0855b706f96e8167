"""`tongxin restore`: every row comes back, and nothing that happened since is repeated, reissued or undone."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Select, func, insert, select, text, update

from bot.appeals.states import numbers
from bot.backup import staging, taking
from bot.core import clock, schema
from bot.core.actor import Actor
from bot.core.db import connect, is_sqlite, reading, transaction
from bot.privacy import holdings
from bot.runtime import presence
from bot.runtime.web import NotReady
from bot.staff import signing_in
from bot.staff.colleagues import add
from bot.staff.confirmations import leave
from models.appeals import Appeal, AppealState
from models.audit import AuditEntry
from models.confirmations import Confirmation, ConfirmationState
from models.followers import Follower
from models.inbound import Inbound
from models.jobs import Beat
from models.outgoing import Broadcast, BroadcastState, Delivery, DeliveryState
from models.staff import Role, Staff
from models.study import Item, Series, Subscription
from tests.backup.conftest import Office, open_office
from tests.backup.rows import appeal, broadcast, delivery, follower, inbound
from tests.support.variants import ON_POSTGRES, ON_SQLITE

CHANGED_BY_A_RESTORE = {"audit_entries", "broadcast_events", "serials", "day_counts", "job_runs"}


@pytest.fixture
def backup(office: Office) -> Callable[[], Path]:
    """Takes a backup of the office."""

    def take() -> Path:
        path = office.folder / "b.zip"
        office.does("backup", path)
        return path

    return take


def test_every_row_comes_back_as_it_was(office: Office, new_office: Callable[[], Office]) -> None:
    office.add(follower("oA"), *(inbound(n, text="「引号」\n换行\t" * n) for n in range(50)))
    office.add(appeal("SQ20260105001", "a" * 64, "oA"))
    with transaction(office.engine) as db:
        first = db.scalars(select(Appeal)).one()
        db.add(second := appeal("SQ20260105002", "b" * 64, None))
        db.flush()
        first.merged_into_id = second.id  # a row that points to a later one
    (office.files / "ab").mkdir()
    (office.files / "ab" / "picture").write_bytes(b"as it was sent")
    path, other = office.folder / "b.zip", new_office()
    office.does("backup", path)
    said = other.does("restore", path, "--yes")
    assert "补回 1 个附件" in said
    assert (other.files / "ab" / "picture").read_bytes() == b"as it was sent"
    before, after = office.rows(), other.rows()
    assert before.keys() == after.keys()
    assert len(after["policies"]) >= 40
    for table in before.keys() - CHANGED_BY_A_RESTORE:
        assert after[table] == before[table], table
    with transaction(other.engine) as db:  # new rows get new ids
        db.add(inbound(99))
    with reading(other.engine) as db:
        assert db.scalar(select(func.count()).select_from(Inbound)) == 51


@ON_POSTGRES
def test_a_backup_moves_from_one_database_to_the_other_and_back(
    office: Office, filled_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(filled_sqlite, tmp_path / "small.db")
    small = open_office(f"sqlite:///{tmp_path}/small.db", tmp_path)
    small.add(follower("oA"), inbound(1), appeal("SQ20260105001", "a" * 64, "oA"))
    before = small.rows()
    small.does("backup", tmp_path / "small.zip")
    office.does("restore", tmp_path / "small.zip", "--yes")
    assert meaning(office.rows()) == meaning(before)
    office.does("backup", tmp_path / "large.zip")
    small.does("restore", tmp_path / "large.zip", "--yes")
    assert meaning(small.rows()) == meaning(before)
    small.engine.dispose()


def meaning(rows: dict[str, list[bytes]]) -> dict[str, list[Any]]:
    """The rows that a restore leaves alone, whatever the order of a document's keys."""
    kept = rows.keys() - CHANGED_BY_A_RESTORE
    return {table: [json.loads(line) for line in rows[table]] for table in kept}


@dataclass(frozen=True)
class Aftermath:
    """An office that was backed up, went on, and was restored; what it said, and the numbers given in between."""

    office: Office
    said: str
    day: date
    given: list[str]

    def ask(self, query: Select[*tuple[Any, ...]]) -> list[Any]:
        """The rows or values of a query, afterwards."""
        with reading(self.office.engine) as db:
            return list(db.execute(query).all())


@pytest.fixture(scope="module")
def aftermath(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aftermath]:
    office = open_office(new_database(), tmp_path_factory.mktemp("office"))
    path, day = office.folder / "b.zip", clock.today()
    fill(office)
    with clock.frozen(clock.now() - timedelta(hours=1)):
        office.does("backup", path)
    with transaction(office.engine) as db:
        given = numbers(db, day, 40)
        assert holdings.erase(db, office.services, "oAsked", clock.now())
        db.scalars(select(Staff)).one().session_epoch = 7
    said = office.does("restore", path, "--yes")
    office.engine.dispose()
    yield Aftermath(office, said, day, given)
    office.engine.dispose()


def fill(office: Office) -> None:
    """Broadcasts and messages in every state, two people with their cases, a colleague, three numbers of today."""
    S, D = BroadcastState, DeliveryState  # noqa: N806  # as the tables of states name them
    later = clock.now() + timedelta(days=1)
    office.add(broadcast("going", S.SENDING), broadcast("planned", S.SCHEDULED, later))
    office.add(broadcast("resting", S.PAUSED), broadcast("draft", S.DRAFT), broadcast("over", S.DONE))
    for who in ("oAsked", "oStays"):
        office.add(follower(who), appeal(f"SQ20260105{who[1:4]}", office.services.appellant(who), who))
    office.add(inbound(1, "oAsked", "我的电话是"), inbound(2, "oStays", "别的"))
    with transaction(office.engine) as db:
        ids = {each.key: each.id for each in db.scalars(select(Broadcast))}
        db.get_one(Broadcast, ids["resting"]).resume_at = clock.now()
        db.add_all(
            [delivery("one", D.QUEUED), delivery("asked", D.WAITING_CONTACT), delivery("done", D.SENT)]
        )
        db.add_all([delivery("b1", D.QUEUED, ids["going"]), delivery("b2", D.WAITING_CONTACT, ids["over"])])
        clerk = add(Actor(db, None), "王一", Role.CLERK)
        assert clerk is not None
        signing_in.invite(Actor(db, None), clerk)
        leave(Actor(db, None), signing_in.LINK, clerk.id, clerk.id, "给 王一 发登录链接")
        numbers(db, clock.today(), 3)


def test_no_broadcast_goes_on_by_itself(aftermath: Aftermath) -> None:
    assert "2 条群发已暂停" in aftermath.said
    assert "tongxin broadcast resume" in aftermath.said
    found = aftermath.ask(select(Broadcast.key, Broadcast.state, Broadcast.resume_at))
    assert {key: (state.value, resume_at) for key, state, resume_at in found} == {
        "going": ("paused", None),
        "planned": ("paused", None),
        "resting": ("paused", None),
        "draft": ("draft", None),
        "over": ("done", None),
    }


def test_what_may_have_left_waits_for_a_decision(aftermath: Aftermath) -> None:
    assert "3 条消息可能已经送达" in aftermath.said
    found = aftermath.ask(select(Delivery.key, Delivery.state))
    assert {key: state.value for key, state in found} == {
        "one": "unknown",
        "asked": "unknown",
        "done": "sent",
        "b1": "queued",  # of a paused broadcast
        "b2": "unknown",
    }
    assert aftermath.office.does("broadcast", "unknown").count("备份之后可能已经送达") == 2


def test_no_case_number_is_given_twice(aftermath: Aftermath) -> None:
    with transaction(aftermath.office.engine) as db:
        (after,) = numbers(db, clock.today())
    assert after not in aftermath.given
    assert aftermath.day != clock.today() or after == f"SQ{aftermath.day:%Y%m%d}144"


def test_erasures_since_the_backup_are_done_again(aftermath: Aftermath) -> None:
    assert "已重新删除：1 人" in aftermath.said
    assert "oAsked" not in (aftermath.office.files / "erasures.list").read_text()
    with reading(aftermath.office.engine) as db:
        assert list(db.scalars(select(Follower.openid))) == ["oStays"]
        assert holdings.copy_of(db, aftermath.office.services, "oAsked") == {}
        kept = holdings.copy_of(db, aftermath.office.services, "oStays")
        assert kept.keys() == {"followers", "inbound", "appeals"}
        gone = db.scalars(select(Appeal).where(Appeal.number == "SQ20260105Ask")).one()
        assert (gone.state, gone.openid, gone.phone) == (AppealState.WITHDRAWN, None, None)
        assert db.scalar(select(Inbound.text).where(Inbound.key == "m1")) is None


def test_links_and_leaves_that_may_have_been_used_are_over(aftermath: Aftermath) -> None:
    assert aftermath.ask(select(Staff.invite_digest)) == [(None,)]
    assert aftermath.ask(select(Confirmation.state)) == [(ConfirmationState.WITHDRAWN,)]
    assert "登录链接" in aftermath.said


def test_sessions_that_were_ended_stay_ended(aftermath: Aftermath) -> None:
    assert "重新登录" in aftermath.said
    assert aftermath.ask(select(Staff.session_epoch))[0][0] > 7
    assert aftermath.ask(select(AuditEntry.action).order_by(AuditEntry.id.desc()))[0][0] == "backup.restore"


@ON_SQLITE
def test_a_week_that_may_have_gone_out_waits_too(office: Office, backup: Callable[[], Path]) -> None:
    with transaction(office.engine) as db:
        db.add(follower("oA"))
        series = db.scalars(select(Series).where(Series.enabled).order_by(Series.id)).first()
        assert series is not None
        db.add(Subscription(series_id=series.id, openid="oA", created_at=clock.now()))
    path = backup()
    with clock.frozen(clock.now() + timedelta(days=8)):
        office.does("restore", path, "--yes")
    with reading(office.engine) as db:
        weeks = list(db.scalars(select(Broadcast)))
    assert weeks
    assert {each.state for each in weeks} == {BroadcastState.PAUSED}
    assert all("公众平台" in str(each.reason) for each in weeks)


@ON_SQLITE
def test_releases_since_the_backup_are_asked_for_again_with_a_warning(
    office: Office, backup: Callable[[], Path]
) -> None:
    assert "待放行" not in office.does("restore", backup(), "--yes")
    with transaction(office.engine) as db:
        db.execute(update(Item).values(reviewer=None, released_at=None))
    assert "已经推送过的不要再放行" in office.does("restore", backup(), "--yes")


@ON_SQLITE
def test_without_the_list_of_erasures_that_is_said(office: Office, backup: Callable[[], Path]) -> None:
    assert "没有删除名单" in office.does("restore", backup(), "--yes")


@ON_SQLITE
def test_another_secret_key_is_told_before_anything_is_changed(
    office: Office, backup: Callable[[], Path]
) -> None:
    with transaction(office.engine) as db:
        person = add(Actor(db, None), "王一", Role.CLERK)
        assert person is not None
        person.totp_secret = "sealed"
    path = backup()
    office.config.write_text(office.config.read_text().replace("key-of-the-test", "another-key-of-it"))
    refused = office.tongxin("restore", path, stdin="n\n")
    assert refused.exit_code == 1
    assert "secret_key 与备份时不同" in refused.output
    assert "动态验证码失效：王一" in refused.output
    assert "进度链接打不开" in refused.output


@contextmanager
def served(engine: Engine) -> Iterator[None]:
    leave = presence.serve_from(engine)
    try:
        yield
    finally:
        leave()


def test_it_refuses_while_a_process_serves(office: Office, backup: Callable[[], Path]) -> None:
    path, before = backup(), office.rows()
    with served(office.engine), served(office.engine):
        refused = office.tongxin("restore", path, "--yes")
    assert refused.exit_code == 1
    assert "程序还在运行" in refused.output
    assert office.rows() == before


def test_nobody_begins_to_serve_during_a_restore(office: Office) -> None:
    with presence.nobody_serves(office.engine), pytest.raises(NotReady, match="正在恢复备份"):
        presence.serve_from(office.engine)
    presence.serve_from(office.engine)()


@ON_SQLITE
def test_a_scheduler_of_an_older_version_is_seen_by_its_beats(
    office: Office, backup: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = backup()
    office.add(Beat(name="scheduler", at=clock.now()))

    def beat(_seconds: float) -> None:
        with transaction(office.engine) as db:
            db.scalars(select(Beat)).one().at = clock.now()

    monkeypatch.setattr("bot.backup.restoring.time.sleep", beat)
    refused = office.tongxin("restore", path, "--yes")
    assert refused.exit_code == 1
    assert "程序还在运行" in refused.output


def _rewritten(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """A copy of a backup in which one member is another."""
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy, "w") as new:
        for each in old.namelist():
            data = old.read(each)
            new.writestr(each, change(data) if each == name else data)
    return copy


def _newer(manifest: bytes) -> bytes:
    return json.dumps({**json.loads(manifest), "revision": "9999"}).encode()


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("tables/policies.jsonl", lambda data: data.replace(b"a", b"b", 1), "policies.jsonl 已损坏"),
        ("manifest.json", _newer, "先升级程序"),
        ("manifest.json", lambda _data: b"{}", "清单读不懂"),
        ("manifest.json", lambda data: data.replace(b'"format": 1', b'"format": 2'), "这个版本不认识"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(
    office: Office, backup: Callable[[], Path], name: str, change: Callable[[bytes], bytes], words: str
) -> None:
    path, before = backup(), office.rows()
    refused = office.tongxin("restore", _rewritten(path, name, change), "--yes")
    assert refused.exit_code == 1
    assert words in refused.output
    assert office.rows() == before


@ON_SQLITE
def test_half_a_file_and_no_backup_are_refused(office: Office, backup: Callable[[], Path]) -> None:
    path = backup()
    half = path.with_name("half.zip")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "已损坏或没有写完" in office.tongxin("restore", half, "--yes").output
    with zipfile.ZipFile(half, "w") as other:
        other.writestr("a.txt", "a")
    assert "不是本程序的备份" in office.tongxin("restore", half, "--yes").output


def test_an_older_backup_is_brought_up(office: Office) -> None:
    """Taken by this program of a database that is not migrated yet, as before an upgrade."""
    path = office.folder / "old.zip"
    with staging.stage(office.engine) as address:
        old = connect(address)
        schema.migrate(old, "0004")
        with transaction(old) as db:
            db.execute(
                insert(Inbound).values(key="m1", kind="text", text="以前", reply="", received_at=clock.now())
            )
        taking.take(office.services.config, old, path)
        old.dispose()
    assert "tables/units.jsonl" not in zipfile.ZipFile(path).namelist()
    office.does("restore", path, "--yes")
    assert schema.status(office.engine).ready
    with reading(office.engine) as db:
        assert list(db.scalars(select(Inbound.text))) == ["以前"]


def test_a_restore_that_fails_half_way_leaves_everything(
    office: Office, backup: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = backup()
    office.add(inbound(1))
    before = office.rows()

    def fails(_live: Engine) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging, "take_its_place", fails)
    refused = office.tongxin("restore", path, "--yes")
    assert refused.exit_code == 1
    assert "原来的数据没有动" in refused.output
    assert office.rows() == before


def test_a_lost_database_comes_back(office: Office, backup: Callable[[], Path]) -> None:
    """A SQLite file that is damaged, a PostgreSQL database that is empty."""
    path, before = backup(), office.rows()
    lose(office.engine)
    said = office.does("restore", path, "--yes")
    assert f"SQ{clock.today():%Y%m%d}501" in said
    after = office.rows()
    assert {name: after[name] for name in before.keys() - CHANGED_BY_A_RESTORE} == {
        name: before[name] for name in before.keys() - CHANGED_BY_A_RESTORE
    }
    assert schema.status(office.engine).ready


def lose(engine: Engine) -> None:
    """What a broken disk does."""
    if is_sqlite(engine):
        engine.dispose()
        Path(str(engine.url.database)).write_bytes(b"this was a database" * 1000)
        return
    with transaction(engine) as db:
        db.execute(text("DROP SCHEMA public CASCADE"))
        db.execute(text("CREATE SCHEMA public"))
