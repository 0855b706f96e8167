"""The people whom a segment finds, on both databases: named cases, and against the same rules in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from bot.core import clock
from bot.core.db import insert_once, reading, transaction
from bot.followers import segments
from bot.followers.profiles import CLOSED
from bot.followers.segments import parse, recipients
from models.followers import Follower
from models.profiles import Profile
from models.study import Subscription, enabled_series
from models.tags import Tag, Tagging
from tests.followers.office import day, follower, staff

NOW = day("2026-11-24")
TAGS = ("重点", "已联系", "员工")
CHAMBERS = ("科技商会", "餐饮商会")
SCENES = ("yaoqing", "zhanhui")
NAMES = ("张三", "李四")


@dataclass
class Somebody:
    """One follower as a table row would have them, to judge by without SQL."""

    openid: str
    subscribed: bool = True
    profile: dict[str, Any] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()
    series: frozenset[str] = frozenset()
    seen: datetime | None = None
    scene: str | None = None
    staff: str | None = None

    def fits(self, segment: dict[str, Any]) -> bool:
        """Whether all keys but `exclude` hold."""
        checks: dict[str, Callable[[Any], bool]] = {
            "tags": lambda words: bool(self.tags & set(words)),
            "series": lambda slugs: bool(self.series & set(slugs)),
            "staff": lambda names: self.staff in names,
            "scene": lambda scenes: self.scene in scenes,
            "young": lambda yes: self.profile.get("young") is yes,
            "active_days": lambda days: self.seen is not None and self.seen >= NOW - timedelta(days=days),
        }
        return all(
            checks[key](value) if key in checks else self.profile.get(key) in value
            for key, value in segment.items()
            if key not in ("all", "exclude")
        )


def invented(count: int, slugs: list[str], seed: int) -> list[Somebody]:
    """Random people; many have no profile or only part of one."""
    dice = random.Random(seed)

    def some(words: tuple[str, ...] | list[str]) -> frozenset[str]:
        return frozenset(word for word in words if dice.random() < 0.3)

    def maybe(words: tuple[Any, ...]) -> Any:
        return dice.choice((None, *words))

    people = []
    for n in range(count):
        words = {key: maybe(CLOSED[key][:3]) for key in ("street", "industry", "size", "membership")}
        profile = {"company": f"公司{n}", "chamber": maybe(CHAMBERS), "young": maybe((True, False)), **words}
        tags = some(TAGS)
        people.append(
            Somebody(
                f"o{seed:03d}{n:024d}",
                dice.random() < 0.85,
                profile if dice.random() < 0.7 else {},
                tags,
                some(TAGS) - tags,
                some(slugs),
                maybe((NOW - timedelta(days=1), NOW - timedelta(days=20), NOW - timedelta(days=200))),
                maybe(SCENES),
                NAMES[n] if n < len(NAMES) else None,
            )
        )
    return people


def settle_in(engine: Engine, people: list[Somebody]) -> None:
    """Write these people down."""
    with transaction(engine) as db:
        tags = {name: insert_once(db, Tag, name=name, segment={}, created_at=NOW) for name in TAGS}
        series = {one.slug: one.id for one in enabled_series(db)}
        for one in people:
            follower(db, one.openid, subscribed=one.subscribed, last_seen_at=one.seen, scene=one.scene)
            if one.profile:
                insert_once(db, Profile, openid=one.openid, updated_at=NOW, **one.profile)
            for names, wanted in ((one.tags, True), (one.unwanted, False)):
                for name in names:
                    insert_once(db, Tagging, openid=one.openid, tag_id=tags[name], wanted=wanted, there=True)
            for slug in one.series:
                insert_once(db, Subscription, openid=one.openid, series_id=series[slug], created_at=NOW)
            if one.staff:
                staff(db, one.staff, openid=one.openid)


@pytest.fixture
def town(engine: Engine) -> Iterator[tuple[Engine, list[Somebody]]]:
    """Ninety random people."""
    with reading(engine) as db:
        slugs = [one.slug for one in enabled_series(db)]
    people = [*invented(60, slugs, 1), *(Somebody(f"oplain{n:022d}") for n in range(30))]
    settle_in(engine, people)
    with clock.frozen(NOW):
        yield engine, people


def found(engine: Engine, segment: dict[str, Any]) -> list[str]:
    with reading(engine) as db:
        return [openid for _id, openid in db.execute(recipients(segment))]


def words(*choices: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(choices), min_size=1, max_size=2)


CRITERIA: dict[str, st.SearchStrategy[Any]] = {
    "tags": words(*TAGS, "没有的"),
    "chamber": words(*CHAMBERS),
    **{key: words(*CLOSED[key][:4]) for key in ("street", "industry", "size", "membership")},
    "young": st.booleans(),
    "series": words("fa-zhi", "zheng-ce", "没有的"),
    "active_days": st.sampled_from([1, 30, 365]),
    "scene": words(*SCENES),
    "staff": words(*NAMES),
}
KEYS = st.fixed_dictionaries({}, optional=CRITERIA).map(
    lambda chosen: dict(list(chosen.items())[:3])  # more keys find nobody
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(include=KEYS, exclude=KEYS)
def test_sql_finds_whom_plain_python_finds(
    town: tuple[Engine, list[Somebody]], include: dict[str, Any], exclude: dict[str, Any]
) -> None:
    engine, people = town
    segment = parse({**include, **({"exclude": exclude} if exclude else {})} or "all")
    left_out = segment.get("exclude")
    expected = [
        one.openid
        for one in people
        if one.subscribed and one.fits(segment) and not (left_out and one.fits(left_out))
    ]
    assert sorted(found(engine, segment)) == sorted(expected), "nobody missing, nobody twice"


@pytest.mark.parametrize(
    ("segment", "people"),
    [
        ("all", "甲乙丙丁"),
        ({"street": ["八角"]}, "甲乙"),
        ({"street": ["八角", "古城"], "size": ["小"]}, "甲丙"),
        ({"tags": ["重点"]}, "甲丙"),
        ({"tags": ["重点", "已联系"]}, "甲丙丁"),
        ({"tags": ["重点"], "exclude": {"street": ["古城"]}}, "甲"),
        ({"exclude": {"tags": ["重点", "已联系"]}}, "乙"),
        ({"exclude": {"street": ["八角"], "size": ["小"]}}, "乙丙丁"),
        ({"young": True}, "甲"),
        ({"young": False}, "乙"),
        ({"exclude": {"young": True}}, "乙丙丁"),
        ({"active_days": 7}, "丁"),
        ({"exclude": {"active_days": 7}}, "甲乙丙"),
        ({"scene": ["yaoqing"]}, "乙"),
        ({"exclude": {"scene": ["yaoqing"]}}, "甲丙丁"),
        ({"series": ["fa-zhi"]}, "丙"),
        ({"staff": ["张三"]}, "丁"),
        ({"tags": ["没有的"]}, ""),
    ],
)
def test_a_table_of_segments(engine: Engine, segment: Any, people: str) -> None:
    town = [
        Somebody("甲", profile={"street": "八角", "size": "小", "young": True}, tags=frozenset({"重点"})),
        Somebody("乙", profile={"street": "八角", "size": "微", "young": False}, scene="yaoqing"),
        Somebody("丙", profile={"street": "古城", "size": "小"}, tags=frozenset({"重点"}), series=frozenset({"fa-zhi"})),
        Somebody("丁", tags=frozenset({"已联系"}), seen=NOW - timedelta(days=2), staff="张三"),
        Somebody("戊", subscribed=False, profile={"street": "八角", "size": "小"}, tags=frozenset({"重点"})),
    ]  # fmt: skip
    settle_in(engine, town)
    with clock.frozen(NOW):
        assert "".join(sorted(found(engine, parse(segment)), key="甲乙丙丁戊".index)) == people
        with reading(engine) as db:
            assert segments.count(db, parse(segment)) == len(people)


def test_chunks_behind_an_id_find_everybody_once(town: tuple[Engine, list[Somebody]]) -> None:
    engine, _people = town
    segment, cursor, heard = parse({"exclude": {"young": True}}), 0, []
    with reading(engine) as db:
        while True:
            part = recipients(segment).where(Follower.id > cursor).order_by(Follower.id).limit(7)
            rows = list(db.execute(part))
            if not rows:
                break
            heard += [openid for _id, openid in rows]
            cursor = rows[-1][0]
    assert sorted(heard) == sorted(found(engine, segment))
    assert len(heard) > 21


def test_a_sample_shows_companies_and_nobodys_openid(town: tuple[Engine, list[Somebody]]) -> None:
    engine, _people = town
    with reading(engine) as db:
        some = segments.sample(db, parse("all"), 90)
        everybody = db.scalar(select(func.count()).select_from(Follower).where(Follower.subscribed))
    assert len(some) == everybody
    assert all("***" in one.openid and len(one.openid) < 12 for one in some)
    assert {one.company is None for one in some} == {True, False}


def test_names_that_nothing_has_are_told(town: tuple[Engine, list[Somebody]]) -> None:
    engine, _people = town
    segment = parse({"tags": ["重点", "重典"], "exclude": {"series": ["fazhi"], "staff": ["王五", "张三"]}})
    with reading(engine) as db:
        said = segments.missing(db, segment)
        assert segments.missing(db, parse({"tags": ["重点"], "staff": ["张三"], "series": ["fa-zhi"]})) == []
    assert [name for name in ("重典", "fazhi", "王五") if any(f"「{name}」" in str(one) for one in said)] == [
        "重典", "fazhi", "王五",
    ]  # fmt: skip
    assert len(said) == 3
