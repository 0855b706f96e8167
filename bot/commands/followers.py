"""`tongxin followers sync | status | import | set`."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from bot.commands.next_acts import with_next_acts
from bot.commands.transaction import acting, actor_in, services_of
from bot.core import clock
from bot.core.db import reading, transaction
from bot.core.refusals import Advice
from bot.followers import sync
from bot.followers.profile_sheets import LIMITS, import_sheet
from bot.followers.profiles import CLOSED, FIELDS, set_profile
from bot.runtime.services import Services
from bot.wechat.capabilities import Capability, require
from models.syncs import SyncRun, SyncState

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
STATES = {
    SyncState.LISTING: "正在列名单",
    SyncState.DETAILS: "正在核对",
    SyncState.DONE: "已完成",
    SyncState.FAILED: "没有完成",
}
LOOK_EVERY = 0.5  # seconds, while another process has the run
LONG_WAIT = timedelta(minutes=5)  # for more the command does not stay: the service or the next call goes on
SHOWN_COMPLAINTS = 200
by_option = click.option("--by", "by_name", metavar="姓名", help="谁在操作；不写记为系统。")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供程序读取。")


@click.group()
def command() -> None:
    """关注者：同步名单，查看进度，登记企业信息。"""


@command.command("sync")
@click.option("--trust", is_flag=True, help="已核对过：名单里少的很多人确实都取消关注了。")
@by_option
@json_option
@click.pass_context
def sync_(ctx: click.Context, trust: bool, by_name: str | None, as_json: bool) -> None:
    """与微信核对关注者名单；中断后再运行会接着做。"""
    with services_of(ctx) as services:
        require(services.capabilities, Capability.USERS)
        with transaction(services.engine) as db:
            run = sync.start(actor_in(db, services, by_name), trusted=trust)
        run = _follow(services, run, quiet=as_json)
    if as_json:
        click.echo(json.dumps(_facts(run), ensure_ascii=False))
    else:
        click.echo(_result(run))
    if run.state is not SyncState.DONE:
        ctx.exit(1)


def _follow(services: Services, run: SyncRun, *, quiet: bool) -> SyncRun:
    """Work on the run, alone or beside the service's workers, until it ends or has to wait for long."""
    shown = ""
    while True:
        done = sync.work(services)
        with reading(services.engine) as db:
            run = db.get_one(SyncRun, run.id)
        line = _progress(run)
        if line != shown and not quiet:
            click.echo(line)
        shown = line
        if run.finished_at is not None or _waits_long(run):
            return run
        if not done:
            time.sleep(LOOK_EVERY)


def _waits_long(run: SyncRun) -> bool:
    return run.leased_until is not None and run.leased_until - clock.now() > LONG_WAIT


def _progress(run: SyncRun) -> str:
    whole = f"/{run.total}" if run.total is not None else ""
    counts = f"已列出 {run.seen}{whole}，新增 {run.added}，已取消关注 {run.gone}，补充资料 {run.detailed}"
    return f"{STATES[run.state]}：{counts}{f'（{run.reason}）' if run.reason else ''}"


def _result(run: SyncRun) -> str:
    if run.state is SyncState.DONE:
        return f"同步完成：现有关注者 {run.seen} 人，新增 {run.added} 人，清除已取消关注的 {run.gone} 人。"
    if run.state is SyncState.FAILED:
        return f"同步没有完成：{with_next_acts(Advice(run.reason or '', sync.next_acts(run)))}"
    until = f"{clock.local(run.leased_until):%m月%d日 %H:%M}" if run.leased_until else "稍后"
    return f"暂停到 {until}：{run.reason or '正由别的进程处理'} 到时再运行本命令，或由运行中的服务自动继续。"


def _facts(run: SyncRun) -> dict[str, Any]:
    counts = {name: getattr(run, name) for name in ("id", "total", "seen", "added", "gone", "detailed")}
    moments = {
        name: getattr(run, name).isoformat() if getattr(run, name) else None
        for name in ("started_at", "updated_at", "finished_at", "leased_until")
    }
    return {**counts, "state": run.state.value, "reason": run.reason, **moments}


@command.command()
@json_option
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> None:
    """最近一次同步做到了哪里。"""
    with services_of(ctx) as services, reading(services.engine) as db:
        run = sync.latest(db)
    if as_json:
        click.echo(json.dumps(_facts(run) if run else None, ensure_ascii=False))
    elif run is None:
        click.echo("还没有同步过。运行 tongxin followers sync 开始。")
    else:
        click.echo(f"{_progress(run)}；开始于 {clock.local(run.started_at):%Y-%m-%d %H:%M}")
        click.echo(_result(run))


@command.command("import")
@click.argument("file", type=FILE, metavar="文件.csv")
@click.option("--dry-run", is_flag=True, help="只检查，列出每一处错误，不写入。")
@by_option
@json_option
@click.pass_context
def import_(ctx: click.Context, file: Path, dry_run: bool, by_name: str | None, as_json: bool) -> None:
    """从 CSV 或 XLSX 导入企业信息（列：openid 和下列任意几列）；有一行错误就都不写入。

    列：openid、company 企业名称、chamber 所属商会、street 所属街道、industry 行业、size 规模、
    membership 会员类别、young 新生代企业家。空格子不改动原有内容。
    """
    if file.stat().st_size > LIMITS.size:
        raise click.ClickException("文件太大（上限 50 MB）：请分成几个文件导入。")
    with acting(ctx, by_name) as actor:
        done = import_sheet(actor, file.read_bytes(), dry_run=dry_run)
    if as_json:
        wrong = [{"line": one.line, "reason": one.reason} for one in done.complaints]
        click.echo(
            json.dumps({"good": done.good, "complaints": wrong, "written": done.written}, ensure_ascii=False)
        )
    else:
        for one in done.complaints[:SHOWN_COMPLAINTS]:
            click.echo(f"第 {one.line} 行：{with_next_acts(Advice(one.reason, one.acts))}", err=True)
        click.echo(_imported(done.good, len(done.complaints), done.written))
    if done.complaints:
        ctx.exit(1)


def _imported(good: int, wrong: int, written: bool) -> str:
    if wrong:
        return f"有 {wrong} 行要改，{good} 行没有问题；没有写入任何内容，改好后再导入。"
    return f"已导入 {good} 人。" if written else f"检查通过：{good} 人，没有写入。去掉 --dry-run 即可导入。"


def _choices(field: str) -> str:
    return f"{FIELDS[field]}：{'、'.join(CLOSED[field])}；写空 '' 清除。"


@command.command("set")
@click.argument("openid", metavar="OPENID")
@click.option("--company", metavar="名称", help="企业名称；写空 '' 清除。")
@click.option("--chamber", metavar="名称", help="所属商会；写空 '' 清除。")
@click.option("--street", metavar="街道", help=_choices("street"))
@click.option("--industry", metavar="行业", help=_choices("industry"))
@click.option("--size", metavar="规模", help=_choices("size"))
@click.option("--membership", metavar="类别", help=_choices("membership"))
@click.option("--young", metavar="是|否", help="是不是新生代企业家；写空 '' 清除。")
@by_option
@click.pass_context
def set_(ctx: click.Context, /, openid: str, by_name: str | None, **words: str | None) -> None:
    """登记一位关注者的企业信息，只改写明的几项。"""
    given = {field: word for field, word in words.items() if word is not None}
    if not given:
        raise click.UsageError("请至少写一项，例如 --street 八角。")
    with acting(ctx, by_name) as actor:
        set_profile(actor, openid, given)
    click.echo(f"已登记：{'、'.join(FIELDS[field] for field in given)}。")
