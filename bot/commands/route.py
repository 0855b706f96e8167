"""`tongxin route`: what the router makes of a text, without a database and without effect."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.content.library import Library
    from bot.understanding.explain import Finding
    from bot.understanding.understand import Understanding


@click.command()
@click.argument("text", required=False, metavar="[文字]")
@click.option(
    "--jsonl",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="逐行 JSON：id、text、context。",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="结果写到这个文件；不写就打印。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出一句话的结果和每一步。")
def command(text: str | None, jsonl: Path | None, out: Path | None, as_json: bool) -> None:
    """看一句话会被理解成什么、每一步找到了什么；或成批检验 JSONL。"""
    from bot.app import shipped_library

    if jsonl is None and not text:
        raise click.UsageError("请写一句话，或用 --jsonl 指定文件。")
    library = shipped_library()
    if jsonl is None:
        _one(text or "", library, as_json)
        return
    lines = "".join(f"{line}\n" for line in _answers(jsonl, library))
    if out:
        out.write_text(lines, encoding="utf-8")
        click.echo(f"已写出 {lines.count(chr(10))} 行到 {out}。")
    else:
        click.echo(lines, nl=False)


def _answers(path: Path, library: Library) -> list[str]:
    from bot.understanding.understand import understand

    answers = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            told = understand(str(row["text"]), library.index, row.get("context"))
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as wrong:
            raise click.ClickException(
                f"{path} 第 {number} 行：应是含 text 的 JSON 对象（{wrong}）"
            ) from wrong
        answers.append(
            json.dumps({"id": row.get("id"), **answer(told, categories(library))}, ensure_ascii=False)
        )
    return answers


def categories(library: Library) -> dict[str, str]:
    """The category of each document by its short name; a guide's label is its own name."""
    from bot.content.records import Kind

    return {
        p.short_name: str(p.category.value) for p in library.policies.values() if p.kind is not Kind.GUIDE
    }


def answer(told: Understanding, category_of: Mapping[str, str]) -> dict[str, Any]:
    """Intent, ranked intents and score in the labels of domain §7.2."""
    from bot.understanding.labels import label

    ranked: dict[str, float] = {}
    for row in told.ranked:
        ranked.setdefault(label(row.intent, category_of), round(row.score, 3))
    return {
        "intent": label(told.intent, category_of),
        "ranked": [{"intent": intent, "score": score} for intent, score in ranked.items()],
        "score": round(told.score, 3),
    }


def _one(text: str, library: Library, as_json: bool) -> None:
    from bot.understanding.explain import explain
    from bot.understanding.understand import understand

    told = understand(text, library.index)
    steps = explain(text, library.index)
    if as_json:
        rows = [{"step": s.step, "found": s.found, "score": s.score} for s in steps]
        document = {"policy": told.policy, "understood": told.understood}
        click.echo(
            json.dumps({**answer(told, categories(library)), **document, "steps": rows}, ensure_ascii=False)
        )
        return
    click.echo(f"理解为：{told.intent}（{told.score:.2f}）")
    click.echo(table(steps))
    click.echo("可能：" + "、".join(f"{r.intent} {r.score:.2f}" for r in told.ranked))


def table(steps: list[Finding]) -> str:
    """The steps as lines in three columns, aligned for a terminal in which Chinese is twice as wide."""
    rows = [("步骤", "找到", "分数")]
    rows += [(s.step, s.found, "" if s.score is None else f"{s.score:g}") for s in steps]
    widths = [min(70, max(_width(row[column]) for row in rows)) for column in (0, 1)]
    return "\n".join(
        f"{row[0]}{' ' * (widths[0] - _width(row[0]))}  {row[1]}{' ' * max(0, widths[1] - _width(row[1]))}  {row[2]}".rstrip()
        for row in rows
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
