"""What is wrong with a payload and where, for staff; and the checks that every field shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.core.refusals import Refusal
from bot.wechat.replies import clean

URL_BYTES = 1024  # content_source_url (platform §6.2); kept for every address
CDATA_END = "]]>"


@dataclass(frozen=True)
class Problem:
    """`where` names the place («标题», «正文第 12 行», «data.thing1»), `message` says in Chinese what to do."""

    where: str
    message: str


class ArticleUnreadable(Refusal):
    """A file is no article; every problem names its place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(f"{one.where}：{one.message}" for one in self.problems))


def size(text: str) -> int:
    """Bytes of UTF-8; characters that cannot be encoded count, and `unsendable` complains of them."""
    return len(text.encode(errors="surrogatepass"))


def unsendable(where: str, text: str) -> list[Problem]:
    """Characters that WeChat's XML and JSON cannot carry, each with its line when there are several."""
    lines = text.splitlines() or [""]
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{where}第 {number} 行" if len(lines) > 1 else where
        if clean(line) != line:
            found.append(Problem(place, "含有看不见的控制字符或乱码；请删去后重新输入这一行。"))
        if CDATA_END in line:
            found.append(Problem(place, f"含有 {CDATA_END}，微信会截断消息；请删去。"))
    return found


def line(where: str, value: object, most: int, *, needed: bool = True) -> list[Problem]:
    """A text of one line and at most so many characters; an optional one may be missing or empty."""
    if value is None or value == "":
        return [Problem(where, f"还没有写{where}；请填写，最多 {most} 个字。")] if needed else []
    if not isinstance(value, str):
        return [Problem(where, "应为一段文字；请把数字或列表改成带引号的文字。")]
    problems = unsendable(where, value)
    if not value.strip():
        problems.append(Problem(where, f"只有空白；请填写{where}，最多 {most} 个字。"))
    if "\n" in value or "\r" in value:
        problems.append(Problem(where, "只能有一行；请删去换行。"))
    if len(value) > most:
        problems.append(
            Problem(where, f"有 {len(value)} 个字，最多 {most} 个；请删去 {len(value) - most} 个。")
        )
    return problems


def address(where: str, value: object, *, needed: bool = True) -> list[Problem]:
    """A complete http or https address of at most 1 kB."""
    if value is None or value == "":
        return [Problem(where, "还没有写网址；请写完整网址，以 https:// 开头。")] if needed else []
    if not isinstance(value, str) or not is_web(value):
        return [Problem(where, "不是完整的网址；请以 https:// 或 http:// 开头，中间不要有空格。")]
    if size(value) > URL_BYTES:
        return [Problem(where, f"网址有 {size(value)} 字节，最多 {URL_BYTES} 字节；请换成较短的网址。")]
    return []


def is_web(value: str) -> bool:
    """Whether this is a complete address that a phone opens in its browser, without characters that would end it."""
    if clean(value) != value or any(mark.isspace() or mark in "\"'<>\\" for mark in value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:  # a broken IPv6 address or port
        return False
