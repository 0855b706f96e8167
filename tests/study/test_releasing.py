"""No week's push takes an item that a colleague other than its author has not released."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from bot.content import files, store
from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import insert_once, reading, transaction
from bot.core.paths import CONTENT
from bot.runtime.jobs import all_jobs, run_due
from bot.runtime.services import Services
from bot.staff import colleagues
from bot.staff.rights import Denied
from bot.study import releasing
from bot.study import series as study
from models.followers import Follower
from models.outgoing import Broadcast
from models.staff import Role, Staff, StaffNotice
from models.study import Item, Series, enabled_series
from tests.support.parts import services_for

pytestmark = pytest.mark.parametrize("variant", ["sqlite-local", "postgres-local"], scope="session")
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # the first series' hour


@pytest.fixture
def services(engine: Engine, tmp_path: Path) -> Services:
    """An installation whose items nobody has released, with a subscriber of its first series."""
    made = services_for(engine, tmp_path)
    with transaction(engine) as db:
        db.execute(update(Item).values(author=None, reviewer=None, released_at=None))
        insert_once(db, Follower, openid="o" * 28, subscribed=True, message_left=0, tap_left=0)
        study.subscribe(db, "o" * 28, enabled_series(db)[0])
        for name, role in (("陈主任", Role.LEADER), ("小林", Role.CLERK)):
            colleagues.add(Actor(db, None), name, role, password="long-enough-1")
    return made


def look(services: Services, moment: datetime) -> None:
    """What the scheduler does at a moment."""
    with clock.frozen(moment):
        weekly = [one for one in all_jobs(services) if one.name.startswith("study:")]
        run_due(services, weekly, {})


def released(services: Services, slug: str, by: str = "陈主任", author: str | None = "小林") -> None:
    with transaction(services.engine) as db:
        item = db.scalars(select(Item).where(Item.slug == slug)).one()
        releasing.release(Actor(db, db.scalars(select(Staff).where(Staff.name == by)).one()), item, author)


def first_slug(services: Services, place: int = 0) -> str:
    with reading(services.engine) as db:
        series = enabled_series(db)[0]
        query = select(Item.slug).where(Item.series_id == series.id).order_by(Item.position)
        return list(db.scalars(query))[place]


def sent(services: Services) -> list[Broadcast]:
    with reading(services.engine) as db:
        return list(db.scalars(select(Broadcast).order_by(Broadcast.id)))


def notices(services: Services) -> list[tuple[str | None, str]]:
    with reading(services.engine) as db:
        return [
            (one.role, one.text) for one in db.scalars(select(StaffNotice).where(StaffNotice.kind == "study"))
        ]


def test_a_push_without_a_released_item_waits_tells_staff_once_and_leaves_when_it_is_released(
    services: Services,
) -> None:
    for minutes in (0, 5, 60):
        look(services, MONDAY + timedelta(minutes=minutes))
    assert sent(services) == []
    told = notices(services)
    assert [role for role, _ in told] == ["leader", "admin"]
    assert "等人看过后放行" in told[0][1]
    released(services, first_slug(services))
    look(services, MONDAY + timedelta(hours=2))
    (broadcast,) = sent(services)
    assert (broadcast.author, broadcast.reviewer) == ("小林", "陈主任")
    assert broadcast.released_at is not None
    look(services, MONDAY + timedelta(hours=2, minutes=1))
    assert len(sent(services)) == 1


def test_the_first_released_item_goes_whatever_stands_before_it(services: Services) -> None:
    released(services, first_slug(services, 2))
    look(services, MONDAY)
    with reading(services.engine) as db:
        title = db.scalar(select(Item.title).where(Item.slug == first_slug(services, 2)))
    assert [one.title for one in sent(services)] == [title]
    assert notices(services) == []


@pytest.mark.parametrize(
    ("by", "author", "told"),
    [
        ("陈主任", "陈主任", "不能自己放行"),
        ("陈主任", None, "还没有作者"),
        ("陈主任", "  ", "还没有作者"),
        ("陈主任", "长" * 33, "还没有作者"),
    ],
)
def test_the_author_does_not_release(services: Services, by: str, author: str | None, told: str) -> None:
    with pytest.raises(releasing.ReleaseRefused, match=told):
        released(services, first_slug(services), by, author)


def test_who_may_not_edit_content_does_not_release(services: Services) -> None:
    with pytest.raises(Denied, match="分管领导"):
        released(services, first_slug(services), "小林", "陈主任")


def test_a_release_is_of_this_text_only(services: Services, tmp_path: Path) -> None:
    slug = first_slug(services)
    released(services, slug)
    with transaction(services.engine) as db:
        store.import_content(db, files.load(CONTENT))
    assert _item(services, slug).released_at is not None  # nothing changed
    with transaction(services.engine) as db:
        loaded = files.load(CONTENT)
        items = [one.model_copy(update={"digest": f"{one.digest}！"}) for one in loaded.items]
        store.import_content(db, files.Loaded(series=loaded.series, items=items))
    item = _item(services, slug)
    assert (item.author, item.reviewer, item.released_at) == ("小林", None, None)


def test_a_release_is_taken_back_until_it_has_left(services: Services) -> None:
    slug = first_slug(services)
    released(services, slug)
    with transaction(services.engine) as db:
        leader = db.scalars(select(Staff).where(Staff.name == "陈主任")).one()
        releasing.withdraw(Actor(db, leader), db.scalars(select(Item).where(Item.slug == slug)).one())
    assert _item(services, slug).released_at is None
    released(services, slug)
    look(services, MONDAY)
    with transaction(services.engine) as db, pytest.raises(releasing.ReleaseRefused, match="已经推送"):
        leader = db.scalars(select(Staff).where(Staff.name == "陈主任")).one()
        releasing.withdraw(Actor(db, leader), db.scalars(select(Item).where(Item.slug == slug)).one())


def _item(services: Services, slug: str) -> Item:
    with reading(services.engine) as db:
        return db.scalars(select(Item).where(Item.slug == slug)).one()


def test_shipped_items_come_unreleased_and_a_series_is_released_on_the_command_line(
    services: Services, tmp_path: Path
) -> None:
    from click.testing import CliRunner

    from bot.commands.cli import main

    def tongxin(*words: str) -> str:
        result = CliRunner().invoke(main, ["--config", str(tmp_path / "config.toml"), *words])
        return f"{result.exit_code}\n{result.output}"

    with reading(services.engine) as db:
        slug = db.scalars(select(Series.slug).order_by(Series.position)).first() or ""
    assert "期学习资料等人看过后放行" in tongxin("content", "import")
    assert "待放行" in tongxin("study", "list")
    assert "--author" in tongxin("study", "release", slug, "--by", "陈主任")
    done = tongxin("study", "release", slug, "--author", "小林", "--by", "陈主任")
    assert done.startswith("0\n")
    assert "小林 写，陈主任 审核放行" in done
    assert "没有等待放行" in tongxin("study", "release", slug, "--author", "小林", "--by", "陈主任")
    assert '"state": "已放行"' in tongxin("study", "list", "--json")
