"""Tags as these tests speak of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import insert_once, reading, transaction
from bot.followers import tag_members, tags
from bot.followers.segments import parse
from bot.followers.sync_pages import remember
from models.profiles import Profile
from models.tags import Tag
from tests.followers.office import ROUNDS, Office


def live_in(office: Office, openids: list[str], street: str | None) -> None:
    """These people follow and have a company in a street (None: no profile any more)."""
    with transaction(office.engine) as db:
        remember(db, 0, openids)
        for openid in openids:
            insert_once(db, Profile, openid=openid, updated_at=clock.now())
            profile = db.scalars(select(Profile).where(Profile.openid == openid)).one()
            profile.street = street


def define(office: Office, name: str, segment: Any) -> None:
    with transaction(office.engine) as db:
        tags.define(Actor(db, None), name, parse(segment))


def settle(office: Office) -> None:
    for _ in range(ROUNDS):
        if not tags.work(office.services):
            return
    raise AssertionError("there is no end of it")


def again(office: Office) -> None:
    """Ask for everything once more, and let it be done."""
    with transaction(office.engine) as db:
        tags.ask(db)
    settle(office)


def at_wechat(office: Office, name: str) -> set[str]:
    """Who has a tag at WeChat."""
    gateway = office.services.gateway
    ids = [one["id"] for one in gateway.tags_get().data["tags"] if one["name"] == name]
    return set(gateway.tag_members(ids[0]).data.get("data", {}).get("openid", [])) if ids else set()


def wechat_id(office: Office, name: str) -> int:
    return next(
        int(one["id"]) for one in office.services.gateway.tags_get().data["tags"] if one["name"] == name
    )


def tag(office: Office, name: str) -> Tag:
    with reading(office.engine) as db:
        return db.scalars(select(Tag).where(Tag.name == name)).one()


def members(office: Office, name: str) -> tuple[int, int]:
    with reading(office.engine) as db:
        return tag_members.members(db, db.scalars(select(Tag).where(Tag.name == name)).one())
