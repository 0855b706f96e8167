"""How an article looks: one calm column for a phone. Styles are inline and short, because each of their characters
counts among the article's 20,000 (platform §6.2); what can be inherited stands on the outermost section."""

from __future__ import annotations

COLUMN = "font-size:16px;line-height:1.75;color:#333;text-align:left;word-wrap:break-word"
SCROLLS = "margin:0 0 1em;overflow-x:auto"  # a wide table moves under the finger, not the page
PARAGRAPH, INSIDE = "margin:0 0 1em", "margin:0"  # the latter in quotes and list items
CAPTION = "display:block;text-align:center;font-size:14px;color:#888"
NOTES = "margin:0;font-size:14px;color:#888;word-break:break-all"
RULE = "margin:1.5em 0;border:0;border-top:1px solid #ddd"
_CELL = "padding:6px;border:1px solid #ddd"
_HEAD = f"{_CELL};background-color:#f5f5f5"
_SIDES = ("", "text-align:left", "text-align:center", "text-align:right")


def _aligned(style: str) -> tuple[str, ...]:
    return tuple(";".join(part for part in (style, side) if part) for side in _SIDES)


# The first is the usual one of its tag. A tag that is not here does not get into an article.
STYLES: dict[str, tuple[str, ...]] = {
    "section": (COLUMN, SCROLLS),
    "p": (PARAGRAPH, INSIDE, NOTES),
    "h2": (
        "margin:1.6em 0 .8em;padding-left:10px;border-left:4px solid #b03a2e;font-size:18px;line-height:1.4",
    ),
    "h3": ("margin:1.4em 0 .6em;font-size:17px;line-height:1.4",),
    "h4": ("margin:1.2em 0 .5em;font-size:16px;line-height:1.4",),
    "ul": ("margin:0 0 1em;padding-left:1.5em;list-style-type:disc",),
    "ol": ("margin:0 0 1em;padding-left:1.5em;list-style-type:decimal",),
    "li": ("margin:0 0 .4em",),
    "blockquote": (
        "margin:0 0 1em;padding:10px 14px;border-left:3px solid #ccc;background-color:#f7f7f7;color:#555",
    ),
    "table": ("width:100%;border-collapse:collapse;font-size:14px;line-height:1.5",),
    "thead": (),
    "tbody": (),
    "tr": (),
    "th": _aligned(_HEAD),
    "td": _aligned(_CELL),
    "img": ("display:block;max-width:100%;margin:0 auto",),
    "span": (CAPTION,),
    "a": ("color:#576b95",),
    "strong": (),
    "em": (),
    "sup": (),
    "hr": (RULE,),
    "pre": (
        "margin:0 0 1em;padding:10px;background-color:#f5f5f5;font-size:14px;line-height:1.5;white-space:pre-wrap",
    ),
    "code": (),
}


def usual(tag: str) -> str:
    """The style that a tag has where nothing else is said, or ""."""
    return next(iter(STYLES.get(tag, ())), "")


def cell(tag: str, side: str) -> str:
    """The style of a table's cell, `side` as Markdown gives it: text-align:… or "". Heads stand above their column."""
    return ";".join(part for part in (usual(tag), side or ("text-align:left" if tag == "th" else "")) if part)
