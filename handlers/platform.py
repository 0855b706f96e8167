"""What WeChat reports about the messages that we sent, and what people answer to its own questions.

Its verbs are in bot/outgoing/delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.chat.context import Context
from bot.chat.router import Router
from bot.outgoing.delivery import mass_results, publishing, single_results
from bot.wechat.inbound import listed
from bot.wechat.replies import Reply, Silence

router = Router("平台通知")


@router.event("masssendjobfinish", help="群发任务的结果")
def mass_finished(ctx: Context) -> Reply:
    fields = ctx.message.raw
    if msg_id := _msg_id(fields):
        sent, errors = _number_or_none(fields.get("SentCount")), _number_or_none(fields.get("ErrorCount"))
        status, urls = str(fields.get("Status") or ""), _article_urls(fields)
        mass_results.report(ctx.db, msg_id, status, sent, errors, urls)
    return Silence()


@router.event("templatesendjobfinish", help="模板消息的送达结果")
def template_finished(ctx: Context) -> Reply:
    if msg_id := _msg_id(ctx.message.raw):
        single_results.report(ctx.db, msg_id, str(ctx.message.raw.get("Status") or ""), ctx.now)
    return Silence()


@router.event("subscribe_msg_sent_event", help="订阅通知的送达结果")
def notice_finished(ctx: Context) -> Reply:
    for one in _listed(ctx.message.raw.get("SubscribeMsgSentEvent")):
        if msg_id := _msg_id(one):
            status = str(one.get("ErrorStatus") or "")
            single_results.report(ctx.db, msg_id, status, ctx.now, notice_to=ctx.openid)
    return Silence()


@router.event("subscribe_msg_popup_event", help="同意或拒绝接收订阅通知：记下来，据此发送")
def notice_answered(ctx: Context) -> Reply:
    return _record_consents(ctx, "SubscribeMsgPopupEvent")


@router.event("subscribe_msg_change_event", help="在设置里关掉了订阅通知：不再发送")
def notice_refused(ctx: Context) -> Reply:
    return _record_consents(ctx, "SubscribeMsgChangeEvent")


@router.event("publishjobfinish", help="图文发布任务的结果")
def published(ctx: Context) -> Reply:
    published_info = ctx.message.raw.get("PublishEventInfo")
    if isinstance(published_info, dict):
        publishing.report(ctx.db, published_info)
        ctx.services.rows_made(ctx.db)
    return Silence()


def _record_consents(ctx: Context, name: str) -> Reply:
    for one in _listed(ctx.message.raw.get(name)):
        if template := str(one.get("TemplateId") or ""):
            answer = str(one.get("SubscribeStatusString") or "")
            single_results.record_consent(ctx.db, ctx.openid, template, answer, ctx.now)
    return Silence()


def _listed(event: Any) -> list[Mapping[str, Any]]:
    """The `List` of an event, which repeats."""
    return listed(event.get("List")) if isinstance(event, Mapping) else []


def _article_urls(fields: Mapping[str, Any]) -> list[str]:
    """The addresses of a job's articles; sometimes WeChat gives none."""
    found = fields.get("ArticleUrlResult")
    results = found.get("ResultList") if isinstance(found, Mapping) else None
    items = listed(results.get("item")) if isinstance(results, Mapping) else []
    return [url for one in items if (url := str(one.get("ArticleUrl") or "")[:512])]


def _msg_id(fields: Mapping[str, Any]) -> str:
    return str(fields.get("MsgID") or fields.get("MsgId") or "")[:32]


def _number_or_none(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() and len(text) < 10 else None
