"""Every wrong configuration is refused with file, section, key and what to do, and never shows a secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import Result

pytestmark = pytest.mark.usefixtures("plain_environment")

Written = Callable[[str], Path]
Tongxin = Callable[..., Result]
Process = Callable[..., "CompletedProcess[str]"]


@dataclass(frozen=True)
class Wrong:
    """`edit` is put in the place of `of` (or added at the end when `of` is empty)."""

    says: str
    of: str
    edit: str
    section: str
    key: str
    words: tuple[str, ...]


AES = 'aes_key = "AesKey0123456789AesKey0123456789AesKey01234"'
TOKEN = 'token = "T0kenOfTheWebhook12345"'
APPID = 'appid = "wx0123456789abcdef"'
SECRET = 'secret = "5ecre7000000000000000000deadbeef"'
URL = 'public_url = "https://gsl.example.gov.cn"'
WRONG = [
    Wrong(
        "port in quotes", "[server]", '[server]\nport = "8080"', "server", "port", ("数字不加引号", "65535")
    ),
    Wrong("port too high", "[server]", "[server]\nport = 70000", "server", "port", ("70000", "1 到 65535")),
    Wrong("port zero", "[server]", "[server]\nport = 0", "server", "port", ("1 到 65535", "超出范围")),
    Wrong("port true", "[server]", "[server]\nport = true", "server", "port", ("写的是 true", "整数")),
    Wrong("port decimal", "[server]", "[server]\nport = 80.5", "server", "port", ("80.5", "整数")),
    Wrong("unknown key", "[server]", "[server]\nprot = 80", "server", "prot", ("不认识", "是不是想写 port")),
    Wrong("the platform's word", AES, 'EncodingAESKey = "x"', "wechat", "EncodingAESKey", ("aes_key",)),
    Wrong(
        "key of another section", "[server]", '[server]\nmode = "plain"', "server", "mode", ("属于 [wechat]",)
    ),
    Wrong("nonsense key", "[server]", "[server]\nqqqqq = 1", "server", "qqqqq", ("删去", "public_url")),
    Wrong("unknown section", "", "[wechta]\nx = 1", "wechta", "", ("不认识这个小节", "[wechat]")),
    Wrong("foreign section", "", "[redis]\nx = 1", "redis", "", ("不认识这个小节", "logging")),
    Wrong("outside sections", "[server]", "port = 80\n[server]", "", "port", ("小节之外", "[server]")),
    Wrong("section is a value", "", "", "console", "", ("单独一行写 [console]",)),
    Wrong("appid too short", APPID, 'appid = "wx0123"', "wechat", "appid", ("wx 加 16 位",)),
    Wrong(
        "appid is the secret",
        APPID,
        'appid = "5ecre7000000000000000000deadbeef"',
        "wechat",
        "appid",
        ("32 个字符",),
    ),
    Wrong("appid missing", APPID, "", "wechat", "appid", ("还没有填写", "tongxin init")),
    Wrong("secret missing", SECRET, 'secret = ""', "wechat", "secret", ("还没有填写", "tongxin init")),
    Wrong(
        "secret with a space",
        SECRET,
        'secret = "5ecre70000000000000000 deadbeef"',
        "wechat",
        "secret",
        ("空格",),
    ),
    Wrong(
        "secret with newline",
        SECRET,
        'secret = "5ecre7000000000000deadbeef\\n"',
        "wechat",
        "secret",
        ("换行",),
    ),
    Wrong("token too long", TOKEN, f'token = "{"T" * 33}"', "wechat", "token", ("3 到 32 位", "不显示")),
    Wrong("token with a dash", TOKEN, 'token = "T0ken-1"', "wechat", "token", ("字母和数字", "令牌")),
    Wrong("aes_key short", AES, 'aes_key = "AesKey0123456789"', "wechat", "aes_key", ("43 位", "16 个字符")),
    Wrong("aes_key with sign", AES, f'aes_key = "{"A" * 42}="', "wechat", "aes_key", ("43 位",)),
    Wrong(
        "queue on SQLite",
        "",
        '[delivery]\ndispatcher = "queue"',
        "delivery",
        "dispatcher",
        ("PostgreSQL", '"local"'),
    ),
    Wrong("secure without key", AES, "", "wechat", "aes_key", ("secure", "必须填写", "初次设置")),
    Wrong("same old key", AES, f"{AES}\nprevious_{AES}", "wechat", "previous_aes_key", ("留空",)),
    Wrong("unknown mode", AES, f'{AES}\nmode = "aes"', "wechat", "mode", ("安全模式", '"aes"')),
    Wrong(
        "unknown kind",
        AES,
        f'{AES}\naccount_kind = "订阅号"',
        "wechat",
        "account_kind",
        ('"subscription"（订阅号）',),
    ),
    Wrong("verified as text", AES, f'{AES}\nverified = "yes"', "wechat", "verified", ("true 或 false",)),
    Wrong(
        "window too narrow",
        AES,
        f"{AES}\nreplay_window_seconds = 5",
        "wechat",
        "replay_window_seconds",
        ("60 到",),
    ),
    Wrong("no number", AES, f"{AES}\ntimeout_read = nan", "wechat", "timeout_read", ("0.1 到 60", "秒")),
    Wrong(
        "url without scheme", URL, 'public_url = "gsl.example.gov.cn"', "server", "public_url", ("http://",)
    ),
    Wrong(
        "url with path", URL, 'public_url = "https://a.cn/wechat"', "server", "public_url", ("只写到域名",)
    ),
    Wrong("url port", URL, 'public_url = "https://a.cn:port"', "server", "public_url", ("端口",)),
    Wrong(
        "proxy", URL, f'{URL}\ntrusted_proxies = ["nginx"]', "server", "trusted_proxies", ("nginx 不是 IP",)
    ),
    Wrong(
        "proxies as text", URL, f'{URL}\ntrusted_proxies = "::1"', "server", "trusted_proxies", ("方括号",)
    ),
    Wrong(
        "short secret_key", "secret_key = ", 'secret_key = "short" #', "server", "secret_key", ("至少 32 位",)
    ),
    Wrong(
        "mysql", "", '[database]\nurl = "mysql://root:hunter2@db/x"', "database", "url", ("只支持 SQLite",)
    ),
    Wrong(
        "postgres", "", '[database]\nurl = "postgres://u:hunter2@db/x"', "database", "url", ("postgresql://",)
    ),
    Wrong(
        "no database name", "", '[database]\nurl = "postgresql://u:hunter2@db"', "database", "url", ("库名",)
    ),
    Wrong("memory", "", '[database]\nurl = "sqlite:///:memory:"', "database", "url", ("内存数据库",)),
    Wrong("time zone", "", '[scheduler]\ntimezone = "UTC"', "scheduler", "timezone", ("Asia/Shanghai",)),
    Wrong("quiet hour", "", '[delivery]\nquiet_from = "25:00"', "delivery", "quiet_from", ("17:30",)),
    Wrong(
        "short lease", "", "[delivery]\nlease_seconds = 10", "delivery", "lease_seconds", ("11 秒", "重复")
    ),
    Wrong(
        "closing", "", '[appeals]\nclose_of_business = "08:00"', "appeals", "close_of_business", ("09:00",)
    ),
    Wrong("steps", "", "[appeals]\nsupervise_two_days = 2", "appeals", "supervise_three_days", ("逐级增大",)),
    Wrong("negative days", "", "[privacy]\nraw_chat_days = -1", "privacy", "raw_chat_days", ("-1", "天")),
    Wrong("level", "", '[logging]\nlevel = "trace"', "logging", "level", ("日常",)),
    Wrong("storage", "", "[storage]\npath = 3", "storage", "path", ("路径",)),
    Wrong("secret file", SECRET, 'secret_file = "no.txt"', "wechat", "secret_file", ("没有文件", "no.txt")),
    Wrong("both", SECRET, f'{SECRET}\nsecret_file = "a"', "wechat", "secret", ("只写一个",)),
    Wrong("no quotes", APPID, "appid = wx0123456789abcdef", "wechat", "", ("第 6 行", "英文双引号")),
    Wrong("full-width quotes", APPID, "appid = “wx01”", "wechat", "", ("第 6 行", "全角符号 “”")),
    Wrong("open quote", SECRET, 'secret = "5ecre7', "wechat", "", ("第 7 行", "双引号")),
    Wrong("twice", SECRET, f"{SECRET}\n{SECRET}", "wechat", "", ("写了两次",)),
    Wrong("section twice", "", "[server]\nport = 80", "server", "", ("第 10 行", "写了两次")),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.says)
def test_a_wrong_config_is_explained(
    wrong: Wrong, valid: str, secrets: dict[str, str], written: Written, tongxin: Tongxin
) -> None:
    text = valid.replace(wrong.of, wrong.edit, 1) if wrong.of else f"{valid}{wrong.edit}\n"
    if wrong.says == "section is a value":
        text = f"console = 8\n{valid}"
    assert text != valid
    path = written(text)
    result = tongxin("--config", path, "doctor", "--offline")
    assert result.exit_code == 1, result.output
    lines = [line for line in result.output.splitlines() if "配置" in line or "→" in line]
    told = "\n".join(lines)
    assert str(path) in told
    assert f"[{wrong.section}] {wrong.key}".rstrip() in told if wrong.section else wrong.key in told
    for word in wrong.words:
        assert word in told
    for secret in (*secrets.values(), "hunter2", "5ecre7"):
        assert secret not in result.output


def test_all_mistakes_are_told_at_once(valid: str, written: Written, tongxin: Tongxin) -> None:
    text = valid.replace("[server]", "[server]\nport = 0\nthreds = 3") + "[logging]\nlevel = 1\n[x]\n"
    result = tongxin("--config", written(text), "doctor", "--offline", "--json")
    document = json.loads(result.stdout)
    failed = {(each["section"], each["key"]) for each in document["findings"] if each["status"] == "fail"}
    assert failed == {("server", "port"), ("server", "threds"), ("logging", "level"), ("x", "")}
    assert not document["ok"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, ("没有这个文件", "tongxin init")),
        (lambda path: path.mkdir(), ("文件夹",)),
        (lambda path: path.write_bytes("[server]\n# 端口\n".encode("gbk")), ("UTF-8", "另存为")),
    ],
    ids=["absent", "folder", "gbk"],
)
def test_an_unreadable_file_is_explained(
    make: Callable[[Path], object], words: tuple[str, ...], tmp_path: Path, tongxin: Tongxin
) -> None:
    path = tmp_path / "config.toml"
    make(path)
    result = tongxin("--config", path, "doctor", "--offline")
    assert result.exit_code == 1
    assert str(path) in result.output
    for word in words:
        assert word in result.output


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (("[server]", '[server]\nport = "八千"'), ("[server] port", '"八千"', "65535")),
        (("[wechat]", "[wechat"), ("第 5 行", "右方括号")),
        (("wx0123456789abcdef", "wx"), ("[wechat] appid", "wx 加 16 位")),
    ],
    ids=["value", "syntax", "appid"],
)
def test_the_real_program_explains_too(
    edit: tuple[str, str], words: tuple[str, ...], valid: str, written: Written, process: Process
) -> None:
    path = written(valid.replace(*edit))
    done = process("--config", path, "doctor", "--offline")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    for word in (str(path), *words):
        assert word in done.stdout


def test_a_wrong_environment_variable_is_named(valid: str, written: Written, process: Process) -> None:
    done = process("doctor", "--offline", TONGXIN_CONFIG=str(written(valid)), TONGXIN_SERVER__PORT="http")
    assert done.returncode == 1
    assert "环境变量 TONGXIN_SERVER__PORT" in done.stdout
    assert "65535" in done.stdout


@pytest.mark.parametrize(
    ("variable", "words"),
    [("TONGXIN_SERVER__PROT", "port"), ("TONGXIN_SEVER__PORT", "[server]")],
)
def test_an_unknown_environment_variable_is_refused(
    variable: str, words: str, valid: str, written: Written, tongxin: Tongxin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    result = tongxin("--config", written(valid), "doctor", "--offline")
    assert result.exit_code == 1
    assert variable in result.output
    assert words in result.output
