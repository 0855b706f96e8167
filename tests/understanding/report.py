"""How well messages are understood: `python -m tests.understanding.report [--mistakes] [FILE.jsonl …]`.

Prints for each set the share that is right, recall by label and by tag, the confusion matrix and the false triggers.
Without files: the shared examples, the development half, and the held-out half (whose mistakes are never listed).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping

from bot.commands.route import categories
from bot.content.files import load
from bot.content.library import assemble
from bot.understanding.index import Index
from bot.understanding.phrases import SPECIFIC, load_phrases
from tests.understanding.material import (
    CONTENT,
    DEVELOPMENT,
    EXAMPLES,
    HELD_OUT,
    PHRASES,
    Utterance,
    answers,
    utterances,
)

NO_TRIGGER = ("offtopic", "help")  # what small talk may be taken for
NAMED = "policy:specific"


def short(label: str) -> str:
    """All documents as one column."""
    return NAMED if label.startswith(SPECIFIC) else label


def false_triggers(rows: list[Utterance], said: list[str]) -> list[tuple[Utterance, str]]:
    """Small talk that was taken for business, with what it was taken for."""
    talk = [(row, answer) for row, answer in zip(rows, said, strict=True) if row.right[0] == "offtopic"]
    return [(row, answer) for row, answer in talk if answer not in (*NO_TRIGGER, *row.right)]


def lines(name: str, rows: list[Utterance], index: Index, category_of: Mapping[str, str]) -> Iterator[str]:
    """The report of one set."""
    said = answers(rows, index, category_of)
    good = [answer in row.right for row, answer in zip(rows, said, strict=True)]
    talk = sum(row.right[0] == "offtopic" for row in rows)
    yield f"## {name}：{sum(good)}/{len(rows)} = {sum(good) / len(rows):.1%}"
    yield f"闲聊误触发 {len(false_triggers(rows, said))}/{talk}"
    yield from _shares("按标签", [(short(row.right[0]),) for row in rows], good)
    yield from _shares("按特点", [row.tags for row in rows], good)
    yield from _confusion(rows, said)


def _shares(title: str, groups: list[tuple[str, ...]], good: list[bool]) -> Iterator[str]:
    yield f"{title}："
    total, right = Counter[str](), Counter[str]()
    for names, is_good in zip(groups, good, strict=True):
        total.update(names)
        right.update(names if is_good else ())
    for name in sorted(total):
        yield f"  {name:<20} {right[name]:>4}/{total[name]:<4} {right[name] / total[name]:.1%}"


def _confusion(rows: list[Utterance], said: list[str]) -> Iterator[str]:
    """Rows: what it is; columns: what it was taken for. An accepted second answer counts as what it is."""
    cells = Counter(
        (short(row.right[0]), short(row.right[0] if answer in row.right else answer))
        for row, answer in zip(rows, said, strict=True)
    )
    labels = sorted({label for cell in cells for label in cell})
    yield "混淆（行：应是；列：判为）：" + "  ".join(f"{at}={label}" for at, label in enumerate(labels))
    yield "      " + "".join(f"{at:>5}" for at in range(len(labels)))
    for at, label in enumerate(labels):
        yield f"  {at:>3} " + "".join(f"{cells[label, other] or '·':>5}" for other in labels)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", default=[EXAMPLES, DEVELOPMENT, HELD_OUT])
    parser.add_argument("--mistakes", action="store_true", help="列出判错的句子（留出的一半从不列出）")
    options = parser.parse_args()
    loaded = load(CONTENT)
    library = assemble(0, loaded.policies, loaded.replies, load_phrases(PHRASES))
    for name in options.files:
        rows = utterances(name)
        print(*lines(name, rows, library.index, categories(library)), sep="\n", end="\n\n")
        if options.mistakes and name != HELD_OUT:
            said = answers(rows, library.index, categories(library))
            for row, answer in zip(rows, said, strict=True):
                if answer not in row.right:
                    print(f"  {row.id} {row.text[:60]}  应是 {row.right[0]}，判为 {answer}")


if __name__ == "__main__":
    main()
