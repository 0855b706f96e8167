"""A broadcast as staff read it, on the command line and for programs: never an openid, never a person's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.redaction import mask_openid
from bot.core.refusals import Advice
from bot.followers import segments
from bot.outgoing import payloads
from bot.outgoing.broadcasts.automatic import rests_until
from bot.outgoing.broadcasts.deliveries import by_channel, by_state
from bot.outgoing.broadcasts.states import LABELS
from bot.outgoing.plan import CHANNEL_LABELS, Plan
from bot.runtime.services import Services
from models.outgoing import (
    Broadcast,
    BroadcastEvent,
    BroadcastState,
    Channel,
    Delivery,
    DeliveryState,
    MassBatch,
    MassResult,
    Publication,
)
from models.staff import Staff

D = DeliveryState
DELIVERY_LABELS = {
    D.QUEUED: "排队",
    D.LEASED: "已领取",
    D.SENDING: "正在发",
    D.SENT: "已送达",
    D.REFUSED: "被拒绝",
    D.UNKNOWN: "结果未知",
    D.WAITING_CONTACT: "等对方来信",
    D.CANCELLED: "已取消",
}
ACTIONS = {
    "create": "起草",
    "revise": "修改",
    "submit": "提交",
    "take_back": "撤回",
    "approve": "批准",
    "schedule": "排期",
    "reject": "退回",
    "reschedule": "改时间",
    "begin": "开始发送",
    "pause": "暂停",
    "resume": "恢复",
    "cancel": "取消",
    "finish": "发完",
    "preview": "试发",
    "resend_failed": "重发给被拒绝的人",
    "resend_waiting": "重发给等来信的人",
    "settle_arrived": "核实：已送达",
    "settle_again": "核实：再发一次",
}


def facts(services: Services, db: Session, broadcast: Broadcast) -> dict[str, Any]:
    """Everything about one broadcast, for --json."""
    return {
        **summary(services, db, broadcast),
        "audience": broadcast.audience,
        "audience_label": audience(broadcast),
        "ways": broadcast.ways.split(","),
        "urgent": broadcast.urgent,
        "reason": broadcast.reason,
        "prepared": broadcast.prepared_at is not None,
        "resume_at": local(broadcast.resume_at),
        "text": payloads.words(broadcast.form, broadcast.payload),
        "deliveries": {state.value: count for state, count in by_state(db, broadcast).items()},
        "channels": {channel.value: count for channel, count in by_channel(db, broadcast).items()},
        "articles": articles(db, broadcast),
        "events": events(db, broadcast),
    }


def articles(db: Session, broadcast: Broadcast) -> list[dict[str, Any]]:
    """What left for WeChat under which numbers, and where it can be read: no list of WeChat's shows a mass send again."""
    sent = select(MassBatch, MassResult.urls).where(MassBatch.broadcast_id == broadcast.id)
    sent = sent.outerjoin(MassResult, MassResult.msg_id == MassBatch.msg_id).order_by(MassBatch.id)
    published = select(Publication).where(Publication.broadcast_id == broadcast.id)
    return [
        *(_article(one.msg_id, one.msg_data_id, (urls or "").split()) for one, urls in db.execute(sent)),
        *(
            _article(None, one.msg_data_id, [one.url] if one.url else [], one.article_id)
            for one in db.scalars(published)
        ),
    ]


def _article(
    msg_id: str | None, msg_data_id: str | None, urls: list[str], article_id: str | None = None
) -> dict[str, Any]:
    return {"msg_id": msg_id, "msg_data_id": msg_data_id, "article_id": article_id, "urls": urls}


def summary(services: Services, db: Session, broadcast: Broadcast) -> dict[str, Any]:
    """One line of a list. `leaves_at` is when it really leaves: after the quiet hours that its hour lies in."""
    rests = rests_until(services, broadcast)
    waits = rests is not None and broadcast.state is BroadcastState.SENDING
    return {
        "id": broadcast.id,
        "kind": broadcast.kind,
        "title": broadcast.title,
        "state": broadcast.state.value,
        "state_label": f"{LABELS[broadcast.state]}（免打扰时段）" if waits else LABELS[broadcast.state],
        "form": broadcast.form,
        "form_label": payloads.FORMS.get(broadcast.form, broadcast.form),
        "author": broadcast.author or name(db, broadcast.author_id),
        "approver": broadcast.reviewer or name(db, broadcast.approver_id),
        "released_at": local(broadcast.released_at),
        "send_at": local(broadcast.send_at),
        "leaves_at": local(rests or broadcast.send_at),
        "recipients": broadcast.recipients,
        "created_at": local(broadcast.created_at),
    }


def events(db: Session, broadcast: Broadcast) -> list[dict[str, Any]]:
    """The life so far, oldest first."""
    query = select(BroadcastEvent).where(BroadcastEvent.broadcast_id == broadcast.id)
    return [
        {
            "at": local(event.at),
            "by": name(db, event.staff_id) or "系统",
            "action": event.action,
            "label": ACTIONS.get(event.action, event.action),
            "from": event.came_from.value if event.came_from else None,
            "to": event.went_to.value,
            "detail": event.detail,
        }
        for event in db.scalars(query.order_by(BroadcastEvent.id))
    ]


def unknown_row(row: Delivery) -> dict[str, Any]:
    """A delivery that waits for a person's decision, the recipient masked."""
    return {
        "row": row.id,
        "person": mask_openid(row.recipient) if row.recipient else "（已取消关注，资料已清除）",
        "at": local(row.settled_at or row.created_at),
        "channel": row.channel.value if row.channel else None,
        "detail": row.detail,
    }


def plan_facts(plan: Plan) -> dict[str, Any]:
    """A plan for --json."""
    return {
        "total": plan.total,
        "by_way": {channel.value: count for channel, count in plan.by_channel.items()},
        "waiting": [{"people": one.people, "why": str(one.why)} for one in plan.waiting],
        "left": {one.name: {"label": one.label, "left": one.count} for one in plan.left},
        "warnings": [str(one) for one in plan.warnings],
        "leaves_at": local(plan.leaves_at),
    }


def plan_lines(plan: Plan, told: Callable[[Advice], str] = str) -> list[str]:
    """A plan in Chinese; `told` is how this door says a piece of advice."""
    lines = [f"共 {plan.total} 人，预计 {local(plan.leaves_at)} 发送："]
    lines += [
        f"  {CHANNEL_LABELS[channel]}：{count} 人" for channel, count in plan.by_channel.items() if count
    ]
    if plan.waiting:
        lines.append(f"为什么有 {plan.by_channel[Channel.PASSIVE]} 人要等下次来信：")
        lines += [f"  · {told(one.why)}" for one in plan.waiting]
    lines += [f"{one.label}：{'不限' if one.count is None else f'还剩 {one.count}'}" for one in plan.left]
    return [*lines, *(f"注意：{told(warning)}" for warning in plan.warnings)]


def lines(services: Services, db: Session, broadcast: Broadcast) -> list[str]:
    """One broadcast in Chinese."""
    one = facts(services, db, broadcast)
    told = [
        f"第 {one['id']} 号《{one['title']}》 {one['state_label']}",
        f"形式：{one['form_label']}；对象：{one['audience_label']}；时间：{hour(one)}",
        f"起草：{one['author'] or '系统'}；审批：{one['approver'] or '—'}；放行：{one['released_at'] or '—'}",
        *(_article_line(each) for each in one["articles"]),
    ]
    if broadcast.reason:
        told.append(f"说明：{broadcast.reason}")
    if broadcast.recipients or any(one["deliveries"].values()):
        counts = "，".join(f"{DELIVERY_LABELS[D(s)]} {n}" for s, n in one["deliveries"].items() if n)
        told.append(f"收件人 {one['recipients']}{'' if one['prepared'] else '（还在生成）'}：{counts}")
    told += [
        f"  {e['at']} {e['by']} {e['label']}{'：' + e['detail'] if e['detail'] else ''}"
        for e in one["events"]
    ]
    return told


def hour(one: dict[str, Any]) -> str:
    """When it leaves, as every page and command says it: the hour that was set, and the one that comes of it."""
    if one["send_at"] is None or one["leaves_at"] == one["send_at"]:
        return one["send_at"] or "批准后立即"
    return f"{one['leaves_at']}（原定 {one['send_at']}，在免打扰时段内）"


def _article_line(article: dict[str, Any]) -> str:
    labels = {"msg_id": "群发编号", "msg_data_id": "数据编号", "article_id": "文章编号"}
    said = [f"{label} {article[key]}" for key, label in labels.items() if article[key]]
    return "微信：" + ("，".join([*said, *article["urls"]]) or "还没有编号")


def audience(broadcast: Broadcast) -> str:
    """Whom it is for, in Chinese."""
    return segments.describe(broadcast.audience) if broadcast.audience else "这个学习系列的订阅者"


def name(db: Session, staff_id: int | None) -> str | None:
    """A colleague's name; None for the system."""
    person = db.get(Staff, staff_id) if staff_id is not None else None
    return person.name if person else None


def local(moment: datetime | None) -> str | None:
    """A moment on a Shanghai clock, as people write it."""
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else None
