"""One JSON line per event; no openid, phone, token or secret gets into it by any road."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core import logs, redaction
from bot.core.settings import LoggingSettings

pytestmark = pytest.mark.usefixtures("plain_environment")

OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
TOKEN = "88_" + "aB3-_" * 30


@pytest.fixture(autouse=True)
def _undo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(redaction, "_hidden", set[str]())  # what other tests' services have hidden
    monkeypatch.setattr("sys.excepthook", lambda *_: None)
    monkeypatch.setattr("threading.excepthook", lambda *_: None)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [each for each in root.handlers if each not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    logs.configure(LoggingSettings(level="info", format="json", file=None), stream=stream)
    return stream


def events(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_one_line_per_event(out: io.StringIO) -> None:
    log = logs.get_logger("bot.chat.webhook")
    with logs.request("abc123"):
        log.info("reply stored", inbound=17, kind="text", late=False)
    log.info("100% done\nnext")
    log.debug("not shown")
    first, second = events(out)
    assert first.pop("time")
    assert first == {
        "level": "info",
        "event": "reply stored",
        "logger": "bot.chat.webhook",
        "request_id": "abc123",
        "inbound": 17,
        "kind": "text",
        "late": False,
    }
    assert second["event"] == "100% done\nnext"
    assert "request_id" not in second


def test_each_request_has_its_own_id() -> None:
    with logs.request() as outer:
        with logs.request() as inner:
            assert logs.request_id() == inner != outer
        assert logs.request_id() == outer
    assert logs.request_id() == ""


@pytest.mark.parametrize(
    ("text", "gone", "stays"),
    [
        (f"user {OPENID} left", OPENID, "user o9Ag***3bGY left"),
        (f"touser={OPENID}&x=1", OPENID, "x=1"),
        (repr(f"\n{OPENID}"), OPENID, "***"),
        ("电话13800008000。", "13800008000", "138****8000"),
        ("138 0000 8000", "0000 8000", "138****8000"),
        ("+8613912345678", "13912345678", "139****5678"),
        ("ID 110107199001011234", "19900101", "110107********34"),
        (f"https://x/cgi-bin/menu/get?access_token={TOKEN}&a=1", TOKEN, "&a=1"),
        ("GET /token?appid=wx1&secret=5ecre7&x", "5ecre7", "appid=wx1"),
        ("{'secret': '5ecre7', 'n': 1}", "5ecre7", "'n': 1"),
        ('{"access_token":"short-one","expires_in":7200}', "short-one", "7200"),
        ("Authorization: Bearer abc.def", "abc.def", "Authorization"),
        ("postgresql://u:hunter2@db/x", "hunter2", "@db/x"),
        ("password=hunter2", "hunter2", "password"),
        (f"token {TOKEN} refused", TOKEN, "refused"),
    ],
)
def test_private_texts_are_taken_out(text: str, gone: str, stays: str, out: io.StringIO) -> None:
    assert stays in logs.redact(text)
    log = logs.get_logger("x")
    log.info(text, detail=text, deep={"list": [text]})
    logging.getLogger("urllib3.other").error("failed: %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    assert gone not in out.getvalue()
    assert json.dumps(gone)[1:-1] not in out.getvalue()
    assert len(events(out)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "SQ20260105002",
        "1795400001",
        "msgid 7423412341234123412",
        "0b1c2d3e4f5a6978" * 4,  # a digest
        "orders-of-magnitude",
        "13800008000123",
    ],
)
def test_harmless_texts_stay(text: str) -> None:
    assert logs.redact(text) == text


def test_fields_are_judged_by_name(out: io.StringIO) -> None:
    logs.get_logger("x").info(
        "e", openid="oShortSimulated1", text="诉求内容", aes_key="k", phone=13800008000, cookie="c"
    )
    (event,) = events(out)
    assert "oShortSimulated1" not in out.getvalue()
    assert (event["text"], event["aes_key"], event["cookie"]) == ("<4>", "***", "***")
    assert event["phone"] == "138****8000"


def test_a_field_cannot_replace_what_every_event_has(out: io.StringIO) -> None:
    logs.get_logger("x").info("e", level="fake", time=1)
    assert events(out)[0]["level"] == "info"
    assert events(out)[0]["level_"] == "fake"


def test_known_secrets_are_starred_wherever_they_are(out: io.StringIO) -> None:
    logs.hide(["plainword-secret"])
    logs.get_logger("x").info("saw plainword-secret here", where="a/plainword-secret/b")
    assert "plainword-secret" not in out.getvalue()


def test_masks() -> None:
    assert logs.mask_openid(OPENID) == "o9Ag***3bGY"
    assert logs.mask_openid("short") == "***"
    assert logs.mask_phone("13800008000") == "138****8000"
    assert logs.mask_phone("138-0000-8000") == "138****8000"
    assert logs.mask_phone("123") == "****"


def test_text_format_keeps_an_event_on_its_line() -> None:
    stream = io.StringIO()
    logs.configure(LoggingSettings(level="info", format="text", file=None), stream=stream)
    logs.get_logger("x").info("one\n2026-01-01 forged", size=3)
    assert stream.getvalue().count("\n") == 1
    assert "size=3" in stream.getvalue()


def test_a_log_file_is_not_for_everybody(tmp_path: Path) -> None:
    file = tmp_path / "log" / "tongxin.log"
    logs.configure(LoggingSettings(level="info", format="json", file=file))
    logs.get_logger("x").info("写到文件")
    assert json.loads(file.read_text(encoding="utf-8"))["event"] == "写到文件"
    assert file.stat().st_mode & 0o007 == 0


def test_configuring_again_does_not_double_the_lines(out: io.StringIO) -> None:
    logs.configure(LoggingSettings(level="info", format="json", file=None), stream=out)
    logs.get_logger("x").info("once")
    assert len(events(out)) == 1


def test_an_exception_in_a_thread_is_redacted_too(out: io.StringIO) -> None:
    def fall() -> None:
        raise ValueError(f"secret=5ecre7 {OPENID}")

    thread = threading.Thread(target=fall)
    thread.start()
    thread.join()
    (event,) = events(out)
    assert event["event"] == "uncaught exception in a thread"
    assert "ValueError" in str(event["exception"])
    assert "5ecre7" not in out.getvalue()
    assert OPENID not in out.getvalue()
