"""An address that stands in a sentence opens although its full stop, its bracket or a slash is taken for a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from bot.core.db import connect
from bot.public.link_end import LinkEnd
from tests.console.visitor import Console
from tests.support.office import Office
from tests.support.parts import services_for

ENDS = (
    "",
    "。",
    "，",
    "）",
    ")",
    ".",
    "/",
    "。）",
    "、请看",
    "%20",
    "”",
    "！",
    "/?from=singlemessage",
    "。您好",
)
POLICY = "min-ying-jing-ji-cu-jin-fa"


@pytest.fixture(scope="module")
def console(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("links")
    (folder / "links.db").write_bytes(filled_sqlite.read_bytes())
    engine = connect(f"sqlite:///{folder}/links.db")
    yield Console.open(Office(services_for(engine, folder)))
    engine.dispose()


def opens(client: FlaskClient, address: str) -> int:
    return client.get(address).status_code


@pytest.mark.parametrize("end", ENDS)
def test_public_pages_open_with_whatever_stands_behind_their_address(console: Console, end: str) -> None:
    client = console.app.test_client()
    signed = console.office.services.progress_url(console.office.file()).rpartition("/a/")[2]
    assert opens(client, f"/p/{POLICY}{end}") == 200
    assert opens(client, f"/s/min-ying{end}") == 200
    assert opens(client, f"/a/{signed}{end}") == 200


@pytest.mark.parametrize("end", ["。", "，", "）", ".", "/"])
def test_a_welcome_link_opens_and_still_sets_the_password(console: Console, end: str) -> None:
    office = console.office
    admin, person = console.at("admin"), office.people["helper"]
    admin.get(f"/console/staff/{person.id}")
    page = admin.post(f"/console/staff/{person.id}/link")
    link = page.text.split('class="link" readonly value="')[1].split('"')[0]
    path = "/console" + link.rpartition("/console")[2] + end
    visitor = console.visitor()
    assert "已经失效" not in visitor.get(path).words
    words = "青山 绿水 常在 的路口"
    visitor.post(path, password=words, again=words)
    assert visitor.send(path, password=words, again=words).status == 410, "once"


@pytest.mark.parametrize(
    ("written", "meant"), [("abc-1_.x。", "abc-1_.x"), ("abc_-", "abc_-"), ("abc=", "abc="), ("。", "")]
)
def test_nothing_of_the_address_itself_is_taken_away(written: str, meant: str) -> None:
    assert LinkEnd.to_python(LinkEnd(None), written) == meant  # type: ignore[arg-type]
