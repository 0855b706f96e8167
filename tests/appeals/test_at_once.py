"""Two people at once: one act is done, the other person is told to look again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from bot.appeals.actor import Stale, find
from bot.appeals.acts import acceptance, declining
from bot.runtime.services import ServiceActor
from models.appeals import Appeal, AppealState
from tests.appeals.test_guards import _merge
from tests.support.office import Office

pytestmark = pytest.mark.usefixtures("monday")


def _race(office: Office, number: str, *acts: Callable[[ServiceActor, Appeal], None]) -> Counter[str]:
    """Each act by its own thread on the form as it was before."""
    version, outcomes = office.case(number).version, list[str]()  # to append is one step, to count is not
    start = threading.Barrier(len(acts))

    def act(who: str, verb: Callable[[ServiceActor, Appeal], None]) -> None:
        start.wait()
        try:
            with office.desk(who) as actor:
                verb(actor, find(actor, number, version=version))
            outcomes.append("done")
        except Stale:
            outcomes.append("stale")

    people = ("clerk", "dispatcher", "leader")
    threads = [
        threading.Thread(target=act, args=(who, verb)) for who, verb in zip(people, acts, strict=False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def test_of_three_who_decide_at_once_one_wins(office: Office) -> None:
    for _ in range(4):
        number = office.file()
        outcomes = _race(
            office,
            number,
            lambda actor, case: acceptance.accept(actor, case, type="求助", category="融资"),
            lambda actor, case: declining.decline(actor, case, "N7"),
            lambda actor, case: acceptance.ask(actor, case, "哪家银行？"),
        )
        assert outcomes == {"done": 1, "stale": 2}
        assert office.case(number).version == 2
        assert len(office.audited(number)) == 1


def test_two_cases_are_not_merged_into_each_other(office: Office) -> None:
    for _ in range(4):
        first, second = office.file(), office.file()
        troubles: list[Exception] = []

        def merge(number: str, master: str, troubles: list[Exception] = troubles) -> None:
            try:
                _merge(office, number, master)
            except Exception as trouble:  # noqa: BLE001  # which one it is depends on who was first
                troubles.append(trouble)

        threads = [threading.Thread(target=merge, args=pair) for pair in ((first, second), (second, first))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        states = sorted(office.case(number).state.value for number in (first, second))
        assert states == [AppealState.MERGED.value, AppealState.SUBMITTED.value]
        assert len(troubles) == 1
