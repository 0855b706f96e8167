"""A mail server on 127.0.0.1 that takes every mail and keeps it; it can be told to refuse for a while."""

from __future__ import annotations

import email
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage


@dataclass
class MailSink:
    """What came, and how many of the next mails are refused."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusing: int = 0

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to one address."""
        return [mail for mail in self.mails if mail["To"] == address]


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    """The server on a free port, until the block ends."""
    sink = MailSink()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 sink")
            while line := self.rfile.readline():
                verb = line[:4].upper().strip()
                if verb == b"QUIT":
                    return self._say("221 bye")
                self._say(self._answer(verb))
            return None

        def _answer(self, verb: bytes) -> str:
            if verb == b"MAIL" and sink.refusing:
                sink.refusing -= 1
                return "451 come again"
            if verb == b"DATA":
                self._say("354 go on")
                return self._take()
            return "250 ok"

        def _take(self) -> str:
            lines = iter(self.rfile.readline, b".\r\n")
            taken = email.message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(taken, EmailMessage)
            sink.mails.append(taken)
            return "250 taken"

        def _say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads, allow_reuse_address = True, True

    with Server(("127.0.0.1", 0), Session) as server:
        sink.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield sink
        server.shutdown()
