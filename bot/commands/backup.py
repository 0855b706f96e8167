"""`tongxin backup FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.context import config_of

ASK = "备份里将有全部密钥，拿到文件的人可以冒充本公众号。请只存放在保险的地方。确定吗？"


@click.command()
@click.argument("target", metavar="文件或文件夹", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), metavar="份数", help="只留最新的几份；目标须是文件夹。")
@click.option("--with-secrets", is_flag=True, help="连同密钥一起备份；不写则备份里没有密钥。")
@click.option("--yes", is_flag=True, help="不再询问。")
@click.pass_context
def command(ctx: click.Context, target: Path, keep: int | None, with_secrets: bool, yes: bool) -> None:
    """备份数据、附件和配置到一个文件，不必停服务；写完自动核对。

    目标是文件夹时，文件名带日期和时间，例如 tongxin-20261201-023000.zip。
    """
    from sqlalchemy.exc import SQLAlchemyError

    from bot.backup import places, taking
    from bot.backup.refusals import BackupRefused
    from bot.core import clock
    from bot.core.db import connect

    if keep is not None and not target.is_dir():
        raise click.UsageError("--keep 要和文件夹一起用：文件夹里的备份名字带日期，才知道哪些是旧的。")
    config = config_of(ctx)
    if with_secrets and not yes:
        click.confirm(ASK, abort=True)
    engine = connect(config.database.url)
    try:
        path = places.target(target, clock.now(), config.storage.path)
        taken = taking.take(config, engine, path, with_secrets=with_secrets)
        gone = places.forget_old(path.parent, keep) if keep else 0
    except BackupRefused as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.ClickException(
            f"备份没有写成（{reason}）。请检查磁盘空间和 {target} 的权限，再试一次。"
        ) from error
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        raise click.ClickException(f"数据库读不了（{reason}），没有备份。请运行 tongxin doctor。") from error
    finally:
        engine.dispose()
    size = f"{taken.bytes / 1024**2:.1f} MB"
    click.echo(f"已备份到 {taken.path}：{taken.rows} 行、{taken.files} 个附件，{size}，核对无误。")
    if gone:
        click.echo(f"已删除 {gone} 份旧备份，留最新 {keep} 份。")
