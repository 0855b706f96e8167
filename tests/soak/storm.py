"""Kill -9 at any moment while a broadcast goes out, and the patience to see it through to its end."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import requests
from sqlalchemy import func, select

from bot.core import clock
from bot.core.db import reading
from models.outgoing import BatchState, Broadcast, BroadcastState, Delivery, DeliveryState, MassBatch
from tests.soak.accounts import UNDONE, is_done, progress
from tests.support.processes import Process
from tests.support.town import Town

CUSTOM, MASS = "/cgi-bin/message/custom/send", "/cgi-bin/message/mass/send"
STILL = 4.0  # seconds without any change: longer than a call may take, so whoever lived would have moved
PACE = 1.5  # seconds between two messages of one person: the simulator forgets all but their last 2,000
NO_ANSWER = ("hang_before", "hang_after", "html502")
JOBS = ("hang_before", "errcode", "hang_after", "html502")


def faults(latency: float, share: float, jobs: Sequence[str] = JOBS) -> list[dict[str, Any]]:
    """Everything that WeChat and the network do to us; `share` is how often each kind hits a single message, and
    each of `jobs` hits one mass-send call."""
    single = [{"kind": kind, "path": CUSTOM, "probability": share} for kind in NO_ANSWER]
    single += [{"kind": "errcode", "errcode": -1, "path": CUSTOM, "probability": 4 * share}]
    single += [{"kind": "errcode", "errcode": 40001, "path": CUSTOM, "probability": share}]
    single += [{"kind": "token", "path": CUSTOM, "probability": share / 4}]
    many = [{"kind": kind, "errcode": -1, "path": MASS, "times": 1} for kind in jobs]
    return [{"kind": "latency", "seconds": latency, "path": CUSTOM}, *single, *many]


def without_answer(town: Town) -> int:
    """How many single messages got no valid answer, as counted on WeChat's side."""
    rules = town.sim("faults")["faults"]
    return sum(rule["hits"] for rule in rules if rule["kind"] in NO_ANSWER and rule["path"] == CUSTOM)


@dataclass
class Storm:
    """Random kills of random processes; how many threads that send were killed is what may be unknown."""

    town: Town
    victims: Sequence[tuple[Process, int]]  # with how many threads of each send single messages
    chance: random.Random = field(default_factory=lambda: random.Random(20261124))
    kills: int = 0
    killed_threads: int = 0

    def blow(self, broadcast_id: int, kills: int, until: float) -> None:
        """So many kills, spread over the work until this share of the rows is settled."""
        first, goal = self._settled(broadcast_id), len(self.town.people.all) * until
        for number in range(kills):
            due = first + (goal - first) * number / kills
            self._wait(due, broadcast_id)
            time.sleep(self.chance.uniform(0, 0.3))
            self._strike()

    def _strike(self) -> None:
        victim, threads = self.chance.choice(self.victims)
        end = time.monotonic() + 60
        while not victim.is_up():
            assert time.monotonic() < end, f"{victim.name} does not come up"
            victim, threads = self.chance.choice(self.victims)
            time.sleep(0.02)
        victim.kill()
        victim.start()
        self.kills += 1
        self.killed_threads += threads

    def _settled(self, broadcast_id: int) -> int:
        states = progress(self.town, broadcast_id)
        return states.total() - sum(states[state] for state in UNDONE)

    def _wait(self, due: float, broadcast_id: int) -> None:
        """Wait until so many are settled; where nothing moves any more, as at the end of the work, do not."""
        moved, before = time.monotonic(), self._settled(broadcast_id)
        while before < due and time.monotonic() < moved + STILL:
            time.sleep(0.1)
            now = self._settled(broadcast_id)
            if now != before or not all(victim.is_up() for victim, _ in self.victims):
                moved, before = time.monotonic(), now
        if before < due:
            _goes_on_later(self.town, broadcast_id)

    def calm(self, broadcast_id: int, seconds: float = 1200) -> None:
        """Wait until the broadcast is done; where everybody waits for an hour to come, that hour is made to come."""
        end = time.monotonic() + seconds
        while not is_done(self.town, broadcast_id):
            assert time.monotonic() < end, progress(self.town, broadcast_id)
            if is_still(self.town, broadcast_id) and not _in_hand(self.town, broadcast_id):
                self.town.travel(_next(self.town, broadcast_id))


def _in_hand(town: Town, broadcast_id: int) -> bool:
    """Whether somebody holds a row, alive or dead: a clock that jumps would end the leases of the living too."""
    held = (
        Delivery.state.in_((DeliveryState.LEASED, DeliveryState.SENDING)),
        Delivery.leased_until > clock.now(),
    )
    query = select(Delivery.id).where(Delivery.broadcast_id == broadcast_id, *held)
    with reading(town.engine) as db:
        return db.scalar(query.limit(1)) is not None


def is_still(town: Town, broadcast_id: int) -> bool:
    """Whether nothing moves any more; False as soon as something does or it is done."""
    end, before = time.monotonic() + STILL, _moving(town, broadcast_id)
    while time.monotonic() < end:
        time.sleep(0.1)
        if _moving(town, broadcast_id) != before or is_done(town, broadcast_id):
            return False
    return True


def _moving(town: Town, broadcast_id: int) -> tuple[Any, ...]:
    attempts = select(func.sum(Delivery.attempts)).where(Delivery.broadcast_id == broadcast_id)
    jobs = select(MassBatch.state, MassBatch.attempts).where(MassBatch.broadcast_id == broadcast_id)
    with reading(town.engine) as db:
        return (
            tuple(sorted(progress(town, broadcast_id).items())),
            db.scalar(attempts),
            tuple(tuple(job) for job in db.execute(jobs.order_by(MassBatch.id))),
        )


def _next(town: Town, broadcast_id: int) -> datetime:
    """The first moment that somebody waits for: a pause, a lease, a retry, an allowance."""
    mine, undone = Delivery.broadcast_id == broadcast_id, Delivery.state.in_(UNDONE)
    job = (
        MassBatch.broadcast_id == broadcast_id,
        MassBatch.state.not_in((BatchState.DONE, BatchState.FAILED)),
    )
    now = clock.now()
    with reading(town.engine) as db:
        waits = [
            db.scalar(select(func.min(Delivery.not_before)).where(mine, undone, Delivery.not_before > now)),
            db.scalar(
                select(func.min(Delivery.leased_until)).where(mine, undone, Delivery.leased_until > now)
            ),
            db.scalar(select(func.min(MassBatch.not_before)).where(*job, MassBatch.not_before > now)),
            db.scalar(select(func.min(MassBatch.leased_until)).where(*job, MassBatch.leased_until > now)),
            db.scalar(select(Broadcast.resume_at).where(Broadcast.id == broadcast_id)),
            db.scalar(select(Broadcast.leased_until).where(Broadcast.id == broadcast_id)),
        ]
    ahead = [moment for moment in waits if moment is not None and moment > now]
    return min(ahead, default=now + timedelta(seconds=15)) + timedelta(seconds=1)


def use_up_the_day(town: Town, broadcast_id: int) -> None:
    """WeChat says 45009: nobody sends any more, the reason is shown, and past midnight it goes on."""
    used_up = {"kind": "errcode", "errcode": 45009, "path": CUSTOM}
    town.sim("faults", used_up)
    end = time.monotonic() + 120
    while not is_still(town, broadcast_id) or _goes_on_later(town, broadcast_id):
        assert time.monotonic() < end, "it goes on in spite of a used-up allowance"
    sent = town.sim("stats")["messages"].get("custom", 0)
    with reading(town.engine) as db:
        reason = db.scalar(select(Broadcast.reason).where(Broadcast.id == broadcast_id))
        state = db.scalar(select(Broadcast.state).where(Broadcast.id == broadcast_id))
        left = progress(town, broadcast_id)[DeliveryState.QUEUED]
    assert left > 0, "everything had gone out before the allowance was used up: nothing was tried"
    assert state is BroadcastState.SENDING, (state, reason)
    assert "额度已用完" in (reason or "")
    time.sleep(1)
    assert town.sim("stats")["messages"].get("custom", 0) == sent
    town.sim("faults", {**used_up, "times": 0})
    town.travel(clock.at(clock.today() + timedelta(days=1), 0, 2))


def _goes_on_later(town: Town, broadcast_id: int) -> bool:
    """A token that was refused twice in one call has paused everything for ten minutes: they pass at once."""
    with reading(town.engine) as db:
        resume_at = db.scalar(select(Broadcast.resume_at).where(Broadcast.id == broadcast_id))
    if resume_at is not None:
        end = time.monotonic() + 60
        while _in_hand(town, broadcast_id):
            assert time.monotonic() < end, "a lease does not end"
            time.sleep(0.2)
        town.travel(resume_at + timedelta(seconds=1))
    return resume_at is not None


@contextmanager
def talk(town: Town, openids: Sequence[str]) -> Iterator[None]:
    """These people go on writing to the account meanwhile; what they hear is others' tests."""
    over = Event()

    def chat(openid: str) -> None:
        while not over.wait(PACE):
            try:
                town.sim("say", {"openid": openid, "text": "帮助"})
            except requests.RequestException:
                continue  # the simulator itself is busy or on its way down

    threads = [Thread(target=chat, args=(openid,), daemon=True) for openid in openids]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=60)
