"""What a setting that says where something is may look like: paths, web addresses, networks, databases."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bot.core.settings_rules import UNQUOTED, Rule, string


def read_path(value: object) -> Path:
    """A path as typed by the operator, ~ included; raises ValueError with a hint."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"{UNQUOTED}，不能为空")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("~ 后面的用户不存在") from None


def _site(value: object) -> str:
    url = string(value)
    if re.search(r"[\s<>\"'\\]", url) or not re.match(r"https?://", url):
        raise ValueError("要以 http:// 或 https:// 开头")
    parts = _split(url)
    if not parts.hostname:
        raise ValueError("缺少域名")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise ValueError("只写到域名，后面的路径（如 /wechat）去掉")
    return url.rstrip("/")


def _addresses(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError("列表要用英文方括号")
    for item in value:
        try:
            ipaddress.ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"{item} 不是 IP 地址") from None
    return tuple(value)


def _database_url(value: object) -> str:
    url = string(value)
    if url.startswith("sqlite:///"):
        return _sqlite_url(url)
    if url.startswith("postgres://"):
        raise ValueError("开头改写成 postgresql://")
    parts = _split(url)
    if parts.scheme not in ("postgresql", "postgresql+psycopg"):
        raise ValueError("只支持 SQLite 和 PostgreSQL")
    if not parts.hostname and "host=" not in parts.query:
        raise ValueError("缺少主机名")
    if not parts.path.strip("/"):
        raise ValueError("缺少库名")
    return f"postgresql+psycopg:{url.split(':', 1)[1]}"


def _sqlite_url(url: str) -> str:
    path = url.removeprefix("sqlite:///").partition("?")[0]
    if not path or path.startswith((":memory:", "file:")):
        raise ValueError("要写一个文件：内存数据库一重启就没有了")
    return url


def _sqlite_at(url: str, base: Path) -> str:
    kind, sqlite, rest = url.partition("sqlite:///")
    path, question, options = rest.partition("?")
    return f"{sqlite}{base / path}{question}{options}" if sqlite and not kind else url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.port is None or parts.port > 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("域名或端口不对")
    return parts


PATH = Rule("本机上的路径", read_path, start_at=lambda path, base: base / path)
OPTIONAL_PATH: Rule[Path | None] = Rule(
    '本机上的路径，或空 ""',
    lambda value: None if value == "" else read_path(value),
    start_at=lambda path, base: path and base / path,
)
SITE = Rule("http:// 或 https:// 开头、只到域名（可带端口）的地址，如 https://gsl.example.gov.cn", _site)
ADDRESSES = Rule(
    'IP 地址或网段的列表，如 ["127.0.0.1", "10.0.0.0/8"]',
    _addresses,
    lambda written: [item.strip() for item in written.split(",") if item.strip()],
)
DATABASE_URL = Rule(
    '"sqlite:///var/tongxin.db" 或 "postgresql://用户:密码@主机:5432/库名"',
    _database_url,
    start_at=_sqlite_at,
    private=True,  # it may carry a password
    from_file=True,
)
