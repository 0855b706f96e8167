"""Settings that are right alone and wrong together. A conflict is told at the first key that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import time
from typing import Any

from bot.core.secret import Secret
from bot.core.settings import Place

Complaint = Callable[..., str | None]
CONFLICTS: dict[tuple[Place, ...], Complaint] = {}


def conflict(*keys: str) -> Callable[[Complaint], Complaint]:
    """Register what looks at these keys (`section.key`) and says in Chinese what to do about them, or None."""

    def register(complaint: Complaint) -> Complaint:
        CONFLICTS[tuple(map(_place, keys))] = complaint
        return complaint

    return register


def _place(key: str) -> Place:
    section, name = key.split(".")
    return section, name


def conflicts(values: Mapping[Place, Any]) -> Iterator[tuple[Place, str]]:
    """Where something does not fit and what to do. A wrong value is not in `values`, and one mistake is enough."""
    for keys, complaint in CONFLICTS.items():
        if all(key in values for key in keys) and (remedy := complaint(*(values[key] for key in keys))):
            yield keys[0], remedy


@conflict("wechat.aes_key", "wechat.mode")
def _mode_needs_key(key: Secret, mode: str) -> str | None:
    if mode == "plain" or key:
        return None
    return f'mode = "{mode}" 时必须填写：公众平台「消息加解密密钥」43 位；初次设置时会自动生成'


@conflict("wechat.previous_aes_key", "wechat.aes_key")
def _previous_differs(previous: Secret, key: Secret) -> str | None:
    return "与 aes_key 相同；这里写换钥之前的旧密钥，没换过就留空" if previous and key == previous else None


@conflict("delivery.lease_seconds", "wechat.timeout_connect", "wechat.timeout_read")
def _lease_outlives_call(lease: int, connect: float, read: float) -> str | None:
    longest = connect + read
    return None if lease > longest else f"应大于 [wechat] 两个超时之和 {longest:g} 秒，否则会重复领取"


@conflict("delivery.dispatcher", "database.url")
def _queue_needs_postgresql(dispatcher: str, url: str) -> str | None:
    if dispatcher != "queue" or not url.startswith("sqlite"):
        return None
    return '任务队列要用 PostgreSQL：[database] url 是 SQLite 时写 "auto" 或 "local"'


@conflict("appeals.close_of_business", "appeals.open_of_business")
def _day_has_hours(end: time, start: time) -> str | None:
    return None if end > start else f"应晚于 open_of_business（{start:%H:%M}）"


@conflict("appeals.supervise_three_days", "appeals.supervise_two_days", "appeals.supervise_one_days")
def _levels_rise(three: int, two: int, one: int) -> str | None:
    return None if one < two < three else "督办一、二、三级的天数应逐级增大"


@conflict("mail.sender", "mail.host")
def _mail_has_a_sender(sender: str, host: str) -> str | None:
    return "填了 [mail] host 就要填发件地址，邮件才发得出" if host and not sender else None
