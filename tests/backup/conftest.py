"""A database with something in every table that matters, its settings, and the command line to back it up with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from bot.backup.tables import dump, tables_of
from bot.commands.cli import main
from bot.core.db import connect, transaction
from bot.runtime.services import Services
from tests.support.parts import services_for


@dataclass
class Office:
    """One installation that nobody serves from at the moment."""

    folder: Path
    engine: Engine
    services: Services

    @property
    def config(self) -> Path:
        """Its settings."""
        return self.folder / "config.toml"

    @property
    def files(self) -> Path:
        """Its attachments."""
        return self.folder / "files"

    def tongxin(self, *arguments: str | Path, stdin: str | None = None) -> Result:
        """The command line."""
        said = ["--config", str(self.config), *map(str, arguments)]
        return CliRunner().invoke(main, said, input=stdin, prog_name="tongxin")

    def does(self, *arguments: str | Path) -> str:
        """What a command that succeeds prints."""
        result = self.tongxin(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def add(self, *rows: Any) -> None:
        """Put rows in."""
        with transaction(self.engine) as db:
            db.add_all(rows)

    def rows(self) -> dict[str, list[bytes]]:
        """Every row of every table that is kept, as it is written."""
        self.engine.dispose()  # a restore has replaced the tables under the open connections
        with self.engine.connect() as connection:
            return {table.name: list(dump(connection, table)) for table in tables_of(connection)}


def open_office(url: str, folder: Path) -> Office:
    """An installation on a database."""
    engine = connect(url)
    return Office(folder, engine, services_for(engine, folder))


@pytest.fixture
def new_office(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Office]]:
    """Makes installations with the shipped content."""
    opened: list[Office] = []

    def make() -> Office:
        opened.append(open_office(new_database(), tmp_path_factory.mktemp("office")))
        return opened[-1]

    yield make
    for each in opened:
        each.engine.dispose()


@pytest.fixture
def office(new_office: Callable[[], Office]) -> Office:
    """One installation."""
    return new_office()
