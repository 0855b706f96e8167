"""`tongxin migrate`."""

from __future__ import annotations

import click

from bot.commands.context import config_of


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """把数据库结构升级到最新。"""
    from sqlalchemy.exc import SQLAlchemyError

    from bot.core import schema
    from bot.core.db import connect

    try:
        engine = connect(config_of(ctx).database.url)
        before = schema.status(engine)
        schema.migrate(engine)
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        raise click.ClickException(
            f"数据库打不开或升级失败（{reason}）。请检查 [database] url，再运行 tongxin doctor。"
        ) from error
    if before.ready:
        click.echo(f"数据库结构已是最新（{before.head}）。")
    elif before.current == before.head:
        click.echo(f"数据库结构已是最新（{before.head}），任务队列的表也已建好。")
    else:
        click.echo(f"数据库结构已从 {before.current or '空'} 升级到 {before.head}。")
