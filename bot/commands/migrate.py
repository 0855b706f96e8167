"""`tongxin migrate`."""

from __future__ import annotations

import click

from bot.commands.context import config_of


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """把数据库结构升级到最新。"""
    from bot.core import schema
    from bot.core.db import connect

    engine = connect(config_of(ctx).database.url)
    before = schema.status(engine)
    schema.require_mendable(before)
    schema.migrate(engine)
    if before.ready:
        click.echo(f"数据库结构已是最新（{before.head}）。")
    elif before.current == before.head:
        click.echo(f"数据库结构已是最新（{before.head}），任务队列的表也已建好。")
    else:
        click.echo(f"数据库结构已从 {before.current or '空'} 升级到 {before.head}。")
