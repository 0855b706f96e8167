"""Whoever needs a person stands on a colleague's home page as soon as the account has answered; at two at night also in the
duty officer's WeChat and mailbox. Played in the demo's office."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from PIL import Image

from bot.commands import demo_cases
from bot.core.db import transaction
from tests.appeals.talks import Colleagues, message_with, resolved, taps
from tests.appeals.test_pictures import black_on_transparent, near
from tests.console.visitor import Visitor
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.place import Citizen, Place, eventually

PASSWORD = "一座 很长 的 石桥 2026"
ADDRESS = "zhiban@example.cn"
NOON, NIGHT, TWO = (
    datetime.fromisoformat(f"2026-11-{day}+08:00") for day in ("24T12:00:00", "24T22:30:00", "25T02:00:00")
)


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with mail_sink() as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, sink: MailSink
) -> Iterator[Place]:
    """The demo's office, with a mail server."""
    mail = (
        f'[mail]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\nsender = "tongxin@example.cn"\n'
    )
    with Place.open(new_database(), tmp_path_factory.mktemp("demo"), more=mail) as opened:
        opened.travel_to(NOON)
        with transaction(opened.engine) as db:
            demo_cases.make(db, opened.services, password=PASSWORD)
        yield opened
        assert opened.failure_lines() == 0


def at_home(place: Place, name: str = "小林") -> Visitor:
    """A colleague who signs in at this hour."""
    from bot.app import create_app

    visitor = Visitor(create_app(place.config, place.services).test_client())
    visitor.sign_in(name, PASSWORD)
    return visitor


def card(visitor: Visitor, title: str) -> int:
    """The number of a card on the home page, loaded now."""
    found = re.search(rf'card-title">{title}</span><b>(\d+)', visitor.get("/console/").text)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("hour", [NOON, NIGHT], ids=["noon", "night"])
def test_a_wish_for_a_person(demo: Place, hour: datetime) -> None:
    demo.travel_to(hour)
    clerk, person = at_home(demo), demo.citizen()
    before = card(clerk, "留言")
    person.says("转人工")
    person.says("想找人问问入会的事")
    assert card(clerk, "留言") == before + 1


def test_an_unsatisfied_survey(demo: Place) -> None:
    demo.travel_to(NOON)
    desk = Colleagues.hire(demo)
    clerk, person = at_home(demo), demo.citizen()
    number = resolved(desk, person)
    before = card(clerk, "回访不满意")
    taps(person, message_with(person, f"请您评价 {number}"), "未解决")
    person.says("5")
    assert card(clerk, "回访不满意") == before + 1
    assert number in clerk.get("/console/appeals?tab=all&waits=unhappy").words


def on_duty(demo: Place, clerk: Visitor) -> Citizen:
    """The clerk binds a WeChat, gives an address and goes on duty, all on the page 值班."""
    officer = demo.citizen()
    clerk.get("/console/duty")
    shown = clerk.post("/console/duty/code").words
    code = re.search(r"绑定 ([a-z0-9]{8})", shown)
    assert code
    assert "已绑定" in officer.says(f"绑定 {code[1]}")
    clerk.post("/console/duty/mail", mail=ADDRESS)
    mine = re.search(r'action="(/console/duty/\d+)"', clerk.get("/console/duty").text)
    assert mine
    clerk.post(mine[1], on="1")
    return officer


def test_words_of_self_harm_at_two_at_night(demo: Place, sink: MailSink) -> None:
    demo.travel_to(TWO)
    clerk, person = at_home(demo), demo.citizen()
    officer = on_duty(demo, clerk)
    before = card(clerk, "留言")
    assert "正在提醒值班的工作人员" in person.says("我不想活了")
    assert card(clerk, "留言") == before + 1
    assert "有轻生念头，马上看" in clerk.get("/console/").words
    eventually(lambda: [m for m in officer.received("custom") if "轻生念头" in m["text"]])
    eventually(lambda: [mail for mail in sink.to(ADDRESS) if "轻生念头" in mail["Subject"]])


def test_a_picture_drawn_in_black_on_nothing(demo: Place) -> None:
    demo.travel_to(NOON)
    clerk, person = at_home(demo), demo.citizen()
    before = card(clerk, "待受理")
    for words in ("6", "2", "12", "仓库漏水，图上标了位置"):
        person.says(words)
    person.sends_picture(black_on_transparent("RGBA"))
    person.says("完成")
    for words in ("星光科技有限公司", "王明 13800138000", "1"):
        person.says(words)
    number = re.search(r"编号：(\S+)", person.says("1"))
    assert number
    demo.travel_to(NOON + timedelta(seconds=1))
    assert card(clerk, "待受理") == before + 1
    case = f"/console/appeals/{number[1]}"
    assert number[1] in clerk.get("/console/appeals?tab=submitted").words
    shown = eventually(lambda: re.search(rf"{case}/files/\d+", clerk.get(case).text))
    with Image.open(io.BytesIO(clerk.client.get(shown[0]).data)) as copy:
        assert near(copy, (5, 10), 0)
        assert near(copy, (35, 10), 255)
