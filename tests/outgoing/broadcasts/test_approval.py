"""Two pairs of eyes: who may do what, one approval for two approvers, and nothing is sent but what was approved."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.core import clock
from bot.core.actor import Actor
from bot.followers import segments
from bot.followers.segments import SegmentError
from bot.outgoing.broadcasts import verbs
from bot.outgoing.broadcasts.verbs import Faulty, MoveRefused
from bot.staff import colleagues, inbox
from bot.staff.colleagues import Unchanged, disable
from bot.staff.rights import Denied
from models.outgoing import Broadcast, BroadcastState
from models.staff import Role
from tests.outgoing.broadcasts.office import Office, colleague

S = BroadcastState


@pytest.mark.parametrize(
    ("verb", "state", "may_not"),
    [
        ("submit", S.DRAFT, ["unit", "auditor"]),
        ("approve", S.SUBMITTED, ["author", "clerk", "unit", "auditor"]),
        ("pause", S.SENDING, ["unit", "auditor"]),
        ("resume", S.PAUSED, ["unit", "auditor"]),
        ("cancel", S.SENDING, ["unit", "auditor"]),
        ("resend_failed", S.DONE, ["unit", "auditor"]),
        ("take_back", S.SUBMITTED, ["clerk", "leader", "unit"]),
    ],
)
def test_who_has_no_right_changes_nothing(
    office: Office, verb: str, state: BroadcastState, may_not: list[str]
) -> None:
    made = office.in_state(state)
    for name in may_not:
        with pytest.raises(Denied):
            office.do(verb, made, name)
    assert office.state(made) is state
    assert office.life(made) == []


def test_a_leader_does_not_approve_what_they_wrote(office: Office) -> None:
    with office.at_work() as db:
        fields: dict[str, Any] = {
            "title": "通知",
            "form": "text",
            "payload": {"text": "通知"},
            "audience": "all",
        }
        made = verbs.create(office.actor(db, "leader"), **fields).id
    office.do("submit", made, "leader")
    with pytest.raises(Denied, match="起草人"):
        office.do("approve", made, "leader")
    office.do("approve", made, "other leader")


def test_who_changed_the_words_is_an_author_too(office: Office) -> None:
    made = office.draft()
    office.do("revise", made, "leader", payload={"text": "换成领导写的"})
    office.do("submit", made, "author")
    with pytest.raises(Denied, match="起草人"):
        office.do("approve", made, "leader")
    office.do("approve", made, "other leader")
    assert office.state(made) is S.SCHEDULED


def test_somebody_who_has_left_may_nothing(office: Office) -> None:
    made = office.draft()
    with office.at_work() as db:
        colleagues.add(Actor(db, None), "离岗的人", Role.ADMIN)
        disable(Actor(db, colleague(db, "admin")), colleague(db, "离岗的人"))
    for verb in ("submit", "cancel"):
        with pytest.raises(Denied, match="已停用"):
            office.do(verb, made, "离岗的人")
    assert office.state(made) is S.DRAFT


def test_only_an_admin_disables_and_one_admin_stays(office: Office) -> None:
    with office.at_work() as db:
        with pytest.raises(Denied, match="管理员"):
            disable(Actor(db, colleague(db, "leader")), colleague(db, "clerk"))
        with pytest.raises(Unchanged, match="唯一"):
            disable(Actor(db, colleague(db, "admin")), colleague(db, "admin"))


def test_of_two_who_approve_at_once_one_wins(office: Office) -> None:
    for _ in range(5):
        made = office.draft()
        office.do("submit", made, "author")
        start = threading.Barrier(2)

        def try_to(name: str, made: int = made, start: threading.Barrier = start) -> bool:
            start.wait()
            try:
                office.do("approve", made, name)
            except MoveRefused:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            won = list(pool.map(try_to, ["leader", "other leader"]))
        assert sorted(won) == [False, True]
        assert [event.action for event in office.life(made)].count("approve") == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"payload": {"text": "换掉的话"}},
        {"audience": {"chamber": ["青年商会"]}},
        {"ways": "mass"},
        {"urgent": True},
        {"form": "page"},
        {"send_at": clock.at(clock.today(), 0)},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_was_changed_after_approval_is_not_sent(office: Office, changed: dict[str, Any]) -> None:
    made = office.approved()
    with office.at_work() as db:
        db.execute(update(Broadcast).where(Broadcast.id == made).values(**changed))
    verbs.begin_due(office.services)
    found = office.broadcast(made)
    assert found.state is S.PAUSED
    assert found.reason is not None
    assert "与审批时不一致" in found.reason
    assert found.resume_at is None, "it must not go on by itself"
    with pytest.raises(MoveRefused, match="与审批时不一致"):
        office.do("resume", made, "leader")


def test_unchanged_it_begins_once_at_its_hour_in_whichever_process(office: Office) -> None:
    made = office.approved(send_at=clock.now() + timedelta(hours=2))
    assert verbs.begin_due(office.services) == 0
    with clock.frozen(clock.now() + timedelta(hours=2, seconds=1)), ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(lambda _: verbs.begin_due(office.services), range(3))) == 1
    assert office.state(made) is S.SENDING
    assert [event.action for event in office.life(made)].count("begin") == 1


def test_the_hour_is_moved_by_another_person_than_the_author(office: Office) -> None:
    made = office.approved(send_at=clock.now() + timedelta(hours=2))
    later = clock.local(clock.now() + timedelta(hours=5))  # as a person in Shanghai writes it
    with pytest.raises(Denied):
        office.do("reschedule", made, "author", later)
    office.do("reschedule", made, "other leader", later)
    assert office.broadcast(made).send_at == later
    with clock.frozen(later + timedelta(seconds=1)):
        verbs.begin_due(office.services)
    assert office.state(made) is S.SENDING


def test_a_rejection_says_why_and_the_author_revises(office: Office) -> None:
    made = office.draft()
    office.do("submit", made, "author")
    with pytest.raises(MoveRefused, match="理由"):
        office.do("reject", made, "leader", "  ")
    office.do("reject", made, "leader", "请写上地点")
    assert office.broadcast(made).reason == "请写上地点"
    with office.at_work() as db:
        (line,) = inbox.mine(db, colleague(db, "author"), unread=True)
        assert "请写上地点" in line.text
    office.do("revise", made, "author", payload={"text": "周五三楼座谈会"})
    assert office.state(made) is S.DRAFT


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"title": " "}, "群发标题"),
        ({"title": "长" * 65}, "群发标题"),
        ({"form": "fax"}, "形式"),
        ({"ways": ["template"]}, "渠道"),
        ({"ways": []}, "渠道"),
        ({"payload": {"text": "长" * 700}}, "正文"),
    ],
)
def test_what_cannot_be_sent_is_no_draft(office: Office, wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(Faulty) as refused:
        office.draft(**wrong)
    assert where in [problem.where for problem in refused.value.problems]


def test_an_audience_that_cannot_be_is_named(office: Office) -> None:
    with pytest.raises(SegmentError):
        office.draft(audience='{"chambr": ["青年商会"]}')


def test_an_audience_of_nobody_is_not_submitted(office: Office) -> None:
    made = office.draft(audience={"chamber": ["没有人的商会"]})
    with pytest.raises(MoveRefused, match="没有一个关注者"):
        office.do("submit", made, "author")
    with office.at_work() as db:
        assert segments.count(db, office.broadcast(made).audience) == 0
