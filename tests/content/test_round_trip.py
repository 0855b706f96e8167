"""What is written reads back the same, so that an export can always be imported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content.files import Loaded, dump_item, dump_policy, dump_series, load
from bot.content.records import (
    Category,
    Explanation,
    Grade,
    Kind,
    Level,
    PolicyDocument,
    Replacement,
    Status,
)
from bot.core.paths import CONTENT


def write(root: Path, content: Loaded) -> Path:
    files = {f"policies/{p.slug}.md": dump_policy(p) for p in content.policies}
    files |= {f"study/{s.slug}/series.toml": dump_series(s) for s in content.series}
    files |= {f"study/{i.series}/{i.order:02d}-{i.slug}.md": dump_item(i) for i in content.items}
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_all_shipped_content_survives_an_export_and_an_import(tmp_path: Path) -> None:
    shipped = load(CONTENT)
    again = load(write(tmp_path, shipped))
    assert again.problems == []
    assert (again.policies, again.series, again.items) == (shipped.policies, shipped.series, shipped.items)


def test_shipped_files_are_written_as_an_export_writes_them() -> None:
    shipped = load(CONTENT)
    for policy in shipped.policies:
        assert (CONTENT / f"policies/{policy.slug}.md").read_text(encoding="utf-8") == dump_policy(policy)


def test_a_record_survives_the_database_too() -> None:
    for policy in load(CONTENT).policies:
        row: dict[str, Any] = policy.model_dump(mode="json", exclude={"body"})
        assert PolicyDocument.model_validate({**row, "body": policy.body}) == policy


# YAML cannot carry control characters; the console refuses them too.
words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], exclude_characters="\ufeff\u2028\u2029"),
    max_size=60,
)
lines = words.map(str.strip).filter(bool)
SPECIAL = st.sampled_from(
    [
        "no",
        "null",
        "~",
        "12345",
        "2025-01-01",
        "- 横线",
        "a: b",
        "# 井号",
        "'引号'",
        '"',
        "{x}",
        "---",
        "*x",
        "&x",
        "!x",
        "%",
        "@",
    ]
)


def many(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=4, unique=True).map(tuple)


@settings(max_examples=80, deadline=None)
@given(
    title=lines | SPECIAL,
    points=many(lines | SPECIAL),
    clause=words | SPECIAL,
    complaint=words | SPECIAL,
    body=words | SPECIAL,
)
def test_whatever_staff_write_reads_back(
    tmp_path_factory: Any, title: str, points: Iterable[str], clause: str, complaint: str, body: str
) -> None:
    policy = PolicyDocument(
        slug="a", short_name="测试政策", title=title, level=Level.NATION, kind=Kind.LAW, category=Category.POLICY,
        status=Status.REPEALED, grade=Grade.B, verified_at=date(2026, 11, 23), summary="一句话说明", points=tuple(points),
        supersedes=(Replacement(title="旧文件", clause=clause),), complaint=complaint, body=body,
        explanations=(Explanation(title=title, text="答复"),),
    )  # fmt: skip
    root = tmp_path_factory.mktemp("words")
    loaded = load(write(root, Loaded(policies=[policy])))
    assert loaded.problems == []
    assert loaded.policies == [policy]
