"""WeChat's side of the wire for these tests: signed and sealed pushes, and a small real HTTP server."""

from __future__ import annotations

import base64
import json
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.wechat.account import Account
from bot.wechat.crypt import signature

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
OPENID = "oDemoAAAAAAAAAAAAAAAAAAAA001"
SECRET = "5ecretOfTheAccount0123456789abcd"
ACCOUNT = Account(
    appid="wx0123456789abcdef",
    secret=SECRET,
    token="T0kenOfTheWebhook",
    aes_key="AesKey0123456789AesKey0123456789AesKey01234",
    previous_aes_key="",
    mode="secure",
    account_kind="service",
    verified=True,
    api_base="http://127.0.0.1:9",
    connect_timeout=1.0,
    read_timeout=2.0,
    replay_window_seconds=300,
)
PLAIN = replace(ACCOUNT, mode="plain")
COMPATIBLE = replace(ACCOUNT, mode="compatible")


def xml(inner: str) -> bytes:
    """A whole message with `inner` behind the common fields."""
    head = f"<ToUserName><![CDATA[gh_0123456789ab]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
    return f"<xml>{head}<CreateTime>1795400001</CreateTime>{inner}</xml>".encode()


def text(content: str) -> bytes:
    """A text message."""
    return xml(
        f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content><MsgId>251</MsgId>"
    )


def signed(
    account: Account = ACCOUNT, *, at: datetime = NOW, nonce: str = "987654321", **more: str
) -> dict[str, str]:
    """The query of a push."""
    timestamp = str(int(at.timestamp()))
    query = {"timestamp": timestamp, "nonce": nonce, "openid": OPENID, **more}
    return {"signature": signature(account.token, timestamp, nonce), **query}


def encrypted(plain: bytes, key: str) -> str:
    """AES-256-CBC of platform §1.3 over any bytes, written again here to check the product's against it."""
    aes = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(aes), modes.CBC(aes[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def padded(plain: bytes) -> bytes:
    """PKCS#7 with blocks of 32."""
    count = 32 - len(plain) % 32
    return plain + bytes([count]) * count


def packed(message: bytes, appid: str = ACCOUNT.appid, length: int | None = None) -> bytes:
    """Random bytes, length, message, appid."""
    size = len(message) if length is None else length
    return b"0123456789abcdef" + struct.pack(">I", size) + message + appid.encode()


def envelope(sealed: str, account: Account = ACCOUNT) -> tuple[dict[str, str], bytes]:
    """The query and body that carry an Encrypt."""
    query = signed(account, encrypt_type="aes")
    query["msg_signature"] = signature(account.token, query["timestamp"], query["nonce"], sealed)
    return (
        query,
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode(),
    )


def secure(
    message: bytes, account: Account = ACCOUNT, key: str | None = None
) -> tuple[dict[str, str], bytes]:
    """A push in secure mode."""
    return envelope(encrypted(padded(packed(message, account.appid)), key or account.aes_key), account)


@dataclass
class Request:
    """What our server was sent."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


@dataclass
class Reply:
    """What our server says. `hang_up` closes the line instead; `wait` seconds come first."""

    body: bytes | dict[str, Any] = b""
    status: int = 200
    content_type: str = "application/json; encoding=utf-8"
    wait: float = 0
    hang_up: bool = False


@dataclass
class Api:
    """A server on a free port of this machine; `answers` decide by path, the token endpoint counts up."""

    answers: dict[str, Callable[[Request], Reply]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    tokens: int = 0
    token_wait: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: threading.Event = field(default_factory=threading.Event)

    def calls(self, path: str) -> list[Request]:
        """The requests for one path."""
        return [request for request in self.requests if request.path == path]

    @property
    def fetches(self) -> list[Request]:
        """The requests for a token."""
        return self.calls("/cgi-bin/stable_token")

    def answer(self, request: Request) -> Reply:
        """Count, then answer."""
        with self.lock:
            self.requests.append(request)
            if request.path in self.answers:
                return self.answers[request.path](request)
            if request.path == "/cgi-bin/stable_token":
                self.tokens += 1
                return Reply(
                    {"access_token": f"TOKEN{self.tokens}", "expires_in": 7200}, wait=self.token_wait
                )
        return Reply({"errcode": 0, "errmsg": "ok"})


@contextmanager
def serving() -> Iterator[Api]:
    """A running server."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            reply = api.answer(Request(self.command, parts.path, query, body))
            api.closed.wait(reply.wait)
            if reply.hang_up:
                self.close_connection = True
                return
            content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815 — the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A client that did not wait for the answer is one of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        api.closed.set()
        server.shutdown()
        server.server_close()
        thread.join()
