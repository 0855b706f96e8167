"""留言: who asked for a person stands on a colleague's home page at once, is answered, and is never lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.content.files import replies
from bot.core import clock
from bot.core.db import transaction
from bot.core.paths import CONTENT
from bot.privacy import holdings, jobs
from models.audit import AuditEntry
from models.messages import MessageAnswer, StaffMessage
from models.outgoing import Delivery, DeliveryState
from tests.console.visitor import Console, Visitor
from tests.support.office import Office
from tests.support.place import Citizen, Place, eventually

NOON, NIGHT = "2026-11-23T12:00:00+08:00", "2026-11-23T22:30:00+08:00"


@pytest.fixture(scope="module")
def desk(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The running service, and colleagues at its console."""
    with Place.open(new_database(), tmp_path_factory.mktemp("messages")) as place:
        office = Office(place.services)
        office.place = place  # type: ignore[attr-defined]
        yield Console.open(office)
        assert place.failure_lines() == 0


@pytest.fixture
def place(desk: Console) -> Place:
    found: Place = desk.office.place  # type: ignore[attr-defined]
    return found


@pytest.fixture
def clerk(desk: Console, place: Place) -> Visitor:
    """A clerk who signed in at this hour."""
    place.travel_to(datetime.fromisoformat(NOON))
    return desk.sign_in("clerk")


def newest(place: Place, person: Citizen) -> StaffMessage:
    mine = select(StaffMessage).where(StaffMessage.openid == person.openid).order_by(StaffMessage.id.desc())
    found: StaffMessage = place.query(lambda db: db.scalars(mine.limit(1)).one())
    return found


def leaves(person: Citizen, words: str) -> str:
    person.says("转人工")
    return person.says(words)


def card(home: str) -> str:
    return home[home.index("留言 ") :][:40]


@pytest.mark.parametrize(
    ("hour", "now", "due"),
    [(NOON, "现在是上班时间", "11月24日17:30"), (NIGHT, "现在是下班时间", "11月24日17:30")],
)
def test_a_wish_for_a_person_is_on_the_home_page_and_the_reply_promises_what_the_row_holds(
    desk: Console, place: Place, hour: str, now: str, due: str
) -> None:
    place.travel_to(datetime.fromisoformat(hour))
    person, clerk = place.citizen(), desk.sign_in("clerk")
    before = place.count(StaffMessage, StaffMessage.handled_at.is_(None))
    asked = person.says("转人工")
    kept = person.says("发票开错了，想找人问问")
    assert now in asked
    assert f"{due} 前答复" in asked
    assert f"{due} 前答复" in kept
    row = newest(place, person)
    assert row.due_at == datetime.fromisoformat("2026-11-24T17:30:00+08:00")
    assert f"留言 {before + 1}" in clerk.get("/console/").words
    assert "发票开错了" in clerk.get("/console/messages").words


def test_an_answer_inside_the_window_arrives_at_once_and_closes_what_was_read(
    place: Place, clerk: Visitor
) -> None:
    person = place.citizen()
    leaves(person, "会费交到哪里？电话13812345678")
    row = newest(place, person)
    shown = clerk.get(f"/console/messages/{row.id}")
    assert "138****5678" in shown.words
    assert "13812345678" not in shown.text
    assert "写好马上送到" in shown.words
    done = clerk.post(f"/console/messages/{row.id}", text="请交到财务室。", upto=str(row.id))
    assert "交给微信" in done.flash
    eventually(lambda: [m for m in person.received("custom") if "请交到财务室。" in m["text"]])
    assert newest(place, person).handled_at is not None
    assert "已办结" in clerk.get(f"/console/messages/{row.id}").words


def test_what_came_while_the_colleague_wrote_still_waits(place: Place, clerk: Visitor) -> None:
    person = place.citizen()
    leaves(person, "第一句：想咨询入会")
    first = newest(place, person)
    clerk.get(f"/console/messages/{first.id}")
    leaves(person, "第二句：还有一件急事")
    done = clerk.post(f"/console/messages/{first.id}", text="入会请带执照。", upto=str(first.id))
    assert "还在等" in done.flash
    assert newest(place, person).handled_at is None


def test_the_same_answer_does_not_go_out_twice(place: Place, clerk: Visitor) -> None:
    person = place.citizen()
    leaves(person, "几点下班")
    row = newest(place, person)
    clerk.get(f"/console/messages/{row.id}")
    clerk.post(f"/console/messages/{row.id}", text="五点半下班。", upto=str(row.id))
    again = clerk.post(f"/console/messages/{row.id}", text="五点半下班。", upto=str(row.id), status=422)
    assert "已发过同样的答复" in again.words
    assert "五点半下班。" in again.text  # the words are still in the field
    assert place.count(MessageAnswer, MessageAnswer.message_id == row.id) == 1


def test_past_the_window_an_answer_waits_or_is_told_by_phone(
    desk: Console, place: Place, clerk: Visitor
) -> None:
    person = place.citizen()
    leaves(person, "想约个时间面谈")
    row = newest(place, person)
    place.travel_to(datetime.fromisoformat(NOON) + timedelta(days=3))
    clerk = desk.sign_in("clerk")
    assert "微信窗口已过" in clerk.get(f"/console/messages/{row.id}").words
    clerk.post(f"/console/messages/{row.id}", text="周三上午九点可以。", upto=str(row.id))
    eventually(lambda: "周三上午九点可以。" in clerk.get("/console/messages").words.partition("要打电话")[2])
    answer = place.query(
        lambda db: db.scalars(select(MessageAnswer).where(MessageAnswer.message_id == row.id)).one()
    )
    clerk.get(f"/console/messages/answers/{answer.id}/told")
    clerk.post(f"/console/messages/answers/{answer.id}/told", remark="周一下午打通，本人知道了。")
    assert (
        "周三上午九点可以。"
        not in clerk.get("/console/messages").words.partition("要打电话")[2].partition("最近")[0]
    )
    state = place.query(lambda db: db.get_one(Delivery, answer.delivery_id).state)
    assert state is DeliveryState.CANCELLED
    assert "周三上午九点" not in person.says("菜单")


def test_taken_by_and_closed_without_an_answer(desk: Console, place: Place, clerk: Visitor) -> None:
    person = place.citizen()
    leaves(person, "打错了，不好意思")
    row = newest(place, person)
    clerk.get(f"/console/messages/{row.id}")
    assert "已认领" in clerk.post(f"/console/messages/{row.id}/take").words
    assert "同事clerk 已认领" in desk.sign_in("dispatcher").get("/console/messages").words
    refused = clerk.post(f"/console/messages/{row.id}/finish", remark=" ", upto=str(row.id), status=422)
    assert "请填写办结情况" in refused.words
    clerk.post(f"/console/messages/{row.id}/finish", remark="对方打错了。", upto=str(row.id))
    assert newest(place, person).outcome == "对方打错了。"
    acts = place.query(
        lambda db: list(
            db.scalars(
                select(AuditEntry.action).where(
                    AuditEntry.subject == "message", AuditEntry.subject_id == row.id
                )
            )
        )
    )
    assert acts == ["message.take", "message.finish"]


def test_numbers_are_seen_for_a_reason_only(place: Place, clerk: Visitor) -> None:
    person = place.citizen()
    leaves(person, "请回电 13912345678")
    row = newest(place, person)
    clerk.get(f"/console/messages/{row.id}/numbers")
    assert "请填写" in clerk.post(f"/console/messages/{row.id}/numbers", reason="", status=422).words
    seen = clerk.post(f"/console/messages/{row.id}/numbers", reason="回电答复", status=200)
    assert "13912345678" in seen.text
    why = place.query(
        lambda db: db.scalars(select(AuditEntry.reason).where(AuditEntry.action == "message.unmask")).one()
    )
    assert why == "回电答复"


@pytest.mark.parametrize("who", ["unit", "auditor", "admin"])
def test_others_read_no_talk(desk: Console, place: Place, clerk: Visitor, who: str) -> None:
    other = desk.sign_in(who)
    assert "留言" not in other.get("/console/").words.partition("工作台")[2].partition("我的账户")[0]
    other.get("/console/messages", 403)


def test_nothing_unhandled_is_deleted_and_at_the_persons_wish_the_line_stays(
    place: Place, clerk: Visitor
) -> None:
    waits, handled, gone = place.citizen(), place.citizen(), place.citizen()
    for person in (waits, handled, gone):
        leaves(person, "这是要留给工作人员的话")
    rows = {person.openid: newest(place, person).id for person in (waits, handled, gone)}
    clerk.get("/console/messages")
    clerk.post(f"/console/messages/{rows[handled.openid]}", text="知道了。", upto=str(rows[handled.openid]))
    eventually(lambda: [m for m in handled.received("custom") if "知道了。" in m["text"]])
    with transaction(place.engine) as db:
        assert holdings.erase(db, place.services, gone.openid, clock.now())
    with transaction(place.engine) as db:
        jobs.forget_old_chats(place.services, db, clock.now() + timedelta(days=400))
    kept = {row.id: row for row in place.query(lambda db: list(db.scalars(select(StaffMessage))))}
    assert kept[rows[waits.openid]].text == "这是要留给工作人员的话"
    assert rows[handled.openid] not in kept
    assert (kept[rows[gone.openid]].text, kept[rows[gone.openid]].openid) == ("", None)
    assert "本人已删除信息" in clerk.get("/console/messages").words
    page = clerk.get(f"/console/messages/{rows[gone.openid]}")
    assert "微信送不到" in page.words
    clerk.post(
        f"/console/messages/{rows[gone.openid]}/finish", remark="本人已删除。", upto=str(rows[gone.openid])
    )


def test_who_leaves_before_an_answer_is_still_found(place: Place, clerk: Visitor) -> None:
    person = place.citizen()
    leaves(person, "请打电话给我 13712345678")
    row = newest(place, person)
    person.does("unsubscribe")
    kept = place.query(lambda db: db.get_one(StaffMessage, row.id))
    assert (kept.openid, kept.text) == (None, "请打电话给我 13712345678")


@pytest.mark.parametrize("hour", [NOON, NIGHT])
def test_what_was_not_understood_twice_is_promised_for_the_same_moment(place: Place, hour: str) -> None:
    place.travel_to(datetime.fromisoformat(hour))
    person = place.citizen()
    person.says("阿巴阿巴咕噜噜")
    said = person.says("咕噜噜阿巴阿巴")
    row = newest(place, person)
    assert row.reason == "missed_twice"
    assert row.due_at is not None
    local = clock.local(row.due_at)
    assert f"{local.month}月{local.day}日{local:%H:%M} 前看并答复" in said


def test_no_standing_text_says_that_somebody_was_told() -> None:
    """Whether anybody was is known when it is said, so the program says it (`{told}`)."""
    texts = replies(CONTENT)
    claims = re.compile(r"已经?通知|会有人|马上联系您|尽快(?:查看|联系|回复)|工作人员在班")
    assert [name for name, text in texts.items() if claims.search(text)] == []
