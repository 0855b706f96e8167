"""The database: reachable, writable, its schema the one that this version needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.config import Config
from bot.core.redaction import redact
from bot.health.checks.finding import Finding, Subject, fail, ok

if TYPE_CHECKING:
    from sqlalchemy import Engine

TITLE = "数据库"


def database(_subject: Subject, config: Config) -> Iterator[Finding]:
    """Connects, writes and rolls back, compares the schema; never creates or changes anything."""
    file = _sqlite_file(config.database.url)
    if file is not None and not file.exists():
        yield _not_there_yet(file)
        return
    if file is None and find_spec("psycopg") is None:
        yield fail(
            TITLE, "没有安装 PostgreSQL 驱动", "运行 .venv/bin/pip install -e '.[scale]'", "database.url"
        )
        return
    from bot.core import db
    from bot.runtime import queue_calls

    if queue_calls.missing_package(config):
        remedy = (
            "运行 .venv/bin/pip install -e '.[scale]' 再运行 tongxin migrate；或改成 dispatcher = \"local\""
        )
        yield fail(TITLE, "没有安装 PostgreSQL 上的任务队列 procrastinate", remedy, "delivery.dispatcher")
    engine = db.connect(config.database.url, pool_size=config.database.pool_size)
    try:
        yield from _examine_engine(engine, file)
    finally:
        engine.dispose()


def _sqlite_file(url: str) -> Path | None:
    return Path(url.removeprefix("sqlite:///").partition("?")[0]) if url.startswith("sqlite:///") else None


def _not_there_yet(file: Path) -> Finding:
    folder = next(path for path in file.parents if path.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return fail(
            TITLE,
            f"{folder} 写不了，建不了 {file.name}",
            f"运行 chown {os.getuid()} {folder}",
            "database.url",
        )
    return fail(TITLE, f"还没有 {file}", "运行 tongxin migrate 建立", "database.url")


def _examine_engine(engine: Engine, file: Path | None) -> Iterator[Finding]:
    from sqlalchemy.exc import SQLAlchemyError

    where = str(file or redact(engine.url.render_as_string(hide_password=True)))
    try:
        with engine.connect() as connection:
            # A table that is rolled back proves the right to write and to migrate, and leaves nothing behind.
            connection.exec_driver_sql("CREATE TABLE tongxin_doctor (x INTEGER)")
            connection.rollback()
    except SQLAlchemyError as error:
        yield _unusable_finding(where, str(getattr(error, "orig", None) or error), file)
        return
    yield ok(TITLE, f"{where} 能连、能写")
    yield _check_schema(engine)


def _unusable_finding(where: str, reason: str, file: Path | None) -> Finding:
    shown = redact(" ".join(reason.split()))[:160]
    if "readonly" in reason or "permission denied" in reason or "read-only" in reason:
        remedy = (
            f"让运行本程序的用户能写它：chown {os.getuid()} {where}" if file else "给数据库用户建表的权限"
        )
    elif "not a database" in reason or "malformed" in reason:
        remedy = "文件已损坏或不是 SQLite；用最近的备份恢复：tongxin restore 备份文件"
    elif "locked" in reason:
        remedy = "别的程序占着数据库；稍后再试，或停掉占用它的程序"
    elif "password" in reason or "authentication" in reason:
        remedy = "核对地址里的用户名和密码"
    elif "does not exist" in reason:
        remedy = "先在 PostgreSQL 里建立这个用户和库"
    else:
        remedy = "核对地址，确认数据库已启动、网络能通"
    return fail(TITLE, f"{where} 用不了（{shown}）", remedy, "database.url")


def _check_schema(engine: Engine) -> Finding:
    from bot.core import schema

    state = schema.status(engine)
    if state.queue_behind:
        return fail("表结构", "任务队列的表还没有建好", "先备份，再运行 tongxin migrate")
    if state.current == state.head:
        return ok("表结构", f"版本 {state.head}，是最新的")
    if state.current is None:
        return fail("表结构", "还没有建表", "运行 tongxin migrate")
    return fail("表结构", f"版本 {state.current}，程序需要 {state.head}", "先备份，再运行 tongxin migrate")
