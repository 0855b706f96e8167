"""Restoring: the backup is checked, made ready beside the database in use, put right, and takes its place at once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from bot.backup import afterwards, manifest, staging, tables
from bot.backup.afterwards import Restored
from bot.backup.archive import Reader, table_member
from bot.backup.manifest import Manifest
from bot.backup.refusals import BackupRefused
from bot.backup.taking import FILES
from bot.core import clock, schema
from bot.core.config import Config
from bot.core.db import connect, reading, run_hint
from bot.core.refusals import Advice
from bot.core.storage import write_through
from bot.runtime import presence
from bot.runtime.services import Services
from models.jobs import Beat
from models.staff import Staff

Build = Callable[[Config], Services]
RUNNING = "程序还在运行，不能恢复。请先停掉所有机器上的服务（systemctl stop 'tongxin*'），再运行一次。"


@dataclass(frozen=True)
class Outcome:
    """What was restored, and what staff have to know."""

    rows: int
    files: int
    said: tuple[Advice, ...]


def check(config: Config, backup: Reader) -> list[str]:
    """Read the whole backup and compare it with this installation: what will no longer open. Raises BackupRefused."""
    backup.check()
    contents = backup.contents
    if not schema.is_known(contents.revision):
        raise BackupRefused(
            f"备份来自更新的程序（表结构 {contents.revision}），这个版本读不了。请先升级程序，再恢复。"
        )
    return [] if contents.key == manifest.fingerprint(config) else _no_longer_opens(backup)


def restore(config: Config, live: Engine, backup: Reader, build: Build) -> Outcome:
    """Replace the database in use by a checked backup, and bring back its attachments. Raises BackupRefused."""
    with _alone(config, live), staging.stage(live) as address:
        rows = _load(address, backup)
        files = _bring_back(backup, config.storage.path)
        said, hints = _put_right(_on(config, address), live, backup.contents, build)
        staging.take_its_place(live)
        for hint in hints:
            run_hint(hint)
    return Outcome(rows, files, tuple(said))


@contextmanager
def _alone(config: Config, live: Engine) -> Iterator[None]:
    try:
        with presence.nobody_serves(live):
            if _beats(live, 2 * config.scheduler.beat_seconds + 2):
                raise BackupRefused(RUNNING)
            yield
    except presence.StillServing as error:
        raise BackupRefused(RUNNING) from error


def _beats(live: Engine, seconds: float) -> bool:
    """Whether a scheduler is alive that does not say so, being of an older version: one that has looked just now is
    given the time to look again."""
    before = _last_beat(live)
    if before is None or (clock.now() - before).total_seconds() > seconds:
        return False
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.2)
        if _last_beat(live) != before:
            return True
    return False


def _last_beat(live: Engine) -> datetime | None:
    """None also when the database is empty or damaged: nobody serves from that."""
    try:
        if not inspect(live).has_table(Beat.__tablename__):
            return None
        with reading(live) as db:
            return db.scalar(select(Beat.at).order_by(Beat.at.desc()).limit(1))
    except DatabaseError:
        return None


def _on(config: Config, address: str) -> Config:
    return replace(config, database=replace(config.database, url=address))


def _load(address: str, backup: Reader) -> int:
    """The rows as they were, in the tables that they had then, which are then brought up to this version."""
    staged = connect(address)
    try:
        schema.migrate(staged, backup.contents.revision)
        with staged.connect() as connection, schema.without_foreign_keys(connection), connection.begin():
            count, found = 0, tables.tables_of(connection)
            for table in reversed(found):
                connection.execute(
                    table.delete()
                )  # what a migration has put there is in the backup as it became
            for table in found:
                if table.name in backup.contents.tables:
                    count += tables.load(connection, table, backup.lines(table_member(table.name)))
                tables.go_on_counting(connection, table)
        schema.migrate(staged)
        return count
    finally:
        staged.dispose()


def _bring_back(backup: Reader, root: Path) -> int:
    """Write the attachments that are not there as they were; nothing is taken away, so the old rows keep theirs."""
    written = 0
    for member in backup.names(FILES):
        target = root / member.removeprefix(FILES)
        if not target.resolve().is_relative_to(root.resolve()):
            raise BackupRefused(f"备份里的附件名字 {member} 指到附件文件夹之外，不能恢复。请换一个备份文件。")
        if not _is_there(target, backup.contents.members[member]):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_through(target, backup.parts(member))
            written += 1
    return written


def _is_there(target: Path, digest: str) -> bool:
    if not target.is_file():
        return False
    with target.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


def _put_right(
    config: Config, live: Engine, contents: Manifest, build: Build
) -> tuple[list[Advice], list[Callable[[], None]]]:
    """Put the staged rows right; what has to be said, and what is to be done once they are in use."""
    services, hints = build(config), list[Callable[[], None]]()
    try:
        session = Session(services.engine, expire_on_commit=False, info={"after_commit": hints})
        with session as db, db.begin():
            restored = Restored(services, db, contents.taken_at, clock.now(), live)
            afterwards.put_right(restored)
        return restored.said, hints
    finally:
        services.engine.dispose()


def _no_longer_opens(backup: Reader) -> list[str]:
    staff = (json.loads(line) for line in backup.lines(table_member(Staff.__tablename__)))
    sealed = [person["name"] for person in staff if person.get("totp_secret")]
    told = [
        "现在的 secret_key 与备份时不同。能找回原来的 secret_key，就先写回 config.toml 再恢复；否则恢复后：",
        "　· 以前发出的进度链接打不开，诉求人发「进度」也查不到自己以前的诉求，请按编号由工作人员答复；",
        "　· 备份之后删除过个人信息的人认不全，请按当时的申请逐个再删除。",
    ]
    if sealed:
        told.append(f"　· 动态验证码失效：{'、'.join(sealed)}；请管理员在「同事」里重置。")
    return told
