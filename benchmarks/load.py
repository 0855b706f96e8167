"""A load of signed, encrypted messages over keep-alive connections; every one has a MsgId of its own."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass, field

from bot.wechat.crypt import encrypt

KEYS = {
    "appid": "wx0123456789abcdef",
    "secret": "secret-of-the-bench",
    "token": "tokenOfTheBench",
    "aes_key": "b" * 43,
}


@dataclass
class Result:
    """What a load gave; latencies in milliseconds."""

    seconds: float = 0.0
    answered: int = 0
    wrong: int = 0
    cpu: float = 0.0  # seconds of processor time that the server spent
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Right answers per second."""
        return self.answered / self.seconds if self.seconds else 0.0

    def at(self, share: float) -> float:
        """The latency that this share of the answers kept."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def request_bytes(number: int, words: str, port: int) -> bytes:
    """One HTTP request as WeChat sends it."""
    stamp, nonce = str(int(time.time())), "bench"
    xml = (
        f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[o{number % 2000:027d}]]></FromUserName>"
        f"<CreateTime>{stamp}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>"
        f"<MsgId>{time.time_ns()}{number}</MsgId></xml>"
    )
    sealed = encrypt(xml, KEYS["aes_key"], KEYS["appid"])
    plain_sign = hashlib.sha1("".join(sorted([KEYS["token"], stamp, nonce])).encode()).hexdigest()
    body_sign = hashlib.sha1("".join(sorted([KEYS["token"], stamp, nonce, sealed])).encode()).hexdigest()
    body = f"<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
    target = f"/wechat?signature={plain_sign}&timestamp={stamp}&nonce={nonce}&encrypt_type=aes&msg_signature={body_sign}"
    head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _connection(port: int, requests: list[bytes], result: Result, pause: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for raw in requests:
        started = time.perf_counter()
        writer.write(raw)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(row.split(b":")[1])
            for row in head.split(b"\r\n")
            if row.lower().startswith(b"content-length")
        )
        body = await reader.readexactly(length)
        result.latencies.append((time.perf_counter() - started) * 1000)
        if head.startswith(b"HTTP/1.1 200") and b"<Encrypt>" in body:
            result.answered += 1
        else:
            result.wrong += 1
        if pause:
            await asyncio.sleep(pause)
    writer.close()


def run(
    port: int, words: str, *, count: int, connections: int, rate: float | None = None, first: int = 0
) -> Result:
    """Send `count` messages; with `rate`, no faster than so many a second."""
    result = Result()
    shares = [
        [request_bytes(first + n, words, port) for n in range(c, count, connections)]
        for c in range(connections)
    ]
    pause = connections / rate if rate else 0.0

    async def everybody() -> None:
        await asyncio.gather(*(_connection(port, share, result, pause) for share in shares))

    started = time.perf_counter()
    asyncio.run(everybody())
    result.seconds = time.perf_counter() - started
    return result
