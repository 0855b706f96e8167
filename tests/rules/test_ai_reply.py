"""No machine of the platform answers in our place: with our server's address set the console's AI reply is silent, and
we never hand a message over to it (platform §3)."""

from __future__ import annotations

from datetime import datetime

from bot.core.paths import CONTENT
from bot.wechat.replies import Image, News, Reply, Silence, Text, Transfer, render

ROOT = CONTENT.parent
HANDED_OVER = "transfer_biz_" + "ai_ivr"
EVERY_REPLY: tuple[Reply, ...] = (
    Text("好"),
    News("题", "话", "https://example.cn/p"),
    Image("m"),
    Transfer(),
    Silence(),
)


def test_no_code_of_ours_knows_the_word() -> None:
    files = [
        p
        for folder in ("bot", "handlers", "models", "content")
        for p in (ROOT / folder).rglob("*")
        if p.is_file() and "simulator" not in p.parts  # WeChat's side knows it
    ]
    knowing = [p.name for p in files if p.suffix in (".py", ".toml", ".md") and HANDED_OVER in p.read_text()]
    assert knowing == []


def test_every_kind_of_reply_is_our_own_or_goes_to_a_person() -> None:
    assert {type(reply) for reply in EVERY_REPLY} == set(
        Reply.__args__
    )  # a new kind has to be looked at here
    moment = datetime.fromisoformat("2026-11-24T10:00:00+08:00")
    rendered = [render(reply, to="o", sender="gh", at=moment) for reply in EVERY_REPLY]
    assert not any(HANDED_OVER in xml for xml in rendered)


def test_the_guides_say_that_the_consoles_replies_are_silent() -> None:
    for guide in ("docs/deploy.md", "docs/console.md"):
        said = (ROOT / guide).read_text()
        assert "AI 回复" in said
        assert "不再工作" in said
