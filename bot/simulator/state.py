"""All that the simulated platform remembers, as plain data that fits into one JSON file."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def _first_number() -> int:
    """Milliseconds since late 2023, so that a platform that forgot everything gives no number twice."""
    return time.time_ns() // 10**6 - 1_700_000_000_000


@dataclass(slots=True)
class Window:
    """Permission to send customer-service messages: until when (epoch seconds) and how many more."""

    until: float
    left: int


@dataclass(slots=True)
class Follower:
    """One WeChat user as this account knows them, and all that they have seen."""

    openid: str
    name: str
    subscribed: bool = True
    ever_subscribed: bool = True
    subscribed_at: int = 0
    subscribe_scene: str = "ADD_SCENE_SEARCH"
    qr_scene: int = 0
    qr_scene_str: str = ""
    remark: str = ""
    tags: list[int] = field(default_factory=list)  # in the order given; the last one decides the menu
    blacklisted: bool = False
    refuses: bool = False  # turned messages off in the profile: 48002
    blocks_templates: bool = False  # template jobs end in "failed:user block"
    windows: dict[str, Window] = field(default_factory=dict)
    last_action: float = 0.0
    typing_until: float = 0.0
    mass_by_month: dict[str, int] = field(default_factory=dict)
    consents: dict[str, int] = field(default_factory=dict)  # template id -> messages left, -1 for long-term
    one_time: dict[str, int] = field(default_factory=dict)  # "template id|scene" -> confirmations left
    unread: int = 0
    outbox: list[Json] = field(default_factory=list)
    seat: int = 0  # the place among all followers in the order of arrival, counted from 0


@dataclass
class Token:
    """One access_token: epoch second of its natural end, and whether it was cut off before."""

    value: str
    expires: float
    stable: bool
    dies: float  # when it stops working; earlier than `expires` after it was replaced


@dataclass
class Tokens:
    """Both kinds of token, which do not know each other (platform §4.1)."""

    known: dict[str, Token] = field(default_factory=dict)
    plain: str = ""
    stable: str = ""
    forced_at: float = 0.0


@dataclass
class Medium:
    """A stored file; temporary ones end three days after `created` (epoch seconds)."""

    media_id: str
    kind: str
    name: str
    content_type: str
    data: bytes
    created: float
    permanent: bool = False
    title: str = ""
    introduction: str = ""


@dataclass
class Draft:
    """One entry of the draft box."""

    media_id: str
    articles: list[Json]
    updated: int


@dataclass
class Article:
    """Published or mass-sent articles under one article_id; a deleted one is None."""

    article_id: str
    news: list[Json | None]
    updated: int


@dataclass
class MassJob:
    """One accepted mass send and what became of it."""

    msg_id: int
    msg_data_id: int
    clientmsgid: str
    accepted: float
    to_all: bool
    openids: list[str] | None
    tag_id: int | None
    content: Json
    articles: list[Json]
    status: str = "SENDING"  # SENDING, SEND_SUCCESS, SEND_FAIL, DELETE
    result: str = ""  # the Status of MASSSENDJOBFINISH
    counts: dict[str, int] = field(default_factory=dict)
    article_id: str = ""


@dataclass
class PublishJob:
    """One accepted freepublish job; status as in platform §2.6, 1 while it runs."""

    publish_id: int
    articles: list[Json]
    media_id: str
    status: int = 1
    article_id: str = ""


@dataclass
class Tag:
    """A label that the account gives to followers."""

    id: int
    name: str


@dataclass
class Template:
    """A message template in use; `content` holds {{key.DATA}} places."""

    template_id: str
    title: str
    content: str
    subscribe: bool = False
    short_id: str = ""


@dataclass
class Ticket:
    """A parametric QR code; `until` is None for a permanent one."""

    ticket: str
    scene: str
    is_number: bool
    until: float | None
    url: str


@dataclass
class Menus:
    """The default menu and the conditional ones, newest first."""

    default: Json | None = None
    default_id: int = 0
    conditional: list[Json] = field(default_factory=list)


@dataclass
class Counters:
    """Calls by day (and month), and what the statistics page shows."""

    used: dict[str, dict[str, int]] = field(default_factory=dict)  # day or month -> key -> calls
    calls: dict[str, int] = field(default_factory=dict)
    callers: dict[str, int] = field(default_factory=dict)  # address -> calls
    errors: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    failure_lines: int = 0
    token_fetches: int = 0
    pushed: dict[str, dict[str, int]] = field(default_factory=dict)  # content digest -> openid -> messages
    most_pushed: int = 0  # the largest number in `pushed`


@dataclass
class State:
    """The whole memory of WeChat about one account."""

    account_kind: str
    verified: bool
    next_number: int = field(default_factory=_first_number)
    next_follower: int = 0
    followers: dict[str, Follower] = field(default_factory=dict)
    tokens: Tokens = field(default_factory=Tokens)
    media: dict[str, Medium] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)
    mass_jobs: dict[int, MassJob] = field(default_factory=dict)
    mass_speed: int = 0
    publish_jobs: dict[int, PublishJob] = field(default_factory=dict)
    tags: dict[int, Tag] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    template_ids: dict[str, tuple[float, int]] = field(default_factory=dict)  # openid|client_msg_id
    tickets: dict[str, Ticket] = field(default_factory=dict)
    menus: Menus = field(default_factory=Menus)
    counters: Counters = field(default_factory=Counters)
