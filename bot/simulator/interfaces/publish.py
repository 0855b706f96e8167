"""Publishing without a push (platform §6.3): jobs, articles, the event at the end (§2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import drafts
from bot.simulator.interfaces.rights import Right
from bot.simulator.pushes import inbound
from bot.simulator.state import Article, PublishJob

if TYPE_CHECKING:
    from bot.simulator.world import World

PATH = "/cgi-bin/freepublish"
RUNNING, DONE = 1, 0


@endpoint("freepublish/submit", right=Right.VERIFIED)
def submit(call: Call) -> Answer:
    """Begin to publish a draft."""
    draft = call.state.drafts.get(call.text("media_id"))
    if draft is None:
        raise CallRefused(40007)
    job = PublishJob(call.world.number(), [dict(one) for one in draft.articles], draft.media_id)
    call.state.publish_jobs[job.publish_id] = job
    start(call.world, job.publish_id)
    accepted = {"errcode": 0, "errmsg": "ok", "publish_id": job.publish_id}
    return {**accepted, "msg_data_id": call.world.number()}


@endpoint("freepublish/get", right=Right.VERIFIED)
def status(call: Call) -> Answer:
    """How a publishing job stands."""
    job = call.state.publish_jobs.get(call.number("publish_id", 0))
    if job is None:
        raise CallRefused(40035)
    return _described(call.world, job)


@endpoint("freepublish/getarticle", right=Right.VERIFIED)
def get_article(call: Call) -> Answer:
    """The articles under one article_id."""
    article = _article(call)
    return {"news_item": [one or {"is_deleted": True} for one in article.news]}


@endpoint("freepublish/batchget", right=Right.VERIFIED)
def batch_get(call: Call) -> Answer:
    """A page of published articles, newest first."""
    offset, count = drafts.page_bounds(call)
    alive = [one for one in reversed(call.state.articles.values()) if any(one.news)]
    page = [
        {
            "article_id": one.article_id,
            "content": {"news_item": drafts.without_content(call, one.news)},
            "update_time": one.updated,
        }
        for one in alive[offset : offset + count]
    ]
    return {"total_count": len(alive), "item_count": len(page), "item": page}


@endpoint("freepublish/delete", right=Right.VERIFIED)
def delete(call: Call) -> Answer:
    """Delete one article of a publication (index from 1), or all; there is no way back."""
    article, index = _article(call), call.number("index", 0)
    if not 0 <= index <= len(article.news):
        raise CallRefused(40114)
    for place in range(len(article.news)) if index == 0 else [index - 1]:
        article.news[place] = None
    return {}


def start(world: World, publish_id: int) -> None:
    """Have the job done in the background."""
    world.later.add(world.settings.job_seconds, lambda: _run_job(world, publish_id))


def resume(world: World) -> None:
    """Take up what a restart has interrupted."""
    for job in world.state.publish_jobs.values():
        if job.status == RUNNING:
            start(world, job.publish_id)


def _run_job(world: World, publish_id: int) -> None:
    injected = world.faults.strike("job", PATH)
    with world.lock:
        job = world.state.publish_jobs[publish_id]
        if injected:
            job.status = int(injected.status or 3)
        else:
            job.article_id = drafts.publish(world, job.articles).article_id
            job.status = DONE
            world.state.drafts.pop(job.media_id, None)
        described = _described(world, job)
        openid = next(iter(world.state.followers), "mphelper")
    world.changed()
    inbound.notify(world, openid, {"Event": "PUBLISHJOBFINISH", "PublishEventInfo": described})


def _described(world: World, job: PublishJob) -> dict[str, Any]:
    told: dict[str, Any] = {"publish_id": job.publish_id, "publish_status": job.status}
    article = world.state.articles.get(job.article_id)
    if article is not None:
        items = [
            {"idx": index, "article_url": one["url"]} for index, one in enumerate(article.news, 1) if one
        ]
        told |= {"article_id": job.article_id, "article_detail": {"count": len(items), "item": items}}
    elif job.status != RUNNING:
        told["fail_idx"] = list(range(1, len(job.articles) + 1))
    return told


def _article(call: Call) -> Article:
    article = call.state.articles.get(call.text("article_id"))
    if article is None:
        raise CallRefused(53600)
    return article
