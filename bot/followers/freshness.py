"""Before a broadcast goes to a list of followers: is our list WeChat's? People who followed while the service was
down, or before it was there, would be left out."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import func, select

from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import reading, transaction
from bot.core.refusals import Advice
from bot.followers import sync
from bot.runtime.services import Services
from bot.wechat.capabilities import Capability
from models.followers import Follower
from models.syncs import SyncRun, SyncState

OVER = (SyncState.DONE, SyncState.FAILED)
PATIENCE = timedelta(minutes=2)  # for a few hundred thousand followers; a longer run goes on in the service
STILL_RUNNING = Advice("关注者名单还在与微信核对，请稍后看进度，核对完再提交。", ("followers.status",))


def freshen(services: Services, patience: timedelta = PATIENCE) -> Advice | None:
    """Bring our list into step if WeChat counts other followers than we do. None, or why the list may be
    incomplete. Never inside a transaction."""
    if Capability.USERS not in services.capabilities:
        return None
    answer = services.gateway.user_get()
    if not answer.ok:
        why = answer.detail or "连不上微信接口"
        return Advice(f"没能与微信核对关注者名单（{why}）；名单以本系统已知的为准。")
    with reading(services.engine) as db:
        known = db.scalar(select(func.count()).where(Follower.subscribed))
    return None if answer.data.get("total") == known else _sync(services, patience)


def _sync(services: Services, patience: timedelta) -> Advice | None:
    with transaction(services.engine) as db:
        run_id = sync.start(Actor(db, None)).id
        services.rows_made(db)
    end = time.monotonic() + patience.total_seconds()
    while time.monotonic() < end:
        done = sync.work(services)
        with reading(services.engine) as db:
            run = sync.latest(db)
        if run is None or run.id != run_id or run.state in OVER:
            return _why_failed(run)
        if run.leased_until is not None and run.leased_until - clock.now() > patience:
            return STILL_RUNNING
        if not done:
            time.sleep(0.2)  # the service has this round in hand
    return STILL_RUNNING


def _why_failed(run: SyncRun | None) -> Advice | None:
    if run is None or run.state is not SyncState.FAILED or not run.reason:
        return None
    return Advice(run.reason, sync.next_acts(run))
