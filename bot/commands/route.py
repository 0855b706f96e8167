"""`tongxin route`: what the router makes of a text, without a database and without effect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("text", required=False, metavar="[文字]")
@click.option(
    "--jsonl",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="逐行 JSON：id、text、context。",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="结果写到这个文件；不写就打印。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出一句话的结果。")
def command(text: str | None, jsonl: Path | None, out: Path | None, as_json: bool) -> None:
    """看一句话会被理解成什么；或成批检验 JSONL。"""
    from bot.app import shipped_library
    from bot.understanding.understand import understand

    index = shipped_library().index
    if jsonl is None:
        if not text:
            raise click.UsageError("请写一句话，或用 --jsonl 指定文件。")
        _show(understand(text, index, None), as_json)
        return
    answers = [
        _answer(json.loads(line), index)
        for line in jsonl.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    lines = "".join(json.dumps(a, ensure_ascii=False) + "\n" for a in answers)
    if out:
        out.write_text(lines, encoding="utf-8")
        click.echo(f"已写出 {len(answers)} 行到 {out}。")
    else:
        click.echo(lines, nl=False)


def _answer(row: dict[str, Any], index: Any) -> dict[str, Any]:
    from bot.understanding.understand import understand

    result = understand(str(row["text"]), index, row.get("context"))
    ranked = [{"intent": r.intent, "score": round(r.score, 3)} for r in result.ranked]
    return {"id": row.get("id"), "intent": result.intent, "ranked": ranked, "score": round(result.score, 3)}


def _show(result: Any, as_json: bool) -> None:
    if as_json:
        ranked = [{"intent": r.intent, "score": round(r.score, 3), "why": r.why} for r in result.ranked]
        click.echo(
            json.dumps({"intent": result.intent, "ranked": ranked, "score": result.score}, ensure_ascii=False)
        )
        return
    click.echo(f"理解为：{result.intent}（{result.score:.2f}）")
    for step in result.steps:
        click.echo(f"  · {step}")
    for r in result.ranked:
        click.echo(f"  {r.score:5.2f}  {r.intent}  {r.why}")
