"""Before sending: how many people a broadcast reaches by which way, who has to wait and why, what is left of the
allowances, and what staff should think of. The ways are chosen by the same expressions as later (`bot/outgoing/delivery/channels.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.refusals import Advice
from bot.followers import segments
from bot.outgoing import payloads
from bot.outgoing.broadcasts.automatic import is_quiet
from bot.outgoing.delivery import channels
from bot.runtime.services import Services
from bot.study import series as study
from bot.wechat import quotas
from bot.wechat.capabilities import Capability
from models.outgoing import Broadcast, BroadcastState, Channel
from models.study import enabled_series

WAY_LABELS = {
    Channel.CUSTOM: "客服消息",
    Channel.MASS: "群发",
    Channel.TEMPLATE: "模板消息",
    Channel.NOTICE: "订阅通知",
    Channel.PASSIVE: "等对方下次来信",
}
ALLOWANCES = {
    Channel.CUSTOM: ("send_minute", "custom_day"),
    Channel.MASS: ("mass_day", "mass_all_day", "mass_all_month", "mass_calls_day"),
    Channel.TEMPLATE: ("send_minute", "template_day"),
    Channel.NOTICE: ("send_minute", "notice_day"),
}


@dataclass(frozen=True)
class Shortfall:
    """People who cannot be reached at once, and why not by one of the ways."""

    people: int
    why: Advice


@dataclass(frozen=True)
class Left:
    """What may still be used of one allowance; `count` None: not limited."""

    name: str
    label: str
    count: int | None


@dataclass(frozen=True)
class Plan:
    """What would happen at `leaves_at`, as things are now. `by_way` has every way; PASSIVE: they wait."""

    total: int
    by_way: dict[Channel, int]
    waiting: list[Shortfall]
    left: list[Left]
    warnings: list[Advice]
    leaves_at: datetime


def proposal(
    form: str,
    audience: dict[str, Any],
    *,
    payload: dict[str, Any] | None = None,
    chosen: tuple[str, ...] | None = None,
    send_at: datetime | None = None,
    urgent: bool = False,
) -> Broadcast:
    """Something to plan that is not in the database: a segment and a form, while staff still choose."""
    return Broadcast(
        kind="broadcast",
        form=form,
        payload=payload or {},
        audience=audience,
        ways=",".join(chosen or payloads.possible_channels(form)),
        send_at=send_at,
        urgent=urgent,
        state=BroadcastState.DRAFT,
    )


def plan(services: Services, db: Session, broadcast: Broadcast) -> Plan:
    """The plan of a stored broadcast or of a `proposal`; counted by the database."""
    leaves_at = leaving(services, broadcast)
    chosen = channels.channel_of(services, db, _as_published(services, broadcast), leaves_at)
    way = func.coalesce(chosen, Channel.PASSIVE.value)
    people = segments.recipients(broadcast.audience).with_only_columns(way.label("way")).subquery()
    counted = db.execute(select(people.c.way, func.count()).group_by(people.c.way))
    found = {Channel(name): count for name, count in counted}
    by_way = {channel: found.get(channel, 0) for channel in Channel}
    total = sum(by_way.values())
    left = _left(services, db, broadcast)
    return Plan(
        total=total,
        by_way=by_way,
        waiting=_waiting(services, broadcast, by_way[Channel.PASSIVE]),
        left=left,
        warnings=[
            *segments.missing(db, broadcast.audience),
            *_warnings(services, db, broadcast, by_way, leaves_at),
            *_scarce(by_way, left),
        ],
        leaves_at=leaves_at,
    )


def leaving(services: Services, broadcast: Broadcast) -> datetime:
    """When it would really leave: its hour, or now, and after the quiet hours unless it is urgent."""
    moment = max(broadcast.send_at or clock.now(), clock.now())
    if broadcast.urgent or not is_quiet(services, moment):
        return moment
    ends = services.config.delivery.quiet_to
    day = clock.local(moment).date()
    morning = clock.at(day, ends.hour, ends.minute)
    return morning if morning > moment else clock.at(day + timedelta(days=1), ends.hour, ends.minute)


def _as_published(services: Services, broadcast: Broadcast) -> Broadcast:
    """An article is published before its ways are chosen, and then goes where a card may go."""
    if broadcast.form != "article" or Capability.PUBLISH not in services.capabilities:
        return broadcast
    return proposal("page", broadcast.audience, chosen=tuple(broadcast.ways.split(",")))


def _waiting(services: Services, broadcast: Broadcast, people: int) -> list[Shortfall]:
    """Why those who wait are reached by none of the ways: for each person every one of them failed."""
    if people == 0:
        return []
    chosen = channels.channels_of(broadcast)
    reasons = [Advice(_why_not(services, broadcast, way)) for way in chosen if way in channels.NEEDS]
    unused = [way for way in payloads.possible_channels(broadcast.form) if way not in [*chosen, "passive"]]
    if unused:
        names = "、".join(WAY_LABELS[Channel(way)] for way in unused)
        reasons.append(Advice(f"没有选用{names}；要用的话请修改渠道。", ("channels",)))
    return [Shortfall(people, why) for why in reasons]


def _why_not(services: Services, broadcast: Broadcast, way: Channel) -> str:
    need = channels.NEEDS[way]
    if broadcast.form == "article" and way is Channel.CUSTOM and need in services.capabilities:
        need = (
            Capability.PUBLISH
        )  # a customer-service message carries a published article only (platform §5.2)
    if need not in services.capabilities:
        return f"公众号没有「{need.label}」权限。{need.when_missing}"
    wechat = services.config.wechat
    return {
        Channel.CUSTOM: f"客服消息：最近 {wechat.custom_window_hours} 小时没有来信，或可发条数已用完。",
        Channel.MASS: f"群发：本月已收到 {wechat.mass_per_month} 条群发，平台不再送达。",
        Channel.TEMPLATE: "模板消息：不能送达。",
        Channel.NOTICE: "订阅通知：没有同意接收，或同意的次数已用完。",
    }[way]


def _left(services: Services, db: Session, broadcast: Broadcast) -> list[Left]:
    known = quotas.allowances(services.config)
    names = dict.fromkeys(name for way in channels.channels_of(broadcast) for name in ALLOWANCES.get(way, ()))
    moment = clock.now()
    return [
        Left(name, known[name].label, quotas.left(db, known[name], moment)) for name in names if name in known
    ]


def _warnings(
    services: Services, db: Session, broadcast: Broadcast, by_way: dict[Channel, int], leaves_at: datetime
) -> Iterator[Advice]:
    if not any(by_way.values()):
        yield Advice("按现在的条件没有一个关注者会收到；请放宽发送范围。")
    if leaves_at > max(broadcast.send_at or clock.now(), clock.now()):
        later = f"{clock.local(leaves_at):%m月%d日 %H:%M}"
        yield Advice(f"计划时间在免打扰时段内，将推迟到 {later} 发送；紧急的可以标为紧急。", ("urgent",))
    if by_way[Channel.MASS]:
        yield from _same_day(services, db, broadcast, leaves_at)
    if by_way[Channel.MASS] and channels.goes_to_all(services, broadcast):
        yield Advice("发给全体关注者会用掉当天唯一的一次群发。")


def _same_day(services: Services, db: Session, broadcast: Broadcast, leaves_at: datetime) -> Iterator[Advice]:
    """Study series of the same day compete for the same allowance (platform §6.1)."""
    day = clock.local(leaves_at).date()
    midnight = clock.at(day, 0) - timedelta(seconds=1)
    others = [
        series.title
        for series in enabled_series(db)
        if series.id != broadcast.series_id
        and clock.local(study.next_occurrence(series, midnight)).date() == day
    ]
    if not others:
        return
    names = "、".join(f"《{title}》" for title in others)
    if Capability.MASS_BY_OPENID in services.capabilities:
        most = services.config.wechat.mass_per_month
        yield Advice(f"{day:%m月%d日} 还有每周推送 {names}，与这条共用每人每月 {most} 条的群发额度。")
    else:
        most = services.config.wechat.mass_per_day
        yield Advice(f"{day:%m月%d日} 还有每周推送 {names}，订阅号每天只能群发 {most} 次，请错开日期。")


def _scarce(by_way: dict[Channel, int], left: list[Left]) -> Iterator[Advice]:
    """Allowances that today's rest will exceed; the remainder goes out when the next period begins."""
    for one in left:
        ways_of_it = [way for way, names in ALLOWANCES.items() if one.name in names]
        people = sum(by_way[way] for way in ways_of_it)
        needed = people if one.name.endswith("_day") and Channel.MASS not in ways_of_it else min(people, 1)
        if one.count is not None and one.count < needed and one.name != "send_minute":
            yield Advice(f"{one.label}还剩 {one.count}，不够这次用；其余的会等到额度恢复后再发。")
