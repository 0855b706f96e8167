"""Subscription notices and one-time subscriptions: one message for each consent (platform §7.2, §7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.control import outbox
from bot.simulator.control.people import known
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import templates
from bot.simulator.interfaces.rights import Right
from bot.simulator.pushes import inbound
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

LONG_TERM = -1
TITLE_CHARACTERS = 15
CONTENT_CHARACTERS = 200
PAGE_SCENE = 2  # PopupScene of the subscription component in a page


@endpoint("message/subscribe/bizsend", right=Right.VERIFIED_SERVICE)
def send(call: Call) -> Answer:
    """A notice to somebody who accepted its template; the result comes as subscribe_msg_sent_event."""
    person = call.state.followers.get(call.text("touser"))
    if person is None:
        raise CallRefused(40003)
    template = templates.chosen(call, subscribe=True)
    shown = templates.card("subscribe", template, call)
    left = person.consents.get(template.template_id, 0)
    if left == 0:
        raise CallRefused(43101)
    if left != LONG_TERM:
        person.consents[template.template_id] = left - 1
    msg_id = call.world.number()
    outbox.show(call.world, person, "subscribe", {**shown, "msg_id": msg_id})
    _report_result(call.world, person, template.template_id, msg_id)
    return {}


@endpoint("message/template/subscribe", right=Right.VERIFIED)
def send_once(call: Call) -> Answer:
    """One message for one confirmation of a one-time subscription, to followers and others alike."""
    person = call.state.followers.get(call.text("touser"))
    if person is None:
        raise CallRefused(40003)
    template_id, title = call.text("template_id"), call.text("title")
    if not template_id:
        raise CallRefused(40037)
    if not 1 <= len(title) <= TITLE_CHARACTERS:
        raise CallRefused(40062)
    words = str(((call.body.get("data") or {}).get("content") or {}).get("value", ""))
    if not 1 <= len(words) <= CONTENT_CHARACTERS:
        raise CallRefused(47003, "data.content.value invalid")
    key = f"{template_id}|{call.body.get('scene', '')}"
    if person.one_time.get(key, 0) < 1:
        raise CallRefused(43101)
    person.one_time[key] -= 1
    shown: dict[str, Any] = {"type": "template", "title": title, "text": words, "url": call.text("url")}
    shown |= {"fields": [], "msg_id": call.world.number()}
    outbox.show(call.world, person, "subscribe", shown)
    return {}


def consent(world: World, openid: str, template_id: str, given: dict[str, Any]) -> dict[str, Any]:
    """The person accepts or rejects a template, which is pushed as an event; the answer of /sim/say.

    `given`: status accept|reject, count, long_term, withdraw (a change in the settings), one_time + scene.
    """
    accepts = given.get("status", "accept") == "accept"
    with world.lock:
        person = known(world, openid)
        if given.get("one_time"):
            key = f"{template_id}|{given.get('scene', '')}"
            person.one_time[key] = person.one_time.get(key, 0) + 1 if accepts else 0
        else:
            _record_consent(person, template_id, accepts, given)
    status: dict[str, Any] = {
        "TemplateId": template_id,
        "SubscribeStatusString": "accept" if accepts else "reject",
    }
    if given.get("one_time"):
        return {"openid": openid, "reply": None, "deliveries": 0, "ms": 0, "failed": False}
    if given.get("withdraw"):
        fields = {"Event": "subscribe_msg_change_event", "SubscribeMsgChangeEvent": {"List": [status]}}
    else:
        status["PopupScene"] = PAGE_SCENE
        fields = {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": [status]}}
    return inbound.act(world, openid, fields)


def _record_consent(person: Follower, template_id: str, accepts: bool, given: dict[str, Any]) -> None:
    if not accepts:
        person.consents.pop(template_id, None)
    elif given.get("long_term"):
        person.consents[template_id] = LONG_TERM
    elif person.consents.get(template_id, 0) != LONG_TERM:
        person.consents[template_id] = person.consents.get(template_id, 0) + int(given.get("count", 1))


def _report_result(world: World, person: Follower, template_id: str, msg_id: int) -> None:
    status = {"TemplateId": template_id, "MsgID": msg_id, "ErrorCode": 0, "ErrorStatus": "success"}
    event = {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": [status]}}
    inbound.notify_later(world, person.openid, event)
