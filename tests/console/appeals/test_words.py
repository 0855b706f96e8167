"""What people wrote shows on a page as it was written, and does no harm."""

from __future__ import annotations

import pytest

from bot.console.safe_words import plainly, said


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\u200bb", 'a<span class="odd" title="U+200B">⟨零宽空格⟩</span>b'),
        ("\u202e欠条", '<span class="odd" title="U+202E">⟨强制从右到左⟩</span>欠条'),
        ("铃\x07声", '铃<span class="odd" title="U+0007">⟨控制符⟩</span>声'),
        ("一行\r\n两行", "一行\n两行"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("𠮷\U000e0041", '𠮷<span class="odd" title="U+E0041">⟨隐藏字符⟩</span>'),
        ("\"双引号\" '单引号' &", "&#34;双引号&#34; &#39;单引号&#39; &amp;"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("", ""),
    ],
)
def test_peoples_words_are_harmless(text: str, shows: str) -> None:
    assert str(said(text)) == shows


def test_every_character_of_an_ordinary_text_stays() -> None:
    text = "石惠十条（第二版）：①补贴 10,000 元；Ａ区、B-2 座 3 层。\n第二行\t缩进 🙂"
    assert str(said(text)) == text


def test_identity_numbers_are_masked_unless_asked_for() -> None:
    text = "我的身份证是11010519491231002X"
    assert "1949" not in said(text)
    assert "11010519491231002X" in said(text, mask=False)


@pytest.mark.parametrize(
    ("text", "line"), [("a\n\n b\u200bc", "a bc"), (None, ""), ("\u202e反\u2069转", "反转")]
)
def test_lists_show_one_clean_line(text: str | None, line: str) -> None:
    assert plainly(text) == line
