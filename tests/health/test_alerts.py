"""What cannot wait reaches the colleagues on duty: their WeChat, their mail, once each; and nobody is told they were told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from bot.backup.afterwards import Restored
from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import transaction
from bot.health import alerts
from bot.health.checks import people
from bot.health.checks.finding import Status, Subject
from bot.health.doctor import examine
from bot.health.restored import hold_back
from bot.staff import duty
from models.alerts import Alert, AlertCall, CallState
from models.messages import StaffMessage
from models.staff import Staff, StaffNotice
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.office import Office
from tests.support.place import Citizen, Place, eventually, free_port

NIGHT = datetime.fromisoformat("2026-11-24T02:00:00+08:00")
NOON = datetime.fromisoformat("2026-11-24T12:00:00+08:00")
ADDRESS = "zhiban@example.cn"
WORDS = "我不想活了，电话13812345678"


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as opened:
        yield opened


@pytest.fixture(scope="module")
def place(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Place]:
    mail = (
        f'[mail]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\nsender = "tongxin@example.cn"\n'
    )
    with Place.open(new_database(), tmp_path_factory.mktemp("alerts"), more=mail) as opened:
        yield opened
        assert opened.failure_lines() == 0


@pytest.fixture(scope="module")
def office(place: Place) -> Office:
    office = Office(place.services)
    office.open()
    return office


@pytest.fixture(autouse=True)
def nobody_on_duty(place: Place, office: Office, sink: MailSink) -> Iterator[None]:
    """Each test begins with nobody on duty, nobody bound, and an empty sink."""
    yield
    with transaction(place.engine) as db:
        db.execute(update(StaffMessage).values(handled_at=clock.now()))
        for one in db.scalars(select(Staff)):
            one.on_duty, one.openid, one.mail = False, None, None
    eventually(lambda: not place.count(AlertCall, AlertCall.state == CallState.QUEUED))
    sink.mails.clear()


def on_duty(place: Place, office: Office, who: str, **more: Any) -> None:
    with transaction(place.engine) as db:
        person = db.get_one(Staff, office.people[who].id)
        duty.set_duty(Actor(db, person), person, True)
        for name, value in more.items():
            setattr(person, name, value)


def bound(place: Place, office: Office, who: str) -> Citizen:
    """A colleague who has bound their own WeChat."""
    officer = place.citizen()
    with transaction(place.engine) as db:
        person = db.get_one(Staff, office.people[who].id)
        code = duty.new_code(Actor(db, person), person)
    assert f"已绑定同事{who}" in officer.says(f"绑定 {code}")
    return officer


def told(officer: Citizen) -> list[str]:
    return [m["text"] for m in officer.received("custom") if "值班提醒" in m.get("text", "")]


def test_self_harm_at_two_at_night_reaches_the_officers_wechat_and_mail(
    place: Place, office: Office, sink: MailSink
) -> None:
    place.travel_to(NIGHT)
    officer = bound(place, office, "clerk")
    on_duty(place, office, "clerk", mail=ADDRESS)
    person = place.citizen()
    reply = person.says(WORDS)
    assert "120" in reply
    assert "正在提醒值班的工作人员" in reply
    (text,) = eventually(lambda: told(officer))
    (mail,) = eventually(lambda: sink.to(ADDRESS))
    row = place.query(
        lambda db: db.scalars(select(StaffMessage).where(StaffMessage.openid == person.openid)).one()
    )
    for said in (text, mail["Subject"] + mail.get_content()):
        assert "轻生念头" in said
        assert f"{place.url}/console/messages/{row.id}" in text
        assert "13812345678" not in said
        assert "不想活" not in said
        assert person.openid not in said
    assert place.count(
        StaffNotice, StaffNotice.kind == "alert", StaffNotice.staff_id == office.people["clerk"].id
    )


def test_the_reply_says_nobody_was_told_when_nobody_could_be(place: Place, office: Office) -> None:
    place.travel_to(NIGHT)
    night = place.citizen().says("我不想活了")
    place.travel_to(NOON)
    noon = place.citizen().says("我不想活了")
    assert "下班时间" in night
    assert "工作日9:00—17:30" in night
    assert "上班时间" in noon
    for reply in (night, noon):
        assert "120" in reply
        assert not re.search(r"已通知|已经通知|正在提醒|会有人和您联系", reply)


def test_an_officer_outside_the_window_is_not_counted_as_told(place: Place, office: Office) -> None:
    place.travel_to(NIGHT - timedelta(days=5))
    officer = bound(place, office, "clerk")
    on_duty(place, office, "clerk")
    place.travel_to(NIGHT)
    assert "正在提醒" not in place.citizen().says("我不想活了")
    officer.says("值班")
    eventually(lambda: told(officer))  # it waited for the officer's own next word


def test_only_those_on_duty_are_called_and_each_alert_once(
    place: Place, office: Office, sink: MailSink
) -> None:
    place.travel_to(NOON)
    on_duty(place, office, "clerk", mail=ADDRESS)
    with transaction(place.engine) as db:
        db.get_one(Staff, office.people["leader"].id).mail = "lingdao@example.cn"
    for _ in range(2):
        with transaction(place.engine) as db:
            alerts.raise_alert(place.services, db, "test:once", "测试提醒。", "/console/")
    eventually(lambda: sink.to(ADDRESS))
    with transaction(place.engine) as db:
        assert alerts.raise_alert(place.services, db, "test:again", "测试提醒二。", "/console/") == 1
    eventually(lambda: len(sink.to(ADDRESS)) == 2)
    assert sink.to("lingdao@example.cn") == []


def test_while_nobody_is_on_duty_everybody_who_may_answer_is_called(
    place: Place, office: Office, sink: MailSink
) -> None:
    with transaction(place.engine) as db:
        for who in ("clerk", "leader", "unit", "admin"):
            db.get_one(Staff, office.people[who].id).mail = f"{who}@example.cn"
        assert alerts.raise_alert(place.services, db, "test:nobody", "测试提醒三。", "/console/") == 2
    eventually(lambda: len([mail for mail in sink.mails if "提醒三" in mail["Subject"]]) == 2)
    assert {mail["To"] for mail in sink.mails} == {"clerk@example.cn", "leader@example.cn"}


def test_a_mail_server_that_refuses_is_asked_again(place: Place, office: Office, sink: MailSink) -> None:
    place.travel_to(NOON)
    on_duty(place, office, "clerk", mail=ADDRESS)
    sink.refusing = 1
    with transaction(place.engine) as db:
        alerts.raise_alert(place.services, db, "test:refused", "测试提醒四。", "/console/")
    eventually(lambda: place.count(AlertCall, AlertCall.attempts == 1, AlertCall.state == CallState.QUEUED))
    place.travel_to(NOON + timedelta(minutes=1))
    eventually(lambda: sink.to(ADDRESS))
    assert eventually(
        lambda: place.count(AlertCall, AlertCall.attempts == 2, AlertCall.state == CallState.SENT)
    )


def test_who_waits_longer_than_promised_is_told_of_once(place: Place, office: Office, sink: MailSink) -> None:
    place.travel_to(NOON)
    on_duty(place, office, "clerk", mail=ADDRESS)
    for words in ("想咨询入会的事", "想问发票怎么开"):
        person = place.citizen()
        person.says("转人工")
        person.says(words)
    asked = (StaffMessage.reason == "asked", StaffMessage.handled_at.is_(None))
    place.travel_to(NOON + timedelta(days=1, hours=5))  # promised until half past five
    assert place.count(StaffMessage, *asked, StaffMessage.alerted_at.is_(None)) == 2
    place.travel_to(NOON + timedelta(days=1, hours=6))
    eventually(lambda: place.count(StaffMessage, *asked, StaffMessage.alerted_at.is_not(None)) == 2)
    eventually(lambda: [m for m in sink.to(ADDRESS) if "条留言超过了答应的时间" in m["Subject"]])
    with transaction(place.engine) as db:
        assert alerts.tell_of_long_waits(place.services, db, clock.now()) == 0


def test_words_of_self_harm_that_nobody_looks_at_are_told_of_again(
    place: Place, office: Office, sink: MailSink
) -> None:
    place.travel_to(NIGHT)
    on_duty(place, office, "clerk", mail=ADDRESS)
    person = place.citizen()
    person.says("我不想活了")
    eventually(lambda: sink.to(ADDRESS))
    place.travel_to(NIGHT + timedelta(minutes=21))
    eventually(lambda: [m for m in sink.to(ADDRESS) if "超过了答应的时间" in m["Subject"]])


@pytest.mark.parametrize("sent", ["绑定 aaaabbbb", "绑定 {code}", "绑定{code}"])
def test_a_code_binds_once_and_for_a_quarter_of_an_hour(place: Place, office: Office, sent: str) -> None:
    place.travel_to(NOON)
    with transaction(place.engine) as db:
        person = db.get_one(Staff, office.people["dispatcher"].id)
        code = duty.new_code(Actor(db, person), person)
    follower = place.citizen()
    first = follower.says(sent.format(code=code))
    assert ("已绑定" in first) == ("{code}" in sent)
    assert "绑定码不对" in place.citizen().says(f"绑定 {code}" if "{code}" in sent else sent)
    with transaction(place.engine) as db:
        person = db.get_one(Staff, office.people["dispatcher"].id)
        late = duty.new_code(Actor(db, person), person)
    place.travel_to(NOON + timedelta(minutes=20))
    assert "绑定码不对" in follower.says(f"绑定 {late}")


def test_the_doctor_and_readyz_say_who_waits_too_long_and_stay_ready(place: Place, office: Office) -> None:
    place.travel_to(NIGHT)
    place.citizen().says("我不想活了")
    place.travel_to(NIGHT + timedelta(hours=1))

    def warned() -> Any:
        said = requests.get(f"{place.url}/readyz", timeout=30)
        return said.status_code == 200 and "超过答复时限" in said.json()["checks"]["messages"].get(
            "warning", ""
        )

    eventually(warned)
    report = examine(place.config.path, {}, offline=True)
    lines = {one.title: (one.status, one.detail) for one in report.findings}
    assert lines["留言"][0] is Status.WARN
    assert "超过答复时限" in lines["留言"][1]
    assert lines["值班提醒"][0] is Status.WARN  # nobody has bound a WeChat or given an address
    assert "没有一位同事" in lines["值班提醒"][1]


def test_the_doctor_tries_the_mail_server(place: Place, sink: MailSink) -> None:
    subject = Subject(place.config.path, {}, offline=False)
    reached = [one for one in people.people(subject, place.config) if one.title == "邮件"]
    assert [one.status for one in reached] == [Status.OK]
    nobody = replace(place.config, mail=replace(place.config.mail, port=free_port()))
    lost = [one for one in people.people(subject, nobody) if one.title == "邮件"]
    assert [(one.status, one.section) for one in lost] == [(Status.FAIL, "mail")]


def test_after_a_restore_no_mail_leaves_by_itself(place: Place, office: Office) -> None:
    far = clock.now() + timedelta(days=3)
    with transaction(place.engine) as db:
        db.add(Alert(key="test:restored", text="测试提醒。", page="/console/", created_at=clock.now()))
        db.flush()
        alert = db.scalars(select(Alert).where(Alert.key == "test:restored")).one()
        officer = office.people["clerk"].id
        call = AlertCall(
            alert_id=alert.id, staff_id=officer, channel="mail", state=CallState.QUEUED, not_before=far
        )
        db.add(call)
        db.flush()
        restored = Restored(place.services, db, clock.now(), clock.now(), place.engine)
        hold_back(restored)
        db.refresh(call)
        assert call.state is CallState.UNKNOWN
        assert any("留言" in str(one) for one in restored.said)
