"""`tongxin`: finds the verbs in bot/commands, and speaks Chinese.

A verb is one file with a click command named `command`. Its help line is read from the source, so that
`--help` starts quickly whatever the verbs import. A refusal ends the verb with its text. Exit codes: 0 done, 1 failed, 2 called wrongly.
"""

from __future__ import annotations

import ast
import os
from functools import cache
from importlib import import_module
from pathlib import Path

import click

from bot import commands
from bot.commands import click_chinese
from bot.commands.context import invocation_of
from bot.commands.database_trouble import trouble_in_chinese
from bot.commands.next_acts import with_next_acts
from bot.commands.terminal import speak_anywhere
from bot.core import logs
from bot.core.config import CONFIG_VARIABLE
from bot.core.refusals import Refusal

click_chinese.install()
FOLDER = Path(commands.__file__).parent


@cache
def verbs() -> dict[str, str]:
    """Every verb with its first line of help, by name."""
    found = {}
    for file in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == "command":
                found[file.stem.replace("_", "-")] = (ast.get_docstring(node) or "").split("\n")[0]
    return found


def _set_config(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        invocation_of(ctx).path = value


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        metavar="文件",
        expose_value=False,
        callback=_set_config,
        is_eager=True,
        help=f"配置文件，默认 ./config.toml，也可用环境变量 {CONFIG_VARIABLE} 指定。",
    )


def _adapt(command: click.Command) -> click.Command:
    """Let `--config` stand after the verb as well as before it, all the way down."""
    click_chinese.localise(command)
    if not any("--config" in param.opts for param in command.params):
        command.params.append(_config_option())
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _adapt(child)
    return command


class Verbs(click.Group):
    """The group of all verbs; a module is imported when its verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.commands, *verbs()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands and cmd_name in verbs():
            module = import_module(f"bot.commands.{cmd_name.replace('-', '_')}")
            self.add_command(_adapt(module.command), cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                args[0], possibilities=self.list_commands(ctx), ctx=ctx
            ) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(click_chinese.translate("Commands")):
            formatter.write_dl(list(verbs().items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(with_next_acts(refusal)) from refusal
        except Exception as error:
            if told := trouble_in_chinese(error):
                raise click.ClickException(told) from error
            raise


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tongxin-shijing", prog_name="tongxin")
def main() -> None:
    """同心拾景：工商联微信公众号后台——惠企政策、企业诉求、每周学习。

    第一次使用：tongxin init，然后 tongxin migrate、tongxin doctor、tongxin run。
    只想看看：tongxin demo。每个命令都可以加 --help 查看说明。
    """
    speak_anywhere()
    os.umask(0o077)  # databases, pictures and settings are for this user only
    logs.configure()


_adapt(main)
