"""The database: reachable, writable, its schema the one that this version needs."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.config import Config
from bot.core.redaction import redact
from bot.health.checks import sqlite_file
from bot.health.checks.finding import Finding, Subject, fail, ok

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from bot.core.schema import SchemaStatus

TITLE = "数据库"
REMEDIES = (
    (("permission denied", "read-only transaction"), "给数据库用户建表的权限"),
    (("is full", "No space"), "磁盘满了：清理磁盘，或把数据库移到更大的磁盘"),
    (
        ("not a database",),
        "它不是 SQLite 数据库，或已损坏；核对路径，或用最近的备份恢复：tongxin restore 备份文件",
    ),
    (("malformed",), sqlite_file.BROKEN),
    (("locked",), "别的程序占着数据库；稍后再试，或停掉占用它的程序"),
    (("no such table", "no such column"), "表结构不对：运行 tongxin doctor，按「表结构」一项说的做"),
    (("password", "authentication"), "核对地址里的用户名和密码"),
    (("does not exist",), "先在 PostgreSQL 里建立这个用户和库"),
)
NEWER = "换上写出这个数据库的那一版程序；要退回旧版，就恢复升级前的备份：tongxin restore 备份文件"


def database(_subject: Subject, config: Config) -> Iterator[Finding]:
    """Connects, writes and rolls back, compares the schema; never creates or changes anything."""
    file = sqlite_file.of_url(config.database.url)
    if file is not None and not file.exists():
        yield _not_there_yet(file)
        return
    if file is None and find_spec("psycopg") is None:
        yield fail(TITLE, "没有安装 PostgreSQL 驱动", "运行 make production", "database.url")
        return
    from bot.core import db
    from bot.runtime import queue_calls

    if queue_calls.missing_package(config):
        remedy = '运行 make production 再运行 tongxin migrate；或改成 dispatcher = "local"'
        yield fail(TITLE, "没有安装 PostgreSQL 上的任务队列 procrastinate", remedy, "delivery.dispatcher")
    engine = db.connect(config.database.url, pool_size=config.database.pool_size)
    try:
        yield from _examine_engine(engine, file)
    finally:
        engine.dispose()


def _not_there_yet(file: Path) -> Finding:
    folder = next(path for path in file.parents if path.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return fail(
            TITLE,
            f"{folder} 写不了，建不了 {file.name}",
            f"运行 chown {os.getuid()} {folder}",
            "database.url",
        )
    if left := sqlite_file.traces(file):
        detail = f"{file} 不见了，旁边还有 {'、'.join(left)}：它被移走、改名或删除了"
        return fail(TITLE, detail, sqlite_file.GONE, "database.url")
    return fail(TITLE, f"还没有 {file}", "运行 tongxin migrate 建立", "database.url")


def _examine_engine(engine: Engine, file: Path | None) -> Iterator[Finding]:
    from bot.core import schema
    from bot.core.db import reading
    from bot.health.checks.rows import ROW_CHECKS

    if problem := unusable(engine, file):
        yield problem
        return
    yield ok(TITLE, f"{_where(engine, file)} 能连、能写")
    if file is not None:
        yield sqlite_file.pages(file)
    state = schema.status(engine)
    yield check_schema(state)
    if state.ready:
        with reading(engine) as db:
            yield from (check(db) for check in ROW_CHECKS)


def unusable(engine: Engine, file: Path | None) -> Finding | None:
    """Why the database cannot be read and written; None when it can. What is written is taken back."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        if file is not None:
            sqlite_file.write_and_roll_back(file)
        else:
            _write_and_roll_back(engine)
    except (SQLAlchemyError, sqlite3.Error) as error:
        return _unusable_finding(_where(engine, file), str(getattr(error, "orig", None) or error), file)
    return None


def _where(engine: Engine, file: Path | None) -> str:
    return str(file or redact(engine.url.render_as_string(hide_password=True)))


def _write_and_roll_back(engine: Engine) -> None:
    with engine.connect() as connection:
        # A table proves the right to write and to migrate; rolled back, it leaves nothing behind.
        connection.exec_driver_sql("CREATE TABLE tongxin_probe (x INTEGER)")
        connection.rollback()


def _unusable_finding(where: str, reason: str, file: Path | None) -> Finding:
    shown = redact(" ".join(reason.split()))[:160]
    return fail(TITLE, f"{where} 用不了（{shown}）", remedy(reason, file), "database.url")


def remedy(reason: str, file: Path | None) -> str:
    """What to do when the database says this; `file` is where it lies if it is one."""
    for words, advice in REMEDIES:
        if any(word in reason for word in words):
            return advice
    if any(word in reason for word in ("readonly", "read-only", "unable to open")) and file:
        return f"让运行本程序的用户能读写它：chown {os.getuid()} {file}"
    return "核对 [database] url，确认数据库已启动、网络能通"


def check_schema(state: SchemaStatus) -> Finding:
    """Whether the tables are those that this version of the program needs."""
    title = "表结构"
    if state.queue_behind:
        return fail(title, "任务队列的表还没有建好", "先备份，再运行 tongxin migrate")
    if state.current == state.head:
        return ok(title, f"版本 {state.head}，是最新的")
    if state.is_newer:
        return fail(title, f"版本 {state.current}，比程序新（程序认得到 {state.head}）", NEWER)
    if state.remains:
        remedy = "恢复升级前的备份（tongxin restore 备份文件），再运行 tongxin migrate"
        return fail(title, f"留有没做完的升级（表 {state.remains}）", remedy)
    if state.current is None:
        return fail(title, "还没有建表", "运行 tongxin migrate")
    return fail(title, f"版本 {state.current}，程序需要 {state.head}", "先备份，再运行 tongxin migrate")
