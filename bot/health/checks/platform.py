"""WeChat's side: clock, token, what the account may do, how much of today's allowance is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from bot.core import clock
from bot.core.config import Config
from bot.health.checks.finding import Finding, Subject, fail, ok, skip, warn
from bot.health.checks.remedies import TITLE, token_problem
from bot.health.checks.web import Response, fetch, is_local

DRIFT = 30  # seconds that nobody needs to care about
NEARLY = 0.8  # share of a daily allowance from which staff are warned
COUNTED = {"客服消息": "/cgi-bin/message/custom/send", "按标签群发": "/cgi-bin/message/mass/sendall"}
NO_RIGHT = 48001


def wechat(subject: Subject, config: Config) -> Iterator[Finding]:
    """Asks WeChat (or the simulator at api_base) for the time, a token, rights and quotas."""
    yield from _check_address(config)
    if subject.offline:
        yield skip("微信接口", "按 --offline 的要求没有联网检查时钟、凭据、权限、配额")
        return
    response = fetch("GET", f"{config.wechat.api_base}/", timeout=_timeout(config))
    if response.problem:
        remedy = "检查本服务器能否上网、DNS 和防火墙；要能访问这个地址"
        yield fail(
            "微信接口", f"{config.wechat.api_base} 连不上：{response.problem}", remedy, "wechat.api_base"
        )
        return
    yield from _check_clock(subject, config, response)
    token, finding = _fetch_token(config)
    yield finding
    if token:
        yield from _check_rights(config, token)
        yield from _check_quotas(config, token)


def _check_address(config: Config) -> Iterator[Finding]:
    base = config.wechat.api_base
    if urlsplit(base).scheme == "http" and not is_local(base):
        remedy = "改成 https://，否则开发者密码在网络上是明文"
        yield warn("微信接口", f"{base} 没有加密", remedy, "wechat.api_base")


def _timeout(config: Config) -> tuple[float, float]:
    return config.wechat.timeout_connect, config.wechat.timeout_read


def _check_clock(subject: Subject, config: Config, response: Response) -> Iterator[Finding]:
    if subject.environ.get(clock.CLOCK_FILE) or not response.header("Date"):
        yield skip("时钟", "没有与微信的时间比较")
        return
    try:
        theirs = parsedate_to_datetime(response.header("Date"))
    except ValueError:
        yield skip("时钟", "对方的时间读不懂，没有比较")
        return
    drift = (clock.now() - theirs.astimezone(UTC)).total_seconds()
    remedy = "打开自动对时：timedatectl set-ntp true"
    if abs(drift) >= config.wechat.replay_window_seconds:
        detail = f"与微信相差 {drift:+.0f} 秒，微信发来的消息都会被当作重放而拒收"
        yield fail("时钟", detail, remedy, "wechat.replay_window_seconds")
    elif abs(drift) > DRIFT:
        yield warn("时钟", f"与微信相差 {drift:+.0f} 秒", remedy)
    else:
        yield ok("时钟", f"与微信相差不到 {DRIFT} 秒")


def _fetch_token(config: Config) -> tuple[str, Finding]:
    # Normal mode of stable_token: a token in use elsewhere stays valid (platform §4.1).
    body: dict[str, object] = {
        "grant_type": "client_credential",
        "appid": config.wechat.appid,
        "secret": config.wechat.secret.reveal(),
        "force_refresh": False,
    }
    url = f"{config.wechat.api_base}/cgi-bin/stable_token"
    response = fetch("POST", url, timeout=_timeout(config), body=body)
    document = response.document()
    if response.problem or document is None:
        detail = response.problem or f"回答不是 JSON（HTTP {response.status}）"
        return "", fail(TITLE, detail, "核对接口地址，检查中间的代理", "wechat.api_base")
    if token := document.get("access_token"):
        left = int(document.get("expires_in", 0)) // 60
        return str(token), ok(TITLE, f"AppID 和 AppSecret 正确，凭据还有 {left} 分钟有效")
    if "errcode" not in document:
        return "", fail(TITLE, "回答里没有凭据", "这不是微信的接口，核对地址", "wechat.api_base")
    return "", token_problem(int(document["errcode"]), str(document.get("errmsg", "")))


def _check_rights(config: Config, token: str) -> Iterator[Finding]:
    """Two calls that only read: does WeChat agree with the account kind in the settings?"""
    verified = _errcode_of(config, token, "/cgi-bin/menu/get")
    if config.wechat.verified and verified == NO_RIGHT:
        remedy = "在公众平台核对认证是否有效；未认证就改成 verified = false"
        yield fail(
            "账号权限", "配置写的是已认证，但微信说没有认证账号的权限（48001）", remedy, "wechat.verified"
        )
        return
    if config.wechat.account_kind != "service" or not config.wechat.verified:
        return
    if _errcode_of(config, token, "/cgi-bin/template/get_all_private_template") == NO_RIGHT:
        remedy = '在公众平台核对账号类型；是订阅号就改成 account_kind = "subscription"'
        detail = "配置写的是服务号，但微信说没有服务号的权限（48001）"
        yield fail("账号权限", detail, remedy, "wechat.account_kind")
    else:
        yield ok("账号权限", "与配置的账号类型一致")


def _errcode_of(config: Config, token: str, path: str) -> int:
    response = fetch(
        "GET", f"{config.wechat.api_base}{path}", timeout=_timeout(config), params={"access_token": token}
    )
    return int((response.document() or {}).get("errcode", 0))


def _check_quotas(config: Config, token: str) -> Iterator[Finding]:
    for name, path in COUNTED.items():
        response = fetch(
            "POST",
            f"{config.wechat.api_base}/cgi-bin/openapi/quota/get",
            timeout=_timeout(config),
            params={"access_token": token},
            body={"cgi_path": path},
        )
        quota = (response.document() or {}).get("quota")
        if not isinstance(quota, dict) or not quota.get("daily_limit"):
            yield skip("接口配额", f"{name}：微信没有给出数字")
            continue
        used, limit = int(quota.get("used", 0)), int(quota["daily_limit"])
        detail = f"{name}今天用了 {used} 次，共 {limit} 次"
        if used >= limit * NEARLY:
            yield warn("接口配额", detail, "推迟不急的推送；零点恢复，也可在公众平台清零（每月 10 次）")
        else:
            yield ok("接口配额", detail)
