"""What stands in deploy/ is accepted by nginx and systemd, and keeps what its comments promise."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.commands.cli import verbs
from bot.core.uploads import FILE_MB, MOST_BODY
from tests.chat.test_dialogues import picture
from tests.support.place import eventually, free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"
MISSING = [tool for tool in ("nginx", "systemd-analyze", "openssl") if not shutil.which(tool, path=PATH)]
needs_tools = pytest.mark.skipif(
    bool(MISSING) and not os.environ.get("CI"),
    reason=f"没有 {'、'.join(MISSING)}：部署检查已跳过（apt install nginx systemd openssl）",
)
SIGNED = "signature=5fd0e1a&timestamp=1795492983&nonce=bench&openid=oSecretPerson"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a folder's own check."""
    return subprocess.run([folder / "check.sh"], capture_output=True, text=True, timeout=60, check=False)


@needs_tools
def test_nginx_and_systemd_accept_everything() -> None:
    found = check(DEPLOY)
    assert found.returncode == 0, found.stdout + found.stderr


@needs_tools
@pytest.mark.parametrize(
    ("file", "right", "wrong"),
    [
        ("nginx/tongxin.conf", "proxy_read_timeout 15s;", "proxy_read_timeut 15s;"),
        ("nginx/tongxin.conf", "server 127.0.0.1:8000 max_fails=0;", ""),
        ("systemd/tongxin-web.service", "ProtectSystem=strict", "ProtectSystm=strict"),
        ("systemd/tongxin.service", "Type=exec", "Type=exce"),
        ("systemd/tongxin-worker@.service", "\nCapabilityBoundingSet=\n", "\n"),
    ],
)
def test_a_mistake_is_found(tmp_path: Path, file: str, right: str, wrong: str) -> None:
    copy = tmp_path / "deploy"
    shutil.copytree(DEPLOY, copy)
    text = (copy / file).read_text()
    assert right in text
    (copy / file).write_text(text.replace(right, wrong))
    assert check(copy).returncode != 0


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_runs_a_verb_that_is_there_and_always_comes_back(unit: Path) -> None:
    text = unit.read_text()
    started = re.findall(r"^Exec\w+=/opt/tongxin/\.venv/bin/tongxin (\S+)", text, re.MULTILINE)
    assert started
    assert set(started) <= set(verbs())
    assert "Restart=always" in text
    assert int(re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)[0]) >= 30


def test_all_units_are_confined_alike() -> None:
    def confinement(unit: Path) -> str:
        return unit.read_text().partition("# 只给它需要的")[2].partition("[Install]")[0]

    assert len(UNITS) == 4
    assert "ReadWritePaths=/var/lib/tongxin" in confinement(UNITS[0])
    assert len({confinement(unit) for unit in UNITS}) == 1


CONFINED = """
import ctypes, errno, os, sys
seccomp, allowed = ctypes.CDLL("libseccomp.so.2"), sys.argv[1].split()
seccomp.seccomp_init.restype = ctypes.c_void_p
rules = ctypes.c_void_p(seccomp.seccomp_init(0x00050000 | errno.EPERM))
for name in allowed:
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        assert seccomp.seccomp_rule_add(rules, 0x7FFF0000, number, 0) == 0
assert seccomp.seccomp_load(rules) == 0
try:
    os.nice(1)
except PermissionError:
    pass
else:
    raise SystemExit("the filter lets everything through")
sys.path.insert(0, os.getcwd())
from bot.core.previews import preview
shown = preview(sys.stdin.buffer.read(), "JPEG")
print(shown.trouble, bool(shown.jpeg))
"""


@needs_tools
def test_the_sandbox_of_a_unit_lets_a_picture_be_opened() -> None:
    confined = [sys.executable, "-c", CONFINED, " ".join(allowed_calls(UNITS[0]))]
    ran = subprocess.run(
        confined, input=picture(), capture_output=True, timeout=60, check=False, cwd=DEPLOY.parent
    )
    assert ran.stdout.decode().split() == ["True"], ran.stderr.decode()


def allowed_calls(unit: Path) -> set[str]:
    """The system calls that a unit's SystemCallFilter leaves, as systemd adds and takes away, line by line."""
    allowed: set[str] = set()
    for taken, names in re.findall(r"^SystemCallFilter=(~?)(.+)$", unit.read_text(), re.MULTILINE):
        found = set().union(*(calls_of(name) for name in names.split()))
        allowed = allowed - found if taken else allowed | found
    return allowed


def calls_of(name: str) -> set[str]:
    """The calls of a set such as @process, with those of the sets in it; a call itself."""
    if not name.startswith("@"):
        return {name}
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True, timeout=30
    )
    members = [line.strip() for line in listed.stdout.splitlines()[1:]]
    return set().union(*(calls_of(one) for one in members if one and not one.startswith("#")))


def test_the_handbook_names_only_verbs_that_are_there() -> None:
    handbook = (DEPLOY.parent / "docs" / "deploy.md").read_text() + (DEPLOY / "postgresql.md").read_text()
    named = set(re.findall(r"(?:sudo |bin/)tongxin ([a-z]+)", handbook))
    assert {"migrate", "doctor", "init"} <= named
    assert named <= set(verbs())


class Echo(BaseHTTPRequestHandler):
    """A web process that says what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = json.dumps({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815  # the base class looks for this name

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@dataclass(frozen=True)
class Site:
    """The running nginx."""

    http: int
    https: int
    logs: Path

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> tuple[int, dict[str, str]]:
        """Status, and what the web process saw."""
        context = ssl._create_unverified_context()
        connection = HTTPSConnection(
            "127.0.0.1", self.https, context=context, timeout=10, source_address=(source, 0)
        )
        try:
            connection.request(method, path, body, {"Host": "gsl.example.gov.cn", **(headers or {})})
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(said) if answer.status == 200 else {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    behind = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    http, https = free_port(), free_port()
    certificate(folder)
    text = (DEPLOY / "nginx" / "tongxin.conf").read_text()
    for said, here in {
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ": f"listen 127.0.0.1:{https} ",
        "127.0.0.1:8000": f"127.0.0.1:{behind.server_port}",
        "/etc/nginx/tls/tongxin": str(folder),
        "/var/log/nginx": str(folder),
        "/var/cache/nginx": str(folder),
        "/var/www/tongxin": str(folder),
    }.items():
        assert said in text
        text = text.replace(said, here)
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(wrapper(folder))
    nginx = str(shutil.which("nginx", path=PATH))
    process = subprocess.Popen([nginx, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        eventually(partial(listening, https))
        yield Site(http, https, folder)
    finally:
        process.terminate()
        process.wait(timeout=10)
        behind.shutdown()


def certificate(folder: Path) -> None:
    """A throw-away one."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=t"
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)


def wrapper(folder: Path) -> str:
    """The part of nginx.conf round the site."""
    user = "user root;" if os.geteuid() == 0 else ""
    places = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/main.log;"
        f"events {{}} http {{ {places} include {folder}/site.conf; }}"
    )


def listening(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.connect()
    except OSError:
        return False
    connection.close()
    return True


@needs_tools
class TestSite:
    """nginx with the site as shipped, in front of a web process that repeats what it got."""

    def test_plain_http_goes_to_https(self, site: Site) -> None:
        connection = HTTPConnection("127.0.0.1", site.http, timeout=10)
        connection.request("GET", "/p/abc?x=1", headers={"Host": "gsl.example.gov.cn"})
        answer = connection.getresponse()
        assert answer.status == 301
        assert answer.headers["Location"] == "https://gsl.example.gov.cn/p/abc?x=1"
        connection.close()

    @pytest.mark.parametrize("path", ["/wechat", "/wechat/"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_both_forms_of_the_webhook_arrive_whole(self, site: Site, path: str, method: str) -> None:
        status, seen = site.ask(
            f"{path}?{SIGNED}", method=method, body=b"<xml/>" if method == "POST" else b""
        )
        assert status == 200
        assert seen["path"] == f"{path}?{SIGNED}"

    def test_a_visitor_cannot_say_who_he_is(self, site: Site) -> None:
        forged = {
            "X-Forwarded-For": "6.6.6.6",
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": "evil.example",
        }
        _, seen = site.ask("/p/abc", headers=forged)
        assert seen["x-forwarded-for"] == "127.0.0.1"
        assert seen["x-forwarded-proto"] == "https"
        assert seen["x-forwarded-host"] == seen["host"] == "gsl.example.gov.cn"

    def test_wechat_is_never_limited_while_a_visitor_is(self, site: Site) -> None:
        def statuses(ask: Callable[[], tuple[int, object]]) -> list[int]:
            with ThreadPoolExecutor(8) as pool:
                return [status for status, _ in pool.map(lambda _: ask(), range(200))]

        pushed = partial(site.ask, f"/wechat?{SIGNED}", method="POST", body=b"<xml/>")
        assert statuses(pushed) == [200] * 200
        assert 429 in statuses(partial(site.ask, "/p/abc"))

    def test_a_body_that_is_too_large_stays_outside(self, site: Site) -> None:
        assert site.ask("/wechat", method="POST", body=b"x" * 270_000)[0] == 413
        assert site.ask("/wechat", method="POST", body=b"x" * 250_000)[0] == 200

    def test_the_page_of_an_upload_that_is_too_large_names_the_programs_limit(self, site: Site) -> None:
        assert (
            f"client_max_body_size {MOST_BODY // 1024 // 1024}m;"
            in (DEPLOY / "nginx/tongxin.conf").read_text()
        )
        unverified = ssl._create_unverified_context()
        connection = HTTPSConnection("127.0.0.1", site.https, context=unverified, timeout=30)
        connection.putrequest("POST", "/console/ledger/import", skip_host=True)
        connection.putheader("Host", "gsl.example.gov.cn")
        connection.putheader("Content-Length", str(MOST_BODY + 1))
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert f"文件不能超过 {FILE_MB} MB" in answer.read().decode()
        connection.close()

    @pytest.mark.parametrize("path", ["/readyz", "/metrics"])
    def test_numbers_are_for_the_monitor_only(self, site: Site, path: str) -> None:
        assert site.ask(path)[0] == 200
        assert site.ask(path, source="127.0.0.2")[0] == 403
        assert site.ask("/healthz", source="127.0.0.2")[0] == 200

    def test_the_domain_is_proved_to_wechat_by_a_file(self, site: Site) -> None:
        (site.logs / "MP_verify_abc123.txt").write_text('"abc123"')
        assert site.ask("/MP_verify_abc123.txt")[0] == 200

    def test_no_signature_person_or_signed_address_is_logged(self, site: Site) -> None:
        site.ask(f"/wechat?{SIGNED}", method="POST", body=b"<xml/>")
        site.ask(f"/wechat?{SIGNED}", method="POST", body=b"x" * 70_000)
        site.ask("/a/c2VjcmV0.signed")
        site.ask("/console//welcome/c2VjcmV0-of-a-link")
        log = site.logs / "tongxin.log"
        eventually(lambda: "/a/***" in log.read_text())
        eventually(lambda: "/console/welcome/***" in log.read_text())
        assert "POST /wechat" in log.read_text()
        written = "".join(p.read_text() for p in site.logs.glob("*.log"))
        assert not [word for word in ("signature", "oSecretPerson", "c2VjcmV0") if word in written]
