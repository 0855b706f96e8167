"""Who sees what: units their own, a confidential report named persons only, contacts as agreed (domain §6)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.appeals.actor import NotFound, Stale, find, visible_to
from bot.appeals.acts import handling, supporting
from bot.appeals.contacts import contact_for
from bot.core import audit
from bot.staff import inbox
from models.appeals import Appeal, AppealState
from models.staff import StaffNotice
from tests.support.office import Office

pytestmark = pytest.mark.usefixtures("monday")

S = AppealState


def _sees(office: Office, who: str, number: str) -> bool:
    with office.desk(who) as desk:
        listed = desk.db.scalar(select(Appeal.id).where(Appeal.number == number, visible_to(desk.by)))
        try:
            find(desk, number)
        except NotFound:
            assert listed is None
            return False
        assert listed is not None
        return True


def _who_sees(office: Office, number: str) -> set[str]:
    return {who for who in office.people if _sees(office, who, number)}


OFFICE = {"clerk", "dispatcher", "leader"}


def test_units_see_their_own_and_what_they_support(office: Office) -> None:
    assert _who_sees(office, office.file()) == OFFICE
    number = office.led_to(S.IN_PROGRESS)
    assert _who_sees(office, number) == OFFICE | {"unit"}
    office.do("unit", supporting.add_support, number, "helper", "请核对")
    assert _who_sees(office, number) == OFFICE | {"unit", "helper"}


def test_a_confidential_report_is_for_named_persons(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS, type="举报")
    office.do("leader", supporting.add_support, number, "helper", "请核对")
    assert _who_sees(office, number) == {"leader", "unit"}
    roles = {notice.role for notice in office.notices(number) if notice.role}
    assert roles == {"leader"}


def test_a_case_is_found_however_its_number_is_typed(office: Office) -> None:
    number = office.file()
    with office.desk("clerk") as desk:
        for typed in (number.lower(), f" {number[:6]} {number[6:]} ", number.replace("SQ", "ｓｑ")):
            assert find(desk, typed).number == number
        for unknown in ("SQ20200101001", "", "1 or 1=1"):
            with pytest.raises(NotFound) as nothing:
                find(desk, unknown)
            assert nothing.value.appeal_id is None


def test_an_attempt_on_another_unit_s_case_is_kept(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    with pytest.raises(NotFound) as hidden, office.desk("other") as desk:
        find(desk, number)
    with pytest.raises(NotFound) as unknown, office.desk("other") as desk:
        find(desk, "SQ20200101001")
    assert str(hidden.value) == str(unknown.value)  # the same answer
    with office.desk("other") as desk:
        audit.record_refusal(desk.db, desk.by, unknown.value)
        audit.record_refusal(desk.db, desk.by, hidden.value)
    row = office.audited(number)[-1]
    assert (row.action, row.staff_id) == ("appeal.refused", office.people["other"].id)


def test_a_form_that_was_opened_before_a_change_is_stale(office: Office) -> None:
    number = office.led_to(S.IN_PROGRESS)
    version = office.case(number).version
    office.do("clerk", handling.note, number, "备注")
    with office.desk("clerk") as desk, pytest.raises(Stale, match="请刷新"):
        find(desk, number, version=version, lock=True)
    with office.desk("clerk") as desk:
        assert find(desk, number, version=version + 1, lock=True).number == number


def test_contacts_are_shown_as_the_appellant_agreed(office: Office) -> None:
    agreed = office.case(office.led_to(S.IN_PROGRESS))
    kept = office.case(office.led_to(S.IN_PROGRESS, share_contact=False))
    nameless = office.case(office.led_to(S.IN_PROGRESS, anonymous=True, share_contact=True))
    over = office.case(office.led_to(S.CLOSED))
    seen = {
        (who, name): contact_for(case, office.people[who])
        for who in ("clerk", "unit", "other")
        for name, case in (("agreed", agreed), ("kept", kept), ("nameless", nameless), ("over", over))
    }
    whole, masked = seen["unit", "agreed"], seen["clerk", "agreed"]
    assert whole is not None
    assert (whole.name, whole.phone, whole.masked) == ("王小明", "13812348000", False)
    assert masked is not None
    assert (masked.name, masked.phone, masked.masked) == ("王**", "138****8000", True)
    assert seen["unit", "kept"] is None
    assert seen["unit", "nameless"] is None
    assert seen["other", "agreed"] is None
    after = seen["unit", "over"]
    assert after is not None
    assert after.masked


def test_an_inbox_holds_what_is_for_me_my_unit_or_my_role(office: Office) -> None:
    number = office.led_to(S.DISPATCHED)
    with office.desk("clerk") as desk:
        clerk, dispatcher, unit = (
            desk.db.get_one(type(p), p.id)
            for p in (office.people[key] for key in ("clerk", "dispatcher", "unit"))
        )
        inbox.tell_staff(desk.db, clerk.id, "note", "请看一下", find(desk, number))
        desk.db.flush()
        mine = inbox.mine(desk.db, clerk)[0]
        assert mine.text == "请看一下"
        assert mine.id not in {notice.id for notice in inbox.mine(desk.db, dispatcher)}
        theirs = inbox.mine(desk.db, unit)[0]
        assert number in theirs.text
        assert not inbox.mark_read(desk.db, clerk, theirs)
        before = inbox.unread(desk.db, unit)
        assert inbox.mark_read(desk.db, unit, theirs)
        desk.db.flush()
        assert inbox.unread(desk.db, unit) == before - 1
    assert office.rows(select(StaffNotice).where(StaffNotice.read_by_id == office.people["unit"].id))
