"""The file itself: a zip whose members are hashed while they are written, and that is read back before it gets its
name."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bot.backup import manifest
from bot.backup.manifest import Manifest
from bot.backup.refusals import BackupRefused

CHUNK = 1 << 20
DAMAGED = "已损坏或没有写完。请换一个备份文件。"


class Writer:
    """Adds members to a backup and keeps their digests."""

    def __init__(self, archive: zipfile.ZipFile, contents: Manifest) -> None:
        self._archive, self.contents = archive, contents

    def add(self, name: str, parts: Iterable[bytes], *, packed: bool = True) -> None:
        """Write one member; pictures are not packed, as it would gain nothing."""
        how = zipfile.ZipInfo(name)
        how.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        how.external_attr = 0o600 << 16
        digest = hashlib.sha256()
        with self._archive.open(how, "w", force_zip64=True) as member:
            for part in parts:
                digest.update(part)
                member.write(part)
        self.contents.members[name] = digest.hexdigest()


@contextmanager
def writing(path: Path, contents: Manifest) -> Iterator[Writer]:
    """A new backup. It stands under a name of its own until it is whole, on the disk, and has been read back; `path`
    is then replaced at once."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                yield Writer(archive, contents)
                archive.writestr(manifest.NAME, contents.text())
            file.flush()
            os.fsync(file.fileno())
        with reading(draft) as again:
            again.check()
        draft.replace(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


class Reader:
    """A backup that is there."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self._archive, self._path = archive, path
        try:
            self.contents = manifest.read(archive.read(manifest.NAME).decode())
        except KeyError:
            raise BackupRefused(f"{path} 不是本程序的备份：里面没有 {manifest.NAME}。") from None

    def check(self) -> None:
        """Read every member. Raises BackupRefused when one is missing, changed, too many, or lacks rows."""
        expected = self.contents.members
        if {*self._archive.namelist()} != {*expected, manifest.NAME}:
            raise BackupRefused(f"{self._path} {DAMAGED}")
        for name, digest in expected.items():
            if _digest(self.parts(name)) != digest:
                raise BackupRefused(f"{self._path} 里的 {name} {DAMAGED}")
        for table, rows in self.contents.tables.items():
            if sum(1 for _ in self.lines(table_member(table))) != rows:
                raise BackupRefused(f"{self._path} 里 {table} 的行数与清单不同。请换一个备份文件。")

    def parts(self, name: str) -> Iterator[bytes]:
        """A member, piece by piece."""
        with self._archive.open(name) as member:
            while part := member.read(CHUNK):
                yield part

    def lines(self, name: str) -> Iterator[bytes]:
        """A member, line by line."""
        member: IO[bytes]
        with self._archive.open(name) as member:
            yield from member

    def names(self, prefix: str) -> list[str]:
        """The members below a folder."""
        return [name for name in self.contents.members if name.startswith(prefix)]


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """An existing backup. Raises BackupRefused when it is no whole backup."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Reader(archive, path)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise BackupRefused(f"{path} {DAMAGED}") from error


def table_member(table: str) -> str:
    """Where the rows of a table stand."""
    return f"tables/{table}.jsonl"


def sync_folder(folder: Path) -> None:
    """Write a folder's names through to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
