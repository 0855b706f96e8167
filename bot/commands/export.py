"""`tongxin export appeals`: the ledger as an Excel file, without the console."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bot.commands.bounded import DAY
from bot.commands.followers import json_option
from bot.commands.transaction import colleague, services_of
from bot.core import clock
from bot.core.actor import Actor
from bot.core.db import transaction
from bot.ledgers import exporting
from bot.ledgers.appeal_rows import Scope
from bot.runtime.services import Services
from bot.statistics.period import Period, year


@click.group()
def command() -> None:
    """导出：诉求台账（Excel）。"""


@command.command()
@click.option(
    "--from", "first", type=DAY, metavar="日期", help="提出时间从这一天起，例如 2026-01-01；默认今年第一天。"
)
@click.option("--to", "last", type=DAY, metavar="日期", help="到这一天为止（含当天）；默认今天。")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="文件.xlsx",
    help="写到哪个文件；已有的会被替换。",
)
@click.option("--by", "by_name", metavar="同事", help="导出人，记入操作记录；导出完整联系方式时必填。")
@click.option("--full", is_flag=True, help="含完整的联系人和电话；要有权限，并写明用途。")
@click.option("--reason", default="", metavar="文字", help="用途，记入操作记录。")
@json_option
@click.pass_context
def appeals(
    ctx: click.Context,
    first: datetime | None,
    last: datetime | None,
    out: Path,
    by_name: str | None,
    full: bool,
    reason: str,
    as_json: bool,
) -> None:
    """导出一段时间的诉求台账：台账、统计、超期和挂账清单、口径说明。

    联系人和电话默认隐去中间部分；保密的举报不导出。
    例：tongxin export appeals --from 2026-01-01 --to 2026-06-30 --out 台账.xlsx
    """  # fmt: skip
    period = _period(first, last)
    if out.suffix.lower() != ".xlsx":
        raise click.UsageError("--out 应为 .xlsx 文件，例如 --out 台账.xlsx")
    if not out.absolute().parent.is_dir():
        raise click.UsageError(f"没有文件夹 {out.absolute().parent}，请先建好，或换一个地方。")
    if full and not by_name:
        raise click.UsageError("--full 要用 --by 写明由谁导出，并用 --reason 写明用途。")
    with services_of(ctx) as services:
        who = _noted(services, Scope(period, full), by_name, reason)
        try:
            count = exporting.to_file(services, out.absolute(), Scope(period, full), who)
        except OSError as error:
            raise click.ClickException(f"写不了 {out}：{error.strerror}。请换一个地方再试。") from error
    if as_json:
        click.echo(f'{{"cases": {count}}}')
        return
    click.echo(f"已导出 {count} 件（{period.label}）：{out}")


def _period(first: datetime | None, last: datetime | None) -> Period:
    """From the year's first day until today, unless said otherwise."""
    end = last.date() if last else clock.today()
    start = first.date() if first else year(end.year).first
    if end < start:
        raise click.UsageError("--to 早于 --from，请核对两个日期。")
    return Period(start, end)


def _noted(services: Services, scope: Scope, by_name: str | None, reason: str) -> str:
    """Check the right, write the trail's row, and say who exports."""
    with transaction(services.engine) as db:
        by = colleague(db, by_name) if by_name else None
        why = exporting.checked(by, scope.full, reason) if by else (reason.strip()[:200] or None)
        exporting.note(Actor(db, by), None, scope, why)
        return by.name if by else "命令行"
