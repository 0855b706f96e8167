"""Pictures, voice, places, links and videos outside a form: asked what they are for, attached by one letter or digit."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.appeals import Attachment, MediaState
from models.conversations import Conversation
from tests.chat.test_dialogues import case, file_appeal, picture
from tests.support.place import Citizen, Place, eventually
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the statements: test_every_kind.py, tests/appeals/test_picture_fetching.py


def form(place: Place, person: Citizen) -> Conversation:
    query = select(Conversation).where(Conversation.openid == person.openid)
    found: Conversation = place.query(lambda db: db.scalars(query).one())
    return found


def test_a_picture_is_fetched_at_once_and_goes_into_a_new_appeal(place: Place) -> None:
    person = place.citizen()
    assert "什么用" in person.sends_picture(picture())
    assert "2张图片" in person.sends_picture(picture("blue"))
    kept = select(Attachment.id).where(
        Attachment.openid == person.openid, Attachment.state == MediaState.STORED
    )
    eventually(lambda: len(place.query(lambda db: list(db.scalars(kept)))) == 2)
    person.says("6")
    assert len(form(place, person).data["pictures"]) == 2


def test_a_letter_attaches_a_picture_to_an_open_case(place: Place) -> None:
    person = place.citizen()
    number = file_appeal(person)
    heard = person.sends_picture(picture("green"))
    assert f"A 附到 {number}" in heard
    assert "已附上" in person.says("A")
    assert "已补充" in person.says("完成")
    filed = case(place, number)
    assert place.count(Attachment, Attachment.appeal_id == filed.id) == 1


def test_more_pictures_than_fit_are_said(place: Place) -> None:
    person = place.citizen()
    for n in range(9):
        person.sends(MsgType="image", PicUrl="http://x/0", MediaId=f"MANY_{person.openid}_{n}")
    assert "先发的1张不会附上" in person.sends(
        MsgType="image", PicUrl="http://x/0", MediaId=f"LAST_{person.openid}"
    )
    person.says("6")
    assert len(form(place, person).data["pictures"]) == 9


@pytest.mark.parametrize(
    ("message", "hears", "filed"),
    [
        (
            {
                "MsgType": "location",
                "Location_X": "39.906",
                "Location_Y": "116.223",
                "Scale": "15",
                "Label": "古城大街<1>号",
            },
            "古城大街＜1＞号",
            "位置：古城大街<1>号（北纬39.90600，东经116.22300）",
        ),
        (
            {"MsgType": "link", "Title": "通知", "Description": "摘要", "Url": "https://example.gov.cn/a"},
            "链接收到了",
            "链接：通知 https://example.gov.cn/a",
        ),
    ],
)
def test_places_and_links_go_into_the_appeal(
    place: Place, message: dict[str, str], hears: str, filed: str
) -> None:
    person = place.citizen()
    assert hears in person.sends(**message)
    person.says("6")
    assert form(place, person).data["facts"] == filed


@pytest.mark.parametrize(
    ("message", "hears"),
    [
        ({"MsgType": "voice", "MediaId": "V", "Format": "amr"}, "打字"),
        ({"MsgType": "video", "MediaId": "V", "ThumbMediaId": "T"}, "截成图片"),
        ({"MsgType": "shortvideo", "MediaId": "V", "ThumbMediaId": "T"}, "截成图片"),
    ],
)
def test_what_cannot_be_read_is_asked_for_in_another_way(
    place: Place, message: dict[str, str], hears: str
) -> None:
    heard = place.citizen().sends(**message)
    assert hears in heard
    assert "回复 6" in heard
