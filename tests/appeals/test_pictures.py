"""Pictures: kept as sent, shown without their place; a hostile file stops nobody else's."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.core.storage import NotAPicture, Storage
from models.appeals import Attachment, MediaState
from tests.chat.test_dialogues import picture
from tests.support.place import Place, eventually

PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"


def with_gps() -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # turned
    exif.get_ifd(0x8825)[1] = "N"
    Image.new("RGB", (40, 20), "blue").save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_the_original_is_kept_and_the_shown_copy_has_no_place(tmp_path: Path) -> None:
    storage, sent = Storage(tmp_path), with_gps()
    name, kind = storage.keep_picture(sent)
    assert kind == "image/jpeg"
    assert storage.original(name) == sent
    with Image.open(tmp_path / f"{name}.shown.jpg") as shown:
        assert dict(shown.getexif()) == {}
        assert shown.size == (20, 40), "turned upright"


@pytest.mark.parametrize(
    "data", [b"", b"x", b"<svg/>", PNG_HEAD, PNG_HEAD + b"\x00" * 40, picture()[:200], b"GIF89a\x00\x00"]
)
def test_what_is_no_picture_is_refused_in_one_way(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NotAPicture):
        Storage(tmp_path).keep_picture(data)
    assert list(tmp_path.glob("*/*")) == []


def test_a_bad_file_does_not_keep_the_next_picture_waiting(place: Place) -> None:
    person = place.citizen()
    for data in (PNG_HEAD + b"\x00" * 40, picture("green")):
        person.sends_picture(data, "p.png")
    eventually(lambda: place.count(Attachment, Attachment.openid == person.openid, Attachment.state == MediaState.STORED) == 1, 20)  # fmt: skip
    assert place.count(Attachment, Attachment.openid == person.openid) == 2
