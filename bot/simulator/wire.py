"""One HTTP request of an API client, read and answered with as little work as it takes.

A delivery loop makes a thousand calls a second; a web framework's request object alone costs more than all the
work that the simulator does for one message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from io import BufferedIOBase, BytesIO
from typing import IO, cast
from urllib.parse import parse_qsl, unquote

from flask import Response
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header
from werkzeug.serving import DechunkedInput

LINE = 64 * 1024  # bytes of the longest line of a head
HEADERS = 100
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class MalformedRequest(Exception):
    """These bytes are no HTTP request that can be answered."""


@dataclass
class Requested:
    """One request: `path` begins with a slash and has no query."""

    method: str
    path: str
    args: Mapping[str, str]
    body: bytes
    content_type: str
    host: str
    keep: bool  # whether the caller wants to go on using the connection
    caller: str = ""  # the address that the connection comes from

    @property
    def form(self) -> MultiDict[str, str]:
        """The plain fields of a form."""
        return self._parts[0]

    @property
    def files(self) -> MultiDict[str, FileStorage]:
        """The uploaded files of a multipart form."""
        return self._parts[1]

    @cached_property
    def _parts(self) -> tuple[MultiDict[str, str], MultiDict[str, FileStorage]]:
        mimetype, options = parse_options_header(self.content_type)
        _, form, files = FormDataParser().parse(BytesIO(self.body), mimetype, len(self.body), options)
        return form, files


def read(first: bytes, stream: BufferedIOBase, out: BufferedIOBase, largest: int) -> Requested:
    """The request that begins with this line. Raises MalformedRequest; a body over `largest` bytes is malformed."""
    method, target, version = _first_line(first)
    headers = _read_headers(stream)
    if headers.get(b"expect", b"").lower() == b"100-continue":
        out.write(CONTINUE)
        out.flush()
    path, _, query = target.partition("?")
    connection = headers.get(b"connection", b"").lower()
    return Requested(
        method,
        unquote(path) if "%" in path else path,
        dict(reversed(parse_qsl(query, keep_blank_values=True))),  # of a repeated one the first counts
        _read_body(headers, stream, largest),
        headers.get(b"content-type", b"").decode("latin-1"),
        headers.get(b"host", b"").decode("latin-1"),
        connection != b"close" and (version == "HTTP/1.1" or connection == b"keep-alive"),
    )


def json_answer(body: bytes) -> bytes:
    """The bytes of a 200 with a JSON body."""
    head = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json; encoding=utf-8\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def answer(response: Response) -> bytes:
    """The bytes of any other answer."""
    body = response.get_data()
    response.headers["Content-Length"] = str(len(body))
    rows = [f"HTTP/1.1 {response.status}", *(f"{name}: {value}" for name, value in response.headers)]
    return "\r\n".join([*rows, "\r\n"]).encode("latin-1") + body


def refusal(status: HTTPStatus) -> bytes:
    """The bytes of an HTTP error, after which the connection ends."""
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


def _first_line(line: bytes) -> tuple[str, str, str]:
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise MalformedRequest("the first line of a request")
    return words[0], words[1], words[2]


def _read_headers(stream: BufferedIOBase) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    while (line := stream.readline(LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.partition(b":")
        if not colon or len(headers) >= HEADERS:
            raise MalformedRequest("a line of the head")
        headers[name.lower()] = value.strip()
    return headers


def _read_body(headers: Mapping[bytes, bytes], stream: BufferedIOBase, largest: int) -> bytes:
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        body = DechunkedInput(cast(IO[bytes], stream)).read()
    else:
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > largest:
            raise MalformedRequest("the length of the body")
        body = stream.read(int(length))
        if len(body) < int(length):
            raise MalformedRequest("half a body")
    return body
