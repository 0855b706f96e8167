"""`tongxin broadcast …`: the same verbs and rules as everywhere (`bot/outgoing/broadcasts/verbs.py`), from a shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any

import click
from sqlalchemy import select

from bot.commands.bounded import ROW
from bot.commands.broadcast_options import content_options, hour, read, source_of
from bot.commands.next_acts import with_next_acts
from bot.commands.transaction import acting, broadcast_numbered, services_of
from bot.followers.freshness import freshen
from bot.outgoing import plan, show
from bot.outgoing.broadcasts import deliveries, preview, verbs
from bot.outgoing.broadcasts.deliveries import Verdict
from bot.outgoing.broadcasts.states import LABELS
from bot.runtime.services import ServiceActor
from models.outgoing import Broadcast, BroadcastState, DeliveryState

Verb = Callable[[ServiceActor, Broadcast], object]
by_option = click.option("--by", "by_name", required=True, metavar="姓名", help="谁在操作（同事姓名）。")
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供程序读取。")
reason_option = click.option("--reason", default="", metavar="文字", help="理由，记入经过。")
number = click.argument("broadcast_id", type=ROW, metavar="编号")


@click.group()
def command() -> None:
    """群发：起草、提交、审批、定时、暂停、恢复、取消、重发。"""


def _say(as_json: bool, facts: dict[str, Any], *lines: str) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines))


def act(told: Callable[..., tuple[Verb, str]]) -> Callable[..., None]:
    """A command that does something with one broadcast. `told` gets the command's own options and gives the verb,
    which runs in a transaction of its own, and the words for what was done: {n} is what the verb gave, {title},
    {id} and {at} are the broadcast's."""

    @number
    @by_option
    @json_option
    @click.pass_context
    @wraps(told)
    def run(ctx: click.Context, /, broadcast_id: int, by_name: str, as_json: bool, **given: Any) -> None:
        verb, done = told(**given)
        with acting(ctx, by_name) as actor:
            broadcast = broadcast_numbered(actor.db, broadcast_id)
            result = verb(actor, broadcast)
            facts = show.summary(actor.services, actor.db, broadcast)
        count = result if isinstance(result, int) else None
        words = done.format(n=count, title=broadcast.title, id=broadcast.id, at=show.hour(facts))
        _say(as_json, {**facts, **({"count": count} if count is not None else {})}, words)

    return run


@command.command()
@content_options
@by_option
@json_option
@click.pass_context
def new(ctx: click.Context, /, by_name: str, as_json: bool, **given: Any) -> None:
    """起草一条群发，打印编号。"""
    if source_of(given) is None:
        raise click.UsageError("请写明发什么：--text-file、--article、--page、--template 或 --notice。")
    with acting(ctx, by_name) as actor:
        fields = read(actor.services, actor.db, given)
        fields.setdefault("audience", "all")
        made = verbs.create(actor, **fields)
        facts = show.summary(actor.services, actor.db, made)
        people = show.audience(made)
    told = f"已起草第 {made.id} 号《{made.title}》，对象：{people}。"
    hint = f"看看能发到多少人：tongxin broadcast plan {made.id}；提交审批：tongxin broadcast submit {made.id} --by {by_name}"
    _say(as_json, facts, told, hint)


@command.command()
@content_options
@act
def revise(**given: Any) -> tuple[Verb, str]:
    """修改草稿，或被退回的群发。"""

    def change(actor: ServiceActor, broadcast: Broadcast) -> None:
        fields = read(actor.services, actor.db, given)
        if not fields:
            raise click.UsageError("请写明要改什么，如 --text-file、--segment、--at。")
        if not given["title"]:
            fields.pop("title", None)
        verbs.revise(actor, broadcast, **fields)

    return change, "已修改第 {id} 号《{title}》，改好后请提交（submit）。"


@command.command("plan")
@number
@json_option
@click.pass_context
def plan_(ctx: click.Context, broadcast_id: int, as_json: bool) -> None:
    """发送前看：各渠道能到多少人、谁要等、剩余额度。"""
    with acting(ctx) as actor:
        planned = plan.plan(actor.services, actor.db, broadcast_numbered(actor.db, broadcast_id))
    _say(as_json, show.plan_facts(planned), *show.plan_lines(planned, with_next_acts))


@command.command()
@act
def submit() -> tuple[Verb, str]:
    """先与微信核对关注者名单，再提交审批。"""
    with services_of(click.get_current_context()) as services:
        if incomplete := freshen(services):
            click.echo(f"注意：{with_next_acts(incomplete)}", err=True)
    done = "已提交《{title}》，请另一位有审批权的同事审批：tongxin broadcast approve {id} --by 姓名"
    return verbs.submit, done


@command.command("take-back")
@act
def take_back() -> tuple[Verb, str]:
    """起草人撤回待审批的群发。"""
    return verbs.take_back, "已撤回《{title}》，改好后请再提交。"


@command.command()
@act
def approve() -> tuple[Verb, str]:
    """批准；内容和对象从此冻结，到时间自动发送。"""
    done = "已批准《{title}》，将于 {at} 发送。"
    return verbs.approve, done


@command.command()
@click.option("--reason", required=True, metavar="文字", help="退回理由，起草人会看到。")
@act
def reject(reason: str) -> tuple[Verb, str]:
    """退回给起草人修改。"""
    done = "已退回《{title}》，起草人可以修改（revise）后再提交。"
    return partial(verbs.reject, reason=reason), done


@command.command()
@click.option(
    "--at", "send_at", callback=hour, metavar="时间", required=True, help='新的时间，如 "2026-11-25 09:00"。'
)
@act
def schedule(send_at: datetime) -> tuple[Verb, str]:
    """改一条已批准、还没开始的群发的时间。"""
    verb = partial(verbs.reschedule, send_at=send_at)
    return verb, "《{title}》改为 {at} 发送。"


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
    with acting(ctx) as actor:
        found = [show.summary(actor.services, actor.db, one) for one in actor.db.scalars(query)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one['id']:>5}  {one['state_label']}  {one['leaves_at'] or '—':16}  《{one['title']}》")
    if not found:
        what = f"「{LABELS[BroadcastState(state)]}」的" if state else ""
        click.echo(f"没有{what}群发。起草一条：tongxin broadcast new --text-file 文件 --by 姓名")


@command.command("show")
@number
@json_option
@click.pass_context
def show_(ctx: click.Context, broadcast_id: int, as_json: bool) -> None:
    """看一条群发：状态、经过、各种结果的人数。"""
    with acting(ctx) as actor:
        broadcast = broadcast_numbered(actor.db, broadcast_id)
        if as_json:
            click.echo(json.dumps(show.facts(actor.services, actor.db, broadcast), ensure_ascii=False))
        else:
            click.echo("\n".join(show.lines(actor.services, actor.db, broadcast)))


@command.command()
@reason_option
@act
def pause(reason: str) -> tuple[Verb, str]:
    """暂停发送，直到恢复。"""
    done = "已暂停《{title}》。继续发：tongxin broadcast resume {id} --by 姓名"
    return partial(verbs.pause, reason=reason), done


@command.command()
@act
def resume() -> tuple[Verb, str]:
    """恢复暂停的群发。"""
    return verbs.resume, "已恢复《{title}》。"


@command.command()
@reason_option
@act
def cancel(reason: str) -> tuple[Verb, str]:
    """取消；没有发出的不再发，不能恢复。"""
    done = "已取消《{title}》，{n} 人不会再收到。"
    return partial(verbs.cancel, reason=reason), done


@command.command()
@click.option("--failed", "which", flag_value="failed", help="重发给被微信拒绝的人。")
@click.option("--waiting", "which", flag_value="waiting", help="给等对方来信的人再找一次渠道。")
@act
def resend(which: str | None) -> tuple[Verb, str]:
    """重发给没有收到的人。"""
    if which is None:
        raise click.UsageError("请写 --failed（被拒绝的）或 --waiting（等来信的）。")
    verb = verbs.resend_failed if which == "failed" else verbs.resend_waiting
    return verb, "《{title}》有 {n} 人重新排队。"


@command.command()
@click.argument("broadcast_id", type=ROW, metavar="[编号]", required=False)
@json_option
@click.pass_context
def unknown(ctx: click.Context, broadcast_id: int | None, as_json: bool) -> None:
    """列出不知道是否送达的行，逐行核实后用 settle 处理；不写编号则列出不属于群发的消息。"""
    with acting(ctx) as actor:
        chosen = broadcast_numbered(actor.db, broadcast_id) if broadcast_id else None
        found = deliveries.unknown(actor.db, chosen)
        rows = [show.unknown_row(row) for row in found]
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
@click.argument("row", type=ROW, metavar="行号")
@click.option("--arrived", "verdict", flag_value="arrived", help="核实过：已送达。")
@click.option("--again", "verdict", flag_value="again", help="核实过：没有送达，再发一次。")
@by_option
@json_option
@click.pass_context
def settle(ctx: click.Context, row: int, verdict: Verdict | None, by_name: str, as_json: bool) -> None:
    """处理一行结果未知的发送。"""
    if verdict is None:
        raise click.UsageError("请写 --arrived（已送达）或 --again（再发一次）。")
    with acting(ctx, by_name) as actor:
        state = verbs.settle_unknown(actor, row, verdict)
    words = "记为已送达。" if state is DeliveryState.SENT else "重新排队。"
    _say(as_json, {"row": row, "state": state.value}, f"第 {row} 行{words}")


@command.command("preview")
@number
@click.option(
    "--to", "names", multiple=True, required=True, metavar="姓名", help="试发给哪位同事，可写多次。"
)
@by_option
@json_option
@click.pass_context
def preview_(
    ctx: click.Context, broadcast_id: int, names: tuple[str, ...], by_name: str, as_json: bool
) -> None:
    """试发给同事的微信，先看效果。"""
    with acting(ctx, by_name) as actor:
        broadcast = broadcast_numbered(actor.db, broadcast_id)
    with services_of(ctx) as services:
        shown = preview.preview(services, actor.by, broadcast, list(dict.fromkeys(names)))
    lines = [f"{one.name}：{'已送达' if one.ok else f'没有送达。{one.advice}'}" for one in shown]
    _say(as_json, {"id": broadcast.id, "shown": [vars(one) for one in shown]}, *lines)
    if not all(one.ok for one in shown):
        ctx.exit(1)
