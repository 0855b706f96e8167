"""The control API under /sim: WeChat itself — clock, faults, account, consents, statistics."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from bot.simulator.control import clockwork, faults
from bot.simulator.control.answers import given, required
from bot.simulator.interfaces import notices
from bot.simulator.pushes import caller, envelope
from bot.simulator.state import Template
from bot.simulator.world import World

Json = dict[str, Any]


def blueprint(world: World) -> Blueprint:
    """The routes of WeChat's switches."""
    sim = Blueprint("platform", __name__, url_prefix="/sim")
    _clock(sim, world)
    _account(sim, world)
    _faults(sim, world)
    _templates(sim, world)
    _reports(sim, world)
    return sim


def _clock(sim: Blueprint, world: World) -> None:
    @sim.get("/clock")
    def clock_shown() -> Json:
        """WeChat's present time."""
        return clockwork.shown()

    @sim.post("/clock")
    def clock_moved() -> Json:
        """Move time for everybody who shares the clock."""
        return clockwork.move(world, given())


def _account(sim: Blueprint, world: World) -> None:
    @sim.get("/account")
    def account() -> Json:
        """The account's kind and keys that are no secret."""
        with world.lock:
            return _described(world)

    @sim.post("/account")
    def account_changed() -> Json:
        """Change account_kind, verified or pause_after_failures at run time."""
        body = given()
        kind = body.get("account_kind") or body.get("kind") or world.state.account_kind
        if kind not in ("subscription", "service"):
            raise ValueError("account_kind 只能是 subscription（订阅号）或 service（服务号）")
        with world.lock:
            world.state.account_kind = kind
            world.state.verified = bool(body.get("verified", world.state.verified))
            world.pause_after_failures = bool(body.get("pause_after_failures", world.pause_after_failures))
            world.changed()
            described = _described(world)
        world.stream.tell("account", described)
        return described

    @sim.post("/verify")
    def verify() -> Json:
        """What WeChat does when the webhook's address is saved: the GET with echostr."""
        echo = str(world.number())
        query = envelope.signed_query(world.crypto, int(world.now()), "") | {"echostr": echo}
        if given().get("wrong"):
            query["signature"] = "0" * 40
        address = envelope.Sealed(query, b"").address(world.settings.webhook)
        answer = caller.exchange(address, b"", world.settings.delivery_timeout, "GET")
        body = answer.body.decode(errors="replace")
        return {"ok": body == echo, "status": answer.status, "body": body, "problem": answer.problem}


def _faults(sim: Blueprint, world: World) -> None:
    @sim.get("/faults")
    def faults_on() -> Json:
        """The faults that are on."""
        return {"faults": world.faults.listed()}

    @sim.post("/faults")
    def faults_changed() -> Json:
        """Switch faults on; {"clear":true} switches all off, {"clear":"latency"} one kind."""
        body = request.get_json(force=True, silent=True)
        cleared = body.get("clear") if isinstance(body, dict) else None
        if cleared:
            world.faults.clear("" if cleared is True else str(cleared))
        if not cleared or (isinstance(body, dict) and len(body) > 1):
            world.faults.add(faults.read(body))
        return faults_on()


def _templates(sim: Blueprint, world: World) -> None:
    @sim.post("/consent")
    def consent() -> Json:
        """A person accepts or rejects a subscription template, or confirms a one-time subscription."""
        body = given()
        openid, template_id = required(body, "openid"), required(body, "template_id")
        return notices.consent(world, openid, template_id, body)

    @sim.get("/templates")
    def templates_in_use() -> Json:
        """The templates in use, both kinds."""
        with world.lock:
            return {"templates": [vars(one) for one in world.state.templates.values()]}

    @sim.post("/templates")
    def add() -> Json:
        """Put a template with a chosen id into use; `content` with {{key.DATA}} places."""
        body = given()
        template_id, content = required(body, "template_id"), required(body, "content")
        made = Template(
            template_id, str(body.get("title", "服务通知")), content, body.get("subscribe") is True
        )
        with world.lock:
            world.state.templates[template_id] = made
        world.changed()
        return vars(made)


def _reports(sim: Blueprint, world: World) -> None:
    @sim.get("/stats")
    def stats() -> Json:
        """Followers, calls, errors, messages; the two figures that must stay small."""
        with world.lock:
            counters = world.state.counters
            return {
                "followers": len(world.roll),
                "subscribed": world.subscribed,
                "calls": dict(counters.calls),
                "callers": dict(counters.callers),
                "errors": dict(counters.errors),
                "messages": dict(counters.messages),
                "most_messages_of_one_broadcast_to_one_person": counters.most_pushed,
                "failure_lines": counters.failure_lines,
                "token_fetches": counters.token_fetches,
            }

    @sim.get("/mass")
    def mass() -> Json:
        """The mass jobs with their counts, oldest first."""
        with world.lock:
            return {
                "jobs": [
                    {"msg_id": one.msg_id, "status": one.status, "result": one.result, **one.counts}
                    for one in world.state.mass_jobs.values()
                ]
            }


def _described(world: World) -> Json:
    settings = world.settings
    return {
        "account_kind": world.state.account_kind,
        "kind": world.state.account_kind,
        "verified": world.state.verified,
        "pause_after_failures": world.pause_after_failures,
        "appid": settings.appid,
        "original_id": settings.original_id,
        "mode": settings.mode,
        "webhook": settings.webhook,
    }
