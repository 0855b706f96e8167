"""Words of people as cells: no formula, no forbidden character, nothing cut unseen."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ledgers.cells import CUT, MOST, is_cut, safe

pytestmark = pytest.mark.usefixtures("monday")

DANGEROUS = [
    '=HYPERLINK("http://evil.example","点我")', "+86 138", "-2+3", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠x",
    "\t=1+1", "\r=1", "\n=1", "  =1+1", "\u200b=1+1", "\ufeff=cmd|' /C calc'!A0", "﹢1", "−1",
]  # fmt: skip


@pytest.mark.parametrize("words", DANGEROUS)
def test_nothing_is_left_that_could_be_a_formula(words: str) -> None:
    assert safe(words).startswith("'")
    assert safe(words)[1:] == words


@pytest.mark.parametrize(
    "words", ["普通的话", "1+1=2", "a@b.cn", "2026-01-05", "—", "", "13812348000", "《=》"]
)
def test_ordinary_words_stay_as_they_are(words: str) -> None:
    assert safe(words) == words


def test_characters_that_no_sheet_holds_are_taken_out() -> None:
    assert safe("好\x00的\x0b\x1f\ud800\ufffe吗\n再见\t") == "好的吗\n再见\t"
    assert safe("\x00=1+1") == "'=1+1"


def test_what_is_too_long_says_that_it_was_cut() -> None:
    long = "长" * (MOST + 5)
    assert len(safe(long)) == MOST
    assert safe(long).endswith(CUT)
    assert is_cut(long)
    assert not is_cut("长" * MOST)
    assert safe("长" * MOST) == "长" * MOST
    emoji = "😀" * (MOST // 2 + 10)  # two units of UTF-16 each
    assert len(safe(emoji).encode("utf-16-le")) // 2 <= MOST
    assert is_cut(emoji)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_no_text_at_all_gets_through(words: str) -> None:
    shown = safe(words)
    shown.encode("utf-8")
    bare = shown.strip("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff \n\t\r\x85\u2028\u2029\u3000\xa0")
    assert shown[:1] == "'" or bare[:1] not in set("=+-@＝＋－＠")


def test_a_book_with_the_worst_words_can_be_read(tmp_path: Path) -> None:
    worst = [*DANGEROUS, "x_x0041_y", "</t><evil/>", "]]>", "&lt;", "\ud83d", "长" * 40000, "a\r\nb"]
    path = tmp_path / "worst.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, words in enumerate(worst):
            sheet.write_string(row, 0, safe(words))
    read = [cell.value for (cell,) in openpyxl.load_workbook(path).active.iter_rows()]  # type: ignore[union-attr]
    assert read[len(DANGEROUS)] in (
        "x_x0041_y",
        "x_x005F_x0041_y",
    )  # escaped, so that Excel shows it as written
    assert all(cell is None or not str(cell).startswith(("=", "+", "-", "@")) for cell in read)
    assert read[-1] in ("a\r\nb", "a\nb", "a_x000D_\nb")
