"""`tongxin segment count | tag | list | sync`: groups of followers, and their tags at WeChat."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy.orm import Session

from bot.commands.followers import by_option, json_option
from bot.commands.next_acts import with_next_acts
from bot.commands.transaction import acting, services_of
from bot.core import clock
from bot.core.db import reading, transaction
from bot.followers import segments, tag_members, tags
from bot.runtime.services import Services
from bot.wechat.capabilities import Capability, require
from bot.wechat.errors import ApiError
from models.tags import Tag


@click.group()
def command() -> None:
    """人群：按条件数人，做成微信标签并保持一致。"""


@command.command()
@click.argument("segment", metavar="全部|JSON")
@json_option
@click.pass_context
def count(ctx: click.Context, segment: str, as_json: bool) -> None:
    """这个人群现在有多少人，举几个例子（已隐去身份）。

    例：tongxin segment count '{"street": ["八角"], "exclude": {"tags": ["已联系"]}}'
    """
    with services_of(ctx) as services, reading(services.engine) as db:
        wanted = segments.parse(segment)
        number, some = segments.count(db, wanted), segments.sample(db, wanted)
        wrong = segments.missing(db, wanted)
    said = segments.describe(wanted)
    if as_json:
        facts = {
            "count": number,
            "segment": wanted,
            "describe": said,
            "sample": [asdict(one) for one in some],
        }
        click.echo(json.dumps({**facts, "missing": [str(one) for one in wrong]}, ensure_ascii=False))
        return
    click.echo(f"{said}：{number} 人")
    for one in some:
        click.echo(f"  {one.company or '（未登记企业）'}  {one.openid}")
    for advice in wrong:
        click.echo(f"注意：{with_next_acts(advice)}", err=True)


@command.command()
@click.argument("name", metavar="标签名")
@click.option("--segment", "segment", required=True, metavar="JSON", help="谁有这个标签，人群条件 JSON。")
@by_option
@click.pass_context
def tag(ctx: click.Context, name: str, segment: str, by_name: str | None) -> None:
    """建立或修改一个跟随人群的标签，随后自动同步到微信。"""
    with acting(ctx, by_name) as actor:
        made = tags.define(actor, name, segments.parse(segment))
        number = segments.count(actor.db, made.segment)
    click.echo(f"标签「{made.name}」：{segments.describe(made.segment)}，现有 {number} 人。")
    click.echo("由运行中的服务自动同步到微信；要马上同步请运行 tongxin segment sync。")


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """列出标签、人数和同步情况。"""
    with services_of(ctx) as services, reading(services.engine) as db:
        rows = [_facts(db, one) for one in tags.all_tags(db)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['name']}（{row['describe']}）：{row['wanted']} 人，微信已有 {row['there']} 人，{row['state']}"
        )
    if not rows:
        click.echo("""还没有标签。例如：tongxin segment tag 八角企业 --segment '{"street": ["八角"]}'""")


def _facts(db: Session, tag: Tag) -> dict[str, Any]:
    wanted, there = tag_members.members(db, tag)
    moment = f"{clock.local(tag.synced_at):%Y-%m-%d %H:%M} 核对" if tag.synced_at else "等待同步"
    return {
        "name": tag.name,
        "segment": tag.segment,
        "describe": segments.describe(tag.segment) if tag.segment else "在微信后台手工打",
        "wechat_id": tag.wechat_id,
        "wanted": wanted,
        "there": there,
        "reason": tag.reason,
        "state": tag.reason or moment,
    }


@command.command()
@json_option
@click.pass_context
def sync(ctx: click.Context, as_json: bool) -> None:
    """马上与微信核对所有标签；中断后再运行会接着做。"""
    with services_of(ctx) as services:
        require(services.capabilities, Capability.USERS)
        try:
            calls = _sync(services, quiet=as_json)
        except ApiError as error:
            raise click.ClickException(f"标签没有同步：{error.advice}") from error
        with reading(services.engine) as db:
            rows, waiting = [_facts(db, one) for one in tags.all_tags(db)], tags.waiting(db)
    if as_json:
        click.echo(json.dumps({"tags": rows, "waiting": waiting}, ensure_ascii=False))
    else:
        for row in rows:
            click.echo(f"{row['name']}：{row['there']}/{row['wanted']} 人，{row['state']}")
        click.echo(f"{waiting}。" if waiting else f"已核对 {len(rows)} 个标签，处理 {calls} 项。")
    if waiting or any(row["reason"] for row in rows):
        ctx.exit(1)


def _sync(services: Services, *, quiet: bool) -> int:
    """All rounds there are, from WeChat's list of tags on; how much was done. Raises ApiError."""
    with reading(services.engine) as db:
        if tags.waiting(db):
            return 0
    tags.pull(services)
    with transaction(services.engine) as db:
        tags.ask(db)
    total = 0
    while done := tags.work(services):
        total += done
        if not quiet:
            click.echo(f"已处理 {total} 项…")
    return total
