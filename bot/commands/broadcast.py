"""`tongxin broadcast …`: the same verbs and rules as everywhere (`bot/outgoing/broadcasts/verbs.py`), from a shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands.broadcast_options import content_options, hour, read, source_of
from bot.commands.transaction import broadcast_numbered, colleague, desk, services_of
from bot.followers.freshness import freshen
from bot.outgoing import show as broadcast_show
from bot.outgoing.broadcasts import deliveries, verbs
from bot.outgoing.broadcasts.deliveries import Verdict
from bot.outgoing.broadcasts.preview import preview as show_to
from bot.outgoing.broadcasts.states import LABELS
from bot.outgoing.plan import plan as plan_of
from bot.runtime.services import Services
from models.outgoing import Broadcast, BroadcastState, DeliveryState
from models.staff import Staff

Verb = Callable[[Services, Session, Staff, Broadcast], object]
by_option = click.option("--by", "by_name", required=True, metavar="姓名", help="谁在操作（同事姓名）。")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供程序读取。")
reason_option = click.option("--reason", default="", metavar="文字", help="理由，记入经过。")
number = click.argument("broadcast_id", type=int, metavar="编号")


@click.group()
def command() -> None:
    """群发：起草、提交、审批、定时、暂停、恢复、取消、重发。"""


def _say(as_json: bool, facts: dict[str, Any], *lines: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines))


def _act(ctx: click.Context, broadcast_id: int, by_name: str, as_json: bool, verb: Verb, done: str) -> None:
    """Run a verb in a transaction of its own and say what has become of the broadcast. In `done`, {n} is what the
    verb gave, {title}, {id} and {at} are the broadcast's."""
    with desk(ctx) as (services, db):
        broadcast = broadcast_numbered(db, broadcast_id)
        result = verb(services, db, colleague(db, by_name), broadcast)
        facts = broadcast_show.summary(db, broadcast)
    count = result if isinstance(result, int) else None
    words = done.format(n=count, title=broadcast.title, id=broadcast.id, at=facts["send_at"])
    _say(as_json, {**facts, **({"count": count} if count is not None else {})}, words)


@command.command()
@content_options
@by_option
@json_option
@click.pass_context
def new(ctx: click.Context, /, by_name: str, as_json: bool, **given: Any) -> None:
    """起草一条群发，打印编号。"""
    if source_of(given) is None:
        raise click.UsageError("请写明发什么：--text-file、--article、--page、--template 或 --notice。")
    with desk(ctx) as (services, db):
        by = colleague(db, by_name)
        fields = read(services, db, given)
        fields.setdefault("audience", "all")
        made = verbs.create(services, db, by, **fields)
        facts = broadcast_show.summary(db, made)
        people = broadcast_show.audience(made)
    told = f"已起草第 {made.id} 号《{made.title}》，对象：{people}。"
    hint = f"看看能发到多少人：tongxin broadcast plan {made.id}；提交审批：tongxin broadcast submit {made.id} --by {by_name}"
    _say(as_json, facts, told, hint)


@command.command()
@number
@content_options
@by_option
@json_option
@click.pass_context
def revise(ctx: click.Context, /, broadcast_id: int, by_name: str, as_json: bool, **given: Any) -> None:
    """修改草稿，或被退回的群发。"""

    def change(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> None:
        fields = read(services, db, given)
        if not fields:
            raise click.UsageError("请写明要改什么，如 --text-file、--segment、--at。")
        if not given["title"]:
            fields.pop("title", None)
        verbs.revise(services, db, by, broadcast, **fields)

    _act(ctx, broadcast_id, by_name, as_json, change, "已修改第 {id} 号《{title}》，改好后请提交（submit）。")


@command.command()
@number
@json_option
@click.pass_context
def plan(ctx: click.Context, broadcast_id: int, as_json: bool) -> None:
    """发送前看：各渠道能到多少人、谁要等、剩余额度。"""
    with desk(ctx) as (services, db):
        planned = plan_of(services, db, broadcast_numbered(db, broadcast_id))
    _say(as_json, broadcast_show.plan_facts(planned), *broadcast_show.plan_lines(planned))


@command.command()
@number
@by_option
@json_option
@click.pass_context
def submit(ctx: click.Context, broadcast_id: int, by_name: str, as_json: bool) -> None:
    """先与微信核对关注者名单，再提交审批。"""
    with services_of(ctx) as services:
        if incomplete := freshen(services):
            click.echo(f"注意：{incomplete}", err=True)
    done = "已提交《{title}》，请另一位有审批权的同事审批：tongxin broadcast approve {id} --by 姓名"
    _act(ctx, broadcast_id, by_name, as_json, verbs.submit, done)


@command.command("take-back")
@number
@by_option
@json_option
@click.pass_context
def take_back(ctx: click.Context, broadcast_id: int, by_name: str, as_json: bool) -> None:
    """起草人撤回待审批的群发。"""
    _act(ctx, broadcast_id, by_name, as_json, verbs.take_back, "已撤回《{title}》，改好后请再提交。")


@command.command()
@number
@by_option
@json_option
@click.pass_context
def approve(ctx: click.Context, broadcast_id: int, by_name: str, as_json: bool) -> None:
    """批准；内容和对象从此冻结，到时间自动发送。"""
    done = "已批准《{title}》，将于 {at} 发送。"
    _act(ctx, broadcast_id, by_name, as_json, verbs.approve, done)


@command.command()
@number
@click.option("--reason", required=True, metavar="文字", help="退回理由，起草人会看到。")
@by_option
@json_option
@click.pass_context
def reject(ctx: click.Context, broadcast_id: int, reason: str, by_name: str, as_json: bool) -> None:
    """退回给起草人修改。"""

    def act(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> None:
        verbs.reject(services, db, by, broadcast, reason)

    done = "已退回《{title}》，起草人可以修改（revise）后再提交。"
    _act(ctx, broadcast_id, by_name, as_json, act, done)


@command.command()
@number
@click.option(
    "--at", "send_at", callback=hour, metavar="时间", required=True, help='新的时间，如 "2026-11-25 09:00"。'
)
@by_option
@json_option
@click.pass_context
def schedule(ctx: click.Context, broadcast_id: int, send_at: datetime, by_name: str, as_json: bool) -> None:
    """改一条已批准、还没开始的群发的时间。"""

    def act(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> None:
        verbs.reschedule(services, db, by, broadcast, send_at)

    _act(ctx, broadcast_id, by_name, as_json, act, "《{title}》改为 {at} 发送。")


@command.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in BroadcastState]), help="只看这个状态的。"
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="最多多少条。")
@json_option
@click.pass_context
def list_(ctx: click.Context, state: str | None, limit: int, as_json: bool) -> None:
    """列出群发和每周推送，新的在前。"""
    query = select(Broadcast).order_by(Broadcast.id.desc()).limit(limit)
    if state:
        query = query.where(Broadcast.state == BroadcastState(state))
    with desk(ctx) as (_services, db):
        found = [broadcast_show.summary(db, one) for one in db.scalars(query)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['id']:>5}  {one['state_label']}  {one['send_at'] or '—':16}  《{one['title']}》")
    if not found:
        what = f"「{LABELS[BroadcastState(state)]}」的" if state else ""
        click.echo(f"没有{what}群发。起草一条：tongxin broadcast new --text-file 文件 --by 姓名")


@command.command()
@number
@json_option
@click.pass_context
def show(ctx: click.Context, broadcast_id: int, as_json: bool) -> None:
    """看一条群发：状态、经过、各种结果的人数。"""
    with desk(ctx) as (_services, db):
        broadcast = broadcast_numbered(db, broadcast_id)
        if as_json:
            click.echo(json.dumps(broadcast_show.facts(db, broadcast), ensure_ascii=False))
        else:
            click.echo("\n".join(broadcast_show.lines(db, broadcast)))


@command.command()
@number
@reason_option
@by_option
@json_option
@click.pass_context
def pause(ctx: click.Context, broadcast_id: int, reason: str, by_name: str, as_json: bool) -> None:
    """暂停发送，直到恢复。"""

    def act(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> None:
        verbs.pause(services, db, by, broadcast, reason)

    done = "已暂停《{title}》。继续发：tongxin broadcast resume {id} --by 姓名"
    _act(ctx, broadcast_id, by_name, as_json, act, done)


@command.command()
@number
@by_option
@json_option
@click.pass_context
def resume(ctx: click.Context, broadcast_id: int, by_name: str, as_json: bool) -> None:
    """恢复暂停的群发。"""
    _act(ctx, broadcast_id, by_name, as_json, verbs.resume, "已恢复《{title}》。")


@command.command()
@number
@reason_option
@by_option
@json_option
@click.pass_context
def cancel(ctx: click.Context, broadcast_id: int, reason: str, by_name: str, as_json: bool) -> None:
    """取消；没有发出的不再发，不能恢复。"""

    def act(services: Services, db: Session, by: Staff, broadcast: Broadcast) -> int:
        return verbs.cancel(services, db, by, broadcast, reason)

    _act(ctx, broadcast_id, by_name, as_json, act, "已取消《{title}》，{n} 人不会再收到。")


@command.command()
@number
@click.option("--failed", "which", flag_value="failed", help="重发给被微信拒绝的人。")
@click.option("--waiting", "which", flag_value="waiting", help="给等对方来信的人再找一次渠道。")
@by_option
@json_option
@click.pass_context
def resend(ctx: click.Context, broadcast_id: int, which: str | None, by_name: str, as_json: bool) -> None:
    """重发给没有收到的人。"""
    if which is None:
        raise click.UsageError("请写 --failed（被拒绝的）或 --waiting（等来信的）。")
    verb = verbs.resend_failed if which == "failed" else verbs.resend_waiting
    _act(ctx, broadcast_id, by_name, as_json, verb, "《{title}》有 {n} 人重新排队。")


@command.command()
@click.argument("broadcast_id", type=int, metavar="[编号]", required=False)
@json_option
@click.pass_context
def unknown(ctx: click.Context, broadcast_id: int | None, as_json: bool) -> None:
    """列出不知道是否送达的行，逐行核实后用 settle 处理；不写编号则列出不属于群发的消息。"""
    with desk(ctx) as (_services, db):
        found = deliveries.unknown(db, broadcast_numbered(db, broadcast_id) if broadcast_id else None)
        rows = [broadcast_show.unknown_row(row) for row in found]
    lines = [
        f"第 {row['row']} 行  {row['person']}  {row['at']}  {row['detail'] or ''}".rstrip() for row in rows
    ]
    hint = "请在公众平台核实，再运行：tongxin broadcast settle 行号 --arrived 或 --again --by 姓名"
    click.echo(
        json.dumps(rows, ensure_ascii=False)
        if as_json
        else "\n".join([*lines, hint] if rows else ["没有结果未知的行。"])
    )


@command.command()
@click.argument("row", type=int, metavar="行号")
@click.option("--arrived", "verdict", flag_value="arrived", help="核实过：已送达。")
@click.option("--again", "verdict", flag_value="again", help="核实过：没有送达，再发一次。")
@by_option
@json_option
@click.pass_context
def settle(ctx: click.Context, row: int, verdict: Verdict | None, by_name: str, as_json: bool) -> None:
    """处理一行结果未知的发送。"""
    if verdict is None:
        raise click.UsageError("请写 --arrived（已送达）或 --again（再发一次）。")
    with desk(ctx) as (services, db):
        by = colleague(db, by_name)
        state = verbs.settle_unknown(services, db, by, row, verdict)
    words = "记为已送达。" if state is DeliveryState.SENT else "重新排队。"
    _say(as_json, {"row": row, "state": state.value}, f"第 {row} 行{words}")


@command.command()
@number
@click.option(
    "--to", "names", multiple=True, required=True, metavar="姓名", help="试发给哪位同事，可写多次。"
)
@by_option
@json_option
@click.pass_context
def preview(
    ctx: click.Context, broadcast_id: int, names: tuple[str, ...], by_name: str, as_json: bool
) -> None:
    """试发给同事的微信，先看效果。"""
    with desk(ctx) as (_services, db):
        by, broadcast = colleague(db, by_name), broadcast_numbered(db, broadcast_id)
    with services_of(ctx) as services:
        shown = show_to(services, by, broadcast, list(dict.fromkeys(names)))
    lines = [f"{one.name}：{'已送达' if one.ok else f'没有送达。{one.advice}'}" for one in shown]
    _say(as_json, {"id": broadcast.id, "shown": [vars(one) for one in shown]}, *lines)
    if not all(one.ok for one in shown):
        ctx.exit(1)
