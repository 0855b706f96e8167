"""What a person sees first, read from the reply, and how often it is right: sets of labelled questions, half of each
held out (never tuned on)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.understanding.normalise import menu_digit
from tests.support.place import Place

SETS = Path(__file__).parent / "sets"
_LISTED = re.compile(r"^[A-E] (.+)$", re.MULTILINE)
_MARKS = re.compile(r"【待核验】|（已失效）|（已废止）|（部分失效）|（尚未施行）|·适合您|（办事指引）")
HONEST = ("没有收资料", "没有收这方面")  # what an honest «we hold nothing» says

Says = Callable[[str], str]


def rows(name: str, split: str | None = None) -> list[dict[str, Any]]:
    """The rows of a set, or those of one half: dev or held."""
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [row for row in found if split is None or row.get("split") == split]


def shown(reply: str) -> list[str]:
    """The packages that a reply shows, the first one first: the one whose headline it is, or those of its list."""
    replaced = re.match(r"《(.+?)》已被替代，现行的是：\n\n(.+)", reply)
    if replaced:  # both are shown: what was asked for, and what counts now
        return [replaced[1], _MARKS.sub("", replaced[2]).strip()]
    listed = [_MARKS.sub("", line).strip() for line in _LISTED.findall(reply)]
    head = _MARKS.sub("", reply.lstrip().split("\n", 1)[0]).strip()
    return listed if listed else [head.removesuffix(" 解读").removesuffix(" 申报")]


@dataclass(frozen=True)
class Score:
    """How many of a set are right."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.right / self.of if self.of else 1.0

    def __str__(self) -> str:
        return f"{self.right}/{self.of} = {self.share:.3f}"


def count(outcomes: Iterable[bool]) -> Score:
    """The score of these outcomes."""
    kept = list(outcomes)
    return Score(sum(kept), len(kept))


def first_right(says: Says, asked: list[dict[str, Any]], among: int = 1) -> Score:
    """How often a right package stands among the first so many that are shown."""
    return count(bool(set(shown(says(row["text"]))[:among]) & set(row["right"])) for row in asked)


def honest(says: Says, asked: list[dict[str, Any]]) -> Score:
    """How often the reply says that nothing is held."""
    return count(any(words in says(row["text"]) for words in HONEST) for row in asked)


def asked_on(place: Place, asked: list[dict[str, Any]]) -> Score:
    """How often a question after a package is answered from it, or said to be not verified there."""
    return count(_is_about(row, _after(place, row["card"], row["text"])) for row in asked)


def _after(place: Place, first: str, then: str) -> str:
    person = place.citizen()
    person.says(first)
    return person.says(then)


def _is_about(row: dict[str, Any], reply: str) -> bool:
    head = reply[:60]
    return row["card"] in head or row["facet"] in head or "依据" in reply or "没有核实到" in reply


def chosen(place: Place, asked: list[dict[str, Any]]) -> Score:
    """How often words that point into a list of five show that one; «上面那个» may ask which. A bare digit is the menu's."""
    outcomes = []
    for row in asked:
        if menu_digit(row["text"]) is not None:
            continue
        person = place.citizen()
        names = shown(person.says("5"))
        reply = person.says(row["text"])
        place_ = row["place"]
        wanted = names[-1] if place_ == "last" else names[place_ - 1] if isinstance(place_, int) else "A—E"
        outcomes.append(wanted in reply[:60])
    return count(outcomes)


HANDED, FORM = "交给我们办", "一步步填写"


def handled(says: Says, asked: list[dict[str, Any]]) -> Score:
    """How often a trouble with a question gets the rule and the offer, a wish or a story the form, a mere question neither."""
    return count(_outcome(says(row["text"])) == row["expect"] for row in asked)


def _outcome(reply: str) -> str:
    if FORM in reply:
        return "form"
    return "answer_then_hand" if HANDED in reply else "answer_only"


def heard(place: Place, talk: dict[str, Any]) -> list[tuple[str, bool]]:
    """The turns of a dialogue, and whether one of the expected fragments was in each reply."""
    person = place.citizen()
    return [
        (turn["says"], any(part in reply for part in turn["hears_any"]))
        for turn in talk["turns"]
        for reply in [person.says(turn["says"])]
    ]
