"""`tongxin privacy export | erase OPENID`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from bot.commands.transaction import acting
from bot.core import audit, clock
from bot.core.actor import Actor
from bot.privacy import holdings
from models.followers import find_follower

by_option = click.option("--by", "by_name", metavar="姓名", help="谁在操作，记入操作日志；不写记为系统。")
NOTHING = "没有这个人的任何信息。请核对 OPENID（区分大小写）。"


@click.group()
def command() -> None:
    """个人信息：导出或删除一个人的全部信息。"""


@command.command()
@click.argument("openid", metavar="OPENID")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="文件.json",
    help="写入文件（只有本用户能读）；不写则输出到屏幕。",
)
@by_option
@click.pass_context
def export(ctx: click.Context, openid: str, out: Path | None, by_name: str | None) -> None:
    """导出一个人在每张表里的信息（JSON），供本人查阅、复制。"""
    with acting(ctx, by_name) as actor:
        found = holdings.copy_of(actor.db, actor.services, openid)
        if not found:
            raise click.ClickException(NOTHING)
        _write_down(actor, "privacy.export", openid, rows={table: len(rows) for table, rows in found.items()})
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if out is None:
        click.echo(text)
        return
    with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"已导出 {sum(map(len, found.values()))} 条。请当面或用安全的方式交给本人，交后删除文件。")


@command.command()
@click.argument("openid", metavar="OPENID")
@click.option("--yes", is_flag=True, help="不再询问。")
@by_option
@click.pass_context
def erase(ctx: click.Context, openid: str, yes: bool, by_name: str | None) -> None:
    """删除一个人的全部信息：能撤回的诉求撤回，其余办结后匿名化。不能恢复。"""
    if not yes:
        click.confirm("将删除此人的订阅、聊天、企业信息，撤回或匿名化其诉求，不能恢复。确定吗？", abort=True)
    with acting(ctx, by_name) as actor:
        follower = find_follower(actor.db, openid)
        if not holdings.erase(actor.db, actor.services, openid, clock.now()):
            raise click.ClickException(NOTHING)
        _write_down(actor, "privacy.erase", openid, subject=follower.id if follower else None)
    click.echo("已删除。还在办理的诉求已与此人断开，办结后自动匿名化。")


def _write_down(
    actor: Actor,
    action: str,
    openid: str,
    *,
    subject: int | None = None,
    **detail: Any,
) -> None:
    follower = find_follower(actor.db, openid) if subject is None else None
    subject_id = subject or (follower.id if follower else None)
    audit.record(actor.db, actor.by, action, "follower", subject_id, **detail)
