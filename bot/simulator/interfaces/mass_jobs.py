"""A mass job after its acceptance: who gets it, who does not, what is reported (platform §2.5, §6.1)."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.core import clock
from bot.simulator.control import outbox
from bot.simulator.control.people import subscribers
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import content, drafts, quota
from bot.simulator.pushes import inbound
from bot.simulator.state import Follower, MassJob

if TYPE_CHECKING:
    from bot.simulator.world import World

PER_PERSON_A_MONTH = 4  # service account, whatever the channel
ALL_A_MONTH = 4
PART = 5000  # people who are shown a message before other calls get their turn
PATH = "/cgi-bin/message/mass"


def check_quota(world: World, *, to_all: bool) -> None:
    """Raises 45028: a subscription account sends once a day, a service account to all once a day, 4 a month.

    A job that failed gives its place back.
    """
    counted = [job for job in world.state.mass_jobs.values() if job.status != "SEND_FAIL"]
    today = [job for job in counted if _article_time(job, "%Y-%m-%d") == quota.day(world)]
    if world.state.account_kind == "subscription":
        if today:
            raise CallRefused(45028)
        return
    this_month = [job for job in counted if _article_time(job, "%Y-%m") == quota.month(world)]
    if to_all and (any(job.to_all for job in today) or sum(job.to_all for job in this_month) >= ALL_A_MONTH):
        raise CallRefused(45028)


def start(world: World, msg_id: int) -> None:
    """Have the job done in the background."""
    world.later.add(world.settings.job_seconds, lambda: _run_job(world, msg_id))


def resume(world: World) -> None:
    """Take up what a restart has interrupted."""
    for job in world.state.mass_jobs.values():
        if job.status == "SENDING":
            start(world, job.msg_id)


def _run_job(world: World, msg_id: int) -> None:
    injected = world.faults.strike("job", PATH)
    job = world.state.mass_jobs[msg_id]
    sent_to = _fail(world, job, injected.status or "send fail") if injected else _send_job(world, job)
    with world.lock:
        event = _event(world, job)
    world.changed()
    inbound.notify(world, sent_to or "mphelper", event)


def _send_job(world: World, job: MassJob) -> str:
    """Put the message before everybody who may get it; one of their openids for the event."""
    with world.lock:
        addressed = _addressed(world, job)
        eligible = [openid for openid in addressed if not _is_filtered(world, openid)]
        reached = [one for openid in eligible if (one := _reachable(world, openid))]
        shown = _publish(world, job) if job.articles and reached else job.content
        message, month = {**shown, "msg_id": job.msg_id}, quota.month(world)
    for first in range(0, len(reached), PART):
        with world.lock:  # in parts: WeChat answers other calls while a large job runs
            for person in reached[first : first + PART]:
                person.mass_by_month[month] = person.mass_by_month.get(month, 0) + 1
                outbox.show(world, person, "mass", message)
        time.sleep(0.001)  # without it the lock is taken again before anybody else wakes up
    counts = {"TotalCount": len(addressed), "FilterCount": len(eligible), "SentCount": len(reached)}
    counts["ErrorCount"] = len(eligible) - len(reached)
    with world.lock:
        _finish(job, "send success" if reached else "send fail", counts)
    return reached[0].openid if reached else ""


def _fail(world: World, job: MassJob, result: str) -> str:
    with world.lock:
        _finish(job, result, {"TotalCount": len(_addressed(world, job))})
    return ""


def _addressed(world: World, job: MassJob) -> list[str]:
    if job.openids is not None:
        return job.openids
    return [one.openid for one in subscribers(world) if job.to_all or job.tag_id in one.tags]


def _is_filtered(world: World, openid: str) -> bool:
    """Blacklisted, refusing, or already 4 this month: left out before sending."""
    person = world.state.followers.get(openid)
    if person is None:
        return False
    full = (
        world.state.account_kind == "service"
        and person.mass_by_month.get(quota.month(world), 0) >= PER_PERSON_A_MONTH
    )
    return person.blacklisted or person.refuses or full


def _reachable(world: World, openid: str) -> Follower | None:
    person = world.state.followers.get(openid)
    return person if person and person.subscribed else None


def _publish(world: World, job: MassJob) -> dict[str, Any]:
    """Give the articles addresses; the draft is used up."""
    article = drafts.publish(world, job.articles)
    job.article_id = article.article_id
    world.state.drafts.pop(str(job.content.get("media_id", "")), None)
    kept = [one for one in article.news if one]
    return content.news_articles(kept, [str(one["url"]) for one in kept])


def _finish(job: MassJob, result: str, counts: dict[str, int]) -> None:
    job.result = result
    job.status = "SEND_SUCCESS" if result == "send success" else "SEND_FAIL"
    job.counts = {"TotalCount": 0, "FilterCount": 0, "SentCount": 0, "ErrorCount": 0, **counts}


def _event(world: World, job: MassJob) -> dict[str, Any]:
    article = world.state.articles.get(job.article_id)
    urls = [
        {"ArticleIdx": index, "ArticleUrl": one["url"]}
        for index, one in enumerate(article.news if article else [], 1)
        if one
    ]
    return {
        "Event": "MASSSENDJOBFINISH",
        "MsgID": job.msg_id,
        "Status": job.result,
        **job.counts,
        "CopyrightCheckResult": {"Count": 0, "ResultList": {}, "CheckState": 1},
        "ArticleUrlResult": {"Count": len(urls), "ResultList": {"item": urls}},
    }


def _article_time(job: MassJob, form: str) -> str:
    return datetime.fromtimestamp(job.accepted, clock.SHANGHAI).strftime(form)
