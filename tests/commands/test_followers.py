"""The same from a shell: Chinese for people, JSON for programs, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.commands import cli
from bot.core.db import reading, transaction
from bot.followers import sync
from models.profiles import Profile
from models.syncs import SyncState
from tests.followers.conftest import engine, kept_services, office, services
from tests.followers.office import Office, follower, staff

__all__ = ["engine", "kept_services", "office", "services"]  # fixtures of the followers' office
Tongxin = Callable[..., Result]


@pytest.fixture
def tongxin(office: Office) -> Tongxin:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli.main, ["--config", str(office.config), *arguments])

    return run


def test_followers_are_synced_with_progress_and_a_result(office: Office, tongxin: Tongxin) -> None:
    office.followers(30)
    assert "还没有同步过" in tongxin("followers", "status").output
    result = tongxin("followers", "sync")
    assert result.exit_code == 0, result.output
    assert "已列出 30/30" in result.output
    assert "同步完成：现有关注者 30 人，新增 30 人" in result.output
    assert office.count() == 30
    status = tongxin("followers", "status")
    assert "已完成" in status.output
    facts = json.loads(tongxin("followers", "status", "--json").stdout)
    assert (facts["state"], facts["seen"], facts["added"], facts["gone"]) == ("done", 30, 30, 0)


def test_a_run_that_was_interrupted_is_resumed(office: Office, tongxin: Tongxin) -> None:
    office.followers(30)
    run = office.start()
    sync.work(office.services)
    facts = json.loads(tongxin("followers", "sync", "--json").stdout)
    assert facts["id"] == run.id
    assert facts["added"] == 30


def test_a_failed_run_says_why_and_ends_with_1(office: Office, tongxin: Tongxin) -> None:
    result = tongxin("followers", "sync")
    assert result.exit_code == 1
    assert "没有改动任何人" in result.output
    result = tongxin("followers", "sync", "--json")
    assert (result.exit_code, json.loads(result.stdout)["state"]) == (1, SyncState.FAILED.value)


def test_a_run_that_waits_for_tomorrow_does_not_keep_the_shell(office: Office, tongxin: Tongxin) -> None:
    office.followers(3)
    office.sim("faults", {"kind": "errcode", "errcode": 45009, "path": "/cgi-bin/user/get", "times": 1})
    result = tongxin("followers", "sync")
    assert result.exit_code == 1
    assert "00:01" in result.output
    assert "再运行本命令" in result.output


def test_an_account_without_the_interface_is_told(office: Office, tongxin: Tongxin) -> None:
    text = office.config.read_text().replace("verified = true", "verified = false")
    office.config.write_text(text)
    for verb in ("followers", "segment"):
        result = tongxin(verb, "sync")
        assert result.exit_code == 1
        assert "关注者与标签管理" in result.output


def test_companies_are_imported_and_set(office: Office, tongxin: Tongxin, tmp_path: Path) -> None:
    with transaction(office.engine) as db:
        follower(db, "oA")
        staff(db, "小王")
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("openid,企业名称,所属街道\noA,甲公司,八角\n")
    bad.write_text("openid,所属街道\noA,浦东\noB,八角\n")
    result = tongxin("followers", "import", str(bad))
    assert result.exit_code == 1
    assert "第 2 行" in result.output
    assert "第 3 行" in result.output
    assert "没有写入" in result.output
    assert "检查通过：1 人" in tongxin("followers", "import", str(good), "--dry-run").output
    assert json.loads(tongxin("followers", "import", str(good), "--json").stdout)["written"] is True
    assert "已登记" in tongxin("followers", "set", "oA", "--street", "古城街道", "--by", "小王").output
    refused = tongxin("followers", "set", "oA", "--street", "浦东")
    assert refused.exit_code == 1
    assert "八宝山" in refused.output
    assert tongxin("followers", "set", "oA").exit_code == 2
    with reading(office.engine) as db:
        row = db.scalars(select(Profile)).one()
        assert (row.company, row.street) == ("甲公司", "古城")


def test_segments_are_counted_tagged_listed_and_synced(office: Office, tongxin: Tongxin) -> None:
    people = office.followers(3)
    tongxin("followers", "sync")
    tongxin("followers", "set", people[0], "--street", "八角", "--company", "甲公司")
    result = tongxin("segment", "count", '{"street": ["八角街道"]}')
    assert "所属街道：八角：1 人" in result.output
    assert "甲公司" in result.output
    assert people[0] not in result.output
    facts = json.loads(tongxin("segment", "count", "全部", "--json").stdout)
    assert (facts["count"], facts["describe"]) == (3, "全部关注者")
    wrong = tongxin("segment", "count", '{"streets": ["八角"]}')
    assert wrong.exit_code == 1
    assert "street（所属街道）" in wrong.output
    made = tongxin("segment", "tag", "八角企业", "--segment", '{"street": ["八角"]}')
    assert "现有 1 人" in made.output
    assert "等待同步" in tongxin("segment", "list").output
    synced = tongxin("segment", "sync")
    assert synced.exit_code == 0, synced.output
    assert "八角企业：1/1 人" in synced.output
    (row,) = json.loads(tongxin("segment", "list", "--json").stdout)
    assert (row["wanted"], row["there"], row["reason"]) == (1, 1, None)
    refused = tongxin("segment", "tag", "推送1", "--segment", "all")
    assert refused.exit_code == 1
    assert "临时标签" in refused.output
