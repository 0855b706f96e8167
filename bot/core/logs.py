"""One line per event, with the request's id and without personal data or secrets.

`log = get_logger(__name__)`; `log.info("reply stored", inbound=17, ms=12)`. Whatever reaches a handler, our own
events, other libraries' messages and exception texts alike, passes through `redact`.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import threading
import traceback
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import IO

from bot.core.clock import SHANGHAI
from bot.core.redaction import hide, mask_openid, mask_phone, redact, redact_fields
from bot.core.settings import LoggingSettings

__all__ = [
    "EventLogger", "configure", "get_logger", "hide", "mask_openid", "mask_phone", "new_incident", "new_request_id",
    "redact", "request", "request_id",
]  # fmt: skip

NOISY = ("urllib3", "apscheduler", "werkzeug", "alembic", "PIL", "waitress")
_request: ContextVar[str] = ContextVar("request_id", default="")


def new_request_id() -> str:
    """A short id that is unique enough to follow one message through the log."""
    return uuid.uuid4().hex[:12]


def new_incident() -> str:
    """A short number that a person can read to the staff and that stands in the log."""
    return f"E{secrets.token_hex(3).upper()}"


def request_id() -> str:
    """The id of the request or job being served in this thread or task, or empty."""
    return _request.get()


@contextmanager
def request(identifier: str | None = None) -> Iterator[str]:
    """Give every event inside the block the same request id: `identifier`, or a new one."""
    token = _request.set(identifier or new_request_id())
    try:
        yield _request.get()
    finally:
        _request.reset(token)


class EventLogger:
    """Writes events with named fields; `exception` adds the traceback of the one being handled."""

    __slots__ = ("_logger",)

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, event: str, **fields: object) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        self._write(logging.ERROR, event, fields, exc_info=True)

    def _write(self, level: int, event: str, fields: Mapping[str, object], exc_info: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            # The event is an argument, not a format: a stray % in it means nothing.
            self._logger.log(level, "%s", event, exc_info=exc_info, extra={"fields": fields})


def get_logger(name: str) -> EventLogger:
    """The event logger of a module."""
    return EventLogger(logging.getLogger(name))


class JsonLines(logging.Formatter):
    """{"time", "level", "event", "logger", "request_id", …fields, "exception"} on one line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_event(record), ensure_ascii=False)


class PlainLines(logging.Formatter):
    """The same for human eyes, in Shanghai time; only an exception takes more than one line."""

    def format(self, record: logging.LogRecord) -> str:
        event = _event(record)
        moment = datetime.fromtimestamp(record.created, SHANGHAI)
        trace = event.pop("exception", "")
        rest = [
            f"{key}={_plain_or_quoted(value)}"
            for key, value in event.items()
            if key not in ("time", "level", "event")
        ]
        head = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname:<7} {_plain_or_quoted(event['event'])}"
        return " ".join([head, *rest]) + (f"\n{trace}" if trace else "")


def _event(record: logging.LogRecord) -> dict[str, object]:
    fields = getattr(record, "fields", {})
    event: dict[str, object] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "event": redact(record.getMessage()),
        "logger": record.name,
    }
    if identifier := _request.get():
        event["request_id"] = redact(identifier)
    for name, value in redact_fields(fields).items():
        event[f"{name}_" if name in event else name] = value
    if record.exc_info and record.exc_info[0]:
        event["exception"] = redact("".join(traceback.format_exception(*record.exc_info)).rstrip())
    return event


def _plain_or_quoted(value: object) -> str:
    text = str(value)
    return text if text.isprintable() else json.dumps(text, ensure_ascii=False)


def configure(
    settings: LoggingSettings | None = None, *, secrets: Iterable[str] = (), stream: IO[str] | None = None
) -> None:
    """Send every event of this process to one place, redacted; without settings warnings go to standard error.

    May be called again. `secrets` are exact texts to be starred wherever they turn up.
    """
    hide(secrets)
    chosen = settings or LoggingSettings(level="warning", format="text", file=None)
    handler = _handler_for(chosen.file, stream)
    handler.setFormatter(JsonLines() if chosen.format == "json" else PlainLines())
    root = logging.getLogger()
    for old in [each for each in root.handlers if getattr(each, "tongxin", False)]:
        root.removeHandler(old)
        old.close()
    handler.tongxin = True  # type: ignore[attr-defined]  # ours to replace; a test runner's handlers are not
    root.addHandler(handler)
    root.setLevel(chosen.level.upper())
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    if settings:  # a service; a short command shows its own errors
        sys.excepthook = _uncaught
        threading.excepthook = _uncaught_in_thread


def _handler_for(file: Path | None, stream: IO[str] | None) -> logging.Handler:
    if file is None or stream is not None:
        return logging.StreamHandler(stream) if stream else StandardError()
    file.parent.mkdir(parents=True, exist_ok=True)
    return PrivateFile(file, encoding="utf-8")


class StandardError(logging.StreamHandler[IO[str]]):
    """Whatever standard error is at the moment of writing: a test runner exchanges it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


class PrivateFile(WatchedFileHandler):
    """A log file that only owner and group may read, reopened after logrotate has moved it."""

    def _open(self) -> IO[str]:  # type: ignore[override]
        return open(
            self.baseFilename, self.mode, encoding=self.encoding, opener=lambda p, f: os.open(p, f, 0o640)
        )


def _uncaught(kind: type[BaseException], error: BaseException, trace: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("uncaught exception", exc_info=error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        logging.getLogger("bot").critical("uncaught exception in a thread", exc_info=args.exc_value)
