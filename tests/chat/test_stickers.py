"""A face is no fact, no company and no message; old chat is filed only when its writer sees it and lets it stand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.chat.unfiled import is_no_matter
from bot.core import clock
from bot.understanding.stickers import is_wordless, without_stickers
from models.appeals import Appeal
from models.messages import StaffMessage
from tests.support.place import Citizen, Place

FACES = [
    "[微笑]",
    "[Smile]",
    "[可怜巴巴]",
    "［强］",
    "/::)",
    "/:rose/:rose",
    "👍",
    "🙏🏻❤️",
    "[流泪][流泪]",
    "👨‍👩‍👧",
    "。。。",
    "[微笑]🙂！",
]


@pytest.fixture(scope="module")
def dialect() -> str:
    """Nothing here depends on the database."""
    return "sqlite"


def newest(place: Place) -> Appeal:
    found: Appeal = place.query(
        lambda db: db.scalars(select(Appeal).order_by(Appeal.id.desc()).limit(1)).one()
    )
    return found


@pytest.mark.parametrize("face", FACES)
def test_a_face_in_any_wording_says_no_word(face: str) -> None:
    assert is_wordless(face)
    assert is_no_matter(face)


@pytest.mark.parametrize(
    "words",
    ["6️⃣", "[微笑]贷款", "停车[强]", "A", "【关于A座】", "【关于停车场收费】", "[停车场收费] 太高", "好"],
)
def test_words_beside_a_face_are_words(words: str) -> None:
    assert not is_wordless(words)


def test_a_name_loses_its_faces_and_nothing_else() -> None:
    assert without_stickers("星光[微笑]科技🙂（北京）50㎡[二部]") == "星光科技（北京）50㎡[二部]"


@pytest.mark.parametrize(
    "words", ["确认撤回", "好的，谢谢！", "确定", "我要提诉求", "SQ20260105002", "嗯嗯", "不是的", "1"]
)
def test_what_moves_a_conversation_on_is_no_matter(words: str) -> None:
    assert is_no_matter(words)


@pytest.mark.parametrize("words", ["停车场收费太高", "取消了补贴", "不让我们撤摊位", "编号查不到工资"])
def test_a_matter_stays_one(words: str) -> None:
    assert not is_no_matter(words)


@pytest.mark.parametrize("face", FACES)
def test_faces_become_nothing_in_any_step_of_an_appeal(place: Place, face: str) -> None:
    person = place.citizen()
    for said in ("6", "2", "1", "园区停车难，希望协调"):
        person.says(said)
    assert "表情收到了" in person.says(face)
    person.says("完成")
    assert "表情收到了" in person.says(face)
    for said in ("星光公司[微笑]", "王明🙂 13800138000", "1", "1"):
        person.says(said)
    case = newest(place)
    assert (case.body, case.company, case.contact) == ("园区停车难，希望协调", "星光公司", "王明")


@pytest.mark.parametrize("face", ["[微笑]", "[可怜巴巴]", "👍"])
def test_faces_are_no_message_to_the_staff(place: Place, face: str) -> None:
    person = place.citizen()
    before = place.count(StaffMessage)
    for _ in range(3):
        assert "收到您的表情" in person.says(face)
    person.says("转人工")
    assert "表情收到了" in person.says(face)
    assert place.count(StaffMessage) == before


def file_with(person: Citizen, *first: str) -> str:
    """File an appeal after these words; what the account showed first."""
    shown = person.says("6")
    for said in (*first, "2", "12", "完成", "星光公司", "匿名", "1", "1"):
        person.says(said)
    return shown


def test_commands_said_before_are_not_filed(place: Place) -> None:
    person = place.citizen()
    person.says("确认撤回")
    person.says("阿巴阿巴咕噜噜")
    shown = file_with(person)
    assert "您刚才写的会带上：阿巴阿巴咕噜噜" in shown
    assert newest(place).body == "阿巴阿巴咕噜噜"


def test_old_words_are_shown_and_dropped_with_one_word(place: Place) -> None:
    person = place.citizen()
    person.says("阿巴阿巴咕噜噜的天气")
    place.travel_to(clock.now() + timedelta(hours=3))
    shown = person.says("6")
    assert "您之前写的会带上：阿巴阿巴咕噜噜的天气" in shown
    assert "不会带上" in person.says("重写")
    for said in ("2", "12", "园区水管漏水", "完成", "星光公司", "匿名", "1", "1"):
        person.says(said)
    assert newest(place).body == "园区水管漏水"
