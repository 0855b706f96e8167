"""Files and folders: who may read the secrets, whether we can write, how much room is left."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bot.core.config import PREFIX, Config
from bot.core.settings import KEYS
from bot.health.checks import sqlite_file
from bot.health.checks.finding import Finding, Subject, fail, ok, warn

LITTLE = 2 * 1024**3  # bytes: about a year of pictures in one district
PROBE_BYTES = 64 * 1024  # a quota shows only when something is written
TOO_LITTLE = 200 * 1024**2  # bytes: SQLite needs room for its journal


def permissions(subject: Subject, config: Config) -> Iterator[Finding]:
    """Whether other users of the machine can read the secrets."""
    open_files = [path for path in (config.path, *_secret_files(subject, config)) if _is_open_to_others(path)]
    for path in open_files:
        yield warn("文件权限", f"{path} 里有密钥，别的用户也能读", f"运行 chmod 600 {path}")
    if not open_files:
        yield ok("文件权限", "只有本用户能读配置和密钥文件")


def _secret_files(subject: Subject, config: Config) -> Iterator[Path]:
    tables = tomllib.loads(config.path.read_text(encoding="utf-8-sig"))
    for section, name in ((key.section, f"{key.name}_file") for key in KEYS.values() if key.from_file):
        value = subject.environ.get(f"{PREFIX}{section}__{name}".upper(), tables.get(section, {}).get(name))
        if value:
            yield config.base / Path(value).expanduser()


def _is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def storage(_subject: Subject, config: Config) -> Iterator[Finding]:
    """Whether attachments and the log can be written."""
    yield _writable("附件文件夹", config.storage.path, "storage.path")
    if config.logging.file:
        yield _writable("日志文件夹", config.logging.file.parent, "logging.file")


def _writable(title: str, folder: Path, at: str) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(bytes(PROBE_BYTES))
    except NotADirectoryError:
        return fail(title, f"{existing} 是文件，不是文件夹", "换一个路径，或移走这个文件", at)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return fail(title, f"{existing} 写不下了（{error.strerror}）", "清理磁盘，或换到更大的磁盘", at)
        remedy = f"让运行本程序的用户能写它：chown {os.getuid()} {existing}"
        return fail(title, f"{existing} 写不了（{error.strerror}）", remedy, at)
    return ok(title, f"{folder} 可以写" if folder == existing else f"{folder} 还没有，用到时自动建立")


def disk(_subject: Subject, config: Config) -> Iterator[Finding]:
    """Whether there is room for attachments and the database, on every disk that they lie on."""
    database = sqlite_file.of_url(config.database.url)
    places = [(config.storage.path, "storage.path")]
    places += [(database.parent, "database.url")] if database else []
    seen = set()
    for path, at in places:
        folder = next(each for each in (path, *path.parents) if each.exists())
        if (device := folder.stat().st_dev) not in seen:
            seen.add(device)
            yield _room(folder, at)


def _room(folder: Path, at: str) -> Finding:
    free = shutil.disk_usage(folder).free
    room = f"{folder} 所在磁盘剩余 {free / 1024**3:.1f} GB"
    if free < TOO_LITTLE:
        return fail("磁盘", room, "清理磁盘或换到更大的磁盘，否则写入会失败", at)
    if free < LITTLE:
        return warn("磁盘", room, "建议清理磁盘，留出 2 GB 以上", at)
    return ok("磁盘", room)
