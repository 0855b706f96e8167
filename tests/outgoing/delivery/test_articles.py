"""An article goes out as a mass message with a draft of its own, or published to those whose window is open."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from bot.core import clock
from bot.outgoing import payloads
from bot.outgoing.show import facts
from models.outgoing import Broadcast, MassBatch, MassResult, Publication, PublicationState
from tests.outgoing.delivery.office import ends, send
from tests.support.place import Place, eventually
from tests.support.variants import IN_A_PLACE

pytestmark = IN_A_PLACE

ARTICLE = """---
title: 《北京市促进中小企业发展条例》解读
author: 区工商联
digest: 三分钟看懂条例
cover: cover.png
---
## 谁能享受

- 在京依法设立的中小企业
- 个体工商户参照执行
"""


@pytest.fixture
def article(fresh_place: Place, tmp_path: Path) -> dict[str, Any]:
    """The payload of an article file with a cover."""
    picture = io.BytesIO()
    Image.new("RGB", (900, 383), "#b03a2e").save(picture, "PNG")
    (tmp_path / "cover.png").write_bytes(picture.getvalue())
    path = tmp_path / "article.md"
    path.write_text(ARTICLE, encoding="utf-8")
    return payloads.read_article(path, fresh_place.services.storage)


def test_each_mass_job_has_its_own_draft_because_a_send_uses_it_up(
    fresh_place: Place, article: dict[str, Any]
) -> None:
    people = [fresh_place.citizen() for _ in range(3)]
    fresh_place.travel_to(clock.now() + timedelta(minutes=5))
    for _ in range(2):
        number = send(fresh_place, article, "article", ways=["mass"])
        ends(fresh_place, number, sent=3)
    _is_kept(fresh_place)
    drafts = fresh_place.query(lambda db: db.scalars(select(MassBatch.media_id)).all())
    assert len(set(drafts)) == 2
    assert all(len(one.received("mass")) == 2 for one in people)
    assert "解读" in str(people[0].received("mass")[0])


def _is_kept(place: Place) -> None:
    """Who wrote and released every article, and WeChat's numbers and address of it: no list shows it again."""
    eventually(
        lambda: not place.count(MassResult, MassResult.urls.is_(None))
    )  # the event may come after the answer
    told = place.query(lambda db: [facts(place.services, db, one) for one in db.scalars(select(Broadcast))])
    for one in told:
        assert (one["author"], one["approver"]) == ("王珊", "李敏")
        assert one["released_at"]
        (article,) = one["articles"]
        assert None not in (article["msg_id"], article["msg_data_id"])


def test_a_lost_answer_and_a_used_up_draft_end_as_one_send(
    fresh_place: Place, article: dict[str, Any]
) -> None:
    people = [fresh_place.citizen() for _ in range(2)]
    fresh_place.travel_to(clock.now() + timedelta(minutes=5))
    fault = {"path": "/cgi-bin/message/mass/send", "hang_after": True, "times": 1}
    fresh_place.sim("faults", {"faults": [fault]})
    sent = send(fresh_place, article, "article", ways=["mass"])
    eventually(lambda: fresh_place.count(MassBatch, MassBatch.doubtful), 30)
    fresh_place.travel_to(clock.now() + timedelta(minutes=1))
    ends(fresh_place, sent, sent=2)
    assert [len(one.received("mass")) for one in people] == [1, 1]


def test_whose_window_is_open_gets_the_published_article(fresh_place: Place, article: dict[str, Any]) -> None:
    wrote, silent = fresh_place.citizen(), fresh_place.citizen()
    fresh_place.travel_to(clock.now() + timedelta(minutes=5))
    wrote.says("菜单")
    sent = send(fresh_place, article, "article", ways=["custom"])
    ends(fresh_place, sent, sent=1, waiting_contact=1)
    published = fresh_place.query(lambda db: db.scalars(select(Publication)).one())
    assert published.state is PublicationState.PUBLISHED
    assert published.url
    assert "解读" in str(wrote.received("custom")[-1])
    assert silent.received("custom", "mass") == []
    assert "条例" in silent.says("菜单"), "its words come with the next reply"


def test_an_article_that_is_not_published_goes_its_other_way(
    fresh_place: Place, article: dict[str, Any]
) -> None:
    people = [fresh_place.citizen() for _ in range(2)]
    fresh_place.travel_to(clock.now() + timedelta(minutes=5))
    people[0].says("菜单")
    fault = {"path": "/cgi-bin/freepublish/submit", "errcode": 53503}
    fresh_place.sim("faults", {"faults": [fault]})
    ends(fresh_place, send(fresh_place, article, "article", ways=["custom", "mass"]), sent=2)
    assert [len(one.received("mass")) for one in people] == [1, 1]
