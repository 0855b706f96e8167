"""What `tongxin doctor` finds in a world that is right, and in worlds that are wrong in one way each."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import Result

from bot.core import clock, db
from bot.health.checks.remedies import SETTINGS, token_problem
from bot.health.checks.web import Response
from bot.health.checks.webhook import judge, signature
from tests.health.broken_page import break_a_page

pytestmark = pytest.mark.usefixtures("plain_environment")

Tongxin = Callable[..., Result]
Written = Callable[[str], Path]
Body = dict[str, object]
TOKEN = "88_" + "aB3" * 40


@dataclass
class World:
    """WeChat's API and our own web process, both at one address; what they answer can be changed."""

    url: str = ""
    token: Body = field(default_factory=lambda: {"access_token": TOKEN, "expires_in": 7200})
    page: str = ""
    rights: Body = field(default_factory=dict)
    quota: Body = field(default_factory=lambda: {"quota": {"daily_limit": 1000, "used": 10, "remain": 990}})
    echo: str = "{echostr}"
    status: int = 200
    slow_by: timedelta = timedelta(0)
    seen: list[str] = field(default_factory=list)


@pytest.fixture
def world() -> Iterator[World]:
    state = World()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            state.seen.append(parts.path)
            if parts.path.startswith("/wechat"):
                good = query["signature"] == signature(
                    "T0kenOfTheWebhook12345", query["timestamp"], query["nonce"]
                )
                body = state.echo.replace("{echostr}", query["echostr"]) if good else "bad signature"
                self._answer(state.status if good else 403, body)
            else:
                self._answer(200, json.dumps(state.rights))

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            state.seen.append(urlsplit(self.path).path)
            is_token = self.path.startswith("/cgi-bin/stable_token")
            if is_token:
                assert json.loads(asked)["force_refresh"] is False
            self._answer(
                200, (is_token and state.page) or json.dumps(state.token if is_token else state.quota)
            )

        def _answer(self, status: int, body: str) -> None:
            self.send_response_only(status)
            self.send_header("Date", format_datetime(datetime.now(UTC) - state.slow_by, usegmt=True))
            self.send_header("Location", "https://www.example.gov.cn/wechat?x=1") if status == 301 else None
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def config(valid: str, written: Written, world: World) -> Path:
    text = valid.replace("https://gsl.example.gov.cn", world.url)
    path = written(text.replace("[wechat]", f'[wechat]\napi_base = "{world.url}"'))
    db.connect(f"sqlite:///{path.parent}/var/tongxin.db").connect().close()
    return path


@pytest.fixture
def doctor(config: Path, tongxin: Tongxin) -> Callable[..., tuple[Result, list[dict[str, str]]]]:
    def run(*options: str) -> tuple[Result, list[dict[str, str]]]:
        result = tongxin("--config", config, "doctor", "--json", *options)
        return result, json.loads(result.stdout)["findings"]

    return run


Doctor = Callable[..., tuple[Result, list[dict[str, str]]]]


def about(findings: list[dict[str, str]], title: str, status: str) -> str:
    """Everything said under one title with one status."""
    return "\n".join(
        f"[{each['section']}] {each['key']} {each['detail']} {each['remedy']}"
        for each in findings
        if (each["title"], each["status"]) == (title, status)
    )


def test_a_right_world(doctor: Doctor, world: World, secrets: dict[str, str]) -> None:
    result, findings = doctor()
    assert about(findings, "配置", "ok")
    assert "120 分钟" in about(findings, "微信凭据", "ok")
    assert about(findings, "账号权限", "ok")
    assert "10 次，共 1000 次" in about(findings, "接口配额", "ok")
    assert about(findings, "回调地址", "ok").count("验证通过") == 2
    assert about(findings, "文件权限", "ok")
    assert "能连、能写" in about(findings, "数据库", "ok")
    assert {"/wechat", "/wechat/", "/cgi-bin/stable_token", "/cgi-bin/openapi/quota/get"} <= set(world.seen)
    assert [each for each in findings if each["status"] == "fail" and each["title"] != "表结构"] == []
    for secret in (*secrets.values(), TOKEN):
        assert secret not in result.output


def test_offline_asks_nobody(doctor: Doctor, world: World) -> None:
    _result, findings = doctor("--offline")
    assert world.seen == []
    assert about(findings, "微信接口", "skip")
    assert about(findings, "回调地址", "skip")


@pytest.mark.parametrize(
    ("errcode", "errmsg", "words"),
    [
        (
            40164,
            "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 1-2-3",
            ("203.0.113.9", "IP 白名单"),
        ),
        (40013, "invalid appid rid: 1-2-3", ("[wechat] appid", "AppID 无效")),
        (40125, "invalid appsecret rid: 1-2-3", ("[wechat] secret", "重置")),
        (40243, "frozen", ("解冻", "10 分钟")),
        (48001, "api unauthorized", ("[wechat] verified",)),
        (89503, "confirm", ("管理员", "确认")),
        (40001, "invalid credential", ("[wechat] secret", "重置")),
        (99999, "new", ("99999", "查询该错误码")),
    ],
)
def test_a_refused_token_says_what_to_do(
    errcode: int, errmsg: str, words: tuple[str, ...], doctor: Doctor, world: World
) -> None:
    world.token = {"errcode": errcode, "errmsg": errmsg}
    result, findings = doctor()
    assert result.exit_code == 1
    for word in (*words, str(errcode)):
        assert word in about(findings, "微信凭据", "fail")


@pytest.mark.parametrize("errcode", [*SETTINGS, -1, 61004, 45035, 40090, 50004, 89501, 89506])
def test_every_known_token_error_has_a_remedy(errcode: int) -> None:
    finding = token_problem(errcode, "")
    assert str(errcode) in finding.detail
    assert finding.remedy
    assert f"{finding.section}.{finding.key}".strip(".") == SETTINGS.get(errcode, "")


@pytest.mark.parametrize(
    ("page", "word"), [("<html>502</html>", "不是 JSON"), ("{}", "没有凭据"), ("[1]", "不是 JSON")]
)
def test_a_page_instead_of_an_answer(page: str, word: str, doctor: Doctor, world: World) -> None:
    world.page = page
    _result, findings = doctor()
    told = about(findings, "微信凭据", "fail")
    assert word in told
    assert "[wechat] api_base" in told


def test_rights_that_wechat_denies(doctor: Doctor, world: World) -> None:
    world.rights = {"errcode": 48001, "errmsg": "api unauthorized rid: 1-2-3"}
    _result, findings = doctor()
    assert "[wechat] verified" in about(findings, "账号权限", "fail")


def test_a_nearly_used_quota(doctor: Doctor, world: World) -> None:
    world.quota = {"quota": {"daily_limit": 100, "used": 80, "remain": 20}}
    _result, findings = doctor()
    assert "80 次" in about(findings, "接口配额", "warn")


@pytest.mark.parametrize(("seconds", "status"), [(0, "ok"), (120, "warn"), (3600, "fail")])
def test_a_wrong_clock(seconds: int, status: str, doctor: Doctor, world: World) -> None:
    world.slow_by = timedelta(seconds=seconds)
    _result, findings = doctor()
    assert about(findings, "时钟", status)


@pytest.mark.parametrize(
    ("status", "echo", "words"),
    [
        (200, '"{echostr}"', ("引号", "JSON")),
        (200, "<p>{echostr}</p>", ("多了别的内容",)),
        (200, "<html>欢迎</html>", ("欢迎", "不是本服务")),
        (301, "", ("转到 https://www.example.gov.cn/wechat", "不跟随跳转")),
        (403, "x", ("签名没有通过", "token")),
        (404, "not found", ("HTTP 404", "nginx")),
        (502, "bad gateway", ("HTTP 502", "tongxin run")),
    ],
)
def test_a_webhook_that_answers_wrongly(
    status: int, echo: str, words: tuple[str, ...], doctor: Doctor, world: World
) -> None:
    world.status, world.echo = status, echo
    result, findings = doctor()
    assert result.exit_code == 1
    for word in (*words, "[server] public_url"):
        assert word in about(findings, "回调地址", "fail")


def test_nobody_answers(doctor: Doctor, config: Path) -> None:
    lines = [
        line for line in config.read_text().splitlines() if not line.startswith(("api_base", "public_url"))
    ]
    text = "\n".join(lines).replace("[server]", '[server]\npublic_url = "http://127.0.0.1:9"')
    config.write_text(text.replace("[wechat]", '[wechat]\napi_base = "http://127.0.0.1:9"'))
    result, findings = doctor()
    assert result.exit_code == 1
    assert "连接被拒绝" in about(findings, "微信接口", "fail")
    assert "[wechat] api_base" in about(findings, "微信接口", "fail")
    assert about(findings, "回调地址", "fail").count("连接被拒绝") == 2


def test_a_network_reason_never_quotes_the_request() -> None:
    finding = judge("https://a.cn/wechat", Response(problem="等回答超时"), "echo")
    assert "等回答超时" in finding.detail
    assert "tongxin run" in finding.remedy


def test_a_missing_and_a_broken_database(doctor: Doctor, config: Path) -> None:
    folder = config.parent / "var"
    (folder / "tongxin.db").write_bytes(b"this is no database, but it is long enough to look at" * 40)
    _result, findings = doctor("--offline")
    assert "[database] url" in about(findings, "数据库", "fail")
    assert "tongxin restore" in about(findings, "数据库", "fail")
    shutil.rmtree(folder)
    _result, findings = doctor("--offline")
    assert "tongxin migrate" in about(findings, "数据库", "fail")
    assert not folder.exists()


def test_a_database_that_was_moved_away_is_not_made_anew(doctor: Doctor, config: Path) -> None:
    file = config.parent / "var/tongxin.db"
    file.with_name("tongxin.db.serving").write_text("")
    file.unlink()
    _result, findings = doctor("--offline")
    told = about(findings, "数据库", "fail")
    assert "移回原处" in told
    assert "不要先运行 migrate" in told
    assert not file.exists()


def test_a_broken_page_is_found(doctor: Doctor, config: Path, filled_sqlite: Path) -> None:
    file = config.parent / "var/tongxin.db"
    shutil.copyfile(filled_sqlite, file)
    break_a_page(file)
    result, findings = doctor("--offline")
    assert "tongxin restore" in about(findings, "数据页", "fail")
    assert result.exit_code == 1


def test_looking_leaves_no_trace_in_the_database(doctor: Doctor, config: Path) -> None:
    from sqlalchemy import inspect

    doctor("--offline")
    engine = db.connect(f"sqlite:///{config.parent}/var/tongxin.db")
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_database_on_another_machine_that_is_not_there(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXIN_DATABASE__URL", "postgresql://u:hunter2@127.0.0.1:9/x")
    result, findings = doctor("--offline")
    assert "[database] url" in about(findings, "数据库", "fail")
    assert "hunter2" not in result.output


def test_files_that_others_can_read(doctor: Doctor, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = config.parent / "secret"
    secret.write_text("0123456789abcdef")
    secret.chmod(0o644)
    config.chmod(0o640)
    monkeypatch.setenv("TONGXIN_WECHAT__SECRET_FILE", "secret")
    _result, findings = doctor("--offline")
    told = about(findings, "文件权限", "warn")
    assert f"chmod 600 {config}" in told
    assert f"chmod 600 {secret}" in told


def test_storage_that_is_a_file(doctor: Doctor, config: Path) -> None:
    (config.parent / "var/files").write_text("")
    _result, findings = doctor("--offline")
    assert "[storage] path" in about(findings, "附件文件夹", "fail")


@pytest.mark.parametrize(("free", "status"), [(10 * 1024**3, "ok"), (1024**3, "warn"), (1024**2, "fail")])
def test_a_full_disk(free: int, status: str, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    _result, findings = doctor("--offline")
    assert about(findings, "磁盘", status)


def test_the_environment_is_looked_at(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(clock.CLOCK_FILE, str(tmp_path / "clock.json"))
    monkeypatch.setenv("TONGXIN_WECHAT__TOKEN", "abc")
    monkeypatch.setenv("TONGXIN_SERVER_PORT", "80")
    _result, findings = doctor("--offline")
    assert clock.CLOCK_FILE in about(findings, "时钟", "warn")
    told = about(findings, "环境变量", "warn")
    assert "TONGXIN_WECHAT__TOKEN_FILE" in told
    assert "TONGXIN_SERVER__PORT" in told


def test_years_without_a_notice_are_told(doctor: Doctor) -> None:
    with clock.frozen(datetime(2039, 5, 5, tzinfo=UTC)):
        _result, findings = doctor("--offline")
    assert "content/calendar/2039.toml" in about(findings, "工作日历", "warn")
    assert "content/calendar/2040.toml" in about(findings, "工作日历", "warn")


def test_a_slip_in_a_hand_edited_file_is_told_by_line(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.core.paths import CONTENT
    from bot.health.checks import content

    shutil.copytree(CONTENT, tmp_path / "content")
    (tmp_path / "content/calendar").mkdir(exist_ok=True)
    (tmp_path / "content/calendar/2027.toml").write_text("rest_day = []\nworking_days = []\n")
    monkeypatch.setattr(content, "CONTENT", tmp_path / "content")
    result, findings = doctor("--offline")
    assert "calendar/2027.toml:1 不认识的 rest_day" in about(findings, "内容文件", "fail")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("kind", "verified", "status", "word"),
    [
        ("subscription", "false", "warn", "客服消息"),
        ("subscription", "true", "ok", "没有「按名单群发」"),
        ("service", "false", "warn", "微信认证"),
        ("service", "true", "ok", "模板消息"),
    ],
)
def test_what_the_account_can_do(
    kind: str, verified: str, status: str, word: str, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGXIN_WECHAT__ACCOUNT_KIND", kind)
    monkeypatch.setenv("TONGXIN_WECHAT__VERIFIED", verified)
    _result, findings = doctor("--offline")
    assert word in about(findings, "账号能力", status)


def test_the_lines_for_people_name_file_and_setting(config: Path, tongxin: Tongxin, world: World) -> None:
    world.token = {"errcode": 40125, "errmsg": "invalid appsecret"}
    result = tongxin("--config", config, "doctor")
    assert f"→ 配置项：{config} 的 [wechat] secret；AppSecret 无效" in result.output
    assert "✗ 微信凭据：微信没有给凭据，错误码 40125" in result.output
    assert "✓ 配置" in result.output
    assert "再运行一次 tongxin doctor" in result.output
