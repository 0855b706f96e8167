"""What a right configuration gives: defaults, environment, secrets from files, paths."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Callable
from datetime import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.config import Config, ConfigError, load
from bot.core.paths import EXAMPLE_CONFIG
from bot.core.secret import Secret
from bot.core.settings import KEYS, SECTIONS
from bot.core.settings_conflicts import CONFLICTS

pytestmark = pytest.mark.usefixtures("plain_environment")

Written = Callable[[str], Path]


def test_defaults(valid: str, written: Written) -> None:
    path = written(valid)
    config = load(path, {})
    assert (config.path, config.base) == (path, path.parent)
    assert (config.server.host, config.server.port) == ("127.0.0.1", 8000)
    assert config.database.url == f"sqlite:///{path.parent}/var/tongxin.db"
    assert config.storage.path == path.parent / "var/files"
    assert config.logging.file is None
    assert config.appeals.close_of_business == time(17, 30)
    assert (config.wechat.custom_message_limit, config.wechat.mass_per_month) == (5, 4)


def test_settings_cannot_be_changed(valid: str, written: Written) -> None:
    config = load(written(valid), {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.server.port = 1  # type: ignore[misc]


ENVIRONMENT: list[tuple[str, str, Callable[[Config], object], object]] = [
    ("TONGXIN_SERVER__PORT", "9001", lambda c: c.server.port, 9001),
    ("TONGXIN_WECHAT__VERIFIED", "否", lambda c: c.wechat.verified, False),
    ("TONGXIN_WECHAT__TIMEOUT_READ", "2.5", lambda c: c.wechat.timeout_read, 2.5),
    (
        "TONGXIN_SERVER__TRUSTED_PROXIES",
        "10.0.0.0/8, ::1",
        lambda c: c.server.trusted_proxies,
        ("10.0.0.0/8", "::1"),
    ),
    ("TONGXIN_SERVER__TRUSTED_PROXIES", "", lambda c: c.server.trusted_proxies, ()),
    ("TONGXIN_DELIVERY__QUIET_FROM", "22:00", lambda c: c.delivery.quiet_from, time(22)),
    (
        "TONGXIN_WECHAT__SECRET",
        "fromtheenvironment",
        lambda c: c.wechat.secret.reveal(),
        "fromtheenvironment",
    ),
    ("TONGXIN_LOGGING__FILE", "/var/log/tongxin.log", lambda c: c.logging.file, Path("/var/log/tongxin.log")),
    ("TONGXIN_SERVER__PUBLIC_URL", "https://b.cn/", lambda c: c.server.public_url, "https://b.cn"),
    (
        "TONGXIN_DATABASE__URL",
        "postgresql://u:p@db/x",
        lambda c: c.database.url,
        "postgresql+psycopg://u:p@db/x",
    ),
]


@pytest.mark.parametrize(("variable", "text", "read", "expected"), ENVIRONMENT)
def test_the_environment_wins(
    variable: str, text: str, read: Callable[[Config], object], expected: object, valid: str, written: Written
) -> None:
    assert read(load(written(valid), {variable: text})) == expected


def test_other_variables_are_left_alone(valid: str, written: Written) -> None:
    load(written(valid), {"TONGXIN_CLOCK_FILE": "/x", "HOME": "/", "OTHER__PORT": "x"})


def test_secrets_from_files(valid: str, secrets: dict[str, str], written: Written) -> None:
    path = written(re.sub(r'(?m)^secret = ".*"', 'secret = ""\nsecret_file = "keys/secret"', valid))
    (path.parent / "keys").mkdir()
    (path.parent / "keys/secret").write_text("from-a-file\n")
    (path.parent / "other").write_text("from-another\r\n")
    assert load(path, {}).wechat.secret.reveal() == "from-a-file"
    assert load(path, {"TONGXIN_WECHAT__SECRET_FILE": "other"}).wechat.secret.reveal() == "from-another"
    assert load(path, {"TONGXIN_WECHAT__SECRET": "directly-given"}).wechat.secret.reveal() == "directly-given"
    assert load(path, {}).wechat.token.reveal() == secrets["wechat.token"]


def test_a_file_from_the_environment_replaces_the_value(valid: str, written: Written) -> None:
    path = written(valid)
    (path.parent / "url").write_text("postgresql://u:hunter2@db/x\n")
    assert load(path, {"TONGXIN_DATABASE__URL_FILE": "url"}).database.url.endswith("u:hunter2@db/x")


@pytest.mark.parametrize(("content", "word"), [("", "是空的"), ("x" * 20_000, "太大"), ("短", "没有空格")])
def test_a_bad_secret_file_is_explained(content: str, word: str, valid: str, written: Written) -> None:
    path = written(valid)
    (path.parent / "s").write_text(content)
    with pytest.raises(ConfigError, match=word):
        load(path, {"TONGXIN_WECHAT__SECRET_FILE": "s"})


def test_nothing_printed_shows_a_secret(valid: str, secrets: dict[str, str], written: Written) -> None:
    config = load(written(valid), {"TONGXIN_DATABASE__URL": "postgresql://u:hunter2@db/x"})
    shown = f"{config} {config!r} {dataclasses.asdict(config)['wechat']}"
    for secret in (*secrets.values(), "hunter2"):
        assert secret not in shown
    assert {*secrets.values()} == {*config.secrets()}


def test_a_secret_compares_and_hides() -> None:
    secret = Secret("value")
    assert secret == Secret("value")
    assert secret != Secret("other")
    assert secret != "value"
    assert (bool(secret), bool(Secret(""))) == (True, False)
    assert f"{secret}" == "******"


def test_a_file_saved_by_windows_is_read(valid: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + valid.replace("\n", "\r\n").encode())
    assert load(path, {}).server.port == 8000


def test_the_example_has_every_key_with_its_default() -> None:
    example = tomllib.loads(EXAMPLE_CONFIG.read_text(encoding="utf-8"))
    shown = {(section, key): value for section, table in example.items() for key, value in table.items()}
    assert shown == {place: key.default for place, key in KEYS.items()}
    assert list(example) == list(SECTIONS)


def test_the_example_says_why_for_every_key() -> None:
    lines = EXAMPLE_CONFIG.read_text(encoding="utf-8").splitlines()
    bare = [
        line for before, line in pairwise(lines) if " = " in line and line[0] != "#" and before[:2] != "# "
    ]
    assert bare == []


def test_the_example_asks_for_its_secrets_and_nothing_else() -> None:
    with pytest.raises(ConfigError) as caught:
        load(EXAMPLE_CONFIG, {})
    asked = {(mistake.section, mistake.key) for mistake in caught.value.mistakes}
    secrets = {("server", "secret_key"), ("wechat", "secret"), ("wechat", "token"), ("wechat", "aes_key")}
    assert asked == {*secrets, ("wechat", "appid")}
    assert all("初次设置" in mistake.remedy for mistake in caught.value.mistakes)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_default_passes_its_own_rule(section: str) -> None:
    SECTIONS[section]()


def test_every_conflict_is_between_keys_that_exist() -> None:
    """One that does not exist has no value, and its conflict would never be told."""
    assert {key for keys in CONFLICTS for key in keys} - KEYS.keys() == set()


PIECES = [
    "\n",
    "=",
    "[",
    "]",
    '"',
    "[[",
    "'",
    '"""',
    "\\",
    "\x00",
    "é",
    "0x" + "f" * 5000,
    "9" * 5000,
    "{",
    "#",
    "[x.y]\n",
    "1979-05-27",
]
VALUES = [
    "nan",
    "-1",
    "[]",
    "{a=1}",
    "07:32:00",
    "1979-05-27",
    "0x" + "f" * 5000,
    '"http://["',
    '"~nobody-here/x"',
    '"\\u0000"',
]


def refusal(path: Path) -> ConfigError | None:
    """Why the file is refused; any other exception is a bug."""
    try:
        load(path, {})
    except ConfigError as error:
        return error
    return None


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_the_answer_is_settings_or_a_config_error(
    data: st.DataObject, valid: str, secrets: dict[str, str], tmp_path: Path
) -> None:
    text = valid
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.sampled_from(PIECES) | st.text(max_size=3)) + text[at:]
    place = data.draw(st.sampled_from(sorted(KEYS)))
    text += (
        f"\n[{place[0]}]\n" * data.draw(st.booleans())
        + f"\n{place[1]} = {data.draw(st.sampled_from(VALUES))}\n"
    )
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    if error := refusal(path):
        assert str(path) in str(error)
        assert not [secret for secret in secrets.values() if secret in str(error)]


@pytest.mark.parametrize("key", sorted(KEYS))
def test_any_value_is_judged_not_tripped_over(key: tuple[str, str], valid: str, written: Written) -> None:
    section, name = key
    text = "\n".join(line for line in valid.splitlines() if not line.startswith(f"{name} ="))
    if f"[{section}]" not in text:
        text += f"\n[{section}]\n"
    for value in VALUES:
        path = written(text.replace(f"[{section}]", f"[{section}]\n{name} = {value}", 1))
        if error := refusal(path):
            assert [mistake.section for mistake in error.mistakes] == [section]


def test_an_endless_number_in_the_environment(valid: str, written: Written) -> None:
    with pytest.raises(ConfigError, match="TONGXIN_SERVER__PORT"):
        load(written(valid), {"TONGXIN_SERVER__PORT": "9" * 5000})
