"""`tongxin init`: config.toml from config.example.toml, with fresh secrets and the answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from bot.commands import config_file
from bot.commands.context import invocation_of
from bot.core.settings import KEYS

Question = tuple[tuple[str, str], str, str]
QUESTIONS: tuple[Question, ...] = (
    (("wechat", "account_kind"), "账号类型（service 服务号，subscription 订阅号）", "service"),
    (("wechat", "appid"), "开发者ID AppID（wx 开头，共 18 位）", ""),
    (("wechat", "secret"), "开发者密码 AppSecret（输入时不显示）", ""),
    (("wechat", "mode"), "消息加解密方式（secure 安全，compatible 兼容，plain 明文）", "secure"),
    (("server", "public_url"), "外网地址，只到域名（如 https://gsl.example.gov.cn）", ""),
    (("privacy", "operator_name"), "本单位全称（写在告知同意书里）", "本区工商业联合会"),
)
REQUIRED = ("appid", "secret", "public_url")


def _rule(key: tuple[str, str]) -> Callable[[str], object]:
    def check(text: str) -> object:
        try:
            return config_file.accepted(key, text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return check


def _checked(key: tuple[str, str]) -> Callable[[click.Context, click.Parameter, str | None], object]:
    return lambda _ctx, _param, text: text if text is None else _rule(key)(text)


@click.command()
@click.option("--non-interactive", is_flag=True, help="不提问；缺少的答案用默认值，没有默认值就报错。")
@click.option("--force", is_flag=True, help="已有配置文件时改名保留，再写新的（密钥会全部更换）。")
@click.option(
    "--account-kind",
    callback=_checked(("wechat", "account_kind")),
    help="subscription 订阅号或 service 服务号。",
)
@click.option("--verified/--not-verified", default=None, help="是否已通过微信认证。")
@click.option("--appid", callback=_checked(("wechat", "appid")), help="开发者ID（AppID）。")
@click.option(
    "--secret",
    callback=_checked(("wechat", "secret")),
    help="开发者密码；会留在命令历史里，建议用 --secret-file。",
)
@click.option(
    "--secret-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="从文件读开发者密码。"
)
@click.option(
    "--mode", callback=_checked(("wechat", "mode")), help="secure 安全、compatible 兼容或 plain 明文模式。"
)
@click.option("--public-url", callback=_checked(("server", "public_url")), help="外网地址，只到域名。")
@click.option("--operator-name", callback=_checked(("privacy", "operator_name")), help="本单位全称。")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    non_interactive: bool,
    force: bool,
    verified: bool | None,
    secret_file: Path | None,
    **options: str | None,
) -> None:
    """生成 config.toml：问几个问题，填好随机密钥，并说明公众平台上要填什么。"""
    path = (invocation_of(ctx).path or config_file.default_path()).absolute()
    if path.exists() and not force:
        raise click.ClickException(
            f"{path} 已经存在，没有改动。要重新生成，请加 --force（原文件会改名保留）。"
        )
    if secret_file:
        options["secret"] = str(_rule(("wechat", "secret"))(secret_file.read_text(encoding="utf-8").strip()))
    answers = _defaults(ctx, options) if non_interactive else _ask(options)
    if verified is None:
        verified = True if non_interactive else click.confirm("已通过微信认证吗", default=True)
    answers["wechat", "verified"] = verified
    try:
        kept, secrets = config_file.write(path, answers)
    except OSError as error:
        raise click.ClickException(f"写不了 {path}（{error.strerror}）；请换一个文件夹或改权限。") from None
    if kept:
        click.echo(f"原来的配置改名为 {kept}")
    click.echo(config_file.next_steps(path, answers, secrets))


def _defaults(ctx: click.Context, options: dict[str, str | None]) -> dict[tuple[str, str], object]:
    missing = [f"--{name.replace('_', '-')}" for name in REQUIRED if not options[name]]
    if missing:
        raise click.UsageError(f"不提问时要写出 {'、'.join(missing)}（密码也可以用 --secret-file）。", ctx)
    return {key: options[key[1]] or KEYS[key].default for key, _text, _default in QUESTIONS}


def _ask(options: dict[str, str | None]) -> dict[tuple[str, str], object]:
    answers: dict[tuple[str, str], object] = {}
    for key, text, default in QUESTIONS:
        given = options[key[1]]
        answers[key] = given or click.prompt(
            text, default=default or None, hide_input=key[1] == "secret", value_proc=_rule(key)
        )
    return answers
