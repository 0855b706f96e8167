"""Several web processes on one database: a message has one effect and one reply, wherever its copies land."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import requests
import xmltodict
from sqlalchemy import func, select

from bot.core import clock
from bot.core.config import load
from bot.core.db import connect, reading
from bot.wechat.crypt import decrypt
from models.inbound import Inbound
from tests.chat.test_hostile import message, query, sealed
from tests.support import forked
from tests.support.place import KEYS, eventually, free_port, write_config


def _up(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


@pytest.fixture
def webs(new_database: Callable[[], str], tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    address = new_database()
    config = write_config(tmp_path, address, free_port())
    ports = [free_port() for _ in range(3)]
    environment = {k: v for k, v in os.environ.items() if k != clock.CLOCK_FILE}
    started = [
        forked.start("--config", config, "web", "--port", str(port), environment=environment)
        for port in ports
    ]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    for url in urls:
        eventually(partial(_up, url), 30)
    yield load(config, environ={}).database.url, urls
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=30)


def test_copies_of_a_message_at_three_processes_have_one_effect(webs: tuple[str, list[str]]) -> None:
    address, urls = webs
    for n in range(5):
        encrypted = sealed(message(f"政策{n}", MsgId=str(9000 + n)))
        heard: list[str] = []
        body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"

        def post(url: str, encrypted: str = encrypted, body: str = body, heard: list[str] = heard) -> None:
            answer = requests.post(f"{url}/wechat", params=query(encrypted), data=body, timeout=30)
            envelope = xmltodict.parse(answer.text)["xml"]["Encrypt"]
            heard.append(decrypt(envelope, KEYS["aes_key"], KEYS["appid"]).decode())

        threads = [threading.Thread(target=post, args=(url,)) for url in urls for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(heard) == 6
        assert len(set(heard)) == 1, "every copy gets the stored first reply"
    engine = connect(address)
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Inbound)) == 5
    engine.dispose()
