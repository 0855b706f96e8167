"""Mass sending: accepting, asking, deleting (platform §6.1). What happens afterwards is in mass_jobs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.control import outbox
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import content, mass_jobs, media, quota
from bot.simulator.interfaces.custom import follower
from bot.simulator.interfaces.rights import Right
from bot.simulator.state import Follower, MassJob

Json = dict[str, Any]
CLIENT_ID_BYTES = 32
CLIENT_ID_KEPT = 24 * 3600  # seconds
SPEEDS = (80, 60, 45, 30, 10)  # ten thousand a minute
LIST_SIZES = range(2, 10_001)


@endpoint("message/mass/sendall", right=Right.VERIFIED)
def send_to_all(call: Call) -> Answer:
    """To all followers or to one tag."""
    target = call.body.get("filter")
    if not isinstance(target, dict):
        raise CallRefused(40035)
    to_all, tag_id = target.get("is_to_all") is True, target.get("tag_id")
    if not to_all and tag_id not in call.state.tags:
        raise CallRefused(40152)
    return _accept_job(call, to_all=to_all, tag_id=None if to_all else tag_id, openids=None)


@endpoint("message/mass/send", right=Right.VERIFIED_SERVICE)
def send_to_list(call: Call) -> Answer:
    """To 2 … 10000 openids; service accounts only."""
    openids = call.body.get("touser")
    if not isinstance(openids, list) or not all(isinstance(one, str) for one in openids):
        raise CallRefused(40031)
    if len(openids) not in LIST_SIZES:
        raise CallRefused(40130 if len(openids) < LIST_SIZES.start else 40032)
    if not any(one in call.state.followers for one in openids):
        raise CallRefused(40031)
    return _accept_job(call, to_all=False, tag_id=None, openids=list(dict.fromkeys(openids)))


@endpoint("message/mass/preview", right=Right.VERIFIED)
def preview(call: Call) -> Answer:
    """To one person, by openid or WeChat name; costs no mass quota and keeps the draft."""
    person = _preview_recipient(call)
    shown, articles = _content(call, preview=True)
    if articles:
        shown = content.news_articles(articles, [""] * len(articles))
    shown = {**shown, "preview": True, "msg_id": call.world.number()}
    outbox.show(call.world, person, "mass", shown)
    return {"errcode": 0, "errmsg": "preview success", "msg_id": shown["msg_id"]}


@endpoint("message/mass/get", right=Right.VERIFIED)
def status(call: Call) -> Answer:
    """What became of a mass send, without counts."""
    job = _job(call)
    return {"msg_id": job.msg_id, "msg_status": job.status}


@endpoint("message/mass/delete", right=Right.VERIFIED)
def delete(call: Call) -> Answer:
    """Take back a sent article; the card stays in the chats."""
    job = _job(call)
    index = call.number("article_idx", 0)
    article = call.state.articles.get(job.article_id)
    if job.status != "SEND_SUCCESS" or article is None:
        raise CallRefused(40065)
    if not 0 <= index <= len(article.news):
        raise CallRefused(40060)
    for place in range(len(article.news)) if index == 0 else [index - 1]:
        article.news[place] = None
    if not any(article.news):
        job.status = "DELETE"
    return {}


@endpoint("message/mass/speed/get", right=Right.VERIFIED, has_json=False)
def speed(call: Call) -> Answer:
    """The sending speed, 0 … 4."""
    return {"speed": call.state.mass_speed, "realspeed": SPEEDS[call.state.mass_speed]}


@endpoint("message/mass/speed/set", right=Right.VERIFIED)
def set_speed(call: Call) -> Answer:
    """Choose the sending speed."""
    chosen = call.number("speed", -1)
    if chosen not in range(len(SPEEDS)):
        raise CallRefused(45083)
    call.state.mass_speed = chosen
    return {}


def _accept_job(call: Call, *, to_all: bool, tag_id: int | None, openids: list[str] | None) -> Answer:
    shown, articles = _content(call, preview=False)
    client_id = _client_id(call, {"all": to_all, "tag": tag_id, "to": openids, "shown": shown})
    _check_not_sent_before(call, client_id)
    _check_speed(call)
    mass_jobs.check_quota(call.world, to_all=to_all)
    number = call.world.number()
    job = MassJob(
        number, call.world.number(), client_id, call.world.now(), to_all, openids, tag_id, shown, articles
    )
    call.state.mass_jobs[job.msg_id] = job
    mass_jobs.start(call.world, job.msg_id)
    answer = {"errcode": 0, "errmsg": "send job submission success", "msg_id": job.msg_id}
    return {**answer, "msg_data_id": job.msg_data_id} if articles else answer


def _content(call: Call, *, preview: bool) -> tuple[Json, list[Json]]:
    """What is shown, and the articles when it is a draft. Raises 40007, 40008, 45002, 45113 …"""
    kind = call.text("msgtype")
    if kind in ("wxcard", "goods"):
        raise CallRefused(45113)
    part = call.body.get("images" if kind == "image" and not preview else kind)
    if kind not in ("mpnews", "text", "voice", "image", "mpvideo") and not (preview and kind == "music"):
        raise CallRefused(40008)
    if not isinstance(part, dict):
        raise CallRefused(44004 if kind == "text" else 40007)
    if kind == "mpnews":
        return _draft(call, str(part.get("media_id", "")))
    if kind == "image" and not preview:
        return _pictures(call, part), []
    if kind == "mpvideo":
        return _video(call, part), []
    return content.CUSTOM[kind](call.world, part), []


def _draft(call: Call, media_id: str) -> tuple[Json, list[Json]]:
    draft = call.state.drafts.get(media_id)
    if draft is None:
        raise CallRefused(40007)
    return {"type": "news", "media_id": media_id}, [dict(one) for one in draft.articles]


def _video(call: Call, part: Json) -> Json:
    found = media.usable(call.world, str(part.get("media_id", "")), "video")
    words = {"title": str(part.get("title", "")), "text": str(part.get("description", ""))}
    return {"type": "video", "media_id": found.media_id, **words}


def _pictures(call: Call, part: Json) -> Json:
    ids = part.get("media_ids")
    if not isinstance(ids, list) or not ids:
        raise CallRefused(40007)
    found = [media.usable(call.world, str(one), "image") for one in ids]
    shown = {"type": "image", "media_id": found[0].media_id, "image_url": media.link(found[0])}
    return {**shown, "text": str(part.get("recommend", "")), "count": len(found)}


def _client_id(call: Call, scope: Json) -> str:
    given = call.text("clientmsgid")
    if len(given.encode()) > CLIENT_ID_BYTES:
        raise CallRefused(45067)
    return given or hashlib.md5(json.dumps(scope, sort_keys=True).encode()).hexdigest()  # noqa: S324  a name


def _check_not_sent_before(call: Call, client_id: str) -> None:
    since = call.world.now() - CLIENT_ID_KEPT
    for job in call.state.mass_jobs.values():
        if job.clientmsgid == client_id and job.accepted > since:
            more: Json = {"msg_data_id": job.msg_data_id} if job.articles else {}
            raise CallRefused(45065, msg_id=job.msg_id, **more)


def _check_speed(call: Call) -> None:
    now = call.world.now()
    recent = [one for one in call.world.mass_times if now - 60 < one <= now]
    if len(recent) >= quota.MASS_A_MINUTE:
        raise CallRefused(42010)
    call.world.mass_times = [*recent, now]


def _preview_recipient(call: Call) -> Follower:
    name = call.text("towxname")
    if not name:
        return follower(call.world, call.text("touser"))
    quota.take(call.world, quota.day(call.world), quota.PREVIEWS_BY_NAME, 100)
    for person in call.state.followers.values():
        if person.name == name and person.subscribed:
            return person
    raise CallRefused(40132)


def _job(call: Call) -> MassJob:
    job = call.state.mass_jobs.get(call.number("msg_id", 0))
    if job is None:
        raise CallRefused(40059)
    return job
