"""What the examples teach is kept in a file, and is the same whoever worked it out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bot.understanding import index, learnt
from bot.understanding.features import features
from bot.understanding.phrases import Phrases
from tests.understanding.test_nearest import FAMILIES

WORDS = ["工资没发怎么办", "想问问贷款", "今天天气"]


def likeness(taught: index.Taught) -> list[object]:
    nearest, classes = taught
    return [nearest.find(features(words, classes, ())) for words in WORDS]


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def forbid(patch: pytest.MonkeyPatch) -> None:
    def fails(_phrases: Phrases) -> index.Taught:
        raise AssertionError("it was worked out again")

    patch.setattr(learnt, "learn", fails)


def test_a_second_process_reads_what_the_first_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = likeness(learnt.kept_in(tmp_path / "files")(FAMILIES))
    forbid(monkeypatch)
    assert likeness(learnt.kept_in(tmp_path / "files")(FAMILIES)) == first
    assert len(files(tmp_path / "files")) == 1


def test_other_phrases_are_learnt_anew_and_the_old_file_goes(tmp_path: Path) -> None:
    learnt.kept_in(tmp_path)(FAMILIES)
    (before,) = files(tmp_path)
    learnt.kept_in(tmp_path)(replace(FAMILIES, generic=frozenset({"别的"})))
    (after,) = files(tmp_path)
    assert before != after


@pytest.mark.parametrize("cut", [0, 10, 40, 200])
def test_a_damaged_file_is_replaced(tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch) -> None:
    good = likeness(learnt.kept_in(tmp_path)(FAMILIES))
    (file,) = files(tmp_path)
    file.write_bytes(file.read_bytes()[:cut])
    assert likeness(learnt.kept_in(tmp_path)(FAMILIES)) == good
    forbid(monkeypatch)
    assert likeness(learnt.kept_in(tmp_path)(FAMILIES)) == good


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    assert likeness(learnt.kept_in(tmp_path / "taken")(FAMILIES)) == likeness(index.learn(FAMILIES))


def test_nothing_is_written_into_the_folder_of_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(tmp_path).st_uid + 1)
    assert likeness(learnt.kept_in(tmp_path / "files")(FAMILIES)) == likeness(index.learn(FAMILIES))
    assert files(tmp_path) == []
