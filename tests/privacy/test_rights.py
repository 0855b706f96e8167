"""See, copy, withdraw consent, delete — by chat and by the operator (PIPL Art. 15, 44–47)."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import select

from bot.appeals.acts import acceptance, declining
from bot.commands.cli import main
from bot.core import clock
from bot.core.db import transaction
from bot.privacy import holdings, jobs
from models.appeals import Appeal, AppealState, Attachment
from models.audit import AuditEntry
from models.base import Base
from models.outgoing import Delivery, DeliveryState
from tests.appeals.talks import Colleagues, file_one
from tests.chat.test_dialogues import picture
from tests.support.place import Citizen, Place, eventually


@pytest.fixture(scope="module")
def desk(place: Place) -> Colleagues:
    return Colleagues.hire(place)


def run(place: Place, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--config", str(place.folder / "config.toml"), "privacy", *words])
    return done.exit_code, done.output


def test_every_column_about_a_person_is_in_the_registry() -> None:
    """Who adds a table with an openid has to say what a copy and an erasure do with it."""
    looks_personal = re.compile(r"openid|^appellant$|^recipient$")
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if looks_personal.search(column.name)
    }
    held = {holding.model.__tablename__ for holding in holdings.HOLDINGS}
    assert {name for name in columns if name.split(".")[0] not in held} == set(holdings.NOT_A_PERSONS)
    hang_on_a_case = {"appeal_events", "appeal_messages", "survey_answers", "attachments"}
    assert hang_on_a_case <= held


def test_a_copy_has_everything_and_nothing_of_the_office(desk: Colleagues, tmp_path: Path) -> None:
    person = desk.place.citizen()
    number = file_one(person, "车间漏水，请协调物业维修")
    person.says("订阅 全部")
    desk.resolve(number, "已经修好。")
    out = tmp_path / "copy.json"
    code, said = run(desk.place, "export", person.openid, "--out", str(out))
    assert code == 0, said
    assert person.openid not in said
    assert out.stat().st_mode & 0o077 == 0
    copy: dict[str, list[dict[str, Any]]] = json.loads(out.read_text())
    assert copy["appeals"][0]["phone"] == "13800138000"
    assert copy["appeals"][0]["public_reply"] == "已经修好。"
    assert {
        "followers",
        "conversations",
        "inbound",
        "study_subscriptions",
        "appeal_events",
        "appeal_messages",
    } <= set(copy)
    text = out.read_text()
    assert "核实后处理完毕" not in text, "the unit's own words to the office"
    last = desk.place.query(
        lambda db: db.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    )
    assert last.action == "privacy.export"
    assert person.openid not in json.dumps(last.detail)


def test_a_copy_of_an_unknown_person_says_so(desk: Colleagues) -> None:
    code, said = run(desk.place, "export", "o-nobody-000000000000000000")
    assert code == 1
    assert "没有这个人" in said
    assert run(desk.place, "erase", "o-nobody-000000000000000000", "--yes")[0] == 1


def test_the_operator_erases_a_person(desk: Colleagues) -> None:
    person = desk.place.citizen()
    handled, fresh = (
        file_one(person, "车间漏水，请协调物业维修"),
        file_one(person, "货车进不了园区北门，影响发货"),
    )
    desk.resolve(handled)
    eventually(
        lambda: not _on_the_way(desk.place, person)
    )  # one that is being sent is cleared by a nightly job
    code, said = run(desk.place, "erase", person.openid, "--yes")
    assert code == 0, said
    left = desk.place.query(lambda db: holdings.copy_of(db, desk.place.services, person.openid))
    assert left == {}
    assert desk.case(fresh).state is AppealState.WITHDRAWN
    assert desk.case(fresh).anonymised_at is not None
    assert desk.case(handled).state is AppealState.RESOLVED
    assert desk.case(handled).openid is None
    assert "没有提交过诉求" in person.says("查进度")


def test_my_information_names_the_consent_and_the_copy_has_the_words(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "车间漏水，请协调物业维修")
    shown = person.says("我的信息")
    assert "138****8000" in shown
    assert "王*" in shown
    assert "同意" in shown
    whole = person.says("导出我的信息")
    for words in (number, "车间漏水", "王明 13800138000", "同意告知书版本", "聊天记录"):
        assert words in whole, words


def test_consent_to_share_the_contact_can_be_withdrawn(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "车间漏水，请协调物业维修")
    desk.resolve(number)
    assert desk.case(number).share_contact
    assert number in person.says("不再提供联系方式")
    assert not desk.case(number).share_contact
    assert any("停止使用" in text for text in desk.told_unit(number))
    assert desk.events(number)[-1].action == "contact_withdrawn"
    assert "不用再收回" in person.says("不再提供联系方式")


def test_deleting_by_chat_takes_pictures_and_words_out_of_what_can_be_withdrawn(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = _with_picture(person)
    path = eventually(lambda: _path(desk.place, number))
    person.says("删除我的信息")
    assert "已删除" in person.says("1")
    case = desk.case(number)
    assert (case.state, case.contact, case.phone, case.phone_tail) == (
        AppealState.WITHDRAWN,
        None,
        None,
        None,
    )
    assert "13900139000" not in case.body
    assert desk.place.count(Attachment, Attachment.appeal_id == case.id) == 0
    eventually(lambda: not (desk.place.services.storage.root / path).exists())
    link = desk.place.services.progress_url(number)
    assert _status(link) == 404


def test_an_open_case_of_a_deleted_person_forgets_them_when_it_ends(desk: Colleagues) -> None:
    person = desk.place.citizen()
    number = file_one(person, "车间漏水，请协调物业维修")
    desk.ask(number, "是哪一间车间？")
    person.says("删除我的信息")
    person.says("1")
    assert desk.case(number).phone == "13800138000", "the office still has to reach them"
    desk.do(acceptance.record_answer, number, "三号车间")
    desk.do(declining.decline, number, "N6", "请到物业所在街道反映。")
    nightly(desk.place)
    case = desk.case(number)
    assert (case.phone, case.contact, case.openid) == (None, None, None)
    assert case.anonymised_at is not None


def test_three_years_after_the_end_a_case_forgets_its_appellant(desk: Colleagues) -> None:
    person, open_person = desk.place.citizen(), desk.place.citizen()
    number = file_one(person, "王明反映车间漏水，电话13900139000，身份证11010519491231002X")
    still_open = file_one(open_person, "车间漏水，请协调物业维修")
    desk.resolve(number)
    person.says(f"回访 {number} 1")
    person.says("1")
    assert desk.case(number).state is AppealState.CLOSED
    desk.place.travel_to(clock.now() + timedelta(days=365 * 2))
    nightly(desk.place)
    assert desk.case(number).phone == "13800138000"
    desk.place.travel_to(clock.now() + timedelta(days=380))
    nightly(desk.place)
    case = desk.case(number)
    assert (case.phone, case.contact, case.openid, case.phone_tail) == (None, None, None, None)
    assert case.appellant != desk.place.services.appellant(person.openid)
    assert (case.company, case.survey_solved, case.category) == (
        "星光科技有限公司",
        "已解决",
        "其他",
    )
    assert case.anonymised_at is not None
    texts = [case.body, case.title, *(e.public_text or "" for e in desk.events(number))]
    assert not any(
        secret in text for text in texts for secret in ("王明", "13900139000", "11010519491231002X")
    )
    assert desk.case(still_open).phone == "13800138000"


def nightly(place: Place) -> None:
    with transaction(place.engine) as db:
        jobs.anonymise_finished_cases(place.services, db, clock.now())


def _with_picture(person: Citizen) -> str:
    for said in ("6", "2", "12", "屋顶漏水，联系人李四 13900139000"):
        person.says(said)
    person.sends_picture(picture())
    for said in ("完成", "星光科技有限公司", "王明 13800138000", "1"):
        person.says(said)
    receipt = person.says("1")
    return next(line.removeprefix("编号：") for line in receipt.splitlines() if line.startswith("编号："))


def _on_the_way(place: Place, person: Citizen) -> int:
    moving = (DeliveryState.QUEUED, DeliveryState.LEASED, DeliveryState.SENDING)
    return place.count(Delivery, Delivery.recipient == person.openid, Delivery.state.in_(moving))


def _path(place: Place, number: str) -> str | None:
    query = (
        select(Attachment.path).join(Appeal, Appeal.id == Attachment.appeal_id).where(Appeal.number == number)
    )
    found: str | None = place.query(lambda db: db.scalar(query))
    return found


def _status(url: str) -> int:
    return requests.get(url, timeout=10).status_code
