"""Messages to appellants: by the account, else told by phone and ticked; never lost (domain §2.3 rule 4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.appeals import messages
from bot.appeals.actor import Refused, find
from bot.appeals.acts import answering
from bot.core import clock
from bot.core.db import reading, transaction
from bot.staff.rights import Denied
from models.appeal_work import AppealMessage
from models.appeals import AppealState
from models.outgoing import Delivery, DeliveryState
from tests.appeals.test_guards import _merge
from tests.support.office import MONDAY, Office, accept, approve, dispatch, hand_in, sign

pytestmark = pytest.mark.usefixtures("monday")

S, D = AppealState, DeliveryState


def _delivery(office: Office, message: AppealMessage) -> Delivery:
    with reading(office.services.engine) as db:
        return db.get_one(Delivery, message.delivery_id)


def _set(office: Office, message: AppealMessage, state: DeliveryState) -> None:
    with transaction(office.services.engine) as db:
        db.get_one(Delivery, message.delivery_id).state = state


def _untold(office: Office, number: str, moment: datetime = MONDAY) -> list[AppealMessage]:
    with reading(office.services.engine) as db:
        return [message for message, case in messages.untold(db, moment) if case.number == number]


def test_a_follower_is_told_by_the_account_with_number_and_link(office: Office) -> None:
    number = office.led_to(S.ACCEPTED)
    message = office.messages(number)[-1]
    delivery = _delivery(office, message)
    assert delivery.recipient == office.case(number).openid
    assert delivery.key == f"appeal:{message.appeal_id}:{message.event_id}"
    assert number in delivery.payload["text"]
    assert office.services.progress_url(number) in delivery.payload["text"]
    assert delivery.not_before == MONDAY  # quiet hours do not hold an answer


def test_the_answer_comes_with_the_survey_in_one_message(office: Office) -> None:
    number = office.led_to(S.RESOLVED)
    message = office.messages(number)[-1]
    assert "答复：已协调银行续贷三个月" in message.text
    payload = _delivery(office, message).payload
    assert payload["survey"] == number
    assert [item["content"] for item in payload["items"]] == ["已解决", "部分解决", "未解决"]


def test_a_long_answer_fits_the_platform_and_names_the_way_to_the_whole(office: Office) -> None:
    number = office.led_to(S.ACCEPTED)
    office.do("clerk", answering.reply, number, "办理进展说明<b>" + "很长的话" * 800)
    message = office.messages(number)[-1]
    text = _delivery(office, message).payload["text"]
    assert len(text.encode()) <= 2048
    assert "查看全文" in text
    assert "<b>" not in text
    assert message.text.count("很长的话") == 800


def test_who_has_no_account_is_told_by_phone_and_it_is_ticked(office: Office) -> None:
    number = office.file_by_phone()
    accept(office, number)
    waiting = _untold(office, number)
    assert [message.delivery_id for message in waiting] == [None, None]
    with office.desk("unit") as desk, pytest.raises(Denied):
        messages.tick_told(desk, desk.db.get_one(AppealMessage, waiting[0].id), "已告知")
    with office.desk("clerk") as desk:
        row = desk.db.get_one(AppealMessage, waiting[0].id)
        with pytest.raises(Refused, match="请填写告知情况"):
            messages.tick_told(desk, row, "")
        messages.tick_told(desk, row, "10:05 电话告知本人")
        with pytest.raises(Refused, match="已经登记"):
            messages.tick_told(desk, row, "又打了一次")
    assert [message.id for message in _untold(office, number)] == [waiting[1].id]
    assert office.audited(number)[-1].action == "appeal.told"


def test_without_any_contact_there_is_nobody_to_tell(office: Office) -> None:
    number = office.file_by_phone(channel="来信来访", anonymous=True, contact=None, phone=None)
    assert _untold(office, number) == []
    assert office.messages(number)[-1].told_remark == messages.NOBODY


@pytest.mark.parametrize(
    ("state", "hours", "told_by_phone"),
    [
        (D.QUEUED, 48, False),
        (D.SENT, 48, False),
        (D.REFUSED, 0, True),
        (D.UNKNOWN, 0, True),
        (D.WAITING_CONTACT, 24, False),  # until the close of the next working day
        (D.WAITING_CONTACT, 32, True),
    ],
)
def test_what_did_not_arrive_becomes_a_task(
    office: Office, state: DeliveryState, hours: int, told_by_phone: bool
) -> None:
    number = office.led_to(S.ACCEPTED)
    _set(office, office.messages(number)[-1], state)
    assert bool(_untold(office, number, MONDAY + timedelta(hours=hours))) == told_by_phone


def test_a_weekend_is_no_working_day_to_wait(office: Office) -> None:
    friday = datetime.fromisoformat("2026-11-27T16:00:00+08:00")
    with clock.frozen(friday):
        number = office.led_to(S.ACCEPTED)
    _set(office, office.messages(number)[-1], D.WAITING_CONTACT)
    assert not _untold(office, number, datetime.fromisoformat("2026-11-30T17:29:00+08:00"))
    assert _untold(office, number, datetime.fromisoformat("2026-11-30T17:30:00+08:00"))


def test_a_ticked_message_no_longer_waits_for_the_next_word(office: Office) -> None:
    number = office.led_to(S.ACCEPTED)
    message = office.messages(number)[-1]
    _set(office, message, D.WAITING_CONTACT)
    with office.desk("dispatcher") as desk:
        messages.tick_told(desk, desk.db.get_one(AppealMessage, message.id), "电话告知")
    assert _delivery(office, message).state is D.CANCELLED
    assert _untold(office, number, MONDAY + timedelta(days=5)) == []


def test_the_appellants_of_merged_cases_hear_of_the_master(office: Office) -> None:
    master, number = office.file(), office.file()
    _merge(office, number, master)
    for step in (accept, dispatch, sign, hand_in, approve):
        step(office, master)
    told = office.messages(number)
    assert len(told) == 4  # merged, accepted, dispatched, answered
    assert f"您的诉求 {number} 已并入这一件" in told[-1].text
    assert _delivery(office, told[-1]).payload["survey"] == number  # its own survey
    with office.desk(None) as desk:
        assert messages.merged_into(desk.db, find(desk, master))[0].number == number
