"""How long one text takes to understand, and how much memory the index holds (design §7: median < 1 ms, < 300 MB).

python -m benchmarks.routing [--packages 2000] [--phrases 20000] [--texts 5000]

The names and the added phrases are made of words of the shipped content, the bodies of its clauses, so that they collide
as real ones do.
The texts are the labelled sets of tests/understanding, and a few long stories made of them.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bot.content.files import load
from bot.content.library import named, page
from bot.content.records import PolicyDocument
from bot.understanding.index import Index, Named, build_index
from bot.understanding.phrases import INTENTS, Group, Phrases, load_phrases
from bot.understanding.ranking import build_ranking, rank
from bot.understanding.search import Page, build_search, search
from bot.understanding.understand import understand
from tests.understanding.material import CONTENT, DEVELOPMENT, EXAMPLES, HELD_OUT, PHRASES, utterances

KINDS = ("若干措施", "支持办法", "实施方案", "管理条例", "工作通知", "行动计划", "奖励细则", "指导意见")
CLAUSES = 25  # of a made body
ASKS = 16  # everyday questions of a made package
STORY = 12  # texts that make one long story


def words_of(texts: list[str]) -> list[str]:
    """Pieces of two to four characters, as raw material for names and phrases."""
    pieces = {
        text[at : at + size]
        for text in texts
        for size in (2, 3, 4)
        for at in range(0, len(text) - size, size)
    }
    return sorted(piece for piece in pieces if all("\u4e00" <= char <= "\u9fff" for char in piece))


def packages(count: int, words: list[str], chance: random.Random) -> Iterator[tuple[Named, Page]]:
    """The shipped packages and as many made ones as are missing to `count`."""
    shipped = load(CONTENT).policies
    for policy in shipped[:count]:
        yield named(policy), page(policy)
    asks = words_of_asks(shipped)
    clauses = [clause for policy in shipped for clause in re.split(r"[。；\n]", policy.body) if clause]
    for number in range(count - len(shipped)):
        head = "".join(chance.sample(words, 3))
        key = f"{head}{chance.choice(KINDS)}"
        known = Named(key, (f"关于{key}", f"{head}政策"), (f"石政发〔20{10 + number % 16}〕{number}号",))
        yield (
            known,
            Page(
                key,
                f"关于{key}",
                (),
                (),
                head,
                "。".join(chance.sample(clauses, CLAUSES)),
                tuple("".join(chance.choices(asks, k=4)) for _ in range(ASKS)),
            ),
        )


def words_of_asks(shipped: list[PolicyDocument]) -> list[str]:
    """Pieces of the everyday questions, as raw material for more of them."""
    return [
        ask[at : at + 4] for policy in shipped for ask in policy.asks for at in range(0, len(ask), 4)
    ] or ["怎么办理"]


def with_phrases(phrases: Phrases, count: int, words: list[str], chance: random.Random) -> Phrases:
    """The shipped phrases and as many made ones as are missing to `count`, spread over the intents."""
    missing = count - sum(len(group.words) for group in phrases.groups)
    made = ["".join(chance.sample(words, 2)) for _ in range(max(0, missing))]
    groups = tuple(Group(intent, 4.0, tuple(made[at :: len(INTENTS)])) for at, intent in enumerate(INTENTS))
    return replace(phrases, groups=(*phrases.groups, *(group for group in groups if group.words)))


def milliseconds(work: Callable[[str], object], texts: list[str]) -> list[float]:
    """How much of the processor's time each text takes, shortest first: what else the machine does is left out."""
    taken = []
    for text in texts:
        began = time.thread_time()
        work(text)
        taken.append(1000 * (time.thread_time() - began))
    return sorted(taken)


def told(name: str, taken: list[float]) -> str:
    return f"{name}: median {taken[len(taken) // 2]:.3f} ms, p99 {taken[int(0.99 * (len(taken) - 1))]:.3f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option, default in (("--packages", 2000), ("--phrases", 20_000), ("--texts", 5000)):
        parser.add_argument(option, type=int, default=default)
    wanted = parser.parse_args()
    chance = random.Random(1)
    rows = [row.text for name in (EXAMPLES, DEVELOPMENT, HELD_OUT) for row in utterances(name)]
    words = words_of([policy.body for policy in load(CONTENT).policies] + rows)
    before = _megabytes()
    made = list(packages(wanted.packages, words, chance))
    phrases = with_phrases(load_phrases(PHRASES), wanted.phrases, words, chance)
    began = time.thread_time()
    pages = build_search(page for _, page in made)
    index: Index = build_index((known for known, _ in made), phrases, pages)
    built = time.thread_time() - began
    began = time.thread_time()
    ranked = build_ranking([page for _, page in made])
    ranked_in = time.thread_time() - began
    texts = [chance.choice(rows) for _ in range(wanted.texts)]
    stories = ["，".join(chance.sample(rows, STORY)) for _ in range(max(20, wanted.texts // 50))]
    understand(texts[0], index)
    print(
        f"{len(made)} packages, {sum(len(g.words) for g in phrases.groups)} phrases: built in {built:.1f} s,"
        f" the ranking of {sum(len(page.asks) for _, page in made)} questions in {ranked_in:.1f} s"
    )
    print(told("understand, messages", milliseconds(lambda text: understand(text, index), texts)))
    print(told("understand, stories", milliseconds(lambda text: understand(text, index), stories)))
    print(told("search", milliseconds(lambda text: search(pages, text), texts)))
    print(told("rank", milliseconds(lambda text: rank(ranked, text), texts)))
    gc.collect()
    print(f"memory: {_megabytes() - before:.0f} MB for the index, {_megabytes():.0f} MB for the process")


def _megabytes() -> float:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1024**2


if __name__ == "__main__":
    main()
