"""The settings: every section and key of config.toml with its default and its rule.

A new key is one line here and one in config.example.toml, which says the same to the operator, with the reason
for each key; a test compares the two. A new section is a class and its line in `Settings`.
Numbers that WeChat may change are settings, because a new limit must not need a new release.
"""
# ruff: noqa: RUF009  # setting() returns a dataclass field, as field() does

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Any, get_type_hints

from bot.core.secret import Secret
from bot.core.settings_places import ADDRESSES, DATABASE_URL, OPTIONAL_PATH, PATH, SITE
from bot.core.settings_rules import FLAG, TIME_OF_DAY, Rule, T, hidden, one_of, real, text, whole

Place = tuple[str, str]  # section and key


def setting(default: object, rule: Rule[T], *, is_required: bool = False) -> T:
    """One key with its default, written as in TOML."""
    value: Any = field(
        default_factory=lambda: rule.read(default, Path.cwd()),
        metadata={"default": default, "rule": rule, "is_required": is_required},
        repr=not rule.private,
    )
    return value  # type: ignore[no-any-return]  # a dataclass field stands in for the value it will hold


def required(rule: Rule[T]) -> T:
    """One key that is empty until the operator fills it in."""
    return setting("", rule, is_required=True)


AES_KEY = hidden(r"[A-Za-z0-9]{43}", "43 位英文字母和数字（公众平台「消息加解密密钥」）")
DAYS = whole(1, 90, "个工作日")


@dataclass(frozen=True)
class ServerSettings:
    """Where the web process listens and how it is reached."""

    host: str = setting("127.0.0.1", text(r"[0-9A-Za-z.:_-]+", '本机地址，如 "127.0.0.1" 或 "0.0.0.0"'))
    port: int = setting(8000, whole(1, 65535))
    public_url: str = setting("http://127.0.0.1:8000", SITE)
    trusted_proxies: tuple[str, ...] = setting(["127.0.0.1", "::1"], ADDRESSES)
    secret_key: Secret = required(hidden(r"[!-~]{32,200}", "至少 32 位、没有空格的随机字母和数字"))
    threads: int = setting(8, whole(1, 256, "个线程"))
    max_body_bytes: int = setting(262144, whole(16384, 1048576, "字节"))


@dataclass(frozen=True)
class DatabaseSettings:
    """Where the rows are."""

    url: str = setting("sqlite:///var/tongxin.db", DATABASE_URL)
    pool_size: int = setting(10, whole(1, 200, "个连接"))
    durability: str = setting("full", one_of(full="每次提交都落盘", normal="断电可能丢最后几次提交"))


@dataclass(frozen=True)
class WechatSettings:
    """The account and the platform's numbers (platform §1, §4, §5.1, §6.1)."""

    account_kind: str = setting("service", one_of(subscription="订阅号", service="服务号"))
    verified: bool = setting(True, FLAG)
    appid: str = required(
        text(r"(wx[0-9a-f]{16})?", "wx 加 16 位小写十六进制字符（公众平台「开发者ID」）", private=True)
    )
    secret: Secret = required(hidden(r"[!-~]{8,128}", "公众平台「开发者密码 AppSecret」，没有空格"))
    token: Secret = required(
        hidden(r"[A-Za-z0-9]{3,32}", "3 到 32 位英文字母和数字（与公众平台「令牌 Token」一致）")
    )
    aes_key: Secret = setting("", AES_KEY)
    previous_aes_key: Secret = setting("", AES_KEY)
    mode: str = setting("secure", one_of(plain="明文模式", compatible="兼容模式", secure="安全模式"))
    api_base: str = setting("https://api.weixin.qq.com", SITE)
    mp_base: str = setting("https://mp.weixin.qq.com", SITE)
    original_id: str = setting("", text(r"(gh_[0-9A-Za-z_]{6,32})?", 'gh_ 开头的「原始ID」，或空 ""'))
    timeout_connect: float = setting(3.0, real(0.1, 30, "秒"))
    timeout_read: float = setting(8.0, real(0.1, 60, "秒"))
    replay_window_seconds: int = setting(300, whole(60, 3600, "秒"))
    custom_message_limit: int = setting(5, whole(0, 100, "条"))
    custom_window_hours: int = setting(48, whole(1, 168, "小时"))
    tap_message_limit: int = setting(3, whole(0, 100, "条"))
    tap_window_seconds: int = setting(60, whole(10, 3600, "秒"))
    mass_per_day: int = setting(1, whole(0, 100, "次"))
    mass_per_month: int = setting(4, whole(0, 100, "次"))
    mass_calls_per_day: int = setting(100, whole(0, 100000, "次调用，0 表示不限"))
    mass_calls_per_minute: int = setting(60, whole(0, 100000, "次调用，0 表示不限"))
    custom_per_day: int = setting(500000, whole(0, 1000000000, "条，0 表示不限"))
    template_per_day: int = setting(100000, whole(0, 1000000000, "条，0 表示不限"))


@dataclass(frozen=True)
class SchedulerSettings:
    """When plans are looked at."""

    timezone: str = setting("Asia/Shanghai", one_of(**{"Asia/Shanghai": "北京时间，不可更改"}))
    enabled: bool = setting(True, FLAG)
    beat_seconds: int = setting(5, whole(1, 300, "秒"))
    grace_hours: int = setting(72, whole(1, 168, "小时"))


@dataclass(frozen=True)
class DeliverySettings:
    """How broadcasts leave this machine."""

    dispatcher: str = setting(
        "auto",
        one_of(
            auto="SQLite 用 local，PostgreSQL 用 queue",
            local="每个进程自己轮询",
            queue="PostgreSQL 上的任务队列 Procrastinate",
        ),
    )
    workers: int = setting(12, whole(1, 64, "个线程"))
    batch_size: int = setting(50, whole(1, 1000, "人"))
    lease_seconds: int = setting(60, whole(10, 3600, "秒"))
    max_attempts: int = setting(5, whole(1, 20, "次"))
    per_minute: int = setting(0, whole(0, 1000000, "次调用，0 表示不限"))
    quiet_from: time = setting("21:00", TIME_OF_DAY)
    quiet_to: time = setting("08:00", TIME_OF_DAY)
    mass_batch_size: int = setting(10000, whole(2, 10000, "人"))


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
    message_days: int = setting(1, DAYS)
    extension_notice_days: int = setting(1, whole(0, 30, "个工作日"))
    survey_days: int = setting(7, whole(1, 90, "天"))
    arrears_transfer_days: int = setting(10, DAYS)
    arrears_result_days: int = setting(30, whole(1, 365, "天"))
    arrears_limit_days: int = setting(90, whole(1, 365, "天"))
    urge_after_days: int = setting(1, DAYS)
    supervise_one_days: int = setting(3, DAYS)
    supervise_two_days: int = setting(5, DAYS)
    supervise_three_days: int = setting(10, DAYS)
    duplicate_days: int = setting(60, whole(1, 365, "天"))
    draft_hours: int = setting(24, whole(1, 168, "小时"))
    max_attachments: int = setting(9, whole(0, 50, "个"))
    daily_limit_per_person: int = setting(20, whole(1, 100, "件"))
    open_of_business: time = setting("09:00", TIME_OF_DAY)
    close_of_business: time = setting("17:30", TIME_OF_DAY)

    @property
    def close(self) -> tuple[int, int]:
        """The close of business as hour and minute, when limits end."""
        return self.close_of_business.hour, self.close_of_business.minute


@dataclass(frozen=True)
class ConsoleSettings:
    """The staff console."""

    session_hours: int = setting(8, whole(1, 168, "小时"))
    idle_minutes: int = setting(60, whole(5, 1440, "分钟"))


@dataclass(frozen=True)
class PrivacySettings:
    """How long personal data are kept (domain §6) and who answers for them."""

    operator_name: str = setting("石景山区工商联", text(r"[^\x00-\x1f<>]{2,60}", "2 到 60 个字的单位名称"))
    raw_chat_days: int = setting(90, whole(1, 3650, "天"))
    closed_case_years: int = setting(3, whole(1, 30, "年"))


@dataclass(frozen=True)
class StorageSettings:
    """Attachments on this machine's disk."""

    path: Path = setting("var/files", PATH)
    max_picture_mb: int = setting(10, whole(1, 100, "MB"))


@dataclass(frozen=True)
class BackupSettings:
    """How old the newest good backup may become before the doctor reminds of it."""

    max_age_hours: int = setting(36, whole(1, 8760, "小时"))


@dataclass(frozen=True)
class MailSettings:
    """The mail server by which colleagues on duty are alerted; off while it has no address."""

    host: str = setting("", text(r"([0-9A-Za-z.-]{1,253})?", '邮件服务器地址，如 "smtp.example.cn"，或空 ""'))
    port: int = setting(465, whole(1, 65535))
    security: str = setting(
        "ssl",
        one_of(
            ssl="一连上就加密，端口多为 465",
            starttls="连上后加密，端口多为 587",
            none="不加密，只限本机或内网",
        ),
    )
    user: str = setting("", text(r"[!-~]{0,254}", "登录名，没有空格，或空", private=True))
    password: Secret = setting("", hidden(r"[!-~]{1,256}", "登录密码或授权码，没有空格"))
    sender: str = setting(
        "", text(r"([A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+)?", '发件地址，如 "zhiban@example.cn"，或空 ""')
    )

    @property
    def is_on(self) -> bool:
        """Whether mails are sent at all."""
        return bool(self.host)


@dataclass(frozen=True)
class UnderstandingSettings:
    """Whether questions are compared by their meaning too, beside their words."""

    meaning: str = setting(
        "off",
        text(
            r"off|builtin|https?://[^\s<>\"']{3,200}",
            '"off"、"builtin" 或接口地址，如 "http://127.0.0.1:8080/v1/embeddings"',
        ),
    )
    meaning_model: str = setting("", text(r"[A-Za-z0-9._:/-]{0,80}", "模型名称，没有空格，或空"))
    meaning_key: Secret = setting("", hidden(r"[!-~]{1,256}", "接口的密钥，没有空格"))
    meaning_seconds: float = setting(0.5, real(0.05, 2.0, "秒"))


@dataclass(frozen=True)
class LoggingSettings:
    """What is written down about the program's own doings."""

    level: str = setting("info", one_of(debug="最详细", info="日常", warning="只记异常", error="只记错误"))
    format: str = setting("json", one_of(json="每行一个 JSON", text="便于肉眼看"))
    file: Path | None = setting("", OPTIONAL_PATH)


@dataclass(frozen=True)
class Settings:
    """Every section, in the order of config.example.toml."""

    server: ServerSettings
    database: DatabaseSettings
    wechat: WechatSettings
    scheduler: SchedulerSettings
    delivery: DeliverySettings
    appeals: AppealsSettings
    console: ConsoleSettings
    privacy: PrivacySettings
    storage: StorageSettings
    backup: BackupSettings
    mail: MailSettings
    understanding: UnderstandingSettings
    logging: LoggingSettings


@dataclass(frozen=True)
class Key:
    """One setting's place, default and rule, as the loader, `init` and the tests need it."""

    section: str
    name: str
    default: object
    rule: Rule[Any]
    is_required: bool

    @property
    def from_file(self) -> bool:
        """Whether `<name>_file` may name a file that holds the value."""
        return self.rule.from_file

    @property
    def names(self) -> tuple[str, ...]:
        """What may be written in the section for this key."""
        return (self.name, f"{self.name}_file") if self.from_file else (self.name,)


SECTIONS: dict[str, type] = get_type_hints(Settings)
KEYS: dict[Place, Key] = {
    (section, entry.name): Key(section, entry.name, **entry.metadata)
    for section, shape in SECTIONS.items()
    for entry in fields(shape)
}
WRITABLE: dict[Place, Key] = {(key.section, name): key for key in KEYS.values() for name in key.names}
