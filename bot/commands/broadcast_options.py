"""The options of `tongxin broadcast new` and `revise`: what to send, to whom, when; read into a draft's fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from bot.core import clock
from bot.core.bounds import FIRST_YEAR, LAST_YEAR, is_known
from bot.outgoing.broadcasts.verbs import Changes
from bot.outgoing.payloads import read_article
from bot.public.links import of_page
from bot.runtime.services import Services
from bot.wechat.replies import line_ends

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TEXT_LIMIT = 1_000_000  # bytes; a larger file is a wrong path
SOURCES = {
    "text_file": "--text-file",
    "article": "--article",
    "page": "--page",
    "template": "--template",
    "notice": "--notice",
}


def hour(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """A moment in Shanghai that is still to come."""
    if value is None:
        return None
    try:
        naive = datetime.strptime(value.strip(), "%Y-%m-%d %H:%M")  # noqa: DTZ007 — Shanghai, on the next line
    except ValueError:
        raise click.BadParameter(f"「{value}」应写成 2026-11-25 09:00（北京时间）。") from None
    if not is_known(naive):
        raise click.BadParameter(f"「{value}」的年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。")
    moment = naive.replace(tzinfo=clock.SHANGHAI)
    if moment <= clock.now():
        raise click.BadParameter(f"「{value}」已经过去。要立即发送就不写 --at。")
    return moment


def content_options(function: F) -> F:
    """What both `new` and `revise` take."""
    options = [
        click.option("--text-file", type=FILE, help="文字消息：UTF-8 文本文件。"),
        click.option("--article", type=FILE, help="图文消息：Markdown 文件，开头写标题、作者、摘要、封面。"),
        click.option("--page", metavar="标识", help="我们的政策页或学习资料页，以卡片发送。"),
        click.option("--template", metavar="模板ID", help="模板消息，内容写在 --data。"),
        click.option("--notice", metavar="模板ID", help="订阅通知，内容写在 --data。"),
        click.option("--data", metavar="JSON", help='模板内容，如 {"thing1":{"value":"座谈会"}}。'),
        click.option("--url", metavar="网址", help="模板消息或订阅通知点开的网页。"),
        click.option("--title", help="给同事看的标题；不写就取文章或页面的标题。"),
        click.option("--segment", metavar="all|JSON", help="发给谁：all，或人群条件 JSON；默认 all。"),
        click.option("--ways", metavar="渠道", help="可用渠道和先后，如 custom,mass；默认按形式。"),
        click.option(
            "--at",
            "send_at",
            callback=hour,
            metavar="时间",
            help='什么时候发，如 "2026-11-25 09:00"；默认批准后立即。',
        ),
        click.option("--urgent/--not-urgent", default=None, help="紧急：免打扰时段也发。"),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def source_of(given: Mapping[str, Any]) -> str | None:
    """Which option says what to send; None when none does. Two that do are wrong use."""
    chosen = [name for name in SOURCES if given[name]]
    if len(chosen) > 1:
        raise click.UsageError(f"{' 和 '.join(SOURCES[name] for name in chosen)} 只能写一个。")
    if (given["data"] or given["url"]) and chosen not in (["template"], ["notice"]):
        raise click.UsageError("--data 和 --url 要与 --template 或 --notice 一起写。")
    if chosen in (["template"], ["notice"]) and not given["data"]:
        raise click.UsageError("请用 --data 写明模板内容。")
    return chosen[0] if chosen else None


def read(services: Services, db: Session, given: Mapping[str, Any]) -> Changes:
    """The fields that were named on the command line."""
    source = source_of(given)
    fields = _content(services, db, source, given) if source else Changes()
    if given["title"]:
        fields["title"] = given["title"]
    if given["segment"]:
        fields["audience"] = given["segment"]
    if given["ways"]:
        fields["ways"] = [way.strip() for way in given["ways"].replace("，", ",").split(",") if way.strip()]
    if given["send_at"]:
        fields["send_at"] = given["send_at"]
    if given["urgent"] is not None:
        fields["urgent"] = given["urgent"]
    return fields


def _content(services: Services, db: Session, source: str, given: Mapping[str, Any]) -> Changes:
    value = given[source]
    match source:
        case "text_file":
            text = _text(value).rstrip("\n")
            first = next((line.strip() for line in text.splitlines() if line.strip()), "")
            return Changes(title=first[:30], form="text", payload={"text": text})
        case "article":
            payload = read_article(value, services.storage)
            return Changes(title=str(payload["title"]), form="article", payload=payload)
        case "page":
            title, payload = of_page(services, db, value)
            return Changes(title=title, form="page", payload=payload)
        case _:
            payload = {"template_id": value, "data": _data(given["data"])}
            if given["url"]:
                payload["url" if source == "template" else "page"] = given["url"]
            return Changes(
                title=f"{'模板消息' if source == 'template' else '订阅通知'}", form=source, payload=payload
            )


def _text(path: Path) -> str:
    if path.stat().st_size > TEXT_LIMIT:
        raise click.ClickException(f"{path} 太大，不像要发送的文字；请核对文件。")
    try:
        return line_ends(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} 不是 UTF-8 编码；请用编辑器「另存为」UTF-8。") from None


def _data(given: str) -> Any:
    try:
        return json.loads(given)
    except ValueError:
        raise click.UsageError('--data 应为 JSON，如 {"thing1":{"value":"座谈会"}}。') from None
