"""The HTML of an article as WeChat keeps it: few tags, our own inline styles, pictures by SHA-256.

WeChat drops classes, scripts, pictures from elsewhere and links that lead out of WeChat (platform §6.2), so this
lets nothing through that would vanish there. `safe` says what that is; `article_style` how it looks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import nh3

from bot.outgoing.payloads.article_style import STYLES

PICTURE = "asset:"  # in a src, before the SHA-256; `with_addresses` puts WeChat's own address there
ADDRESS_CHARACTERS = 200  # what such an address is reckoned at; real ones have about 140
WECHAT_ARTICLES = "mp.weixin.qq.com"
_REFERENCE = re.compile(rf'src="{PICTURE}([0-9a-f]{{64}})"')
_SOURCE = re.compile(rf"{PICTURE}[0-9a-f]{{64}}")
_ENDS = re.compile(r"<br>|<hr[^>]*>|</(?:p|h[2-4]|li|tr|pre|blockquote)>")
_CELL_ENDS = re.compile(r"</t[dh]>(?=<t[dh])")
_PICTURES = re.compile(r"<img[^>]*>")
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "ol": {"start"}}


def safe(fragment: str) -> str:
    """The fragment without anything that WeChat would drop. What is safe stays as it is, to the letter."""
    return nh3.clean(
        fragment,
        tags=set(STYLES) | {"br"},
        attributes=_ATTRIBUTES,
        attribute_filter=_kept_attribute,
        tag_attribute_values={tag: {"style": set(styles)} for tag, styles in STYLES.items()},
        url_schemes={"http", "https", PICTURE.rstrip(":")},
        url_relative="deny",
        link_rel=None,
    )


def is_kept_link(url: str) -> bool:
    """Whether WeChat keeps a link to this address inside an article."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname == WECHAT_ARTICLES


def references(fragment: str) -> list[str]:
    """The SHA-256 of every picture, each once, in reading order."""
    return list(dict.fromkeys(_REFERENCE.findall(fragment)))


def with_addresses(fragment: str, addresses: Mapping[str, str]) -> str:
    """The fragment with WeChat's addresses in place of the SHA-256s."""
    return _REFERENCE.sub(lambda found: f'src="{html.escape(addresses[found[1]])}"', fragment)


def longest(fragment: str) -> str:
    """The fragment at the length that it will have with addresses in it."""
    return _REFERENCE.sub(f'src="{"x" * ADDRESS_CHARACTERS}"', fragment)


def plain_text(fragment: str) -> str:
    """The words of a fragment, a line per paragraph, item or row; a picture becomes （图）."""
    lines = _CELL_ENDS.sub("　", _ENDS.sub(r"\g<0>\n", _PICTURES.sub("（图）", fragment)))
    text = html.unescape(nh3.clean(lines, tags=set()))
    return re.sub(r"\n{2,}", "\n", text).strip()


def _kept_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _SOURCE.fullmatch(value) else None
    if name == "href":
        try:
            return value if is_kept_link(value) else None
        except ValueError:  # a broken IPv6 address
            return None
    if name == "start":
        return value if re.fullmatch(r"[0-9]{1,4}", value) else None
    return value
