"""`tongxin restore FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.backup_failures import told_in_chinese
from bot.commands.context import config_of
from bot.commands.next_acts import with_next_acts

if TYPE_CHECKING:
    from bot.backup.archive import Reader
    from bot.backup.restoring import Outcome
    from bot.core.config import Config

ALWAYS = (
    "所有同事要重新登录，没用过的登录链接和等第二个人确认的事都作废，要重新提出；备份之后停用或改过权限的同事已变回备份时的样子，用 tongxin staff list 核对。",
    "备份之后提交的诉求不在了：请在公众平台后台看用户消息，按原话重新登记。",
)
NEXT = "接着：tongxin doctor，处理好上面各项，再启动服务。"


@click.command()
@click.argument("source", metavar="文件", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--yes", is_flag=True, help="不再询问。")
@click.pass_context
def command(ctx: click.Context, source: Path, yes: bool) -> None:
    """用一个备份代替现在的数据；要先停掉所有服务。什么都不会自动发出。"""
    from bot.backup import archive

    with told_in_chinese("没有恢复，原来的数据没有动"), archive.reading(source) as backup:
        outcome = _restore(config_of(ctx), backup, yes)
    click.echo(f"已恢复：{outcome.rows} 行，补回 {outcome.files} 个附件。请逐项处理：")
    for number, line in enumerate([*map(with_next_acts, outcome.said), *ALWAYS], 1):
        click.echo(f"{number}. {line}")
    click.echo(NEXT)


def _restore(config: Config, backup: Reader, yes: bool) -> Outcome:
    from bot.app import build_services
    from bot.backup import restoring
    from bot.core.db import connect

    for line in restoring.check(config, backup):
        click.echo(line)
    if not yes:
        click.confirm(_question(backup), abort=True)
    engine = connect(config.database.url)
    try:
        return restoring.restore(config, engine, backup, build_services)
    finally:
        engine.dispose()


def _question(backup: Reader) -> str:
    from bot.core import clock

    contents = backup.contents
    rows = sum(contents.tables.values())
    return (
        f"将用 {clock.local(contents.taken_at):%Y-%m-%d %H:%M} 的备份（{rows} 行）代替现在的全部数据，"
        "之后的诉求、办理和发送记录都会没有。确定吗？"
    )
