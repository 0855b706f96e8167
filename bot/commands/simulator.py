"""`tongxin simulator`: WeChat's side alone."""

from __future__ import annotations

from pathlib import Path

import click


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
def command(host: str, port: int, clock_file: Path | None, **options: object) -> None:
    """只运行微信一侧：接口、推送和聊天页面。"""
    from bot.simulator.app import SimulatorSettings, serve

    click.echo(f"微信模拟器：http://{host}:{port}/")
    serve(SimulatorSettings(clock_file=clock_file, state_file=None, **options), host, port)
