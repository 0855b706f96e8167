"""`tongxin backup FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.backup_failures import told_in_chinese
from bot.commands.context import config_of

if TYPE_CHECKING:
    from bot.backup.taking import Taken
    from bot.core.config import Config

ASK = "备份里将有全部密钥，拿到文件的人可以冒充本公众号。请只存放在保险的地方。确定吗？"


@click.command()
@click.argument("target", metavar="文件或文件夹", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), metavar="份数", help="只留最新的几份；目标须是文件夹。")
@click.option("--with-secrets", is_flag=True, help="连同密钥一起备份；不写则备份里没有密钥。")
@click.option("--yes", is_flag=True, help="不再询问。")
@click.pass_context
def command(ctx: click.Context, target: Path, keep: int | None, with_secrets: bool, yes: bool) -> None:
    """备份数据、附件和配置到一个文件，不必停服务；写完自动核对。

    目标是文件夹时，文件名带日期和时间，例如 tongxin-20261201-023000.zip。
    """
    if keep is not None and not target.is_dir():
        raise click.UsageError("--keep 要和文件夹一起用：文件夹里的备份名字带日期，才知道哪些是旧的。")
    config = config_of(ctx)
    if with_secrets and not yes:
        click.confirm(ASK, abort=True)
    with told_in_chinese("没有备份成"):
        taken, gone = _take(config, target, keep, with_secrets)
    size = f"{taken.bytes / 1024**2:.1f} MB"
    click.echo(f"已备份到 {taken.path}：{taken.rows} 行、{taken.files} 个附件，{size}，核对无误。")
    if gone:
        click.echo(f"已删除 {gone} 份旧备份，留最新 {keep} 份。")


def _take(config: Config, target: Path, keep: int | None, with_secrets: bool) -> tuple[Taken, int]:
    """The backup, and how many old ones have gone for it."""
    from bot.backup import places, taking
    from bot.core import clock
    from bot.core.db import connect

    path = places.target(target, clock.now(), config.storage.path)
    engine = connect(config.database.url)
    try:
        taken = taking.take(config, engine, path, with_secrets=with_secrets)
    finally:
        engine.dispose()
    return taken, places.forget_old(path.parent, keep) if keep else 0
