"""Writes the first config.toml: the example's text, comments and all, with answers and fresh secrets filled in."""

from __future__ import annotations

import json
import os
import re
import secrets
import string
from collections.abc import Mapping
from pathlib import Path

from bot.core import clock
from bot.core.config import CONFIG_VARIABLE
from bot.core.paths import EXAMPLE_CONFIG
from bot.core.settings import KEYS

ALPHANUMERIC = string.ascii_letters + string.digits
Answers = Mapping[tuple[str, str], object]


def default_path() -> Path:
    """Where the configuration belongs when nobody says otherwise."""
    return Path(os.environ.get(CONFIG_VARIABLE) or "config.toml")


def accepted(key: tuple[str, str], text: str) -> str:
    """The answer as it will be written; raises ValueError saying in Chinese what is expected."""
    rule = KEYS[key].rule
    answer = text.strip()
    try:
        rule.read(answer, Path())
    except ValueError as error:
        raise ValueError(f"{error}，请重输") from None
    if not answer:
        raise ValueError(f"不能空着，应为 {rule.expected}，请重输")
    return answer


def fresh_secrets() -> dict[tuple[str, str], object]:
    """New random secrets in the platform's formats (platform §1.1, §1.3)."""
    lengths = {("server", "secret_key"): 64, ("wechat", "token"): 32, ("wechat", "aes_key"): 43}
    return {key: "".join(secrets.choice(ALPHANUMERIC) for _ in range(size)) for key, size in lengths.items()}


def fill(text: str, answers: Answers) -> str:
    """The example with each answer in its line; everything else stays as it is."""
    section, lines = "", []
    for line in text.splitlines():
        if header := re.match(r"\[(\w+)\]", line):
            section = header[1]
        entry = re.match(r"(\w+) = ", line)
        if entry and (section, entry[1]) in answers:
            line = f"{entry[1]} = {_toml(answers[section, entry[1]])}"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # JSON's strings and booleans are TOML's too


def write(path: Path, answers: Answers) -> tuple[Path | None, Answers]:
    """Write `path` for its owner's eyes only; (where the old file was kept, the new secrets)."""
    fresh = fresh_secrets()
    text = fill(EXAMPLE_CONFIG.read_text(encoding="utf-8"), {**fresh, **answers})
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(draft, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    kept = _keep(path) if path.exists() else None
    draft.replace(path)
    return kept, fresh


def _keep(path: Path) -> Path:
    kept = path.with_name(f"{path.name}.{clock.local(clock.now()):%Y%m%d-%H%M%S}")
    path.replace(kept)
    kept.chmod(0o600)
    return kept


def next_steps(path: Path, answers: Answers, fresh: Answers) -> str:
    """What to type into WeChat's pages, and what to run next."""
    modes = {"plain": "明文模式", "compatible": "兼容模式", "secure": "安全模式"}
    mode = modes[str(answers["wechat", "mode"])]
    url = str(answers["server", "public_url"]).rstrip("/")
    return f"""已写好 {path}（只有本用户能读）。

在微信开发者平台（developers.weixin.qq.com/platform → 我的业务 → 公众号/服务号）填写：
  开发密钥 → IP 白名单      本服务器的公网出口 IP（不知道就先运行 tongxin doctor，它会显示）
  消息与事件推送 → URL      {url}/wechat
  Token（令牌）             {fresh["wechat", "token"]}
  EncodingAESKey（密钥）    {fresh["wechat", "aes_key"]}
  消息加解密方式            {mode}
  数据格式                  XML
填 URL 前要先启动服务，保存时微信会马上验证。

接下来：
  1. tongxin migrate    建立数据库
  2. tongxin doctor     检查每一项
  3. tongxin run        启动服务，再到微信的页面点「提交」"""
