"""`tongxin route`: a table of every step for one text, JSON for programs, JSONL in the labels of domain §7.2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.route import command
from bot.understanding.labels import label
from tests.understanding.material import HERE


def test_one_text_shows_every_step_with_its_score() -> None:
    result = CliRunner().invoke(command, ["石汇十条怎么领"])
    assert result.exit_code == 0
    assert "理解为：policy:specific:石惠十条" in result.output
    assert all(word in result.output for word in ("步骤", "规整", "读音", "结论", "分数"))


def test_one_text_as_json() -> None:
    told = json.loads(CliRunner().invoke(command, ["--json", "物业断我们公司的电"]).output)
    assert told["intent"] == "appeal"
    assert {"step", "found", "score"} == set(told["steps"][0])


def test_jsonl_in_and_out(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    examples = HERE / "routing-examples.jsonl"
    assert CliRunner().invoke(command, ["--jsonl", str(examples), "--out", str(out)]).exit_code == 0
    asked = [json.loads(line) for line in examples.read_text(encoding="utf-8").splitlines()]
    told = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in told] == [row["id"] for row in asked]
    assert all(set(row) == {"id", "intent", "ranked", "score"} for row in told)
    assert all(row["ranked"] and 0 <= row["score"] <= 1 for row in told)


@pytest.mark.parametrize("line", ["{", "[]", '{"id": "1"}'])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    broken = tmp_path / "in.jsonl"
    broken.write_text(f'{{"id": "0", "text": "政策"}}\n{line}\n', encoding="utf-8")
    result = CliRunner().invoke(command, ["--jsonl", str(broken)])
    assert result.exit_code == 1
    assert "第 2 行" in result.output


def test_without_text_and_file_it_says_what_to_write() -> None:
    result = CliRunner().invoke(command, [])
    assert result.exit_code == 2
    assert "--jsonl" in result.output


def test_a_document_without_a_label_of_its_own_counts_as_its_category() -> None:
    categories = {"公司法": "法律", "石惠十条": "政策"}
    assert label("policy:specific:公司法", categories) == "policy:法律"
    assert label("policy:specific:石惠十条", categories) == "policy:specific:石惠十条"
    assert label("appeal", categories) == "appeal"
