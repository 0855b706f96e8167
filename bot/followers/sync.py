"""The list of followers brought into step with WeChat's (platform §8): pages of openids, then one walk over our
own rows for who has left and who is new.

A round is one call and one commit, with the position in the same transaction as the rows, so a run that is
killed anywhere goes on from there in any process. No more than one page of openids is ever kept in memory.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from bot.core import audit, clock
from bot.core.actor import Actor
from bot.core.db import one_at_a_time, reading, transaction
from bot.core.logs import get_logger
from bot.followers import tags
from bot.followers.leaving import leave
from bot.followers.sync_pages import (
    COMPLETE,
    Listed,
    Person,
    described,
    remember,
    shortfall,
    write_down,
)
from bot.runtime.services import Services
from bot.staff.rights import Right, require
from bot.wechat.capabilities import Capability, Missing
from bot.wechat.capabilities import require as require_capability
from bot.wechat.errors import Outcome
from bot.wechat.gateway import Answer
from bot.wechat.quotas import DAY, MINUTE, Allowance
from models.followers import Follower
from models.syncs import SyncRun, SyncState

__all__ = ["COMPLETE", "latest", "pause_until", "start", "work"]

log = get_logger(__name__)
RUNNING = (SyncState.LISTING, SyncState.DETAILS)
ASKED_AT_ONCE = 100  # platform §8
LEAVE_AT_ONCE = 20  # a transaction that erases more would keep the webhook waiting on SQLite
FEW_GONE, SHARE_GONE = 20, 0.1  # more people than both of these do not leave unnoticed by an event
PAUSE = timedelta(seconds=30)
IF_THEY_LEFT = "确实都取消关注了，请声明名单可信，再同步一次。"
STARTED_OVER = "名单中途变动，已从头再列一遍。"
_ENDS = {
    Outcome.MINUTE: Allowance("user_minute", "每分钟用户接口", MINUTE, 0),
    Outcome.QUOTA: Allowance("user_day", "今日用户接口", DAY, 0),
}


def start(actor: Actor, *, trusted: bool = False) -> SyncRun:
    """A new run, or the one that is under way: there is never more than one. `trusted`: a colleague has looked and
    says that so many people have really left. Raises Denied."""
    require(actor.by, Right.FOLLOWER_MANAGE)
    one_at_a_time(actor.db, "follower_sync")
    running = actor.db.scalar(select(SyncRun).where(SyncRun.state.in_(RUNNING)).limit(1))
    if running is not None:
        return running
    moment = clock.now()
    run = SyncRun(state=SyncState.LISTING, trusted=trusted, started_at=moment, updated_at=moment)
    actor.db.add(run)
    actor.db.flush()
    audit.record(actor.db, actor.by, "followers.sync", "sync_run", run.id)
    return run


def latest(db: Session) -> SyncRun | None:
    """The newest run, as it stands."""
    query = select(SyncRun).order_by(SyncRun.id.desc()).limit(1)
    return db.scalar(query.execution_options(populate_existing=True))


def work(services: Services) -> int:
    """One round of a run that no process has leased: how many followers it dealt with; 0: nothing to do now."""
    run = _claim(services)
    if run is None:
        return 0
    try:
        require_capability(services.capabilities, Capability.USERS)
    except Missing as error:
        return _put_off(services, run, Answer(Outcome.ADMIN, None, {}, str(error)))
    return (_list if run.state is SyncState.LISTING else _walk)(services, run)


def pause_until(outcome: Outcome, moment: datetime) -> datetime | None:
    """When a call with this outcome is worth repeating; None: never, somebody has to act first."""
    if outcome is Outcome.LATER:
        return moment + PAUSE
    return _ENDS[outcome].ends(moment) if outcome in _ENDS else None


def _claim(services: Services) -> SyncRun | None:
    """Take the lease of the run, or None. A lease that ran out belongs to a process that died."""
    moment = clock.now()
    free = (
        SyncRun.state.in_(RUNNING),
        or_(SyncRun.leased_until.is_(None), SyncRun.leased_until <= moment),
    )
    with reading(services.engine) as db:
        if db.scalar(select(SyncRun.id).where(*free).limit(1)) is None:
            return None
    with transaction(services.engine) as db:
        run = db.scalar(select(SyncRun).where(*free).limit(1).with_for_update(skip_locked=True))
        if run is not None:
            run.leased_until = moment + timedelta(seconds=services.config.delivery.lease_seconds)
        return run


def _locked(db: Session, run: SyncRun) -> SyncRun | None:
    """The run's row, if it still stands where it was claimed: after a lease ran out somebody else may have done
    this round, and counting it twice would spoil the guard against a short list."""
    here = (
        SyncRun.id == run.id,
        SyncRun.state == run.state,
        SyncRun.next_openid == run.next_openid,
        SyncRun.cursor == run.cursor,
    )
    return db.scalar(select(SyncRun).where(*here).with_for_update())


def _hand_back(run: SyncRun) -> None:
    run.leased_until, run.updated_at = None, clock.now()
    run.reason = run.reason if run.reason == STARTED_OVER else None


def _list(services: Services, run: SyncRun) -> int:
    answer = services.gateway.user_get(run.next_openid)  # no transaction is open here
    if answer.outcome is Outcome.REFUSED and run.next_openid and run.reason != STARTED_OVER:
        return _start_over(services, run)
    if not answer.ok:
        return _put_off(services, run, answer)
    page = Listed.of(answer.data)
    with transaction(services.engine) as db:
        ours = _locked(db, run)
        if ours is None:
            return 0
        ours.added += remember(db, run.id, page.openids)
        ours.seen += len(page.openids)
        ours.total = page.total if page.total is not None else ours.total
        _hand_back(ours)
        if page.openids and page.following not in ("", run.next_openid):
            ours.next_openid = page.following
        else:
            _end_of_list(db, ours)
    return max(1, len(page.openids))


def _start_over(services: Services, run: SyncRun) -> int:
    """The person behind whom we wanted to go on has left meanwhile: the list is read once more."""
    with transaction(services.engine) as db:
        ours = _locked(db, run)
        if ours is not None:
            ours.next_openid, ours.seen, ours.reason = "", 0, STARTED_OVER
            _hand_back(ours)
    return 1


def _end_of_list(db: Session, run: SyncRun) -> None:
    reason = shortfall(run.seen, run.total) or _too_many_gone(db, run)
    if reason is None:
        run.state, run.cursor = SyncState.DETAILS, 0
    else:
        _finish(run, SyncState.FAILED, reason)


def _too_many_gone(db: Session, run: SyncRun) -> str | None:
    """Another account's keys, or a list that lacks a part without saying so, would erase people by the thousand."""
    db.flush()
    gone = db.scalar(select(func.count()).where(Follower.subscribed, _unseen(run))) or 0
    known = gone + run.seen - run.added
    if run.trusted or gone <= max(FEW_GONE, known * SHARE_GONE):
        return None
    return f"本系统认识的 {known} 人中有 {gone} 人不在微信的名单里，没有改动这些人。请先核对 [wechat] appid 是不是这个公众号；{IF_THEY_LEFT}"


def next_acts(run: SyncRun) -> tuple[str, ...]:
    """The acts that a run's reason names, as in `Refusal`."""
    return ("followers.trust",) if (run.reason or "").endswith(IF_THEY_LEFT) else ()


def _finish(run: SyncRun, state: SyncState, reason: str | None) -> None:
    run.state, run.reason = state, reason[:255] if reason else None
    run.leased_until, run.finished_at, run.updated_at = None, clock.now(), clock.now()
    log.info("follower_sync_ended", run=run.id, state=state.value, seen=run.seen, gone=run.gone)


def _put_off(services: Services, run: SyncRun, answer: Answer) -> int:
    """Wait as long as the answer means, or end the run with what staff have to do."""
    until = pause_until(answer.outcome, clock.now())
    with transaction(services.engine) as db:
        ours = _locked(db, run)
        if ours is None:
            return 0
        if until is None:
            _finish(ours, SyncState.FAILED, answer.detail or "微信拒绝了请求，请联系技术人员。")
        else:
            ours.leased_until, ours.updated_at = until, clock.now()
            ours.reason = ours.reason if ours.reason == STARTED_OVER else answer.detail[:255]
    return 0


def _unseen(run: SyncRun) -> ColumnElement[bool]:
    """Who has left: not in this run's list, and not newer than the run."""
    return and_(
        or_(Follower.seen_run.is_(None), Follower.seen_run != run.id),
        _not_newer_than(run.started_at),
    )


def _not_newer_than(moment: datetime) -> ColumnElement[bool]:
    return and_(
        or_(Follower.subscribed_at.is_(None), Follower.subscribed_at < moment),
        or_(Follower.last_seen_at.is_(None), Follower.last_seen_at < moment),
    )


def _walk(services: Services, run: SyncRun) -> int:
    """The next followers behind the cursor who have left, or who are known by nothing but their openid."""
    query = select(Follower.id, Follower.openid, case((_unseen(run), 1), else_=0)).where(
        Follower.subscribed,
        Follower.id > run.cursor,
        or_(Follower.subscribed_at.is_(None), _unseen(run)),
    )
    with reading(services.engine) as db:
        rows = list(db.execute(query.order_by(Follower.id).limit(ASKED_AT_ONCE)))
    if not rows:
        return _complete(services, run)
    _let_go(services, run, [row_id for row_id, _openid, gone in rows if gone], _unseen(run))
    asked_at = clock.now()
    people = described(services.gateway, [openid for _id, openid, gone in rows if not gone])
    if isinstance(people, Answer):
        return _put_off(services, run, people)
    left = {one.openid for one in people if not one.subscribed}
    ids = [row_id for row_id, openid, _gone in rows if openid in left]
    _let_go(services, run, ids, _not_newer_than(asked_at))
    _keep(services, run, [one for one in people if one.subscribed], rows[-1][0])
    return len(rows)


def _let_go(services: Services, run: SyncRun, ids: list[int], still: ColumnElement[bool]) -> None:
    """Erase those of these followers for whom `still` is true, a few in a transaction."""
    for first in range(0, len(ids), LEAVE_AT_ONCE):
        with transaction(services.engine) as db:
            ours = _locked(db, run)
            if ours is None:
                return
            ours.gone += leave(db, services, ids[first : first + LEAVE_AT_ONCE], still)


def _keep(services: Services, run: SyncRun, people: list[Person], cursor: int) -> None:
    with transaction(services.engine) as db:
        ours = _locked(db, run)
        if ours is None:
            return
        write_down(db, people)
        ours.detailed += len(people)
        ours.cursor = cursor
        _hand_back(ours)


def _complete(services: Services, run: SyncRun) -> int:
    with transaction(services.engine) as db:
        ours = _locked(db, run)
        if ours is not None:
            _finish(ours, SyncState.DONE, None)
            tags.ask(db)  # new people may belong to a segment's tag
    return 1
