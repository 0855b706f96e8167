"""Menus: the default one, conditional ones, who sees which (platform §9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.api import Answer, Call, endpoint
from bot.simulator.errors import CallRefused
from bot.simulator.interfaces import menu_rules
from bot.simulator.interfaces.rights import Right
from bot.simulator.state import Follower

if TYPE_CHECKING:
    from bot.simulator.world import World

Json = dict[str, Any]
IOS = "1"


@endpoint("menu/create", right=Right.VERIFIED)
def create(call: Call) -> Answer:
    """Replace the default menu."""
    menus = call.state.menus
    menus.default = {"button": menu_rules.check(call.body)}
    menus.default_id = call.world.number()
    _tell(call.world)
    return {}


@endpoint("menu/get", "GET", right=Right.VERIFIED)
def get(call: Call) -> Answer:
    """The default menu and the conditional ones; 46003 when there is none."""
    menus = call.state.menus
    if menus.default is None:
        raise CallRefused(46003)
    shown: Json = {"menu": {**menus.default, "menuid": menus.default_id}}
    return {**shown, "conditionalmenu": menus.conditional} if menus.conditional else shown


@endpoint("menu/delete", "GET", right=Right.VERIFIED)
def delete(call: Call) -> Answer:
    """Delete all menus, the conditional ones too."""
    call.state.menus.default = None
    call.state.menus.conditional.clear()
    _tell(call.world)
    return {}


@endpoint("menu/addconditional", right=Right.VERIFIED)
def add_conditional(call: Call) -> Answer:
    """A menu for some people; the newest matching one wins."""
    if call.state.menus.default is None:
        raise CallRefused(65303)
    buttons, rule = menu_rules.check(call.body), menu_rules.check_rule(call.body.get("matchrule"))
    menu_id = call.world.number()
    call.state.menus.conditional.insert(0, {"button": buttons, "matchrule": rule, "menuid": menu_id})
    _tell(call.world)
    return {"menuid": str(menu_id)}


@endpoint("menu/delconditional", right=Right.VERIFIED)
def delete_conditional(call: Call) -> Answer:
    """Delete one conditional menu."""
    menu_id, menus = str(call.body.get("menuid", "")), call.state.menus
    kept = [one for one in menus.conditional if str(one["menuid"]) != menu_id]
    if len(kept) == len(menus.conditional):
        raise CallRefused(65301)
    menus.conditional = kept
    _tell(call.world)
    return {}


@endpoint("menu/trymatch", right=Right.VERIFIED)
def try_match(call: Call) -> Answer:
    """The menu that one person sees."""
    wanted = call.text("user_id")
    person = call.state.followers.get(wanted)
    if person is None:
        raise CallRefused(40003)
    shown = seen_by(call.world, person)
    if shown is None:
        raise CallRefused(46003)
    return {"button": shown["button"]}


@endpoint("get_current_selfmenu_info", "GET")
def current(call: Call) -> Answer:
    """The menu in the form of the console; every account may ask."""
    default = call.state.menus.default
    if default is None:
        return {"is_menu_open": 0, "selfmenu_info": {"button": []}}
    buttons = [
        {**one, "sub_button": {"list": one["sub_button"]}} if one.get("sub_button") else one
        for one in default["button"]
    ]
    return {"is_menu_open": 1, "selfmenu_info": {"button": buttons}}


def seen_by(world: World, person: Follower | None) -> Json | None:
    """The menu on this person's phone (an iPhone), None when there is none."""
    menus = world.state.menus
    if menus.default is None or person is None:
        return menus.default
    tag = str(person.tags[-1]) if person.tags else ""
    for one in menus.conditional:
        rule = one["matchrule"]
        if rule.get("tag_id", tag) == tag and rule.get("client_platform_type", IOS) == IOS:
            return {"button": one["button"]}
    return menus.default


def _tell(world: World) -> None:
    world.stream.tell("menu", {"menu": world.state.menus.default})
