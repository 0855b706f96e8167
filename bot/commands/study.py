"""`tongxin study list | show | release | withdraw`: a colleague looks at an item before a week's push may take it."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands.followers import json_option
from bot.commands.transaction import acting, actor_in, services_of
from bot.core import clock
from bot.core.db import reading, transaction
from bot.study import releasing
from models.study import Issue, Item, Series, find_item, find_series, unsent

by_option = click.option("--by", "by_name", required=True, metavar="姓名", help="谁看过、谁放行。")
NAMED = "系列或标识"

_ITEMS = (
    select(Item, Series, Issue.due_at)
    .join(Series, Series.id == Item.series_id)
    .outerjoin(Issue, Issue.item_id == Item.id)
    .order_by(Series.position, Item.position)
)


@click.group()
def command() -> None:
    """学习资料：查看，看过后放行，每周推送只发放行过的。

    平台运营规范 3.27 条：内容由人写、由人审、由人放行，不能由脚本代替。所以每一期都要有作者，由另一位同事放行。
    """


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """每个系列的各期：谁写的、谁放行的、发了没有。"""
    with services_of(ctx) as services, reading(services.engine) as db:
        rows = [_facts(one, series, sent) for one, series, sent in db.execute(_ITEMS)]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['series']} 第{row['position']}期 {row['state']} {row['slug']} 《{row['title']}》{_people(row)}"
        )


@command.command()
@click.argument("slug", metavar="标识")
@click.pass_context
def show(ctx: click.Context, slug: str) -> None:
    """读一期的全文。"""
    with services_of(ctx) as services, reading(services.engine) as db:
        click.echo(_text(_item(db, slug)))


@command.command()
@click.argument("what", metavar=NAMED)
@click.option("--author", metavar="姓名", help="作者；材料里没有写明时要填。不能和放行的是同一个人。")
@by_option
@click.pass_context
def release(ctx: click.Context, what: str, author: str | None, by_name: str) -> None:
    """看过以后放行一期，或一个系列里还没放行的各期。"""
    with services_of(ctx) as services:
        with reading(services.engine) as db:
            chosen = _chosen(db, what)
        for one in chosen:
            click.echo(_text(one))
            if sys.stdin.isatty() and not click.confirm("看过了，放行这一期？"):
                continue
            with transaction(services.engine) as db:
                item = _item(db, one.slug)
                releasing.release(actor_in(db, services, by_name), item, author)
            click.echo(f"已放行《{item.title}》：{item.author} 写，{item.reviewer} 审核放行。\n")


@command.command()
@click.argument("slug", metavar="标识")
@by_option
@click.pass_context
def withdraw(ctx: click.Context, slug: str, by_name: str) -> None:
    """收回放行，只要还没有推送。"""
    with acting(ctx, by_name) as actor:
        releasing.withdraw(actor, _item(actor.db, slug))
    click.echo("已收回放行，推送不会再取这一期。")


def _chosen(db: Session, what: str) -> list[Item]:
    """One item, or the items of a series that wait for their release."""
    series = find_series(db, what)
    if series is None:
        return [_item(db, what)]
    held = unsent(series.id).where(Item.released_at.is_(None)).order_by(Item.position)
    found = list(db.scalars(held))
    if not found:
        raise click.ClickException(f"《{series.title}》没有等待放行的材料。用 tongxin study list 查看。")
    return found


def _item(db: Session, slug: str) -> Item:
    item = find_item(db, slug)
    if item is None:
        raise click.ClickException(f"没有「{slug}」这一期或这个系列。用 tongxin study list 查看。")
    return item


def _text(item: Item) -> str:
    source = f"{item.document.get('source_name') or ''} {item.document.get('date') or ''}".strip()
    return f"【第{item.position}期】{item.title}\n{item.digest}\n\n{item.body}\n\n来源：{source}\n"


def _facts(item: Item, series: Series, sent: Any) -> dict[str, Any]:
    state = "已推送" if sent else "已放行" if item.released_at else "待放行"
    released = f"{clock.local(item.released_at):%Y-%m-%d %H:%M}" if item.released_at else None
    return {
        "series": series.slug,
        "position": item.position,
        "slug": item.slug,
        "title": item.title,
        "state": state,
        "author": item.author,
        "reviewer": item.reviewer,
        "released_at": released,
    }


def _people(row: dict[str, Any]) -> str:
    if not row["released_at"]:
        return f" 作者 {row['author']}" if row["author"] else ""
    return f" 作者 {row['author']}，{row['reviewer']} {row['released_at']} 放行"
