"""How a backup or a restore that was not done ends its command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def told_in_chinese(outcome: str) -> Iterator[None]:
    """What goes wrong inside the block ends the command with exit code 1; `outcome` says what that leaves behind."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise click.ClickException(
            f"{outcome}（{reason}）。请检查磁盘空间和文件夹的权限，再试一次。"
        ) from error
    except SQLAlchemyError as error:
        reason = type(getattr(error, "orig", None) or error).__name__
        remedy = "请检查 [database] url 和数据库用户的权限，运行 tongxin doctor。"
        raise click.ClickException(f"{outcome}（数据库：{reason}）。{remedy}") from error
