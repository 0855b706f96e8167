"""The webhook, tried from outside: WeChat's signed verification through the public address (platform §1.1)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.core import clock
from bot.core.config import Config
from bot.core.redaction import redact
from bot.health.checks.finding import Finding, Subject, fail, ok, skip, warn
from bot.health.checks.web import Response, fetch, is_local

TITLE = "回调地址"
AT = "server.public_url"


def webhook(subject: Subject, config: Config) -> Iterator[Finding]:
    """Both forms of the address must give back exactly the text that was sent."""
    yield from _check_form(config.server.public_url)
    if subject.offline:
        yield skip(TITLE, "按 --offline 的要求没有试")
        return
    for path in ("/wechat", "/wechat/"):
        yield _try_address(config, path)


def signature(token: str, timestamp: str, nonce: str) -> str:
    """WeChat's signature of a request's address."""
    return hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()  # noqa: S324  # theirs


def _check_form(url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if is_local(url):
        yield warn(TITLE, f"{url} 只有本机能访问，微信到不了", "上线前改成外网域名", AT)
    elif parts.port not in (None, 80 if parts.scheme == "http" else 443):
        yield fail(
            TITLE,
            f"{url} 用了 {parts.port} 端口",
            "微信只访问 http 的 80 和 https 的 443，请用 nginx 转发",
            AT,
        )
    elif parts.scheme == "http":
        yield warn(TITLE, f"{url} 没有加密", "建议给域名配证书，改成 https://", AT)


def _try_address(config: Config, path: str) -> Finding:
    timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(8)
    echo = secrets.token_hex(10)
    url = f"{config.server.public_url}{path}"
    response = fetch(
        "GET",
        url,
        timeout=(config.wechat.timeout_connect, 5),  # WeChat itself waits five seconds
        params={
            "signature": signature(config.wechat.token.reveal(), timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": echo,
        },
    )
    return judge(url, response, echo)


def judge(url: str, response: Response, echo: str) -> Finding:
    """What the answer to the verification means."""
    if response.problem:
        remedy = "先启动服务（tongxin run），再查域名解析、nginx 和防火墙"
        return fail(TITLE, f"{url} 打不开：{response.problem}", remedy, AT)
    body = response.body.decode("utf-8", "replace")
    if response.status == 200 and body == echo:
        return ok(TITLE, f"{url} 验证通过")
    arrived = f"{url} 收到的是 HTTP {response.status}，正文「{redact(' '.join(body.split()))[:60]}」"
    if response.header("Location"):
        arrived += f"，转到 {redact(response.header('Location').partition('?')[0])}"
    return fail(TITLE, arrived, _remedy(response, body, echo), AT)


def _remedy(response: Response, body: str, echo: str) -> str:
    if response.status == 200 and body.strip() == f'"{echo}"':
        return "回显被加了引号：中间的网关把它改成了 JSON，请原样转发"
    if response.status == 200 and echo in body:
        return "回显里多了别的内容：去掉网关或 nginx 附加的页面和空白"
    if 300 <= response.status < 400:
        return "微信不跟随跳转：把 public_url 改成跳转后的地址，nginx 不要改写 /wechat"
    if response.status in (401, 403):
        return "签名没有通过：服务用的 token 与这份配置不同，或两边时钟不同；改完配置要重启服务"
    if response.status == 404:
        return "nginx 没有把 /wechat 转给本服务，或转发时改了路径；核对 proxy_pass"
    if response.status in (502, 503, 504):
        return "nginx 在，但本服务没有启动或端口不对：运行 tongxin run，核对 [server] port"
    return "应答不是本服务发出的：核对域名解析和 nginx 转发的目标"
