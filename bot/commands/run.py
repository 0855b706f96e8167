"""`tongxin run`, and the options that every serving verb takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bot.commands.context import config_of
from bot.runtime import garbage

if TYPE_CHECKING:
    from bot.core.config import Config


@click.command()
@click.option("--host", help="监听地址，覆盖 [server] host。")
@click.option("--port", type=click.IntRange(1, 65535), help="监听端口，覆盖 [server] port。")
@click.pass_context
def command(ctx: click.Context, host: str | None, port: int | None) -> None:
    """一个进程里运行全部：网页与回调、定时任务、发送。"""
    garbage.pause()
    config = listening(config_of(ctx), host, port)
    seed(config)
    serve(config, web=True, scheduler=True, workers=True)


def listening(config: Config, host: str | None, port: int | None) -> Config:
    """The settings with the address from the command line."""
    server = replace(config.server, host=host or config.server.host, port=port or config.server.port)
    return replace(config, server=server)


def serve(config: Config, *, web: bool = False, scheduler: bool = False, workers: bool = False) -> None:
    """Run parts of the service; what hinders the start is said in Chinese."""
    garbage.pause()
    from bot.commands import serving
    from bot.runtime.web import NotReady

    def announce() -> None:
        if web:
            click.echo(
                f"已启动：http://{config.server.host}:{config.server.port}（回调地址 {config.server.public_url}/wechat）"
            )
        else:
            click.echo("已启动。")

    try:
        serving.run(config, web=web, scheduler=scheduler, workers=workers, announce=announce)
    except NotReady:
        garbage.freeze()
        raise


def seed(config: Config) -> None:
    """Import the shipped content into a database that has none yet, so that the first question has an answer."""
    from bot.content import files, store
    from bot.core.db import connect, transaction
    from bot.core.paths import CONTENT
    from bot.core.schema import status
    from models.content import content_version

    engine = connect(config.database.url)
    try:
        if not status(engine).ready:
            return
        with transaction(engine) as db:
            if content_version(db) == 0:
                counts = store.import_content(db, files.load(CONTENT))
                click.echo(f"数据库里还没有内容，已导入 {counts.added} 条。")
    finally:
        engine.dispose()
