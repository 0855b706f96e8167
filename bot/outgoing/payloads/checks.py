"""Whether a payload can be sent as it is: WeChat's limits, checked before anybody approves it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.outgoing.payloads import article_html
from bot.outgoing.payloads.messages import FORMS, value_of
from bot.outgoing.payloads.pictures import is_digest
from bot.outgoing.payloads.problem import Problem, address, is_web, line, size, unsendable
from bot.outgoing.payloads.values import check_value

Payload = Mapping[str, Any]
TEXT_BYTES = 2048  # platform §5.2
TITLE, AUTHOR, DIGEST = 32, 16, 120  # characters of an article, platform §6.2
CARD_TITLE = 64  # WeChat names no limit for a card; a phone shows two lines
CONTENT_CHARACTERS, CONTENT_BYTES = 20_000, 1024 * 1024  # fewer than these, platform §6.2
TEMPLATE_ID, VALUES = 64, 10
_HREF = re.compile(r"""<a\b[^>]*?\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*))""", re.IGNORECASE)


def check(form: str, payload: Payload) -> list[Problem]:
    """Everything that keeps a payload from being sent, each with its place and what to do; empty when it is fine.
    `payload` may be any JSON that somebody wrote."""
    checker = _CHECKS.get(form)
    if checker is None:
        return [Problem("形式", f"没有「{form}」这种形式；请用 {'、'.join(FORMS)} 之一。")]
    if not isinstance(payload, Mapping):
        return [Problem("内容", "应为一组字段；请重新起草。")]
    known, fields = checker
    strange = [
        Problem(f"字段 {key}", f"{FORMS[form]}没有这个字段；请删去，可用的是 {'、'.join(known)}。")
        for key in payload
        if key not in known
    ]
    return strange + fields(payload)


def _text_problems(payload: Payload) -> list[Problem]:
    return _words_problems("正文", payload.get("text"))


def _page_problems(payload: Payload) -> list[Problem]:
    text, url = payload.get("text"), payload.get("url")
    problems = [
        *line("标题", payload.get("title"), CARD_TITLE),
        *line("摘要", payload.get("digest"), DIGEST, needed=False),
        *address("链接", url),
        *_words_problems("文字", text),
    ]
    if not problems and str(url) not in html.unescape(str(text)):
        problems.append(Problem("文字", "没有页面的链接，收不到卡片的人打不开；请把链接加进文字里。"))
    return problems


def _article_problems(payload: Payload) -> list[Problem]:
    return [
        *line("标题", payload.get("title"), TITLE),
        *line("作者", payload.get("author"), AUTHOR, needed=False),
        *line("摘要", payload.get("digest"), DIGEST, needed=False),
        *address("原文链接", payload.get("source_url"), needed=False),
        *_cover_problems(payload.get("cover")),
        *_body_problems(payload.get("html"), payload.get("pictures")),
    ]


def _template_message_problems(payload: Payload) -> list[Problem]:
    return _template_problems(payload, "url")


def _notice_problems(payload: Payload) -> list[Problem]:
    return _template_problems(payload, "page")


_CHECKS: dict[str, tuple[tuple[str, ...], Callable[[Payload], list[Problem]]]] = {
    "text": (("text",), _text_problems),
    "page": (("title", "digest", "url", "text"), _page_problems),
    "article": (("title", "author", "digest", "source_url", "html", "cover", "pictures"), _article_problems),
    "template": (("template_id", "data", "url"), _template_message_problems),
    "notice": (("template_id", "data", "page"), _notice_problems),
}


def _words_problems(where: str, value: object) -> list[Problem]:
    if not isinstance(value, str) or not value.strip():
        return [Problem(where, "没有内容；请写要发送的文字。")]
    problems = unsendable(where, value)
    if size(value) > TEXT_BYTES:
        over = size(value) - TEXT_BYTES
        message = f"有 {size(value)} 字节，最多 {TEXT_BYTES} 字节；请删去约 {-(-over // 3)} 个汉字，或改发页面、图文。"
        problems.append(Problem(where, message))
    for found in _HREF.finditer(value):
        target = html.unescape(next((part for part in found.groups() if part is not None), ""))
        if not is_web(target):
            number = value.count("\n", 0, found.start()) + 1
            message = f"链接「{target[:40]}」打不开；请写以 https:// 或 http:// 开头的完整网址。"
            problems.append(Problem(f"{where}第 {number} 行", message))
    return problems


def _cover_problems(cover: object) -> list[Problem]:
    if not cover:
        return [Problem("封面", "图文必须有封面；请在文章开头写 cover: 图片文件，或在正文里放一张图片。")]
    return (
        []
        if _is_picture(cover)
        else [Problem("封面", "封面的记录不完整；请用原来的 Markdown 文件重新起草。")]
    )


def _body_problems(value: object, pictures: object) -> list[Problem]:
    listed = pictures if isinstance(pictures, list) else []
    if not isinstance(value, str) or not value:
        return [Problem("正文", "没有内容；请写文章的正文。")]
    used = article_html.references(value)
    if not used and not article_html.plain_text(value).strip():
        return [Problem("正文", "没有内容；请写文章的正文。")]
    problems = unsendable("正文", value)
    if not problems and article_html.safe(value) != value:
        message = "含有微信不保留的标签、样式、外部图片或外部链接；请用 Markdown 文件重新起草。"
        problems.append(Problem("正文", message))
    if not all(map(_is_picture, listed)) or set(used) - {one["sha256"] for one in listed}:
        problems.append(Problem("正文", "图片的记录不完整；请用原来的 Markdown 文件重新起草。"))
    return problems + _length_problems(article_html.longest(value))


def _length_problems(sent: str) -> list[Problem]:
    if len(sent) >= CONTENT_CHARACTERS:
        message = f"连同排版代码有 {len(sent)} 个字符，须少于 {CONTENT_CHARACTERS}；请删去约 {len(sent) - CONTENT_CHARACTERS + 1} 个字，表格每格都占排版代码，或分成两篇。"
        return [Problem("正文", message)]
    if size(sent) >= CONTENT_BYTES:
        return [Problem("正文", "超过 1 MB；请分成两篇。")]
    return []


def _is_picture(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"name", "sha256"}
        and isinstance(value["name"], str)
        and is_digest(value["sha256"])
    )


def _template_problems(payload: Payload, link: str) -> list[Problem]:
    data = payload.get("data")
    problems = line("模板编号", payload.get("template_id"), TEMPLATE_ID)
    problems += address("链接", payload.get(link), needed=False)
    if not isinstance(data, Mapping) or not data:
        return [
            *problems,
            Problem("data", '没有模板内容；请写成 {"thing1": "企业座谈会", "time2": "15:01"}。'),
        ]
    if len(data) > VALUES:
        problems.append(Problem("data", f"有 {len(data)} 个字段，一个模板没有这么多；请照模板详情填写。"))
    for key, entry in data.items():
        if isinstance(entry, Mapping) and set(entry) != {"value"}:
            problems.append(Problem(f"data.{key}", "只能写 value；颜色等设置微信已取消，请删去。"))
        else:
            problems += check_value(str(key), value_of(entry))
    return problems
