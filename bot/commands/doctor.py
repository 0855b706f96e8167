"""`tongxin doctor`."""

from __future__ import annotations

import os

import click

from bot.commands.context import invocation_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供程序读取。")
@click.option("--offline", is_flag=True, help="不联网，只查配置、文件、数据库和本机。")
@click.pass_context
def command(ctx: click.Context, as_json: bool, offline: bool) -> None:
    """逐项检查配置、密钥、数据库、时钟、微信权限和回调地址，并说明怎么改。"""
    from bot.health import doctor

    report = doctor.examine(invocation_of(ctx).path, os.environ, offline=offline)
    click.echo(report.json() if as_json else report.text())
    ctx.exit(0 if report.healthy else 1)
