"""`tongxin content check | import | export | ratings`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.by_shell import note, reason_option
from bot.commands.context import config_of

if TYPE_CHECKING:
    from bot.content.files import Loaded

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def command() -> None:
    """检查、导入、导出政策和学习内容。"""


def _load(folder: Path | None) -> Loaded:
    from bot.content.files import load
    from bot.core.paths import CONTENT

    loaded = load(folder or CONTENT)
    for problem in loaded.problems:
        click.echo(f"{problem.file}:{problem.line}: {problem.message}", err=True)
    return loaded


@command.command()
@click.argument("folder", type=FOLDER, required=False, metavar="[文件夹]")
def check(folder: Path | None) -> None:
    """检查内容文件，指出文件和行。"""
    loaded = _load(folder)
    if loaded.problems:
        raise click.ClickException(f"有 {len(loaded.problems)} 处要改。")
    click.echo(
        f"没有问题：政策 {len(loaded.policies)} 条，系列 {len(loaded.series)} 个，学习资料 {len(loaded.items)} 期。"
    )


@command.command("import")
@click.argument("folder", type=FOLDER, required=False, metavar="[文件夹]")
@click.option("--force", is_flag=True, help="连工作人员在控制台改过的也覆盖；会告知全体工作人员。")
@reason_option
@click.pass_context
def import_(ctx: click.Context, folder: Path | None, force: bool, reason: str) -> None:
    """把内容文件导入数据库，可以重复运行。"""
    from bot.content.store import import_content
    from bot.core.actor import Actor
    from bot.core.db import connect, transaction
    from bot.core.schema import require_ready, status
    from models.study import enabled_series, unreleased

    loaded = _load(folder)
    if loaded.problems:
        raise click.ClickException(f"有 {len(loaded.problems)} 处要改，没有导入任何内容。")
    engine = connect(config_of(ctx).database.url)
    require_ready(status(engine))
    with transaction(engine) as db:
        counts = import_content(db, loaded, force=force)
        if force:
            what = f"用内容文件覆盖了数据库里的内容（新增 {counts.added}，更新 {counts.changed}）"
            note(Actor(db, None), "content.force", "content", None, what, reason)
        held = sum(unreleased(db, series.id) for series in enabled_series(db))
    click.echo(
        f"新增 {counts.added}，更新 {counts.changed}，未变 {counts.unchanged}，保留工作人员修改 {counts.kept}。"
    )
    if held:
        click.echo(
            f"有 {held} 期学习资料等人看过后放行，放行前不会推送：tongxin study list 查看，tongxin study release 放行。"
        )


@command.command()
@click.argument("folder", type=FOLDER, metavar="文件夹")
@click.pass_context
def export(ctx: click.Context, folder: Path) -> None:
    """把数据库里的内容写成文件。"""
    from bot.content.store import export_content
    from bot.core.db import connect, reading
    from bot.core.schema import require_ready, status

    engine = connect(config_of(ctx).database.url)
    require_ready(status(engine))
    with reading(engine) as db:
        written = export_content(db, folder)
    click.echo(f"已写出 {written} 个文件到 {folder}。")


@command.command()
@click.pass_context
def ratings(ctx: click.Context) -> None:
    """每份政策的答复有多少人说有用、多少人说没用。"""
    from bot.content.library import policies_now
    from bot.core.db import connect, reading
    from bot.core.schema import require_ready, status
    from models.ratings import rating_counts

    engine = connect(config_of(ctx).database.url)
    require_ready(status(engine))
    with reading(engine) as db:
        policies, counts = policies_now(db), rating_counts(db)
    for one in counts:
        name = policies[one.slug].short_name if one.slug in policies else f"{one.slug}（已删除）"
        click.echo(f"{name}  有用 {one.useful}  没用 {one.useless}")
    if not counts:
        click.echo("还没有人评价过。没用的话记在 tongxin phrase unmatched 里。")
