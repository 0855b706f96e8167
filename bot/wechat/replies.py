"""What a handler returns, and how it becomes the XML of a passive reply (platform §3).

Limits kept here: 2,048 bytes of text, one article in answer to a message, characters that XML forbids,
and `]]>`, which would end a CDATA section.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

TEXT_BYTES = 2048
CONTINUE = "\n……\n（未完，回复「继续」看下文）"
_FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAID = re.compile(r"<(?:Content|Title)><!\[CDATA\[(.*?)\]\]></(?:Content|Title)>", re.DOTALL)
_ANCHOR = re.compile(r"<a [^>]*>(.*?)</a>", re.DOTALL)
_SENTENCE_END = re.compile(r"[。！？；\n]")


@dataclass(frozen=True)
class Text:
    """Words. `link` is the page with the whole text, named when the words have to be cut."""

    content: str
    link: str | None = None


@dataclass(frozen=True)
class News:
    """One card with a title, a few words and a page behind it."""

    title: str
    description: str
    url: str
    picture: str = ""


@dataclass(frozen=True)
class Image:
    """A picture that WeChat stores."""

    media_id: str


@dataclass(frozen=True)
class Transfer:
    """Hand the person over to the colleagues in WeChat's customer-service console."""


@dataclass(frozen=True)
class Silence:
    """Nothing is shown; WeChat gets `success`."""


Reply = Text | News | Image | Transfer | Silence


def clean(text: str) -> str:
    """Text without the characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def line_ends(text: str) -> str:
    """Text whose lines end with a line feed alone: phones show what else ends a line as an empty line or a sign."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def cut(text: str, limit: int = TEXT_BYTES, link: str | None = None) -> tuple[str, str]:
    """Split a text into what fits `limit` bytes of UTF-8, closed with the way to go on, and the rest.

    The cut falls behind a sentence where one ends in the second half, never inside a character or a link.
    """
    if len(text.encode()) <= limit:
        return text, ""
    tail = CONTINUE + (f'\n<a href="{link}">查看全文</a>' if link else "")
    head = _longest_prefix(text, limit - len(tail.encode()))
    ends = [m.end() for m in _SENTENCE_END.finditer(head)]
    at = ends[-1] if ends and ends[-1] > len(head) // 2 else len(head)
    opened = head.rfind("<a ", 0, at)
    if opened > 0 and "</a>" not in head[opened:at]:
        at = opened
    return text[:at].rstrip() + tail, text[at:].lstrip()


def _longest_prefix(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def render(reply: Reply, *, to: str, sender: str, at: datetime) -> str:
    """The plain XML of a passive reply, or "" for silence. `to` is the openid, `sender` our gh_ id."""
    match reply:
        case Silence():
            return ""
        case Text(content):
            kind, inner = "text", _tag("Content", content)
        case News(title, description, url, picture):
            item = (
                _tag("Title", title)
                + _tag("Description", description)
                + _tag("PicUrl", picture)
                + _tag("Url", url)
            )
            kind, inner = "news", f"<ArticleCount>1</ArticleCount><Articles><item>{item}</item></Articles>"
        case Image(media_id):
            kind, inner = "image", f"<Image>{_tag('MediaId', media_id)}</Image>"
        case Transfer():
            kind, inner = "transfer_customer_service", ""
    return (
        f"<xml>{_tag('ToUserName', to)}{_tag('FromUserName', sender)}"
        f"<CreateTime>{int(at.timestamp())}</CreateTime>{_tag('MsgType', kind)}{inner}</xml>"
    )


def addressed(xml: str, openid: str) -> str:
    """A reply that was rendered for nobody, with its recipient."""
    return xml.replace(_tag("ToUserName", ""), _tag("ToUserName", openid), 1)


def said_in(xml: str) -> str:
    """The words of a rendered reply as somebody reads them; links are only their labels."""
    words = "\n".join(_SAID.findall(xml)).replace("]]]]><![CDATA[>", "]]>")
    return _ANCHOR.sub(r"\1", words)


def _tag(name: str, value: str) -> str:
    inside = line_ends(clean(value)).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{inside}]]></{name}>"


def plain(text: str) -> str:
    """People's own words inside a reply: WeChat makes links of markup, so the brackets become wide ones."""
    return text.replace("<", "＜").replace(">", "＞")


def anchor(url: str, label: str) -> str:
    """A link in a text message."""
    return f'<a href="{escape(url, {chr(34): "&quot;"})}">{label}</a>'
