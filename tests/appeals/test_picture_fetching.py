"""Fetching pictures from WeChat: each try is counted before it is made, and the person hears what could not be kept."""

from __future__ import annotations

import errno
import os
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.appeals import attachments
from bot.core import clock
from bot.core.db import reading, transaction
from bot.core.storage import Storage
from bot.runtime.services import Services
from bot.wechat.errors import ApiError, Outcome
from bot.wechat.gateway import Media
from models.appeals import Attachment, MediaState
from models.outgoing import Delivery
from tests.appeals.test_pictures import BROKEN
from tests.chat.test_dialogues import picture
from tests.support.office import Office


class Answers:
    """WeChat's side of a download: bytes, or what went wrong."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers, self.asked = list(answers), 0

    def media_get(self, media_id: str) -> Media:
        self.asked += 1
        answer = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return Media(answer, "image/png")


def fetched(services: Services, wechat: Answers, *, rounds: int = 1, case: int | None = None) -> Attachment:
    """A new picture of a person after so many rounds of fetching."""
    services.gateway = wechat  # type: ignore[assignment]
    moment = clock.now()
    with transaction(services.engine) as db:
        row = Attachment(openid="o-sender", media_id=os.urandom(8).hex(), kind="image", state=MediaState.PENDING,
                         appeal_id=case, not_before=moment, created_at=moment)  # fmt: skip
        db.add(row)
    for _ in range(rounds):
        attachments.fetch_pending(services)
    return stands(services, row.id)


def stands(services: Services, row_id: int) -> Attachment:
    with reading(services.engine) as db:
        return db.get_one(Attachment, row_id)


def told(office: Office, row: Attachment) -> list[str]:
    rows = office.rows(select(Delivery).where(Delivery.key == f"picture:{row.id}"))
    return [one.payload["text"] for one in rows if one.recipient == "o-sender"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"<html>expired</html>", "没有保存下来"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * (11 * 1024 * 1024), "超过 10 MB"),
        (BROKEN, "工作人员可能看不到"),
    ],
)
def test_the_person_hears_when_a_picture_could_not_be_kept_or_shown(
    office: Office, answer: bytes, says: str
) -> None:
    number = office.file()
    row = fetched(office.services, Answers(answer), rounds=2, case=office.case(number).id)
    (words,) = told(office, row)
    assert says in words
    assert f"「补充 {number}」" in words
    assert row.state is (MediaState.STORED if answer == BROKEN else MediaState.LOST)


def test_a_good_picture_makes_no_message(office: Office) -> None:
    row = fetched(office.services, Answers(picture()))
    assert row.state is MediaState.STORED
    assert told(office, row) == []


def test_a_full_disk_waits_longer_each_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Storage, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Storage, "keep_picture", full)
    wechat = Answers(picture())
    row = fetched(office.services, wechat, rounds=5)
    assert (wechat.asked, row.attempts) == (1, 1)
    assert row.not_before >= row.created_at + timedelta(seconds=5)


def test_a_try_is_counted_before_the_download(office: Office) -> None:
    seen: list[int] = []

    class Looks(Answers):
        def media_get(self, media_id: str) -> Media:
            rows = office.rows(select(Attachment.attempts).where(Attachment.media_id == media_id))
            seen.extend(rows)
            return super().media_get(media_id)

    fetched(office.services, Looks(picture()))
    assert seen == [1]


def test_what_wechat_no_longer_has_is_told_after_three_tries(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "backoff", lambda attempts, row_id: timedelta(0))
    gone = ApiError(40007, "invalid media_id", Outcome.BROKEN, "媒体文件已过期")
    row = fetched(office.services, Answers(gone), rounds=2)
    assert told(office, row) == []
    attachments.fetch_pending(office.services)
    assert stands(office.services, row.id).state is MediaState.LOST
    assert "请重新发一次" in told(office, row)[0]
