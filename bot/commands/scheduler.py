"""`tongxin scheduler`."""

from __future__ import annotations

import click

from bot.commands.context import config_of
from bot.commands.run import serve


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """只运行定时任务，可以开任意多个，每次任务只做一遍。"""
    serve(config_of(ctx), scheduler=True)
