"""The signed progress page: what it shows, what it hides, and that only our own addresses open it."""

from __future__ import annotations

import pytest
import requests

from bot.appeals.actor import find
from bot.appeals.acts import acceptance, handling, merging
from bot.core import clock
from bot.runtime.services import ServiceActor
from models.appeals import Appeal, AppealEvent
from tests.appeals.talks import Colleagues, file_one, resolved
from tests.chat.test_dialogues import picture
from tests.support.place import Place
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the statements: tests/appeals/test_survey.py


@pytest.fixture(scope="module")
def colleagues(place: Place) -> Colleagues:
    return Colleagues.hire(place)


def read(colleagues: Colleagues, number: str) -> str:
    answer = requests.get(colleagues.place.services.progress_url(number), timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def test_a_new_case_shows_its_promise_and_what_to_do(colleagues: Colleagues) -> None:
    number = file_one(colleagues.place.citizen())
    page = read(colleagues, number)
    due = clock.local(colleagues.case(number).acceptance_due_at)
    for words in (
        number,
        "等待受理",
        f"{due.month}月{due.day}日17:30前告知是否受理",
        "回复「补充」",
        "回复「撤回」",
    ):
        assert words in page, words
    assert 'class="now" aria-current="step"><span>受理' in page


def test_an_answered_case_shows_answer_rating_and_the_way_back(colleagues: Colleagues) -> None:
    person = colleagues.place.citizen()
    number = resolved(colleagues, person)
    page = read(colleagues, number)
    for words in ("已答复，请您评价", "供电已经恢复", f"回访 {number}", f"重新办理 {number}", "承办单位"):
        assert words in page, words
    person.says(f"回访 {number} 2")
    person.says("2")
    page = read(colleagues, number)
    assert "部分解决、满意" in page
    assert "已办结" in page
    assert "核实后处理完毕" not in page, "the unit's words to the office"


def test_nothing_that_names_or_shows_the_person_is_on_the_page(colleagues: Colleagues) -> None:
    person = colleagues.place.citizen()
    for said in ("6", "2", "12", "身份证11010519491231002X<script>alert(1)</script>"):
        person.says(said)
    person.sends_picture(picture())
    for said in ("完成", "星光科技有限公司", "王明 13800138000", "1"):
        person.says(said)
    receipt = person.says("1")
    number = next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))
    page = read(colleagues, number)
    for hidden in ("11010519491231002X", "13800138000", "王明", "<img", "<script"):
        assert hidden not in page, hidden
    assert "110105********002X" in page


def test_a_merged_case_shows_how_the_other_stands_and_none_of_its_words(colleagues: Colleagues) -> None:
    first, second = colleagues.place.citizen(), colleagues.place.citizen()
    master, merged = file_one(first, "园区停电三天，机器全停了"), file_one(second, "园区已经停电三天")
    first.says(f"补充 {master} 只有我知道的细节")
    first.says("完成")
    number = colleagues.case(master).number

    def into(actor: ServiceActor, case: Appeal, master_: str) -> None:
        merging.merge(actor, case, find(actor, master_))

    colleagues.do(into, merged, number)
    colleagues.do(acceptance.accept, master, type="求助", category="其他", urgency="一般", difficulty="一般")
    page = read(colleagues, merged)
    assert "一起办理" in page
    assert "已受理" in page
    assert "只有我知道的细节" not in page


@pytest.mark.parametrize("change", ["number", "signature", "last", "cut", "longer", "empty"])
def test_a_forged_or_altered_address_opens_nothing(colleagues: Colleagues, change: str) -> None:
    number = file_one(colleagues.place.citizen())
    address = colleagues.place.services.progress_url(number)
    head, _, signed = address.rpartition("/")
    body, _, signature = signed.partition(".")
    altered = {
        "number": f"{body[:-2]}{'xy' if body[-2:] != 'xy' else 'ab'}.{signature}",
        "signature": f"{body}.{signature[:5]}{'A' if signature[5] != 'A' else 'B'}{signature[6:]}",
        "last": f"{body}.{signature[:-1]}{_same_bits(signature[-1])}",
        "cut": signed[:-4],
        "longer": f"{signed}=",
        "empty": ".",
    }[change]
    assert requests.get(f"{head}/{altered}", timeout=10).status_code == 404


def _same_bits(letter: str) -> str:
    """Another last letter that base64 reads as the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) ^ 1]


def test_colleagues_notes_are_not_on_the_page(colleagues: Colleagues) -> None:
    number = file_one(colleagues.place.citizen())
    colleagues.do(handling.note, number, "此人多次来电，注意口径")
    assert "注意口径" not in read(colleagues, number)
    case = colleagues.case(number)
    assert colleagues.place.count(AppealEvent, AppealEvent.appeal_id == case.id) == 2
