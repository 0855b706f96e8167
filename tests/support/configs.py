"""A right configuration to make wrong ones from, and the real command line to read them with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.cli import main
from tests.support import forked

ROOT = Path(__file__).parents[2]
SECRETS = {
    "server.secret_key": "k3yForSigningLinksOnly0123456789abcdefXYZ",
    "wechat.secret": "5ecre7000000000000000000deadbeef",
    "wechat.token": "T0kenOfTheWebhook12345",
    "wechat.aes_key": "AesKey0123456789AesKey0123456789AesKey01234",
}
VALID = f"""\
[server]
public_url = "https://gsl.example.gov.cn"
secret_key = "{SECRETS["server.secret_key"]}"

[wechat]
appid = "wx0123456789abcdef"
secret = "{SECRETS["wechat.secret"]}"
token = "{SECRETS["wechat.token"]}"
aes_key = "{SECRETS["wechat.aes_key"]}"
"""


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment speaks about the configuration."""
    for name in os.environ:
        if name.startswith("TONGXIN_"):
            monkeypatch.delenv(name)


@pytest.fixture
def valid() -> str:
    """A configuration that loads."""
    return VALID


@pytest.fixture
def secrets() -> dict[str, str]:
    """The secrets in it."""
    return SECRETS


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a config.toml for its owner's eyes only."""

    def write(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def tongxin() -> Callable[..., Result]:
    """The command line in this process; `stdin` answers questions."""

    def run(*arguments: str | Path, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(each) for each in arguments], input=stdin, prog_name="tongxin")

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command line in a process of its own, as an operator runs it."""

    def run(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return forked.run(*arguments, LC_ALL="C.UTF-8", **environ)

    return run
