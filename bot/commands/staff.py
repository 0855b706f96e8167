"""`tongxin staff`: the colleagues whose names commands and approvals go by.

Whoever has the server's shell is the second person for what the console would not do alone: the reason is kept, and
all officers are told.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.commands.bounded import DAY
from bot.commands.by_shell import needed_reason_option, note, reason_option
from bot.commands.transaction import acting, colleague
from bot.core import clock
from bot.runtime.services import ServiceActor
from bot.staff import colleagues, rights, signing_in, stand_ins
from models.staff import Role, Staff
from models.units import Unit, find_unit

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
json_option = click.option("--json", "as_json", is_flag=True, help="以 JSON 输出，供程序读取。")


@click.group()
def command() -> None:
    """同事：添加、列出、停用、登记微信。"""


@command.command()
@click.argument("name", metavar="姓名")
@click.option(
    "--role",
    "role_name",
    required=True,
    metavar="角色",
    help="受理员、派单员、承办单位、分管领导、审计员或管理员。",
)
@click.option("--password-file", type=FILE, help=f"口令文件，口令至少 {signing_in.LEAST} 位。")
@click.option(
    "--unit", "unit_name", metavar="单位", help="承办单位的同事属于哪个单位；没有登记过的会一并登记。"
)
@reason_option
@json_option
@click.pass_context
def add(
    ctx: click.Context,
    name: str,
    role_name: str,
    password_file: Path | None,
    unit_name: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """添加一位同事；没有口令文件就打印一次性登录链接。"""
    role = _role(role_name)
    if not 0 < len(name.strip()) <= 64:
        raise click.BadParameter("姓名应为 1 到 64 个字。", param_hint="姓名")
    password = _password(password_file, name.strip()) if password_file else None
    with acting(ctx) as actor:
        unit_id = _unit_of(actor.db, role, unit_name)
        made = colleagues.add(actor, name.strip(), role, password=password, unit_id=unit_id)
        if made is None:
            raise click.ClickException(f"已经有同事叫「{name.strip()}」；重名的请加单位或部门区分。")
        note(actor, "staff.shell", "staff", made.id, f"添加 {made.name}（{rights.LABELS[role]}）", reason)
        link = None if password else _link(actor, made)
    if as_json:
        facts = {"id": made.id, "name": made.name, "role": role.value, "link": link}
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(f"已添加 {made.name}（{rights.LABELS[role]}），在命令里用 --by {made.name} 署名。")
    if link:
        _show(made, link)


def _role(name: str) -> Role:
    role = rights.role_named(name.strip())
    if role is None:
        known = "、".join(f"{rights.LABELS[one]}（{one.value}）" for one in Role)
        raise click.BadParameter(f"没有角色「{name}」；可用的是 {known}。", param_hint="--role")
    return role


def _unit_of(db: Session, role: Role, unit_name: str | None) -> int | None:
    """The unit's id for people of a unit, who need one; None for others."""
    if role is not Role.UNIT:
        return None
    if not unit_name:
        raise click.BadParameter("承办单位的同事要写明单位，如 --unit 八角街道。", param_hint="--unit")
    return _unit(db, unit_name)


@command.command()
@click.argument("name", metavar="姓名")
@reason_option
@click.pass_context
def link(ctx: click.Context, name: str, reason: str) -> None:
    """打印新的一次性登录链接，旧链接作废。"""
    with acting(ctx) as actor:
        person = colleague(actor.db, name)
        note(actor, "staff.shell", "staff", person.id, f"给 {person.name} 发登录链接", reason)
        made = _link(actor, person)
    _show(person, made)


@command.command()
@click.argument("name", metavar="姓名")
@click.option("--role", "role_name", required=True, metavar="角色", help="改成什么角色。")
@click.option("--unit", "unit_name", metavar="单位", help="承办单位的同事属于哪个单位。")
@needed_reason_option
@click.pass_context
def role(ctx: click.Context, name: str, role_name: str, unit_name: str | None, reason: str) -> None:
    """没有第二个人可以确认时，在这里改同事的角色或重新启用；本人要重新登录。"""
    wanted = _role(role_name)
    with acting(ctx) as actor:
        person = colleague(actor.db, name)
        colleagues.rise(actor, person, wanted, _unit_of(actor.db, wanted, unit_name))
        note(actor, "staff.shell", "staff", person.id, f"把 {name} 的角色改为{rights.LABELS[wanted]}", reason)
    click.echo(f"{name} 现在是{rights.LABELS[wanted]}，已告知全体工作人员。")


@command.command("stand-in")
@click.argument("absent", metavar="不在的人")
@click.argument("stand_in", metavar="代为确认的人")
@click.option("--from", "first", required=True, type=DAY, help="从哪天起，如 2026-12-01。")
@click.option("--to", "last", required=True, type=DAY, help="到哪天为止。")
@needed_reason_option
@click.pass_context
def stand_in(
    ctx: click.Context, absent: str, stand_in: str, first: datetime, last: datetime, reason: str
) -> None:
    """能确认的人不在、又没有自己指定时，请另一位同事代为确认。"""
    with acting(ctx) as actor:
        away, other = colleague(actor.db, absent), colleague(actor.db, stand_in)
        stand_ins.appoint(actor, away, other, first.date(), last.date(), reason)
    click.echo(f"{first.date()} 至 {last.date()} 由 {stand_in} 代 {absent} 确认，已告知全体工作人员。")


def _link(actor: ServiceActor, person: Staff) -> str:
    return actor.services.url(f"/console/welcome/{signing_in.invite(actor, person)}")


def _show(person: Staff, link: str) -> None:
    click.echo(f"请把这个链接交给 {person.name} 本人设置口令（72 小时内有效，只能用一次）：\n{link}")


def _unit(db: Session, name: str) -> int:
    """The unit's id; a new name becomes a unit."""
    known = find_unit(db, name.strip())
    if known is None:
        known = Unit(name=name.strip()[:64], kind="其他", note="", active=True, created_at=clock.now())
        db.add(known)
        db.flush()
    return known.id


def _password(path: Path, name: str) -> str:
    try:
        password = path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise click.ClickException(f"{path} 不是 UTF-8 文本，请只在里面写口令。") from None
    if "\n" in password:
        raise click.ClickException(f"口令应只有一行；请修改 {path}。")
    if problem := signing_in.weakness(password, name):
        raise click.ClickException(f"{problem}请修改 {path}。")
    return password


@command.command("list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """列出同事和角色。"""
    with acting(ctx) as actor:
        people = list(actor.db.scalars(select(Staff).order_by(Staff.id)))
    if as_json:
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "role": one.role.value,
                "role_label": rights.LABELS[one.role],
                "active": one.active,
                "sign_in": one.password_hash is not None,
                "wechat": one.openid is not None,
            }
            for one in people
        ]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for one in people:
        marks = [] if one.active else ["已停用"]
        marks += [] if one.openid is None else ["可试发"]
        click.echo(f"{one.name}  {rights.LABELS[one.role]}{'  ' + '，'.join(marks) if marks else ''}")
    if not people:
        click.echo("还没有同事。先添加：tongxin staff add 姓名 --role 受理员")


@command.command()
@click.argument("name", metavar="姓名")
@click.option("--by", "by_name", required=True, metavar="姓名", help="哪位管理员在操作。")
@click.pass_context
def disable(ctx: click.Context, name: str, by_name: str) -> None:
    """停用离岗的同事；做过的事仍留在名下。"""
    with acting(ctx, by_name) as actor:
        colleagues.disable(actor, colleague(actor.db, name))
    click.echo(f"已停用 {name}。")


@command.command()
@click.argument("name", metavar="姓名")
@click.argument("openid", metavar="OPENID")
@click.pass_context
def openid(ctx: click.Context, name: str, openid: str) -> None:
    """登记同事自己的微信 OpenID，试发群发用。"""
    with acting(ctx) as actor:
        colleagues.set_openid(actor, colleague(actor.db, name), openid)
    click.echo(f"已登记。试发：tongxin broadcast preview 编号 --to {name} --by 姓名")
