"""`tongxin web`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.commands.context import config_of
from bot.commands.run import listening, serve

if TYPE_CHECKING:
    from bot.core.config import Config

MOST_PROCESSES = 64


@click.command()
@click.option("--host", help="监听地址，覆盖 [server] host。")
@click.option("--port", type=click.IntRange(1, 65535), help="监听端口，覆盖 [server] port。")
@click.option(
    "--processes",
    type=click.IntRange(1, MOST_PROCESSES),
    default=1,
    show_default=True,
    help="网页进程数。用 PostgreSQL 时可以等于处理器核数；SQLite 只能是 1。",
)
@click.pass_context
def command(ctx: click.Context, host: str | None, port: int | None, processes: int) -> None:
    """只运行网页与回调，可以开任意多个。"""
    config = listening(config_of(ctx), host, port)
    if processes == 1:
        serve(config, web=True)
    else:
        _serve_from(config, processes)


def _serve_from(config: Config, processes: int) -> None:
    from bot.runtime import web_processes

    def announce() -> None:
        click.echo(
            f"已启动 {processes} 个网页进程：http://{config.server.host}:{config.server.port}"
            f"（回调地址 {config.server.public_url}/wechat）"
        )

    web_processes.run(config, processes, announce)
