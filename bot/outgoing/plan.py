"""Before sending: how many people a broadcast reaches by which channel, who has to wait and why, what is left of the
allowances, and what staff should think of. The channels are chosen by the same expressions as later (`bot/outgoing/delivery/channels.py`)."""

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
from bot.outgoing.broadcasts.automatic import leaving
from bot.outgoing.delivery import channels
from bot.runtime.services import Services
from bot.study import series
from bot.wechat import quotas
from bot.wechat.capabilities import Capability
from models.outgoing import Broadcast, BroadcastState, Channel
from models.study import enabled_series

CHANNEL_LABELS = {
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
    """People who cannot be reached at once, and why not by one of the channels."""

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
    """What would happen at `leaves_at`, as things are now. `by_channel` has every channel; PASSIVE: they wait."""

    total: int
    by_channel: dict[Channel, int]
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
    channel = func.coalesce(chosen, Channel.PASSIVE.value)
    people = segments.recipients(broadcast.audience).with_only_columns(channel.label("channel")).subquery()
    counted = db.execute(select(people.c.channel, func.count()).group_by(people.c.channel))
    found = {Channel(name): count for name, count in counted}
    by_channel = {channel: found.get(channel, 0) for channel in Channel}
    total = sum(by_channel.values())
    left = _left(services, db, broadcast)
    return Plan(
        total=total,
        by_channel=by_channel,
        waiting=_waiting(services, broadcast, by_channel[Channel.PASSIVE]),
        left=left,
        warnings=[
            *segments.missing(db, broadcast.audience),
            *_warnings(services, db, broadcast, by_channel, leaves_at),
            *_scarce(by_channel, left),
        ],
        leaves_at=leaves_at,
    )


def _as_published(services: Services, broadcast: Broadcast) -> Broadcast:
    """An article is published before its channels are chosen, and then goes where a card may go."""
    if broadcast.form != "article" or Capability.PUBLISH not in services.capabilities:
        return broadcast
    return proposal("page", broadcast.audience, chosen=tuple(broadcast.ways.split(",")))


def _waiting(services: Services, broadcast: Broadcast, people: int) -> list[Shortfall]:
    """Why those who wait are reached by none of the channels: for each person every one of them failed."""
    if people == 0:
        return []
    chosen = channels.channels_of(broadcast)
    reasons = [
        Advice(_why_not(services, broadcast, channel)) for channel in chosen if channel in channels.NEEDS
    ]
    possible = payloads.possible_channels(broadcast.form)
    unused = [channel for channel in possible if channel not in [*chosen, "passive"]]
    if unused:
        names = "、".join(CHANNEL_LABELS[Channel(channel)] for channel in unused)
        reasons.append(Advice(f"没有选用{names}；要用的话请修改渠道。", ("channels",)))
    return [Shortfall(people, why) for why in reasons]


def _why_not(services: Services, broadcast: Broadcast, channel: Channel) -> str:
    need = channels.NEEDS[channel]
    if broadcast.form == "article" and channel is Channel.CUSTOM and need in services.capabilities:
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
    }[channel]


def _left(services: Services, db: Session, broadcast: Broadcast) -> list[Left]:
    known = quotas.allowances(services.config)
    chosen = channels.channels_of(broadcast)
    names = dict.fromkeys(name for channel in chosen for name in ALLOWANCES.get(channel, ()))
    moment = clock.now()
    return [
        Left(name, known[name].label, quotas.left(db, known[name], moment)) for name in names if name in known
    ]


def _warnings(
    services: Services, db: Session, broadcast: Broadcast, by_channel: dict[Channel, int], leaves_at: datetime
) -> Iterator[Advice]:
    if not any(by_channel.values()):
        yield Advice("按现在的条件没有一个关注者会收到；请放宽发送范围。")
    if leaves_at > max(broadcast.send_at or clock.now(), clock.now()):
        later = f"{clock.local(leaves_at):%m月%d日 %H:%M}"
        yield Advice(f"计划时间在免打扰时段内，将推迟到 {later} 发送；紧急的可以标为紧急。", ("urgent",))
    if by_channel[Channel.MASS]:
        yield from _same_day(services, db, broadcast, leaves_at)
    if by_channel[Channel.MASS] and channels.goes_to_all(services, broadcast):
        yield Advice("发给全体关注者会用掉当天唯一的一次群发。")


def _same_day(services: Services, db: Session, broadcast: Broadcast, leaves_at: datetime) -> Iterator[Advice]:
    """Study series of the same day compete for the same allowance (platform §6.1)."""
    day = clock.local(leaves_at).date()
    midnight = clock.at(day, 0) - timedelta(seconds=1)
    others = [
        other.title
        for other in enabled_series(db)
        if other.id != broadcast.series_id
        and clock.local(series.next_occurrence(other, midnight)).date() == day
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


def _scarce(by_channel: dict[Channel, int], left: list[Left]) -> Iterator[Advice]:
    """Allowances that today's rest will exceed; the remainder goes out when the next period begins."""
    for one in left:
        users = [channel for channel, names in ALLOWANCES.items() if one.name in names]
        people = sum(by_channel[channel] for channel in users)
        needed = people if one.name.endswith("_day") and Channel.MASS not in users else min(people, 1)
        if one.count is not None and one.count < needed and one.name != "send_minute":
            yield Advice(f"{one.label}还剩 {one.count}，不够这次用；其余的会等到额度恢复后再发。")
