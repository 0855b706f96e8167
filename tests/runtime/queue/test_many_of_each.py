"""Two web processes, two schedulers and two workers, as on two machines: a push goes out exactly once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import requests
from sqlalchemy import func, select

from bot.core import clock
from bot.core.db import reading
from bot.study import series as study
from models.jobs import Beat, JobRun
from models.outgoing import Broadcast, Delivery, DeliveryState
from models.study import Subscription, enabled_series
from tests.chat.test_hostile import message, query, sealed
from tests.runtime.queue.town import Town
from tests.support.place import eventually, free_port


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=2).ok
    except requests.RequestException:
        return False


def says(url: str, openid: str, words: str) -> None:
    """Send a person's text to one of the web processes, as WeChat would if it were asked to."""
    encrypted = sealed(message(words, FromUserName=openid))
    body = f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
    answer = requests.post(f"{url}/wechat", params=query(encrypted), data=body, timeout=30)
    assert answer.status_code == 200
    assert answer.text != ""


def test_a_push_goes_out_exactly_once(town: Town) -> None:
    first = str(urlsplit(town.services.config.server.public_url).port)
    webs = [f"http://127.0.0.1:{port}" for port in (first, free_port())]
    for number, url in enumerate(webs):
        town.start("web", f"web-{number}", "--port", str(urlsplit(url).port))
    for number in range(2):
        town.start("scheduler", f"scheduler-{number}")
    workers = [town.start("worker", f"worker-{number}") for number in range(2)]
    eventually(lambda: town.ask(select(Beat.id).limit(1)), 60)
    for url in webs:
        eventually(partial(answers, url), 60)
    people = town.people(24)
    with reading(town.engine) as db:
        series = enabled_series(db)
    due = {one.id: study.next_occurrence(one, clock.now()) for one in series}
    chosen = min(series, key=lambda one: due[one.id])
    for number, openid in enumerate(people):
        says(webs[number % 2], openid, f"订阅 {chosen.title}")
    assert town.ask(select(func.count()).select_from(Subscription)) == len(people)
    ahead = due[chosen.id] - clock.now()
    if ahead > timedelta(hours=40):  # still inside the windows that their words have opened
        town.travel(ahead - timedelta(hours=1))
        for number, openid in enumerate(people):
            says(webs[number % 2], openid, "菜单")
            town.sim("say", {"openid": openid, "text": "菜单"})
    town.slow(0.1)
    town.travel(due[chosen.id] + timedelta(seconds=3) - clock.now())
    pushed = select(func.count()).select_from(Delivery).where(Delivery.broadcast_id.is_not(None))
    sent = pushed.where(Delivery.state == DeliveryState.SENT)
    eventually(lambda: town.ask(sent) == len(people), 40)
    assert town.ask(pushed) == len(people)
    assert town.ask(select(func.count()).select_from(Broadcast)) == 1
    assert town.ask(select(func.count()).where(JobRun.job == f"study:{chosen.slug}", JobRun.due_at > clock.now() - timedelta(days=7))) == 1  # fmt: skip
    title = town.ask(select(Broadcast.title))
    assert town.sim_received(title) == dict.fromkeys(people, 1)
    for process in town.processes:
        assert process.running.poll() is None
    assert all(worker.stop() == 0 for worker in workers)
