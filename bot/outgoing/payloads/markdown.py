"""Markdown -> the HTML of an article. What WeChat would drop is complained of with its line, never left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.outgoing.payloads import article_html, article_style
from bot.outgoing.payloads.pictures import PictureUnfit
from bot.outgoing.payloads.problem import Problem, is_web
from bot.wechat.replies import clean

Picture = Callable[[str], str]  # a picture as the text names it -> SHA-256; raises PictureUnfit
_COMMENT = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.DOTALL)
_END_TAG = re.compile(r"\s*</[a-z][a-z0-9]*\s*>\s*", re.IGNORECASE)  # its beginning was complained of
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BETWEEN_TAGS = re.compile(r">\n+(?=<)|(?<=<br>)\n")
_SHALLOWER = {"h1": "h2", "h5": "h4", "h6": "h4"}  # h1 is the title, which stands above the article


class _Markdown(MarkdownIt):
    """Reads HTML and any link as what they are, so that both can be complained of."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name is markdown-it's
        """Every link is looked at by `_Layout`."""
        return True


_MARKDOWN = _Markdown("commonmark", {"html": True, "breaks": True, "xhtmlOut": False}).enable("table")


def lay_out(text: str, first_line: int, picture: Picture) -> tuple[str, list[Problem]]:
    """The safe HTML of a Markdown text, and what keeps it from being one; `first_line` is where it stands in its
    file. Links that lead out of WeChat become numbers, with their addresses below the article."""
    layout = _Layout(first_line, picture)
    problems = [
        Problem(place(number), "含有看不见的控制字符或乱码；请删去后重新输入这一行。")
        for number, line in enumerate(text.split("\n"), first_line)
        if clean(line) != line
    ]
    tokens = list(layout.styled(_MARKDOWN.parse(text)))
    raw = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    body = _BETWEEN_TAGS.sub(lambda found: ">" if found[0].startswith(">") else "", raw.strip())
    problems += layout.problems
    if not body:
        return "", problems
    column = f'<section style="{article_style.COLUMN}">{body}{layout.notes()}</section>'
    return article_html.safe(column), problems


def place(line: int) -> str:
    """How a line of the file is named to staff."""
    return f"文件第 {line} 行"


class _Layout:
    """Goes once through the tokens of a text: styles them and notes what is wrong and which links lead out."""

    def __init__(self, first_line: int, picture: Picture) -> None:
        self.problems: list[Problem] = []
        self._line, self._first, self._picture = first_line, first_line, picture
        self._links: list[str] = []
        self._open_links: list[str | None] = []
        self._around: list[str] = []

    def styled(self, tokens: list[Token]) -> Iterator[Token]:
        """The tokens as they are rendered."""
        for token in tokens:
            if token.map:
                self._line = self._first + token.map[0]
            if token.type == "inline":
                token.children = list(self._inline(token.children or []))
                yield token
            elif token.type == "html_block":
                self._complain_of_html(token.content)
            elif token.type in ("fence", "code_block"):
                yield _html(
                    f'<pre style="{article_style.usual("pre")}"><code>{escape(token.content)}</code></pre>'
                )
            else:
                yield from self._block(token)

    def notes(self) -> str:
        """The addresses of the links that lead out, or ""."""
        if not self._links:
            return ""
        items = "".join(
            f'<p style="{article_style.NOTES}">[{number}] {escape(url)}</p>'
            for number, url in enumerate(self._links, 1)
        )
        rule = f'<hr style="{article_style.RULE}">'
        return f'{rule}<p style="{article_style.NOTES}">文中链接（复制到浏览器打开）</p>{items}'

    def _block(self, token: Token) -> Iterator[Token]:
        token.tag = _SHALLOWER.get(token.tag, token.tag)
        if token.nesting >= 0:
            self._set_style(token)
        if token.nesting > 0:
            self._around.append(token.tag)
        elif token.nesting < 0:
            self._around.pop()
        if token.type == "table_open":
            yield _html(f'<section style="{article_style.SCROLLS}">')
        yield token
        if token.type == "table_close":
            yield _html("</section>")

    def _set_style(self, token: Token) -> None:
        if token.tag in ("th", "td"):
            style = article_style.cell(token.tag, str(token.attrs.pop("style", "")))
        elif token.tag == "p" and {"li", "blockquote"} & set(self._around):
            style = article_style.INSIDE
        else:
            style = article_style.usual(token.tag)
        if style:
            token.attrSet("style", style)

    def _inline(self, children: list[Token]) -> Iterator[Token]:
        for index, token in enumerate(children):
            match token.type:
                case "html_inline" if _BREAK.fullmatch(token.content):
                    yield _html("<br>", inline=True)
                case "html_inline":
                    self._complain_of_html(token.content)
                case "image":
                    yield _html(self._image(token), inline=True)
                case "link_open":
                    yield from self._link(token, children[index + 1 : index + 2])
                case "link_close":
                    yield from self._link_end(token)
                case _:
                    yield token
            if token.type in ("softbreak", "hardbreak"):
                self._line += 1

    def _image(self, token: Token) -> str:
        source, caption = str(token.attrs.get("src", "")), str(token.attrs.get("title", ""))
        try:
            digest = self._picture(source)
        except PictureUnfit as error:
            self._complain(f"图片：{error}")
            return ""
        alt = escape(clean(token.content))
        shown = f'<img src="{article_html.PICTURE}{digest}" alt="{alt}" style="{article_style.usual("img")}">'
        below = f'<span style="{article_style.CAPTION}">{escape(clean(caption))}</span>' if caption else ""
        return shown + below

    def _link(self, token: Token, label: list[Token]) -> Iterator[Token]:
        url = str(token.attrs.get("href", ""))
        if not is_web(url):
            self._complain(f"链接「{url[:40]}」打不开；请写以 https:// 或 http:// 开头的完整网址。")
        elif article_html.is_kept_link(url):
            self._open_links.append(None)
            token.attrs = {"href": url, "style": article_style.usual("a")}
            yield token
            return
        shows_itself = token.info == "auto" or [one.content for one in label] == [url]
        self._open_links.append("" if shows_itself else url)

    def _link_end(self, token: Token) -> Iterator[Token]:
        url = self._open_links.pop()
        if url is None:
            yield token
        elif url:
            if url not in self._links:
                self._links.append(url)
            yield _html(f"<sup>[{self._links.index(url) + 1}]</sup>", inline=True)

    def _complain_of_html(self, content: str) -> None:
        if not _COMMENT.fullmatch(content) and not _END_TAG.fullmatch(content):
            shown = " ".join(content.split())[:30]
            self._complain(f"「{shown}」是 HTML 代码，微信不保留；请改用 Markdown 写法，或删去。")

    def _complain(self, message: str) -> None:
        self.problems.append(Problem(place(self._line), message))


def _html(content: str, *, inline: bool = False) -> Token:
    return Token("html_inline" if inline else "html_block", "", 0, content=content)
