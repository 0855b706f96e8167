"""Template messages of a verified service account (platform §7.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.control import outbox
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import values
from bot.simulator.interfaces.custom import follower
from bot.simulator.interfaces.rights import Right
from bot.simulator.pushes import inbound
from bot.simulator.state import Follower, Template

if TYPE_CHECKING:
    from bot.simulator.world import World

IN_USE = 25
CLIENT_ID_KEPT = 600  # seconds
PATH = "/cgi-bin/message/template"


@endpoint("template/get_all_private_template", "GET", right=Right.VERIFIED_SERVICE)
def listed(call: Call) -> Answer:
    """The templates in use."""
    return {
        "template_list": [
            {
                "template_id": one.template_id,
                "title": one.title,
                "primary_industry": "",
                "deputy_industry": "",
                "content": one.content,
                "example": "",
            }
            for one in call.state.templates.values()
            if not one.subscribe
        ]
    }


@endpoint("template/api_add_template", right=Right.VERIFIED_SERVICE)
def add(call: Call) -> Answer:
    """Take a template of the library into use; the chosen keywords become its places."""
    short_id, words = call.text("template_id_short"), call.body.get("keyword_name_list")
    if not short_id:
        raise CallRefused(40036)
    if not isinstance(words, list) or not words:
        raise CallRefused(40246)
    if sum(not one.subscribe for one in call.state.templates.values()) >= IN_USE:
        raise CallRefused(45026)
    lines = [f"{word}：{{{{thing{place}.DATA}}}}" for place, word in enumerate(words, 1)]
    made = Template(call.world.fresh_id(), f"模板 {short_id}", "\n".join(lines), short_id=short_id)
    call.state.templates[made.template_id] = made
    return {"errcode": 0, "errmsg": "ok", "template_id": made.template_id}


@endpoint("template/del_private_template", right=Right.VERIFIED_SERVICE)
def delete(call: Call) -> Answer:
    """Take a template out of use."""
    template = chosen(call, subscribe=False)
    del call.state.templates[template.template_id]
    return {}


@endpoint("message/template/send", right=Right.VERIFIED_SERVICE)
def send(call: Call) -> Answer:
    """A service notice to one follower; the result comes as TEMPLATESENDJOBFINISH."""
    person = follower(call.world, call.text("touser"))
    if person.blacklisted:
        raise CallRefused(43019)
    template = chosen(call, subscribe=False)
    shown = card("template", template, call)
    before = _earlier_msgid(call, person)
    if before is not None:
        return {"errcode": 0, "errmsg": "ok", "msgid": before}
    msg_id = call.world.number()
    if client_id := call.text("client_msg_id"):
        call.state.template_ids[f"{person.openid}|{client_id}"] = (call.world.now(), msg_id)
    _finish_later(call.world, person, {**shown, "msg_id": msg_id})
    return {"errcode": 0, "errmsg": "ok", "msgid": msg_id}


def chosen(call: Call, *, subscribe: bool) -> Template:
    """The template that a call names. Raises 40037."""
    found = call.state.templates.get(call.text("template_id"))
    if found is None or found.subscribe is not subscribe:
        raise CallRefused(40037)
    return found


def card(kind: str, template: Template, call: Call) -> dict[str, Any]:
    """What the follower sees: title, one row a value, the link. Raises 47003."""
    filled = values.check(template.content, call.body.get("data"))
    labels = _labels(template)
    fields = [{"name": labels.get(key, key), "key": key, "value": value} for key, value in filled.items()]
    words = "\n".join([template.title, *(f"{one['name']}：{one['value']}" for one in fields)])
    url = call.text("url") or call.text("page")
    return {"type": kind, "title": template.title, "fields": fields, "url": url, "text": words}


def _labels(template: Template) -> dict[str, str]:
    labels = {}
    for line in template.content.splitlines():
        for key in values.KEY.findall(line):
            labels[key] = line.split("{{")[0].strip(" ：:") or key
    return labels


def _earlier_msgid(call: Call, person: Follower) -> int | None:
    """The msgid of the same client_msg_id to the same person within ten minutes."""
    now, kept = call.world.now(), call.state.template_ids
    for key in [key for key, (at, _) in kept.items() if now - at >= CLIENT_ID_KEPT]:
        del kept[key]
    entry = kept.get(f"{person.openid}|{call.text('client_msg_id')}")
    return entry[1] if entry else None


def _finish_later(world: World, person: Follower, shown: dict[str, Any]) -> None:
    injected = world.faults.strike("job", PATH)
    status = injected.status if injected and injected.status else "success"
    if injected and not injected.status:
        status = "failed: system failed"
    if person.blocks_templates or person.refuses:
        status = "failed:user block"
    if status == "success":
        outbox.show(world, person, "template", shown)
    event = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": shown["msg_id"], "Status": status}
    inbound.notify_later(world, person.openid, event)
