"""`tongxin web`."""

from __future__ import annotations

import click

from bot.commands.context import config_of
from bot.commands.run import listening, serve


@click.command()
@click.option("--host", help="监听地址，覆盖 [server] host。")
@click.option("--port", type=click.IntRange(1, 65535), help="监听端口，覆盖 [server] port。")
@click.pass_context
def command(ctx: click.Context, host: str | None, port: int | None) -> None:
    """只运行网页与回调，可以开任意多个。"""
    serve(listening(config_of(ctx), host, port), web=True)
