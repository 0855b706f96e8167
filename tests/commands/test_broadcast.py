"""`tongxin broadcast` and `tongxin staff` in real processes, beside a running service and WeChat's simulator."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from bot.commands.cli import main
from bot.core import audit, clock
from bot.core.config import load
from bot.core.db import connect, reading
from bot.outgoing.broadcasts.automatic import begin_due
from models.outgoing import BroadcastState, DeliveryState
from models.staff import Staff
from tests.outgoing.broadcasts.office import Office
from tests.support import forked
from tests.support.parts import services_for
from tests.support.place import Place, eventually

POLICY = "min-ying-jing-ji-cu-jin-fa"


class Shell:
    """The command line with a config; in this process, because a process a call would take minutes."""

    def __init__(self, config: Path) -> None:
        self.config = config

    @property
    def database(self) -> str:
        return load(self.config, environ={}).database.url

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(main, [*words, "--config", str(self.config)])

    def says(self, *words: str) -> str:
        """What it prints when it succeeds."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)  # what is logged goes to the other stream

    def refuses(self, *words: str, code: int = 1) -> str:
        """What it prints when it does not do it."""
        result = self.run(*words)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.output


@pytest.fixture(scope="module")
def desk(filled_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A desk without a running service: the plain database. The verbs behind it are tested on both."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copy(filled_sqlite, folder / "desk.db")
    engine = connect(f"sqlite:///{folder}/desk.db")
    Office(services_for(engine, folder)).open()
    yield Shell(folder / "config.toml")
    engine.dispose()


@pytest.fixture
def words(tmp_path: Path) -> str:
    file = tmp_path / "通知.txt"
    file.write_text("各位企业家：\n本周五下午三点座谈会。\n", encoding="utf-8")
    return str(file)


def tongxin(config: Path, *words: str) -> Any:
    """A real process; its JSON."""
    done = forked.run("--config", config, *words, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_from_draft_to_everybody_exactly_once(fresh_place: Place, words: str) -> None:
    config = fresh_place.folder / "config.toml"
    near = [fresh_place.citizen() for _ in range(2)]
    far = [fresh_place.citizen() for _ in range(2)]
    fresh_place.travel_to(clock.now() + timedelta(days=3))
    for person in near:
        person.says("菜单")  # opens the window of 48 hours
    shell = Shell(config)
    for name, role in (("小林", "受理员"), ("陈主任", "分管领导")):
        shell.says("staff", "add", name, "--role", role)
    made = str(tongxin(config, "broadcast", "new", "--text-file", words, "--by", "小林")["id"])
    planned = shell.json("broadcast", "plan", made)
    assert (planned["total"], planned["by_way"]["custom"], planned["by_way"]["mass"]) == (4, 2, 2)
    tongxin(config, "broadcast", "submit", made, "--by", "小林")
    assert tongxin(config, "broadcast", "approve", made, "--by", "陈主任")["state"] == "scheduled"
    eventually(lambda: all(p.received("custom", "mass") for p in (*near, *far)), 60)
    eventually(lambda: shell.json("broadcast", "show", made)["deliveries"]["sent"] == 4, 60)
    for person, way in [*((p, "custom") for p in near), *((p, "mass") for p in far)]:
        (message,) = person.received("custom", "mass")
        assert message["channel"] == way
        assert "本周五下午三点座谈会" in message["text"]
    shown = shell.json("broadcast", "show", made)
    assert shown["deliveries"] == {**dict.fromkeys((s.value for s in DeliveryState), 0), "sent": 4}
    assert (shown["channels"]["custom"], shown["channels"]["mass"]) == (2, 2)
    assert (shown["author"], shown["approver"], shown["recipients"]) == ("小林", "陈主任", 4)
    acts = [event["action"] for event in shown["events"]]
    assert acts[:5] == ["create", "submit", "approve", "schedule", "begin"]
    with reading(fresh_place.engine) as db:
        assert audit.first_break(db) is None


def test_a_preview_reaches_the_colleague_alone(fresh_place: Place, words: str) -> None:
    shell = Shell(fresh_place.folder / "config.toml")
    colleague, other = fresh_place.citizen(), fresh_place.citizen()
    shell.says("staff", "add", "小林", "--role", "受理员")
    made = str(shell.json("broadcast", "new", "--text-file", words, "--by", "小林")["id"])
    preview = ("broadcast", "preview", made, "--to", "小林", "--by", "小林")
    assert "staff openid" in shell.refuses(*preview)
    shell.says("staff", "openid", "小林", colleague.openid)
    assert "已送达" in shell.says(*preview)
    seen = [message for message in colleague.seen() if "座谈会" in str(message.get("text"))]
    assert len(seen) == 1
    assert not [message for message in other.seen() if "座谈会" in str(message.get("text"))]
    assert shell.json("broadcast", "show", made)["events"][-1]["action"] == "preview"
    fresh_place.sim("faults", {"faults": [{"path": "/cgi-bin/message/mass/preview", "errcode": 48001}]})
    assert "没有送达" in shell.refuses(*preview)


def test_the_whole_life_by_commands(desk: Shell, words: str) -> None:
    made = str(desk.json("broadcast", "new", "--text-file", words, "--by", "author")["id"])
    assert "提交" in desk.says("broadcast", "submit", made, "--by", "author")
    desk.says("broadcast", "take-back", made, "--by", "author")
    desk.says("broadcast", "submit", made, "--by", "author")
    desk.says("broadcast", "reject", made, "--reason", "请写地点", "--by", "leader")
    assert "请写地点" in desk.says("broadcast", "show", made)
    segment = '{"exclude": {"young": true}, "membership": ["会员"]}'
    desk.says("broadcast", "revise", made, "--segment", segment, "--by", "author")
    assert "没有一个关注者" in desk.refuses("broadcast", "submit", made, "--by", "author")
    desk.says("broadcast", "revise", made, "--segment", "all", "--ways", "custom,mass", "--by", "author")
    desk.says("broadcast", "submit", made, "--by", "author")
    assert "审批群发" in desk.refuses("broadcast", "approve", made, "--by", "author")
    assert "（--reason）" in desk.refuses("broadcast", "reject", made, "--reason", " ", "--by", "leader")
    desk.says("broadcast", "approve", made, "--by", "leader")
    later = f"{clock.local(clock.now()) + timedelta(days=2):%Y-%m-%d} 09:00"
    assert later in desk.says("broadcast", "schedule", made, "--at", later, "--by", "other leader")
    desk.says("broadcast", "pause", made, "--reason", "等领导意见", "--by", "clerk")
    assert desk.json("broadcast", "resume", made, "--by", "clerk")["state"] == "scheduled"
    assert "已取消" in desk.says("broadcast", "cancel", made, "--by", "clerk")
    refused = desk.refuses("broadcast", "resume", made, "--by", "clerk")
    assert "另建一条。（tongxin broadcast new）" in refused
    assert desk.json("broadcast", "list", "--state", "cancelled")[0]["id"] == int(made)


def test_cards_templates_and_articles_become_drafts(desk: Shell, tmp_path: Path) -> None:
    card = desk.json("broadcast", "new", "--page", POLICY, "--by", "author")
    assert card["form"] == "page"
    assert "民营经济促进法" in card["title"]
    data = '{"thing1": "企业座谈会"}'
    made = desk.json(
        "broadcast", "new", "--template", "T1", "--data", data, "--title", "通知", "--by", "author"
    )
    assert made["form_label"] == "模板消息"
    article = tmp_path / "文章.md"
    article.write_text("---\ntitle: 一图读懂\n---\n正文\n", encoding="utf-8")
    assert "封面" in desk.refuses("broadcast", "new", "--article", str(article), "--by", "author")
    assert "没有标识" in desk.refuses("broadcast", "new", "--page", "mei-you", "--by", "author")


def test_unknown_rows_are_listed_masked_and_settled(desk: Shell, tmp_path: Path) -> None:
    office = Office(services_for(connect(desk.database), tmp_path))
    made = office.in_state(BroadcastState.DONE)
    first, second = office.rows(made, [DeliveryState.UNKNOWN, DeliveryState.UNKNOWN])
    listed = desk.json("broadcast", "unknown", str(made))
    assert [row["row"] for row in listed] == [first, second]
    assert all("***" in row["person"] for row in listed)
    assert desk.json("broadcast", "settle", str(first), "--arrived", "--by", "clerk")["state"] == "sent"
    assert desk.json("broadcast", "settle", str(second), "--again", "--by", "clerk")["state"] == "queued"
    assert "没有结果未知" in desk.says("broadcast", "unknown", str(made))
    assert desk.json("broadcast", "resend", str(made), "--failed", "--by", "clerk")["count"] == 0
    office.services.engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (["new", "--by", "author"], 2, "--text-file"),
        (["new", "--text-file", "{words}", "--page", "x", "--by", "author"], 2, "只能写一个"),
        (["new", "--text-file", "{words}", "--by", "无名"], 1, "staff add 无名"),
        (["new", "--text-file", "{words}", "--segment", '{"chambr":["x"]}', "--by", "author"], 1, "chambr"),
        (["new", "--text-file", "{words}", "--ways", "fax", "--by", "author"], 1, "custom"),
        (["new", "--text-file", "{words}", "--at", "明天", "--by", "author"], 2, "2026-11-25 09:00"),
        (["new", "--text-file", "{words}", "--at", "2020-01-01 09:00", "--by", "author"], 2, "已经过去"),
        (["new", "--text-file", "/no/such", "--by", "author"], 2, "不存在"),
        (["new", "--text-file", "{words}", "--by", "unit"], 1, "没有「起草群发」"),
        (["new", "--template", "T1", "--by", "author"], 2, "--data"),
        (["submit", "999999", "--by", "author"], 1, "broadcast list"),
        (["submit", "一"], 2, "不是有效的数字"),
        (["resend", "1", "--by", "author"], 2, "--failed"),
        (["settle", "1", "--by", "author"], 2, "--arrived"),
        (["list", "--state", "fax"], 2, "draft"),
    ],
)
def test_wrong_use_says_what_is_right(
    desk: Shell, words: str, arguments: list[str], code: int, expected: str
) -> None:
    given = [word.replace("{words}", words) for word in arguments]
    assert expected in desk.refuses("broadcast", *given, code=code)


def test_colleagues_are_added_listed_and_disabled(desk: Shell, tmp_path: Path) -> None:
    secret = tmp_path / "口令"
    secret.write_text("一个够长的口令 蓝色的桥\n", encoding="utf-8")
    assert "--by 新同事" in desk.says(
        "staff", "add", "新同事", "--role", "dispatcher", "--password-file", str(secret)
    )
    assert "已经有同事" in desk.refuses("staff", "add", "新同事", "--role", "派单员")
    assert "分管领导（leader）" in desk.refuses("staff", "add", "某人", "--role", "局长", code=2)
    secret.write_text("太短", encoding="utf-8")
    assert "10" in desk.refuses("staff", "add", "某人", "--role", "派单员", "--password-file", str(secret))
    assert "管理员" in desk.refuses("staff", "disable", "新同事", "--by", "leader")
    desk.says("staff", "disable", "新同事", "--by", "admin")
    (row,) = [one for one in desk.json("staff", "list") if one["name"] == "新同事"]
    assert row == {**row, "role_label": "派单员", "active": False, "sign_in": True, "wechat": False}
    engine = connect(desk.database)
    with reading(engine) as db:
        stored = db.scalars(select(Staff).where(Staff.name == "新同事")).one()
    engine.dispose()
    assert stored.password_hash is not None
    assert stored.password_hash.startswith("$argon2")


def test_an_empty_database_says_to_migrate(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/empty.db")
    services_for(engine, tmp_path)
    engine.dispose()
    assert "tongxin migrate" in Shell(tmp_path / "config.toml").refuses("broadcast", "list")


def test_everybody_says_the_same_hour_before_the_quiet_hours_end(
    desk: Shell, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXIN_DELIVERY__QUIET_FROM", "21:00")
    monkeypatch.setenv("TONGXIN_DELIVERY__QUIET_TO", "08:00")
    real, leaves = "2026-12-03 08:00", "2026-12-03 08:00（原定 2026-12-03 07:33，在免打扰时段内）"
    with clock.frozen(clock.at(date(2026, 12, 3), 7, 33)):
        made = str(desk.json("broadcast", "new", "--text-file", words, "--by", "author")["id"])
        assert f"预计 {real} 发送" in desk.says("broadcast", "plan", made)
        desk.says("broadcast", "submit", made, "--by", "author")
        assert f"将于 {leaves} 发送" in desk.says("broadcast", "approve", made, "--by", "leader")
        engine = connect(desk.database)
        begin_due(services_for(engine, tmp_path))
        shown = desk.says("broadcast", "show", made)
        assert "发送中（免打扰时段）" in shown
        assert f"时间：{leaves}" in shown
        facts = desk.json("broadcast", "show", made)
        assert (facts["state"], facts["leaves_at"]) == ("sending", real)
        assert real in desk.says("broadcast", "list", "--state", "sending")
        desk.says("broadcast", "cancel", made, "--by", "leader")
        engine.dispose()
    with clock.frozen(clock.at(date(2026, 12, 3), 8, 1)):
        urgent = ("--text-file", words, "--by", "author")
        later = str(desk.json("broadcast", "new", *urgent)["id"])
        desk.says("broadcast", "submit", later, "--by", "author")
        assert "将于 2026-12-03 08:01 发送" in desk.says("broadcast", "approve", later, "--by", "leader")
        desk.says("broadcast", "cancel", later, "--by", "leader")


def test_a_text_file_of_any_system_makes_the_same_message(desk: Shell, tmp_path: Path) -> None:
    file = tmp_path / "通知.txt"
    file.write_bytes("各位企业家：\r\n周五座谈会。\r\n".encode("utf-8-sig"))
    made = str(desk.json("broadcast", "new", "--text-file", str(file), "--by", "author")["id"])
    assert desk.json("broadcast", "show", made)["text"] == "各位企业家：\n周五座谈会。"
