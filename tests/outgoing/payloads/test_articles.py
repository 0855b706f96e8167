"""Markdown files as articles: how they look, and what is complained of with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.core.storage import Storage
from bot.outgoing.payloads import ArticleUnreadable, check, read_article
from bot.outgoing.payloads.article_html import plain_text, safe
from bot.outgoing.payloads.markdown import lay_out
from bot.outgoing.payloads.pictures import PictureUnfit, stored
from tests.outgoing.payloads.kit import SHA, article, picture


def shown(text: str) -> str:
    """The HTML of a body without pictures and without complaints."""
    html, problems = lay_out(text, 1, lambda name: SHA)
    assert problems == []
    assert safe(html) == html
    return html


def lines(text: str) -> list[str]:
    """Where a body is complained of."""
    return [one.where for one in lay_out(text, 1, lambda name: SHA)[1]]


@pytest.mark.parametrize(
    ("markdown", "parts"),
    [
        ("# 大\n\n### 中\n\n##### 小", ["<h2 style=", ">大</h2>", ">中</h3>", ">小</h4>"]),
        ("甲\n乙", ["甲<br>乙"]),
        ("**重**和*轻*", ["<strong>重</strong>和<em>轻</em>"]),
        ("- 甲\n- 乙", ["<ul style=", "list-style-type:disc", ">甲</li><li style="]),
        ("3. 甲\n4. 乙", ['<ol start="3" style=']),
        ("> 引", ["<blockquote style=", '<p style="margin:0">引</p>']),
        ("|甲|乙|\n|-|-:|\n|1|2<br>3|", ["overflow-x:auto", "text-align:right", "2<br>3</td>"]),
        ("```\na < b\n```", ["<pre style=", "a &lt; b"]),
        ("甲\n\n---\n\n乙", ["<hr style="]),
        (
            "[往期](https://mp.weixin.qq.com/s/x?a=1&b=2)",
            ['<a href="https://mp.weixin.qq.com/s/x?a=1&amp;b=2"'],
        ),
        (
            "[官网](https://a.cn/) [官网](https://a.cn/)",
            ["官网<sup>[1]</sup> 官网<sup>[1]</sup>", "[1] https://a.cn/"],
        ),
        ("<https://a.cn/>", [">https://a.cn/</p>"]),
        ("<!-- 给同事看 -->\n\n甲", [">甲</p>"]),
        ('![车间](a.jpg "图一")', [f'<img src="asset:{SHA}" alt="车间" style=', ">图一</span>"]),
        ("&lt;script&gt; 与 <3", ["&lt;script&gt; 与 &lt;3"]),
    ],
)
def test_what_staff_write_is_what_people_see(markdown: str, parts: list[str]) -> None:
    html = shown(markdown)
    assert [part for part in parts if part not in html] == []
    assert "font-size:16px;line-height:1.75" in html
    assert "同事" not in html


def test_a_link_that_shows_its_own_address_needs_no_note() -> None:
    assert "文中链接" not in shown("[https://a.cn/](https://a.cn/)")
    assert "文中链接" in shown("[官网](https://a.cn/)")


@pytest.mark.parametrize(
    ("markdown", "wrong"),
    [
        ("好\n\n<script>alert(1)</script>", ["文件第 3 行"]),
        ("好\n<b onclick=x()>点</b>", ["文件第 2 行"]),
        ("<div>\n甲\n</div>", ["文件第 1 行"]),
        ("好\n\n</div>\n甲", ["文件第 3 行"]),
        ("<iframe src=//a.cn></iframe>", ["文件第 1 行"]),
        ("- 甲\n- [点](javascript:alert(1))", ["文件第 2 行"]),
        ("[点](JaVaScRiPt:alert(1))", ["文件第 1 行"]),
        ("[点](&#106;avascript:alert(1))", ["文件第 1 行"]),
        ("[点](data:text/html;base64,PHNjcmlwdD4=)", ["文件第 1 行"]),
        (
            "[点](vbscript:x)\n[点](file:///etc/passwd)\n[点](/p/x)",
            ["文件第 1 行", "文件第 2 行", "文件第 3 行"],
        ),
        ("[点](tel:110)", ["文件第 1 行"]),
        ("[点][r]\n\n[r]: javascript:x", ["文件第 1 行"]),
        ("<javascript:alert(1)>", ["文件第 1 行"]),
        ("|甲|\n|-|\n|好|\n|<style>*{}</style>|", ["文件第 4 行"]),
        ("甲\n乙\x08\n丙", ["文件第 2 行"]),
    ],
)
def test_what_wechat_would_drop_is_complained_of(markdown: str, wrong: list[str]) -> None:
    assert sorted(set(lines(markdown))) == wrong


HOSTILE = st.sampled_from(
    [
        *(
            "<script>",
            "</script>",
            "<img src=x onerror=y>",
            "<svg/onload=x>",
            "<a href='",
            'style="x"',
            "<!--",
            "-->",
        ),
        *(
            "javascript:",
            "data:text/html,x",
            "![a](b)",
            "[a](",
            "[a]: ",
            "http://a.cn",
            "https://mp.weixin.qq.com/s/x",
        ),
        *(
            "]]>",
            "`",
            "```",
            "|",
            "|-|",
            "-",
            "1.",
            "#",
            ">",
            "*",
            "**",
            "\\",
            "&lt;",
            "&#x3c;",
            "<",
            "&",
            '"',
            "'",
        ),
        *("\n", "\n\n", " ", "    ", "\t", "\x00", "\u2028", "好"),
    ]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HOSTILE, max_size=25).map("".join))
@example("```\n\n\n<pre>\n```")
@example("- a\n\n      code\n- b")
@example("</script><!--")
def test_nothing_unsafe_comes_out_whatever_goes_in(markdown: str) -> None:
    html, _ = lay_out(markdown, 1, lambda name: SHA)
    assert safe(html) == html  # what `check` demands of a stored article
    tags = html.lower()
    assert not any(f"<{tag}" in tags for tag in ("script", "svg", "iframe", "style", "object", "form"))
    plain_text(html)


def test_a_file_becomes_a_payload_that_can_be_stored_and_sent(tmp_path: Path) -> None:
    head = "title: 惠企政策\nauthor: 区工商联\ndigest: 三分钟\nsource_url: https://a.cn/p/x\ncover: 封面.jpg"
    made = article(tmp_path, "甲\n\n![](a.jpg)\n\n![](b.png)\n\n![再](a.jpg)", head)
    assert check("article", made) == []
    assert json.loads(json.dumps(made)) == made
    assert (made["author"], made["digest"], made["source_url"]) == ("区工商联", "三分钟", "https://a.cn/p/x")
    assert [one["name"] for one in made["pictures"]] == ["a.jpg", "b.png"]
    storage = Storage(tmp_path / "files")
    assert stored(storage, made["pictures"][1]["sha256"]) == (tmp_path / "b.png").read_bytes()
    assert stored(storage, made["cover"]["sha256"]).startswith(b"\xff\xd8\xff")
    assert list(storage.names(older_than=2e9)) == [], (
        "the nightly clearing of drafts would delete its pictures"
    )


def test_the_same_file_gives_the_same_payload(tmp_path: Path) -> None:
    assert article(tmp_path, "![](a.jpg)") == article(tmp_path, "![](a.jpg)")


def test_without_a_cover_the_first_picture_is_taken(tmp_path: Path) -> None:
    made = article(tmp_path, "甲\n\n![](b.png)", "title: 惠企政策")
    assert made["cover"]["name"] == "b.png"
    assert check("article", made) == []
    assert [one.where for one in check("article", article(tmp_path, "甲", "title: 惠企政策"))] == ["封面"]


def test_names_with_spaces_backslashes_and_chinese(tmp_path: Path) -> None:
    (tmp_path / "图片").mkdir()
    (tmp_path / "图片" / "车间 1.jpg").write_bytes(picture())
    made = article(tmp_path, "![](<图片\\车间 1.jpg>)\n\n![](图片/车间%201.jpg)")
    assert [one["name"] for one in made["pictures"]] == ["图片/车间 1.jpg"]


@pytest.mark.parametrize(
    ("head", "body", "wrong"),
    [
        ("title: 甲\ncolour: 红", "好", ["文件第 3 行"]),
        ("title: [甲, 乙]", "好", ["文件第 2 行"]),
        ("title: 甲\ncover: 没有.jpg", "好", ["文件第 3 行"]),
        ("title: 甲\ncover: ../x.jpg", "好", ["文件第 3 行"]),
        ("title: 甲", "好\n\n![](没有.jpg)", ["文件第 6 行"]),
        ("title: 甲", "好\n![](https://a.cn/x.jpg)", ["文件第 5 行"]),
        ("title: 甲", "![](data:image/png;base64,AAAA)", ["文件第 4 行"]),
        ("title: 甲", "![](/etc/hostname)", ["文件第 4 行"]),
        ("title: 甲", "![](%00)", ["文件第 4 行"]),
        ("title: 甲", "![](article.md)", ["文件第 4 行"]),
        ("title: 甲\n  : :", "好", ["文件第 3 行"]),
    ],
)
def test_complaints_name_the_line_of_the_file(tmp_path: Path, head: str, body: str, wrong: list[str]) -> None:
    with pytest.raises(ArticleUnreadable) as caught:
        article(tmp_path, body, head)
    assert [one.where for one in caught.value.problems] == wrong
    assert all(one.message.endswith("。") or "YAML" in one.message for one in caught.value.problems)


def test_files_that_are_no_articles(tmp_path: Path) -> None:
    storage, file = Storage(tmp_path / "files"), tmp_path / "x.md"
    for content in (b"no head", "中文".encode("gbk"), b"---\ntitle: a\n---\n" + b"x" * 200_000):
        file.write_bytes(content)
        with pytest.raises(ArticleUnreadable):
            read_article(file, storage)
    with pytest.raises(ArticleUnreadable, match=r"没有.md"):
        read_article(tmp_path / "没有.md", storage)


def test_a_huge_table_is_too_long_and_says_by_how_much(tmp_path: Path) -> None:
    rows = "\n".join("|甲|乙|丙|丁|" for _ in range(500))
    (problem,) = check("article", article(tmp_path, f"|一|二|三|四|\n|-|-|-|-|\n{rows}"))
    assert problem.where == "正文"
    assert "须少于 20000" in problem.message


def test_a_missing_or_changed_file_is_never_sent(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "files")
    made = article(tmp_path, "![](a.jpg)")
    digest = made["pictures"][0]["sha256"]
    (storage.root / "articles" / digest[:2] / digest).write_bytes(b"other")
    for name in (digest, SHA, "../../../etc/passwd"):
        with pytest.raises(PictureUnfit):
            stored(storage, name)
