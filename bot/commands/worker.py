"""`tongxin worker`."""

from __future__ import annotations

import click

from bot.commands.context import config_of
from bot.commands.run import serve


@click.command()
@click.pass_context
def command(ctx: click.Context) -> None:
    """只运行发送和取图，可以开任意多个。"""
    serve(config_of(ctx), workers=True)
