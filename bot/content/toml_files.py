"""The content's TOML files, with the line of what is wrong: standing texts, the account's menu, a series' head."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator
from typing import Any

from bot.core.hand_edited import Complaint, Table

# Every standing text that the code says, with the places that it fills in.
TEXTS: dict[str, frozenset[str]] = {
    "welcome": frozenset(), "greeting": frozenset(), "menu": frozenset(), "help": frozenset(),
    "fallback": frozenset({"choices"}), "missed_twice": frozenset({"until"}), "offtopic": frozenset(), "sticker": frozenset(), "thanks": frozenset(),
    "human_open": frozenset({"hours", "until"}), "human_closed": frozenset({"hours", "until"}), "message_kept": frozenset({"until"}),
    "emergency": frozenset(), "self_harm": frozenset({"told"}), "self_harm_kept": frozenset(),
    "picture": frozenset(), "voice": frozenset(), "location": frozenset(), "link": frozenset(), "video": frozenset(),
    "unsupported": frozenset(), "profile_notice": frozenset({"operator"}), "failure": frozenset({"incident"}),
    "form_anonymous": frozenset(), "form_leak": frozenset(), "form_who_sees": frozenset(), "form_how_long": frozenset({"days"}),
    "form_progress": frozenset(), "form_cost": frozenset(), "form_hours": frozenset({"hours"}), "form_human": frozenset(),
    "nothing_held": frozenset(), "events": frozenset(), "appeal_notice": frozenset(),
    "privacy_version": frozenset(), "privacy_notice": frozenset({"operator"}), "contact_consent": frozenset(),
}  # fmt: skip
TEXT_BYTES = 1500  # two of them share one reply of 2,048 bytes (platform §3)

FIRST_LEVEL, SUB_BUTTONS = 3, 5  # platform §9
NAME_BYTES = {1: 16, 2: 60}
BUTTON_NEEDS = {
    "click": ("key",), "view": ("url",), "miniprogram": ("url", "appid", "pagepath"),
    "media_id": ("media_id",), "article_id": ("article_id",), "article_view_limited": ("article_id",),
    **dict.fromkeys(
        ("scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"), ("key",)
    ),
}  # fmt: skip
VALUE_BYTES = {"key": 128, "url": 1024}
MENU_KEY = re.compile(r"menu:\S+")  # the words behind it are routed as if they had been typed


def replies(table: Table) -> tuple[dict[str, str], list[Complaint]]:
    """The standing texts by name, and what is wrong with them."""
    found = list(table.complaints)
    texts = {name: value for name, value in table.values.items() if isinstance(value, str)}
    for name in table.values.keys() - texts.keys():
        found.append((table.line(name), f"{name} 应是一段文字，用引号括起来"))
    for name, text in texts.items():
        found += [(table.line(name), f"{name} {told}") for told in _faults(name, text)]
    if not table.complaints:
        found += [
            (1, f'缺少常用语 {name}；请补上 {name} = "……"') for name in TEXTS if name not in table.values
        ]
    return texts, found


def sayable(table: Table) -> dict[str, str]:
    """The standing texts that can be said as they stand; one that is too long or lacks a number is still said."""
    texts = {name: value for name, value in table.values.items() if isinstance(value, str) and value.strip()}
    return {name: text for name, text in texts.items() if _is_fillable(name, text)}


def _is_fillable(name: str, text: str) -> bool:
    try:
        text.format(**dict.fromkeys(TEXTS.get(name, ()), ""))
    except (KeyError, IndexError, ValueError, AttributeError):
        return False
    return True


def _faults(name: str, text: str) -> Iterator[str]:
    if not text.strip():
        yield "是空的；请写上要对群众说的话"
    if len(text.encode()) > TEXT_BYTES:
        yield f"有 {len(text.encode())} 字节，超过 {TEXT_BYTES} 字节；请写短些"
    try:
        places = {place for _, place, _, _ in string.Formatter().parse(text) if place is not None}
    except ValueError:
        yield "里的大括号不成对；正文要用大括号时写两个：{{ }}"
        return
    allowed = TEXTS.get(name, frozenset())
    if places - allowed:
        yield f"里的 {{{'}、{'.join(sorted(places - allowed))}}} 不会被填写；可用的是 {'、'.join(sorted(allowed)) or '无'}"
    if allowed - places:
        yield f"缺少要填写的 {{{'}、{'.join(sorted(allowed - places))}}}"


def menu(table: Table) -> tuple[dict[str, Any], list[Complaint]]:
    """The menu as WeChat takes it, and what breaks WeChat's limits (platform §9)."""
    found, headers = list(table.complaints), _header_lines(table.text)
    buttons = table.values.get("button", [])
    for name in table.values.keys() - {"button"}:
        found.append((table.line(name), f"不认识的 {name}；菜单只由 [[button]] 组成"))
    if not isinstance(buttons, list) or not all(isinstance(b, dict) for b in buttons):
        return {}, [*found, (1, "菜单应由 [[button]] 组成")]
    if len(buttons) > FIRST_LEVEL:
        found.append(
            (headers.get((FIRST_LEVEL,), 1), f"一级菜单最多 {FIRST_LEVEL} 个，现有 {len(buttons)} 个")
        )
    for i, button in enumerate(buttons):
        found += [(table.line(key, headers.get((i,), 1)), told) for key, told in _button_faults(button, 1)]
        subs = button.get("sub_button", [])
        if len(subs) > SUB_BUTTONS:
            found.append(
                (headers.get((i, SUB_BUTTONS), 1), f"二级菜单最多 {SUB_BUTTONS} 个，现有 {len(subs)} 个")
            )
        for j, sub in enumerate(subs):
            found += [(table.line(key, headers.get((i, j), 1)), told) for key, told in _button_faults(sub, 2)]
    return dict(table.values), found


def _header_lines(text: str) -> dict[tuple[int, ...], int]:
    """The line of every [[button]] and [[button.sub_button]]."""
    lines: dict[tuple[int, ...], int] = {}
    first, second = -1, -1
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[\[\s*button\s*\]\]", line):
            first, second = first + 1, -1
            lines[(first,)] = number
        elif re.match(r"\s*\[\[\s*button\s*\.\s*sub_button\s*\]\]", line):
            second += 1
            lines[(first, second)] = number
    return lines


def _button_faults(button: dict[str, Any], level: int) -> Iterator[tuple[str, str]]:
    name, kind = button.get("name"), button.get("type")
    if not isinstance(name, str) or not name.strip():
        yield "name", "菜单项缺少 name（名称）"
    elif len(name.encode()) > NAME_BYTES[level]:
        yield (
            "name",
            f"菜单名「{name}」有 {len(name.encode())} 字节，最多 {NAME_BYTES[level]} 字节（一个汉字 3 字节）",
        )
    if level == 1 and button.get("sub_button"):
        return
    if kind not in BUTTON_NEEDS:
        yield "type", f"type 应是 {'、'.join(BUTTON_NEEDS)} 之一"
        return
    for key in BUTTON_NEEDS[kind]:
        value = button.get(key)
        if not isinstance(value, str) or not value:
            yield key, f"{kind} 类型的菜单项要有 {key}"
        elif len(value.encode()) > VALUE_BYTES.get(key, 1024):
            yield key, f"{key} 有 {len(value.encode())} 字节，最多 {VALUE_BYTES[key]} 字节"
    if kind == "click" and isinstance(button.get("key"), str) and not MENU_KEY.fullmatch(button["key"]):
        yield "key", "key 应写成 menu:词语，如 menu:政策；点击等于发送这个词语"
    for key in button.keys() - {"name", "type", "sub_button", *BUTTON_NEEDS[kind]}:
        yield key, f"{kind} 类型的菜单项没有 {key}；请删去"


def write(values: dict[str, str | int | bool]) -> str:
    """A flat TOML file of these values; JSON's quoting is also TOML's."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
