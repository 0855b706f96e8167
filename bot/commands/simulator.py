"""`tongxin simulator`: WeChat's side alone."""

from __future__ import annotations

from pathlib import Path

import click

from bot.simulator.settings import AccountKind, Mode, SimulatorSettings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8001, show_default=True, type=click.IntRange(1, 65535), help="监听端口。")
@click.option(
    "--webhook", default="http://127.0.0.1:8000/wechat", show_default=True, help="要推送消息的回调地址。"
)
@click.option("--appid", required=True, help="AppID。")
@click.option("--secret", required=True, help="AppSecret。")
@click.option("--token", required=True, help="令牌 Token。")
@click.option("--aes-key", default="", help="EncodingAESKey（43 位）。")
@click.option(
    "--mode",
    default="secure",
    show_default=True,
    type=click.Choice(["plain", "compatible", "secure"]),
    help="消息加解密方式。",
)
@click.option(
    "--account-kind",
    default="service",
    show_default=True,
    type=click.Choice(["subscription", "service"]),
    help="订阅号或服务号。",
)
@click.option("--verified/--unverified", default=True, show_default=True, help="是否已认证。")
@click.option(
    "--followers",
    default=3,
    show_default=True,
    type=click.IntRange(0, 2_000_000),
    help="一开始有多少关注者。",
)
@click.option("--clock-file", type=click.Path(path_type=Path), help="与别的进程共用的时钟文件。")
def command(
    host: str,
    port: int,
    webhook: str,
    appid: str,
    secret: str,
    token: str,
    aes_key: str,
    mode: Mode,
    account_kind: AccountKind,
    verified: bool,
    followers: int,
    clock_file: Path | None,
) -> None:
    """只运行微信一侧：接口、推送和聊天页面。"""
    from bot.simulator.app import serve

    try:
        settings = SimulatorSettings(
            webhook=webhook,
            appid=appid,
            secret=secret,
            token=token,
            aes_key=aes_key,
            mode=mode,
            account_kind=account_kind,
            verified=verified,
            followers=followers,
            clock_file=clock_file,
        )
    except ValueError as error:
        raise click.UsageError(f"模拟器的设置不对：{error}") from error
    click.echo(f"微信模拟器：http://{host}:{port}/")
    serve(settings, host, port)
