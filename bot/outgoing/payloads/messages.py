"""A checked payload as WeChat's message objects, and in plain words. Pure (platform §5.2, §6.1, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.outgoing.payloads.article_html import plain_text
from bot.wechat.replies import anchor

Payload = Mapping[str, Any]
Message = dict[str, Any]
FORMS: dict[str, str] = {
    "text": "文字",
    "page": "页面卡片",
    "article": "图文",
    "template": "模板消息",
    "notice": "订阅通知",
}
_CHANNELS: dict[str, tuple[str, ...]] = {
    "text": ("custom", "mass", "passive"),
    "page": ("custom", "mass", "passive"),
    "article": ("mass", "custom", "passive"),
    "template": ("template", "passive"),
    "notice": ("notice", "passive"),
}


def possible_channels(form: str) -> tuple[str, ...]:
    """The channels that a form can take, the preferred first; `passive`, words in a next reply, can carry every form."""
    return _CHANNELS[form]


def custom_message(form: str, payload: Payload, media_id: str | None = None) -> Message | None:
    """A customer-service message without its `touser`; None when the form cannot go that way. An article goes once
    it is published (`bot/outgoing/delivery/publishing.py`), not by the `media_id` of a draft: `mpnews` is being withdrawn (platform §5.2)."""
    if form == "text":
        return _text_message(payload)
    if form == "page":
        card = {
            "title": payload["title"],
            "description": payload.get("digest") or "",
            "url": payload["url"],
            "picurl": "",
        }
        return {"msgtype": "news", "news": {"articles": [card]}}
    if form == "menu":
        return _menu_message(payload)
    return None


def mass_message(form: str, payload: Payload, media_id: str | None = None) -> Message | None:
    """What mass/send, sendall and preview send; None when the form cannot go that way, and for an article without
    the `media_id` of a draft. There are no cards of our pages here: a page goes as its words (platform §6.1)."""
    if form in ("text", "page"):
        return _text_message(payload)
    if form == "article" and media_id:
        # 0: WeChat stops when it takes the article for a reprint. What it would send instead nobody has approved.
        return {"msgtype": "mpnews", "mpnews": {"media_id": media_id}, "send_ignore_reprint": 0}
    return None


def template_message(payload: Payload, client_msg_id: str) -> Message:
    """A template message without its `touser`; WeChat drops a repeat of the id for ten minutes (platform §7.1)."""
    return _template_body(payload, "url") | {"client_msg_id": client_msg_id}


def notice_message(payload: Payload) -> Message:
    """A subscription notice without its `touser` (platform §7.2)."""
    return _template_body(payload, "page")


def words(form: str, payload: Payload) -> str:
    """The same in plain words for the person's next reply, of any length: the caller cuts it."""
    if form == "article":
        return _article_words(payload)
    if form in ("template", "notice"):
        link = payload.get("url" if form == "template" else "page")
        lines = ["【通知】", *(value_of(entry) for entry in payload["data"].values())]
        return "\n".join([*lines, *([anchor(link, "查看详情")] if link else [])])
    return str(payload["text"])


def value_of(entry: object) -> Any:
    """A template value, written as it is or as WeChat writes it, `{"value": …}`."""
    return entry.get("value") if isinstance(entry, Mapping) else entry


def _menu_message(payload: Payload) -> Message:
    """Words with items to tap (platform §5.4)."""
    menu = {
        "head_content": payload["head"],
        "list": payload["items"],
        "tail_content": payload.get("tail", ""),
    }
    return {"msgtype": "msgmenu", "msgmenu": menu}


def _text_message(payload: Payload) -> Message:
    return {"msgtype": "text", "text": {"content": payload["text"]}}


def _template_body(payload: Payload, link: str) -> Message:
    data = {key: {"value": value_of(entry)} for key, entry in payload["data"].items()}
    target = {link: payload[link]} if payload.get(link) else {}
    return {"template_id": payload["template_id"], "data": data, **target}


def _article_words(payload: Payload) -> str:
    """Title, digest and where to read it; without such a place the article itself, as nothing else shows it."""
    head = [f"《{payload['title']}》", *([payload["digest"]] if payload.get("digest") else [])]
    if link := payload.get("source_url"):
        return "\n".join([*head, anchor(link, "阅读全文")])
    return "\n\n".join(["\n".join(head), plain_text(payload["html"])])
