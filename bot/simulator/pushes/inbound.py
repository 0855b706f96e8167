"""A follower does something: the push goes out, the answer comes before their eyes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bot.simulator.control import outbox
from bot.simulator.control.people import known
from bot.simulator.interfaces import media
from bot.simulator.pushes import following, pushes, windows
from bot.simulator.pushes.caller import Delivered, deliver
from bot.simulator.pushes.judge import SHOWN_EVENTS, Fate
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

Json = dict[str, Any]


def write(world: World, openid: str, given: Mapping[str, Any]) -> Json:
    """The follower sends an ordinary message; the answer of /sim/say. Raises ValueError for a bad openid."""
    with world.lock:
        person = known(world, openid)
        fields = pushes.message(world, person, given)
        _note_action(person, windows.action("text", from_msgmenu="bizmsgmenuid" in fields), world.now())
        outbox.show(world, person, "message", _as_seen(world, fields), sender="me")
    return _deliver_and_show(world, person, fields, shows_reply=True)


def act(world: World, openid: str, given: Mapping[str, Any]) -> Json:
    """The follower causes an event; the answer of /sim/say. Raises ValueError for a bad openid."""
    with world.lock:
        person = known(world, openid)
        fields = pushes.event(world, openid, following.completed(world, given))
        name = str(fields["Event"])
        following.apply(world, person, fields)
        _note_action(person, windows.action("event", name), world.now())
        described = following.described(world, fields)
        if described is not None:
            outbox.show(world, person, following.channel(name), described, sender="me")
    return _deliver_and_show(world, person, fields, shows_reply=name.lower() in SHOWN_EVENTS)


def notify(world: World, openid: str, given: Mapping[str, Any]) -> Delivered:
    """WeChat itself reports something, such as a finished job; nobody sees the answer."""
    with world.lock:
        fields = pushes.event(world, openid, given)
    return deliver(world, fields)


def notify_later(world: World, openid: str, given: Mapping[str, Any]) -> None:
    """The same, in the background, shortly after the call that caused it."""

    def report() -> None:
        notify(world, openid, given)

    world.later.add(world.settings.job_seconds, report)


def open_windows(world: World, written: Iterable[Follower]) -> None:
    """As if these people had just written, but nothing is pushed: for tests that need many open windows."""
    now = world.now()
    for person in written:
        _note_action(person, windows.MESSAGE, now)


def _note_action(person: Follower, kind: str | None, now: float) -> None:
    person.last_action = now
    if kind is not None:
        person.windows[kind] = windows.opened(kind, now)


def _deliver_and_show(world: World, person: Follower, fields: Json, *, shows_reply: bool) -> Json:
    # The lock is free here: the webhook may take fifteen seconds and call the API meanwhile.
    went = deliver(world, fields)
    verdict, reply = went.verdict, None
    with world.lock:
        failed = verdict.fate is Fate.FAILURE
        if verdict.fate is Fate.SHOWN and verdict.content is not None:
            reply = outbox.show(world, person, "passive", verdict.content)
        elif failed and shows_reply:
            reply = outbox.show_failure(world, person)
    world.changed()
    return {
        "openid": person.openid,
        "reply": _shown_content(reply),
        "deliveries": went.deliveries,
        "ms": went.ms,
        "failed": failed,
        "fate": verdict.fate.value,
        "reason": verdict.reason,
        "msg_id": fields.get("MsgId"),
    }


def _shown_content(message: Json | None) -> Json | None:
    if message is None:
        return None
    return {
        key: value for key, value in message.items() if key not in ("openid", "from", "channel", "failed")
    }


def _as_seen(world: World, fields: Json) -> Json:
    """The follower's own message as their phone shows it."""
    kind, msg_id = str(fields["MsgType"]), fields["MsgId"]
    if kind == "text":
        return {"type": "text", "text": str(fields.get("Content", "")), "msg_id": msg_id}
    seen: Json = {"type": kind, "msg_id": msg_id, "media_id": fields.get("MediaId", "")}
    if kind == "image":
        stored = world.state.media.get(str(fields.get("MediaId", "")))
        seen["image_url"] = media.link(stored) if stored else str(fields.get("PicUrl", ""))
    if kind == "location":
        seen |= {"text": str(fields.get("Label", "")), "label": str(fields.get("Label", ""))}
        seen |= {"latitude": fields.get("Location_X"), "longitude": fields.get("Location_Y")}
    if kind == "link":
        seen |= {"title": fields.get("Title"), "text": fields.get("Title"), "url": fields.get("Url")}
        seen |= {"description": fields.get("Description")}
    return {key: value for key, value in seen.items() if value not in ("", None)}
