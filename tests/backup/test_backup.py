"""`tongxin backup`: what is in the file, that it is whole, and where it goes."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup import archive
from bot.backup.outside import last_good
from bot.core import clock
from bot.health.checks.backup import backup as check
from bot.health.checks.finding import Status, Subject
from models.wechat import AccessToken
from tests.backup.conftest import Office
from tests.backup.rows import inbound
from tests.support.place import KEYS
from tests.support.variants import ON_SQLITE

pytestmark = ON_SQLITE  # the rows on both databases: test_restore.py
SECRETS = (KEYS["secret"], KEYS["token"], KEYS["aes_key"], "key-of-the-test")


def member(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as opened:
        return opened.read(name).decode()


def test_the_file_holds_rows_pictures_and_settings_and_is_for_its_owner_only(office: Office) -> None:
    office.add(inbound(1), inbound(2, text="第二条"))
    (office.files / "ab").mkdir()
    (office.files / "ab" / "picture").write_bytes(b"\xff\xd8 a picture")
    path = office.folder / "b.zip"
    said = office.does("backup", path)
    assert "1 个附件" in said
    assert "核对无误" in said
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    manifest = json.loads(member(path, "manifest.json"))
    assert manifest["tables"]["inbound"] == 2
    assert "第二条" in member(path, "tables/inbound.jsonl")
    assert 'account_kind = "service"' in member(path, "config.toml")
    with zipfile.ZipFile(path) as opened:
        assert opened.read("files/ab/picture") == b"\xff\xd8 a picture"
        assert not [name for name in opened.namelist() if "learnt-" in name]
    assert sorted(each.name for each in office.folder.glob(".b.zip*")) == []


def test_no_secret_is_in_it(office: Office) -> None:
    office.add(AccessToken(appid=KEYS["appid"], token="88_the-token-of-now", generation=1))
    path = office.folder / "b.zip"
    office.does("backup", path)
    with zipfile.ZipFile(path) as opened:
        everything = b"".join(opened.read(name) for name in opened.namelist()).decode(errors="replace")
    for secret in (*SECRETS, "88_the-token-of-now"):
        assert secret not in everything


def test_secrets_are_asked_about_and_then_there(office: Office) -> None:
    path = office.folder / "b.zip"
    refused = office.tongxin("backup", path, "--with-secrets", stdin="n\n")
    assert refused.exit_code == 1
    assert "全部密钥" in refused.output
    assert not path.exists()
    office.does("backup", path, "--with-secrets", "--yes")
    assert all(secret in member(path, "config.toml") for secret in SECRETS)


def test_a_folder_gets_dated_names_and_keeps_the_newest(office: Office) -> None:
    folder = office.folder / "backups"
    folder.mkdir()
    (folder / "other.zip").write_text("not ours")
    begin = clock.now()
    for days in range(3):
        with clock.frozen(begin + timedelta(days=days)):
            said = office.does("backup", folder, "--keep", "2")
    assert "已删除 1 份旧备份" in said
    newest = [f"{clock.local(begin + timedelta(days=each)):%Y%m%d}" for each in (1, 2)]
    kept = sorted(each.name for each in folder.glob("tongxin-*.zip"))
    assert [name[8:16] for name in kept] == newest
    assert (folder / "other.zip").exists()


def test_keep_wants_a_folder(office: Office) -> None:
    refused = office.tongxin("backup", office.folder / "b.zip", "--keep", "2")
    assert refused.exit_code == 2
    assert "文件夹" in refused.output


@pytest.mark.parametrize(("where", "words"), [("no/such/b.zip", "install -d"), ("files/b.zip", "另一块盘")])
def test_a_wrong_place_is_explained(office: Office, where: str, words: str) -> None:
    refused = office.tongxin("backup", office.folder / where)
    assert refused.exit_code == 1
    assert words in refused.output


def test_a_backup_that_fails_leaves_the_old_one_and_no_draft(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.folder / "b.zip"
    office.does("backup", path)
    before = path.read_bytes()

    def full(_self: archive.Reader) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(archive.Reader, "check", full)
    refused = office.tongxin("backup", path)
    assert refused.exit_code == 1
    assert "磁盘空间" in refused.output
    assert path.read_bytes() == before
    assert list(office.folder.glob(".b.zip*")) == []


def test_the_doctor_says_how_old_the_last_good_one_is(office: Office) -> None:
    def finding() -> tuple[Status, str]:
        (found,) = check(Subject(office.config, {}, offline=True), office.services.config)
        return found.status, f"{found.detail} {found.remedy}"

    assert finding()[0] is Status.WARN
    office.does("backup", office.folder / "b.zip")
    newest = last_good(office.files)
    assert newest is not None
    assert newest.file == str(office.folder / "b.zip")
    assert finding()[0] is Status.OK
    with clock.frozen(clock.now() + timedelta(hours=37)):
        status, said = finding()
    assert status is Status.WARN
    assert "1 天 13 小时" in said
    assert "tongxin backup" in said
