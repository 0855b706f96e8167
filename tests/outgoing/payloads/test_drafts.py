"""Drafts made at the simulator over HTTP: pictures uploaded once, gone ones again, failures told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from bot.app import build_services
from bot.core.config import load
from bot.core.db import reading
from bot.outgoing.payloads import make_draft, mass_message
from bot.runtime.services import Services
from bot.wechat.errors import Outcome
from models.wechat import Asset
from tests.outgoing.payloads.kit import SHA, article, payload
from tests.support.place import KEYS, free_port, start_simulator, write_config

UPLOADS = ("media/uploadimg", "material/add_material", "draft/add")


@dataclass
class Desk:
    """Our services and WeChat's side, without the web server."""

    services: Services
    simulator: str
    folder: Path

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """Call WeChat past our own gateway."""
        keys = {"grant_type": "client_credential", "appid": KEYS["appid"], "secret": KEYS["secret"]}
        given = requests.post(f"{self.simulator}/cgi-bin/stable_token", json=keys, timeout=10).json()
        params = {"access_token": given["access_token"]}
        answer = requests.post(f"{self.simulator}/cgi-bin/{path}", json=body, params=params, timeout=10)
        result: dict[str, Any] = answer.json()
        return result

    def sim(self, verb: str, body: Any) -> None:
        requests.post(f"{self.simulator}/sim/{verb}", json=body, timeout=10).raise_for_status()

    def calls(self) -> list[int]:
        """How often pictures were uploaded, covers uploaded, drafts made."""
        counts = requests.get(f"{self.simulator}/sim/stats", timeout=10).json()["calls"]
        return [counts.get(f"/cgi-bin/{path}", 0) for path in UPLOADS]

    def assets(self) -> list[tuple[str, bool, bool]]:
        with reading(self.services.engine) as db:
            rows = db.scalars(select(Asset).order_by(Asset.id)).all()
        return [(row.use, bool(row.url), bool(row.media_id)) for row in rows]

    def article(self, body: str = "甲\n\n![一](a.jpg)\n\n![二](b.png)\n\n![再](a.jpg)") -> dict[str, Any]:
        return article(self.folder, body)


@pytest.fixture
def desk(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Desk]:
    port = free_port()
    config = load(write_config(tmp_path, new_database(), port), environ={})
    start_simulator(config, port, None)
    services = build_services(config)
    # the article's folder and the service share their storage, as `tongxin broadcast new` does
    yield Desk(services, f"http://127.0.0.1:{port}", tmp_path)
    services.engine.dispose()


def test_a_draft_is_complete_and_its_pictures_are_wechats_own(desk: Desk) -> None:
    made = make_draft(desk.services, desk.article())
    assert made.outcome is Outcome.SENT, made.detail
    (news,) = desk.ask("draft/get", media_id=made.data["media_id"])["news_item"]
    assert news["title"] == "惠企政策"
    assert "asset:" not in news["content"]
    assert news["content"].count('<img src="http') == 3  # a picture from elsewhere would have been dropped
    assert news["thumb_url"]
    assert desk.assets() == [("inline", True, False), ("inline", True, False), ("cover", False, True)]
    message = mass_message("article", desk.article(), made.data["media_id"])
    desk.sim("followers", {"count": 1})
    openid = requests.get(f"{desk.simulator}/sim/followers", timeout=10).json()["followers"][0]["openid"]
    assert desk.services.gateway.mass_preview(openid, message or {}).ok


def test_pictures_are_uploaded_once(desk: Desk) -> None:
    first, second = (make_draft(desk.services, desk.article()) for _ in range(2))
    assert first.ok
    assert second.ok
    assert first.data["media_id"] != second.data["media_id"]
    assert desk.calls() == [2, 1, 2]


def test_a_cover_that_is_gone_at_wechat_is_uploaded_again(desk: Desk) -> None:
    assert make_draft(desk.services, desk.article()).ok
    with reading(desk.services.engine) as db:
        media_id = db.scalar(select(Asset.media_id).where(Asset.use == "cover"))
    assert desk.ask("material/del_material", media_id=media_id)["errcode"] == 0
    again = make_draft(desk.services, desk.article())
    assert again.ok, again.detail
    assert desk.calls() == [2, 2, 3]
    assert desk.assets().count(("cover", False, True)) == 1


def test_a_cover_that_stays_gone_is_tried_once_more_and_no_further(desk: Desk) -> None:
    desk.sim("faults", {"kind": "errcode", "path": "/cgi-bin/draft/add", "errcode": 40007})
    made = make_draft(desk.services, desk.article())
    assert (made.outcome, made.errcode) == (Outcome.BROKEN, 40007)
    assert desk.calls()[2] == 2


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "errcode", "path": "/cgi-bin/media/uploadimg", "errcode": 45009}, Outcome.QUOTA),
        ({"kind": "errcode", "path": "/cgi-bin/material/add_material", "errcode": 45001}, Outcome.BROKEN),
        ({"kind": "errcode", "path": "/cgi-bin/draft/add", "errcode": 45166}, Outcome.BROKEN),
        ({"kind": "errcode", "path": "/cgi-bin/draft/add", "errcode": 48001}, Outcome.ADMIN),
        ({"kind": "hang_after", "path": "/cgi-bin/material/add_material"}, Outcome.LATER),
        ({"kind": "hang_after", "path": "/cgi-bin/draft/add"}, Outcome.LATER),
        ({"kind": "html502", "path": "/cgi-bin/draft/add"}, Outcome.LATER),
    ],
)
def test_failures_come_back_as_answers_and_the_next_try_goes_on(
    desk: Desk, fault: dict[str, Any], outcome: Outcome
) -> None:
    desk.sim("faults", {**fault, "times": 1})
    made = make_draft(desk.services, desk.article("甲\n\n![一](a.jpg)"))
    assert made.outcome is outcome
    assert made.detail.endswith(("。", "）"))
    assert make_draft(desk.services, desk.article("甲\n\n![一](a.jpg)")).ok
    assert desk.assets() == [("inline", True, False), ("cover", False, True)]


def test_what_cannot_be_sent_makes_no_call(desk: Desk) -> None:
    lost = make_draft(desk.services, payload())  # its cover was never kept
    long = make_draft(desk.services, payload(title="题" * 33))
    assert (lost.outcome, long.outcome) == (Outcome.BROKEN, Outcome.BROKEN)
    assert "重新起草" in lost.detail
    assert long.detail.startswith("标题：")
    assert desk.calls() == [0, 0, 0]
    assert make_draft(desk.services, payload(html=f'<img src="asset:{SHA}">')).outcome is Outcome.BROKEN
