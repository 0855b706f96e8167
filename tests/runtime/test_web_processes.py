"""`tongxin web --processes`: one port, one effect a message, a dead process is replaced, a dead parent leaves nobody."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import requests
import xmltodict
from sqlalchemy import func, select

from bot.core import clock
from bot.core.config import Config, load
from bot.core.db import connect, reading
from bot.core.uploads import FILE_MB, MOST_BODY
from bot.wechat.crypt import decrypt
from models.inbound import Inbound
from tests.chat.test_hostile import message, query, sealed
from tests.support.place import KEYS, eventually, free_port, write_config

pytestmark = pytest.mark.parametrize(
    "dialect", ["postgres"], indirect=True
)  # SQLite has one writer: one process


@dataclass
class Webs:
    """The parent and its processes."""

    config: Config
    parent: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The address that all of them serve."""
        return self.config.server.public_url

    def pids(self) -> set[int]:
        """The processes that serve; multiprocessing's own helper is none."""
        children = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"spawn_main" in _command(int(pid))}

    def says(self, number: int) -> str:
        """What one of them answers to this message, over a connection of its own; like WeChat we try thrice."""
        encrypted = sealed(message("政策", MsgId=str(number)))
        body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        ask = partial(requests.post, f"{self.url}/wechat", params=query(encrypted), data=body, timeout=30)
        for _ in range(2):
            with suppress(requests.ConnectionError):  # it was queued at the one that was killed
                return self._words(ask())
        return self._words(ask())

    def _words(self, answer: requests.Response) -> str:
        envelope = xmltodict.parse(answer.text)["xml"]["Encrypt"]
        return decrypt(envelope, KEYS["aes_key"], KEYS["appid"]).decode()

    def messages(self) -> int:
        """How many messages have had an effect."""
        engine = connect(self.config.database.url)
        with reading(engine) as db:
            count = db.scalar(select(func.count()).select_from(Inbound)) or 0
        engine.dispose()
        return count


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _serves(pid: int, port: int) -> bool:
    """Whether this process itself listens on the port: each opens it for itself."""
    wanted = f":{port:04X} 00000000:0000 0A"
    rows = Path("/proc/net/tcp").read_text().splitlines()
    sockets = {f"socket:[{row.split()[9]}]" for row in rows if wanted in row}
    links = Path(f"/proc/{pid}/fd")
    try:
        return any(os.readlink(link) in sockets for link in links.iterdir())
    except OSError:
        return False


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def webs(new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webs]:
    path = write_config(tmp_path_factory.mktemp("webs"), new_database(), free_port())
    config = load(path, environ={})
    environment = {k: v for k, v in os.environ.items() if k != clock.CLOCK_FILE}
    command = [sys.executable, "-m", "bot", "--config", str(path), "web", "--processes", "2"]
    started = Webs(config, subprocess.Popen(command, env=environment))
    try:
        eventually(lambda: _all_serve(started), 60)
        yield started
    finally:
        if started.parent.poll() is None:
            started.parent.terminate()
        started.parent.wait(timeout=40)


def _all_serve(webs: Webs) -> bool:
    assert webs.parent.poll() is None, "the parent has ended"
    pids = webs.pids()
    return len(pids) == 2 and all(_serves(pid, webs.config.server.port) for pid in pids)


def test_copies_of_a_message_have_one_effect_and_one_reply(webs: Webs) -> None:
    before, heard = webs.messages(), list[str]()
    asking = [threading.Thread(target=lambda: heard.append(webs.says(9000))) for _ in range(10)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(heard) == 10
    assert len(set(heard)) == 1, "every copy gets the stored first reply"
    assert webs.messages() == before + 1


def test_a_page_answers_what_is_too_large(webs: Webs) -> None:
    answer = requests.post(f"{webs.url}/console/sign-in", data=b"x" * (2 * MOST_BODY), timeout=60)
    assert answer.status_code == 413
    assert f"文件不能超过 {FILE_MB} MB" in answer.text


def test_an_answer_names_no_server(webs: Webs) -> None:
    for path in ("/healthz", "/console/sign-in", "/nowhere"):
        assert not requests.get(f"{webs.url}{path}", timeout=30).headers.get("Server"), path


def test_a_killed_process_is_replaced_and_the_others_go_on(webs: Webs) -> None:
    eventually(lambda: _all_serve(webs), 60)
    before, count = webs.pids(), webs.messages()
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not _serves(victim, webs.config.server.port))
    assert all("政策" in webs.says(9100 + n) for n in range(4))
    eventually(lambda: _all_serve(webs), 60)
    assert len(webs.pids() - before) == 1
    assert webs.messages() == count + 4


def test_a_killed_parent_leaves_no_orphan(webs: Webs) -> None:
    eventually(lambda: _all_serve(webs), 60)
    pids = webs.pids()
    webs.parent.kill()
    webs.parent.wait()
    eventually(lambda: not any(map(_command, pids)), 20)
    eventually(partial(lambda port: not _taken(port), webs.config.server.port))
