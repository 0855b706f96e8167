"""Every command of the handbooks that makes or uses a backup, read by a real shell and then done."""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from pathlib import Path

from tests.backup.conftest import Office
from tests.support.variants import ON_SQLITE

ROOT = Path(__file__).parents[2]
HANDBOOKS = ("docs/deploy.md", "deploy/postgresql.md")
HERE = "/var/backups/tongxin"
DATED = "tongxin-20261201-023000.zip"


def lines() -> list[str]:
    """What an operator copies: lines of code blocks, and code within sentences."""
    text = "\n".join((ROOT / name).read_text() for name in HANDBOOKS)
    blocks = re.findall(r"^ *```(?:sh|cron)\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    copied = [line.strip() for block in blocks for line in block.splitlines()]
    copied += re.findall(r"`(sudo tongxin [^`]+)`", text)
    wanted = re.compile(rf"tongxin (backup|restore) |install -d .*{HERE}")
    return list(dict.fromkeys(line for line in copied if wanted.search(line)))


def as_cron_reads_it(line: str) -> str:
    """The command of a line of crontab: an unescaped % ends it, an escaped one is a %."""
    command = line.split(maxsplit=5)[5] if re.match(r"[\d*]+ [\d*]+ [\d*]+ ", line) else line
    return re.split(r"(?<!\\)%", command)[0].replace(r"\%", "%") if command != line else line


def called(office: Office, line: str) -> list[list[str]]:
    """The arguments with which a shell calls our program; other commands are really done."""
    tools, noted = office.folder / "bin", office.folder / "called"
    tools.mkdir(exist_ok=True)
    for name, body in {
        "sudo": 'exec "$@"',
        "tongxin": f'printf "%s\\n" "$@" >> {noted}; echo >> {noted}',
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{body}\n")
        (tools / name).chmod(0o700)
    here = line.replace(HERE, str(office.folder / "backups")).replace("/usr/local/bin/tongxin", "tongxin")
    noted.write_text("")
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    mine = as_cron_reads_it(here).replace("-o tongxin -g tongxin ", "")  # that user is not on every machine
    subprocess.run(["sh", "-c", mine], env=environment, check=True, timeout=20)
    return [said.split("\n") for said in noted.read_text().strip("\n").split("\n\n") if said]


@ON_SQLITE
def test_every_command_about_backups_does_what_it_says(office: Office) -> None:
    told = lines()
    folder = office.folder / "backups"
    assert [line for line in told if "--keep" in line]
    assert [line for line in told if "restore" in line]
    told.sort(
        key=lambda line: ("restore" in line, "install" not in line)
    )  # as it is done: place, backup, restore
    for line in told:
        for arguments in called(office, line):
            if arguments[0] == "restore" and arguments[1].endswith(DATED):
                max(folder.glob("tongxin-*.zip")).replace(folder / DATED)
            result = office.tongxin(*arguments, stdin="y\n")
            assert result.exit_code == 0, f"{line}\n{result.output}"
    assert folder.stat().st_mode & 0o077 == 0
    for file in folder.iterdir():
        with zipfile.ZipFile(file) as opened:
            assert "manifest.json" in opened.namelist()


def test_a_percent_sign_ends_a_line_of_crontab() -> None:
    assert as_cron_reads_it(r"30 2 * * * a \%F b%c") == "a %F b"
