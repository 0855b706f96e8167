"""The control API under /sim: what followers do, and what they have seen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from bot.simulator.control import outbox, people
from bot.simulator.control.answers import failed, given, required
from bot.simulator.interfaces import media, qrcode
from bot.simulator.interfaces.menu import seen_by
from bot.simulator.pushes import following, inbound, picture, raw
from bot.simulator.state import Follower
from bot.simulator.world import World

Json = dict[str, Any]
PART = 10_000


def blueprint(world: World) -> Blueprint:
    """The routes of followers and their conversations."""
    sim = Blueprint("sim", __name__, url_prefix="/sim")
    _people(sim, world)
    _acts(sim, world)
    _sights(sim, world)
    return sim


def _people(sim: Blueprint, world: World) -> None:
    @sim.post("/followers")
    def create() -> Json:
        """N new people; with notify they follow before the webhook's eyes, with wrote they have just written."""
        body = given()
        count, notify = int(body.get("count", 1)), body.get("notify") is True
        follows = body.get("subscribed", True) is True and not notify
        made: list[Follower] = []
        while len(made) < count:
            with world.lock:  # in parts, so that a million new people do not keep everybody waiting
                part = min(count - len(made), PART)
                made += people.create_followers(world, part, str(body.get("name", "")), subscribed=follows)
                if body.get("wrote") is True:
                    inbound.open_windows(world, made[-part:])
        world.changed()
        answers = [inbound.act(world, one.openid, {"Event": "subscribe"}) for one in made if notify]
        listed = {"openids": [one.openid for one in made]}
        return {**listed, "failed": sum(one["failed"] for one in answers)} if notify else listed

    @sim.get("/followers")
    def listed() -> Json:
        """Everybody, with the last message and how many are unread."""
        with world.lock:
            return {"followers": [_listed(one) for one in world.state.followers.values()]}

    @sim.post("/follower")
    def change() -> Json:
        """Change one person: name, refuses, blocks_templates, blacklisted; subscribed without any event, as when
        the account's server was away."""
        body = given()
        with world.lock:
            person = people.known(world, required(body, "openid"))
            person.name = str(body.get("name") or person.name)
            for flag in ("refuses", "blocks_templates", "blacklisted"):
                if flag in body:
                    setattr(person, flag, bool(body[flag]))
            if "subscribed" in body:
                people.set_subscribed(world, person, bool(body["subscribed"]))
            world.changed()
            return _listed(person)


def _acts(sim: Blueprint, world: World) -> None:
    @sim.post("/say")
    def say() -> Json:
        """A follower writes a text."""
        body = given()
        fields: Json = {"MsgType": "text", "Content": str(body.get("text", ""))}
        if body.get("msg_id"):
            fields["MsgId"] = body["msg_id"]
        if menu_id := body.get("bizmsgmenuid"):
            fields["bizmsgmenuid"] = menu_id
        return inbound.write(world, required(body, "openid"), fields)

    @sim.post("/message")
    def message() -> Json:
        """An ordinary message with any fields of WeChat's XML."""
        body = given()
        return inbound.write(world, required(body, "openid"), body)

    @sim.post("/event")
    def event() -> Json:
        """An event with any fields of WeChat's XML."""
        body = given()
        required(body, "Event")
        return inbound.act(world, required(body, "openid"), body)

    @sim.post("/scan")
    def scan() -> Json:
        """A person scans a parametric QR code, named by its ticket or scene."""
        body = given()
        ticket = world.state.tickets.get(str(body.get("ticket", "")))
        scene = ticket.scene if ticket else required(body, "scene")
        with world.lock:
            person = people.known(world, required(body, "openid"))
        key = scene if person.subscribed else following.QR_PREFIX + scene
        fields = {"Event": "SCAN" if person.subscribed else "subscribe", "EventKey": key}
        return inbound.act(world, person.openid, fields)

    @sim.post("/picture")
    def send_picture() -> Json | tuple[Json, int]:
        """A follower sends a picture (multipart: openid, file)."""
        upload = request.files.get("file") or request.files.get("media")
        if upload is None:
            return failed("请在 file 字段里附上一张图片")
        return picture.send(world, required(dict(request.form), "openid"), upload)

    @sim.post("/raw")
    def send_raw() -> Json:
        """Any body, signed or not: for hostile tests."""
        return raw.send(world, given())


def _sights(sim: Blueprint, world: World) -> None:
    @sim.get("/outbox")
    def seen() -> Json:
        """Everything that a follower has seen, oldest first; reading it marks it as read."""
        openid = required(request.args.to_dict(), "openid")
        with world.lock:
            person = world.state.followers.get(openid)
            if person is None:
                return {"messages": []}
            person.unread = 0
            return {"messages": list(person.outbox)}

    @sim.get("/received")
    def received() -> Json:
        """How many messages with these words in them the account has put before each follower, by any channel."""
        words = required(request.args.to_dict(), "contains")
        with world.lock:
            counts = {one.openid: outbox.times_seen(one, words) for one in world.roll if one.outbox}
        return {"received": {openid: times for openid, times in counts.items() if times}}

    @sim.get("/menu")
    def menu() -> Json:
        """The menu that this follower sees; null and no buttons when there is none."""
        with world.lock:
            seen = seen_by(world, world.state.followers.get(request.args.get("openid", "")))
            return {"menu": seen, "button": seen["button"] if seen else []}

    @sim.get("/stream")
    def stream() -> Response:
        """Server-Sent Events: message, menu, clock, typing."""
        listener = world.stream.join(request.args.get("openid", ""))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        lines = listener.lines(world.stream)
        return Response(lines, mimetype="text/event-stream", headers=headers, direct_passthrough=True)

    @sim.get("/media/<media_id>")
    def medium(media_id: str) -> Response | tuple[Json, int]:
        """A stored file, for the chat page."""
        return medium_response(world, media_id)

    @sim.get("/qrcode")
    def code() -> Response:
        """The picture of a ticket, also of an expired one."""
        return Response(qrcode.picture(request.args.get("ticket", "")), mimetype="image/jpeg")


def medium_response(world: World, media_id: str) -> Response | tuple[Json, int]:
    """A stored file as a page shows it."""
    with world.lock:
        found = world.state.media.get(media_id)
    if found is None:
        return failed("没有这个文件，可能已过期（临时素材保存三天）", 404)
    response = media.as_response(found)
    del response.headers["Content-disposition"]
    return response


def _listed(person: Follower) -> Json:
    last = person.outbox[-1] if person.outbox else None
    return {
        "openid": person.openid,
        "name": person.name,
        "subscribed": person.subscribed,
        "unread": person.unread,
        "last": last,
    }
