"""One run of the crash promise (design §7): kills, faults and midnight over one broadcast, then the accounts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta

from bot.core import clock
from models.outgoing import DeliveryState
from tests.soak import accounts, aftermath, storm
from tests.support.processes import Process, wait_up
from tests.support.town import Town

WORDS = "惠企政策解读专刊：请各会员企业查收。"


def asked_for(name: str, default: int) -> int:
    """A number from the environment: SOAK_RECIPIENTS, SOAK_KILLS."""
    return int(os.environ.get(name, default))


def run(
    town: Town,
    victims: Sequence[tuple[Process, int]],
    *,
    kills: int,
    latency: float,
    share: float,
    in_full: bool = True,
) -> None:
    """Everything that can go wrong, and nothing lost, nothing twice. Not in full: without midnight, which takes time."""
    wait_up([process for process, _ in victims])
    jobs = storm.JOBS if in_full else storm.JOBS[2:3]
    town.sim("faults", {"faults": storm.faults(latency, share, jobs)})
    town.staff()
    number = town.broadcast(WORDS)
    blowing = storm.Storm(town, victims)
    with storm.talk(town, town.people.wrote[:5]):
        blowing.blow(number, kills // 2, 0.45)
        if in_full:
            wait_up([process for process, _ in victims])
            storm.use_up_the_day(town, number)
        blowing.blow(number, kills - kills // 2, 0.95)
    wait_up([process for process, _ in victims])
    blowing.calm(number)
    taken = accounts.take(town, number, WORDS)
    no_answer = storm.without_answer(town)
    _report(town, blowing, taken, no_answer)
    accounts.check(town, taken, killed_threads=blowing.killed_threads, without_answer=no_answer)
    town.sim("faults", {"clear": True})
    again = aftermath.decide(town, taken)
    blowing.calm(number)
    last = accounts.take(town, number, WORDS)
    accounts.check(town, last, killed_threads=0, without_answer=0)
    assert len(last.of(DeliveryState.SENT)) == len(town.people.wrote) + len(town.people.silent)
    print(f"after staff decided ({again} sent again): {dict(last.states)}")
    aftermath.write(town, town.people.refusing[:3], WORDS)


def evening(town: Town) -> None:
    """Begin at ten in the evening: midnight is near, and windows of 48 hours outlive it."""
    town.travel(clock.at(clock.today() + timedelta(days=1), 22))


def _report(town: Town, blowing: storm.Storm, taken: accounts.Accounts, no_answer: int) -> None:
    stats = town.sim("stats")
    most = max(taken.received.values(), default=0)
    print(
        f"\n{len(taken.rows)} recipients, {blowing.kills} kills ({blowing.killed_threads} sending threads), "
        f"{no_answer} calls without an answer: { ({k.value: n for k, n in taken.states.items()}) }, "
        f"unknown by crash {len(taken.crashed)}, by no answer {len(taken.unanswered)}, most to one person {most}, "
        f"WeChat counts {stats['messages']}, errors {stats['errors']}, tokens {stats['token_fetches']}"
    )
