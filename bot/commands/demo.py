"""`tongxin demo`: the whole service with a simulated WeChat on this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.core.config import Config
    from bot.runtime.services import ServiceActor

FOLDER = Path("var/demo")
AUTHOR, APPROVER = "小林", "陈主任"
EXAMPLE = "min-ying-jing-ji-cu-jin-fa"
LOOPBACK, EVERYWHERE = "127.0.0.1", "0.0.0.0"  # noqa: S104 — compared, never a default
CONFIG = """\
# 演示配置，由 tongxin demo 写出；密钥是随机的，只用于本机。
[server]
host = "{host}"
port = {port}
public_url = "http://{shown}:{port}"
secret_key = "{secret_key}"

[database]
url = "sqlite:///demo.db"

[wechat]
account_kind = "service"
verified = true
appid = "{appid}"
secret = "{secret}"
token = "{token}"
aes_key = "{aes_key}"
mode = "secure"
api_base = "http://127.0.0.1:{simulator_port}"

[scheduler]
beat_seconds = 1
grace_hours = 168

[appeals]
daily_limit_per_person = 100

[storage]
path = "files"

[logging]
level = "warning"
"""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="服务端口。")
@click.option(
    "--simulator-port",
    default=8001,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="微信模拟器端口。",
)
@click.option("--fresh", is_flag=True, help="丢掉以前的演示数据，重新开始。")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default=True,
    help="演示数据放在哪里。",
)
def command(host: str, port: int, simulator_port: int, fresh: bool, folder: Path) -> None:
    """在本机演示：示例内容、关注者和模拟的微信，打印地址。"""
    from bot.core import clock

    if fresh and folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    clock_file = folder.resolve() / "clock.json"
    os.environ[clock.CLOCK_FILE] = str(clock_file)  # the simulator's clock moves the service too
    config = _config(folder, host, port, simulator_port)
    password = _password(folder)
    _prepare(config, password)
    _start_simulator(config, host, port, simulator_port, clock_file, folder)
    _serve(config, host, port, simulator_port, password)


def _config(folder: Path, host: str, port: int, simulator_port: int) -> Config:
    """The demo's settings; keys are made once and kept, so that kept data stay readable."""
    from bot.core.config import load

    path = folder / "config.toml"
    keys = _kept_keys(path) or {
        "secret_key": secrets.token_urlsafe(48),
        "appid": f"wx{secrets.token_hex(8)}",
        "secret": secrets.token_hex(16),
        "token": secrets.token_hex(16),
        "aes_key": secrets.token_hex(22)[:43],
    }
    shown = LOOPBACK if host == EVERYWHERE else host
    path.write_text(
        CONFIG.format(host=host, shown=shown, port=port, simulator_port=simulator_port, **keys),
        encoding="utf-8",
    )
    path.chmod(0o600)
    return load(path, environ={})


def _kept_keys(path: Path) -> dict[str, str] | None:
    import tomllib

    if not path.exists():
        return None
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    names = ("appid", "secret", "token", "aes_key")
    return {"secret_key": table["server"]["secret_key"], **{name: table["wechat"][name] for name in names}}


def _password(folder: Path) -> str:
    """The password of the demo's colleagues: made once for this folder, and kept beside its data."""
    path = folder / "login.txt"
    if not path.exists():
        path.write_text(secrets.token_hex(6), encoding="utf-8")
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()


def _prepare(config: Config, password: str) -> None:
    """Tables, content, and an office with units, colleagues of every role and cases; kept ones stay as they are."""
    from bot.app import build_services
    from bot.commands import demo_cases
    from bot.content import files, store
    from bot.core import schema
    from bot.core.db import transaction
    from bot.core.paths import CONTENT
    from bot.runtime.services import ServiceActor
    from models.staff import find_staff

    services = build_services(config)
    schema.migrate(services.engine)
    with transaction(services.engine) as db:
        store.import_content(db, files.load(CONTENT))
        demo_cases.make(db, services, password=password)
        _release_items(ServiceActor(db, find_staff(db, APPROVER), services))
    services.engine.dispose()


def _release_items(actor: ServiceActor) -> None:
    """The sample leader lets the sample items out, so that the week's push can be shown."""
    from sqlalchemy import select

    from bot.study import releasing
    from models.study import Item

    for item in actor.db.scalars(select(Item).where(Item.released_at.is_(None)).order_by(Item.id)):
        releasing.release(actor, item, AUTHOR)


def _start_simulator(
    config: Config, host: str, port: int, simulator_port: int, clock_file: Path, folder: Path
) -> None:
    from bot.simulator.app import serve
    from bot.simulator.settings import SimulatorSettings

    w = config.wechat
    settings = SimulatorSettings(
        webhook=f"http://127.0.0.1:{port}/wechat",
        appid=w.appid,
        secret=w.secret.reveal(),
        token=w.token.reveal(),
        aes_key=w.aes_key.reveal(),
        mode="secure",  # as the configuration above says
        account_kind="service",
        verified=w.verified,
        followers=3,
        clock_file=clock_file,
        state_file=folder / "wechat.json",
    )
    if _listens(host, simulator_port):
        raise click.ClickException(
            f"端口 {simulator_port} 已被占用。用 --simulator-port 换一个，或先停掉占用它的程序。"
        )
    threading.Thread(
        target=serve, args=(settings, host, simulator_port), name="simulator", daemon=True
    ).start()
    for _ in range(100):
        if _listens(host, simulator_port):
            return
        time.sleep(0.1)
    raise click.ClickException("微信模拟器没有启动，请看上面的错误信息。")


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK if host == EVERYWHERE else host, port)) == 0


def _publish_menu(config: Config) -> None:
    """The custom menu, as `tongxin menu push` would publish it."""
    from bot.app import build_services
    from bot.content.files import load
    from bot.core.paths import CONTENT
    from bot.wechat.errors import Outcome

    answer = build_services(config).gateway.menu_create(load(CONTENT).menu)
    if answer.outcome is not Outcome.SENT:
        click.echo(f"菜单没有发布：{answer.detail}", err=True)


def _show_staff(config: Config) -> None:
    """How to broadcast as the sample colleagues; a second terminal has to share the demo's clock."""
    from bot.core import clock

    click.echo("另开一个终端，试着群发一条政策：")
    click.echo(f"  export TONGXIN_CONFIG={config.path} {clock.CLOCK_FILE}={os.environ[clock.CLOCK_FILE]}")
    click.echo(
        f"  .venv/bin/tongxin broadcast new --page {EXAMPLE} --by {AUTHOR}   # 打印编号，这里以 1 为例"
    )
    click.echo(f"  .venv/bin/tongxin broadcast submit 1 --by {AUTHOR}")
    click.echo(f"  .venv/bin/tongxin broadcast approve 1 --by {APPROVER}")


def _people() -> str:
    """小林（受理员）、…"""
    from bot.commands.demo_cases import PEOPLE
    from bot.staff.rights import LABELS

    return "、".join(f"{name}（{unit or LABELS[role]}）" for name, role, unit in PEOPLE)


def _serve(config: Config, host: str, port: int, simulator_port: int, password: str) -> None:
    from bot.commands import serving

    def announce() -> None:
        _publish_menu(config)
        click.echo("演示已启动，按 Ctrl+C 停止。")
        click.echo(f"  微信聊天页面   http://{host}:{simulator_port}/")
        click.echo(f"  工作台         http://{host}:{port}/console/")
        click.echo(f"  登录           口令 {password}，姓名任选：{_people()}")
        click.echo(f"  政策页示例     http://{host}:{port}/p/{EXAMPLE}")
        click.echo("在聊天页面点「关注」，试试：政策、石惠十条、提诉求、查进度、订阅。")
        _show_staff(config)

    serving.run(config, web=True, scheduler=True, workers=True, announce=announce)
