"""`tongxin menu show | push`."""

from __future__ import annotations

import json

import click

from bot.commands.context import config_of


@click.group()
def command() -> None:
    """查看或发布公众号的自定义菜单。"""


@command.command()
def show() -> None:
    """打印 content/menu.toml 里的菜单。"""
    from bot.content.files import load
    from bot.core.paths import CONTENT

    click.echo(json.dumps(load(CONTENT).menu, ensure_ascii=False, indent=2))


@command.command()
@click.pass_context
def push(ctx: click.Context) -> None:
    """把菜单发布到公众号（覆盖现有菜单）。"""
    from bot.app import build_services
    from bot.content.files import load
    from bot.core.paths import CONTENT
    from bot.wechat.capabilities import Capability, require
    from bot.wechat.errors import Outcome

    loaded = load(CONTENT)
    if wrong := [one for one in loaded.problems if one.file == "menu.toml"]:
        raise click.ClickException(f"menu.toml 第 {wrong[0].line} 行：{wrong[0].message}。没有发布。")
    services = build_services(config_of(ctx))
    require(services.capabilities, Capability.MENU)
    answer = services.gateway.menu_create(loaded.menu)
    if answer.outcome is not Outcome.SENT:
        raise click.ClickException(f"菜单没有发布：{answer.detail}")
    click.echo("菜单已发布，关注者重新打开聊天后约5分钟内看到。")
