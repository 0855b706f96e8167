"""The settings: every section and key of config.toml with its default and its rule.

config.example.toml says the same to the operator, with the reason for each key; a test compares the two.
Numbers that WeChat may change are settings, because a new limit must not need a new release.
"""
# ruff: noqa: RUF009  # setting() returns a dataclass field, as field() does

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Any

from bot.core.settings_rules import (
    Addresses,
    DatabaseUrl,
    Flag,
    Hidden,
    LocalPath,
    OneOf,
    OptionalPath,
    Real,
    Rule,
    Secret,
    Site,
    T,
    TimeOfDay,
    Whole,
    Written,
)


def setting(default: object, rule: Rule[T], *, required: bool = False, from_file: bool = False) -> T:
    """One key. `default` is written as in TOML; a secret may also be given as `<key>_file`."""
    meta = {
        "rule": rule,
        "default": default,
        "required": required,
        "from_file": from_file or isinstance(rule, Hidden),
    }
    value: Any = field(
        default_factory=lambda: rule.read(default, Path.cwd()),
        metadata=meta,
        repr=not rule.private or isinstance(rule, Hidden),
    )
    return value  # type: ignore[no-any-return]  # a dataclass field stands in for the value it will hold


AES_KEY = Hidden(r"[A-Za-z0-9]{43}", "43 位英文字母和数字（公众平台「消息加解密密钥」）")
DAYS = Whole(1, 90, "个工作日")


@dataclass(frozen=True)
class ServerSettings:
    """Where the web process listens and how it is reached."""

    host: str = setting("127.0.0.1", Written(r"[0-9A-Za-z.:_-]+", '本机地址，如 "127.0.0.1" 或 "0.0.0.0"'))
    port: int = setting(8000, Whole(1, 65535))
    public_url: str = setting("http://127.0.0.1:8000", Site())
    trusted_proxies: tuple[str, ...] = setting(["127.0.0.1", "::1"], Addresses())
    secret_key: Secret = setting(
        "", Hidden(r"[!-~]{32,200}", "至少 32 位、没有空格的随机字母和数字"), required=True
    )
    threads: int = setting(8, Whole(1, 256, "个线程"))
    max_body_bytes: int = setting(65536, Whole(16384, 1048576, "字节"))


@dataclass(frozen=True)
class DatabaseSettings:
    """Where the rows are."""

    url: str = setting("sqlite:///var/tongxin.db", DatabaseUrl(), from_file=True)
    pool_size: int = setting(10, Whole(1, 200, "个连接"))
    durability: str = setting("full", OneOf(full="每次提交都落盘", normal="断电可能丢最后几次提交"))


@dataclass(frozen=True)
class WechatSettings:
    """The account and the platform's numbers (platform §1, §4, §5.1, §6.1)."""

    account_kind: str = setting("service", OneOf(subscription="订阅号", service="服务号"))
    verified: bool = setting(True, Flag())
    appid: str = setting(
        "",
        Written(r"(wx[0-9a-f]{16})?", "wx 加 16 位小写十六进制字符（公众平台「开发者ID」）", private=True),
        required=True,
    )
    secret: Secret = setting(
        "", Hidden(r"[!-~]{8,128}", "公众平台「开发者密码 AppSecret」，没有空格"), required=True
    )
    token: Secret = setting(
        "",
        Hidden(r"[A-Za-z0-9]{3,32}", "3 到 32 位英文字母和数字（与公众平台「令牌 Token」一致）"),
        required=True,
    )
    aes_key: Secret = setting("", AES_KEY)
    previous_aes_key: Secret = setting("", AES_KEY)
    mode: str = setting("secure", OneOf(plain="明文模式", compatible="兼容模式", secure="安全模式"))
    api_base: str = setting("https://api.weixin.qq.com", Site())
    mp_base: str = setting("https://mp.weixin.qq.com", Site())
    original_id: str = setting("", Written(r"(gh_[0-9A-Za-z_]{6,32})?", 'gh_ 开头的「原始ID」，或空 ""'))
    timeout_connect: float = setting(3.0, Real(0.1, 30, "秒"))
    timeout_read: float = setting(8.0, Real(0.1, 60, "秒"))
    replay_window_seconds: int = setting(300, Whole(60, 3600, "秒"))
    custom_message_limit: int = setting(5, Whole(0, 100, "条"))
    custom_window_hours: int = setting(48, Whole(1, 168, "小时"))
    tap_message_limit: int = setting(3, Whole(0, 100, "条"))
    tap_window_seconds: int = setting(60, Whole(10, 3600, "秒"))
    mass_per_day: int = setting(1, Whole(0, 100, "次"))
    mass_per_month: int = setting(4, Whole(0, 100, "次"))
    mass_calls_per_day: int = setting(100, Whole(0, 100000, "次调用，0 表示不限"))
    mass_calls_per_minute: int = setting(60, Whole(0, 100000, "次调用，0 表示不限"))
    custom_per_day: int = setting(500000, Whole(0, 1000000000, "条，0 表示不限"))
    template_per_day: int = setting(100000, Whole(0, 1000000000, "条，0 表示不限"))


@dataclass(frozen=True)
class SchedulerSettings:
    """When plans are looked at."""

    timezone: str = setting("Asia/Shanghai", OneOf(**{"Asia/Shanghai": "北京时间，不可更改"}))
    enabled: bool = setting(True, Flag())
    beat_seconds: int = setting(5, Whole(1, 300, "秒"))
    grace_hours: int = setting(72, Whole(1, 168, "小时"))


@dataclass(frozen=True)
class DeliverySettings:
    """How broadcasts leave this machine."""

    dispatcher: str = setting(
        "auto",
        OneOf(
            auto="SQLite 用 local，PostgreSQL 用 queue",
            local="每个进程自己轮询",
            queue="PostgreSQL 上的任务队列 Procrastinate",
        ),
    )
    workers: int = setting(12, Whole(1, 64, "个线程"))
    batch_size: int = setting(50, Whole(1, 1000, "人"))
    lease_seconds: int = setting(60, Whole(10, 3600, "秒"))
    max_attempts: int = setting(5, Whole(1, 20, "次"))
    per_minute: int = setting(0, Whole(0, 1000000, "次调用，0 表示不限"))
    quiet_from: time = setting("21:00", TimeOfDay())
    quiet_to: time = setting("08:00", TimeOfDay())
    mass_batch_size: int = setting(10000, Whole(2, 10000, "人"))


@dataclass(frozen=True)
class AppealsSettings:
    """Limits of an appeal's steps in working days (domain §3.1), and what a person may send."""

    acceptance_days: int = setting(1, DAYS)
    signing_days: int = setting(1, DAYS)
    contact_urgent_days: int = setting(1, DAYS)
    contact_days: int = setting(3, DAYS)
    support_days: int = setting(3, DAYS)
    consult_days: int = setting(2, DAYS)
    ordinary_days: int = setting(7, DAYS)
    complex_days: int = setting(15, DAYS)
    urgent_days: int = setting(1, DAYS)
    review_days: int = setting(1, DAYS)
    extension_notice_days: int = setting(1, Whole(0, 30, "个工作日"))
    survey_days: int = setting(7, Whole(1, 90, "天"))
    arrears_transfer_days: int = setting(10, DAYS)
    arrears_result_days: int = setting(30, Whole(1, 365, "天"))
    arrears_limit_days: int = setting(90, Whole(1, 365, "天"))
    urge_after_days: int = setting(1, DAYS)
    supervise_one_days: int = setting(3, DAYS)
    supervise_two_days: int = setting(5, DAYS)
    supervise_three_days: int = setting(10, DAYS)
    duplicate_days: int = setting(60, Whole(1, 365, "天"))
    draft_hours: int = setting(24, Whole(1, 168, "小时"))
    max_attachments: int = setting(9, Whole(0, 50, "个"))
    daily_limit_per_person: int = setting(20, Whole(1, 100, "件"))
    open_of_business: time = setting("09:00", TimeOfDay())
    close_of_business: time = setting("17:30", TimeOfDay())

    @property
    def close(self) -> tuple[int, int]:
        """The close of business as hour and minute, when limits end."""
        return self.close_of_business.hour, self.close_of_business.minute


@dataclass(frozen=True)
class ConsoleSettings:
    """The staff console."""

    session_hours: int = setting(8, Whole(1, 168, "小时"))
    idle_minutes: int = setting(60, Whole(5, 1440, "分钟"))


@dataclass(frozen=True)
class PrivacySettings:
    """How long personal data are kept (domain §6) and who answers for them."""

    operator_name: str = setting("石景山区工商联", Written(r"[^\x00-\x1f<>]{2,60}", "2 到 60 个字的单位名称"))
    raw_chat_days: int = setting(90, Whole(1, 3650, "天"))
    closed_case_years: int = setting(3, Whole(1, 30, "年"))


@dataclass(frozen=True)
class StorageSettings:
    """Attachments on this machine's disk."""

    path: Path = setting("var/files", LocalPath())
    max_picture_mb: int = setting(10, Whole(1, 100, "MB"))


@dataclass(frozen=True)
class BackupSettings:
    """How old the newest good backup may become before the doctor reminds of it."""

    max_age_hours: int = setting(36, Whole(1, 8760, "小时"))


@dataclass(frozen=True)
class LoggingSettings:
    """What is written down about the program's own doings."""

    level: str = setting("info", OneOf(debug="最详细", info="日常", warning="只记异常", error="只记错误"))
    format: str = setting("json", OneOf(json="每行一个 JSON", text="便于肉眼看"))
    file: Path | None = setting("", OptionalPath())


SECTIONS: dict[str, type] = {
    "server": ServerSettings,
    "database": DatabaseSettings,
    "wechat": WechatSettings,
    "scheduler": SchedulerSettings,
    "delivery": DeliverySettings,
    "appeals": AppealsSettings,
    "console": ConsoleSettings,
    "privacy": PrivacySettings,
    "storage": StorageSettings,
    "backup": BackupSettings,
    "logging": LoggingSettings,
}


@dataclass(frozen=True)
class Key:
    """One setting's place, default and rule, as the loader, `init` and the tests need it."""

    section: str
    name: str
    default: object
    rule: Rule[Any]
    required: bool
    from_file: bool


KEYS: dict[tuple[str, str], Key] = {
    (section, entry.name): Key(section, entry.name, **entry.metadata)
    for section, shape in SECTIONS.items()
    for entry in fields(shape)
}


@dataclass(frozen=True)
class Across:
    """A rule over several keys; `complaint` says in Chinese what to do, or None. The first of `keys` is blamed."""

    keys: tuple[tuple[str, str], ...]
    complaint: Callable[..., str | None]

    def check(self, values: Mapping[tuple[str, str], object]) -> str | None:
        """None also when one of the keys is itself wrong: one mistake is then enough to hear about."""
        if any(key not in values for key in self.keys):
            return None
        return self.complaint(*(values[key] for key in self.keys))


def _mode_needs_key(key: Secret, mode: str) -> str | None:
    if mode == "plain" or key:
        return None
    return f'mode = "{mode}" 时必须填写：公众平台「消息加解密密钥」43 位；先运行 tongxin init 可自动生成'


def _previous_differs(previous: Secret, key: Secret) -> str | None:
    return "与 aes_key 相同；这里写换钥之前的旧密钥，没换过就留空" if previous and key == previous else None


def _queue_needs_postgresql(dispatcher: str, url: str) -> str | None:
    if dispatcher != "queue" or not url.startswith("sqlite"):
        return None
    return '任务队列要用 PostgreSQL：[database] url 是 SQLite 时写 "auto" 或 "local"'


def _lease_outlives_call(lease: int, connect: float, read: float) -> str | None:
    return (
        f"应大于 [wechat] 两个超时之和 {connect + read:g} 秒，否则会重复领取"
        if lease <= connect + read
        else None
    )


def _day_has_hours(end: time, start: time) -> str | None:
    return f"应晚于 open_of_business（{start:%H:%M}）" if end <= start else None


def _rising(three: int, two: int, one: int) -> str | None:
    return None if one < two < three else "督办一、二、三级的天数应逐级增大"


def _in(section: str, *names: str) -> tuple[tuple[str, str], ...]:
    return tuple((section, name) for name in names)


ACROSS = (
    Across(_in("wechat", "aes_key", "mode"), _mode_needs_key),
    Across(_in("wechat", "previous_aes_key", "aes_key"), _previous_differs),
    Across(
        (("delivery", "lease_seconds"), *_in("wechat", "timeout_connect", "timeout_read")),
        _lease_outlives_call,
    ),
    Across((("delivery", "dispatcher"), ("database", "url")), _queue_needs_postgresql),
    Across(_in("appeals", "close_of_business", "open_of_business"), _day_has_hours),
    Across(_in("appeals", "supervise_three_days", "supervise_two_days", "supervise_one_days"), _rising),
)
