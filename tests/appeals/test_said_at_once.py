"""«我叫张伟，电话…，公司是…，楼下一直停电» fills its steps at once; what is not sure is asked; consent never is skipped."""

from __future__ import annotations

import json

import pytest

from bot.appeals.said_at_once import Said, read
from tests.answers.scores import SETS


def rows() -> list[dict[str, str | None]]:
    lines = (SETS / "one_line.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line]


def digits(phone: str | None) -> str:
    return "".join(one for one in phone or "" if one.isdigit())[:11]


def test_messages_as_people_write_them() -> None:
    said = [(row, read(row["text"] or "") or Said("")) for row in rows()]
    least = 0.85 * len(said)
    assert sum(found.company == (row["company"] or "") for row, found in said) >= least
    assert sum((row["name"] or "").endswith(found.name) for row, found in said) >= least
    assert sum(digits(row["phone"])[:11] in digits(found.phone)[:22] for row, found in said) >= least
    assert sum((row["facts"] or "")[-6:] in found.facts for row, found in said) >= least


@pytest.mark.parametrize(
    "told",
    [
        "物业无故断电，影响生产",
        "北京星光科技有限公司拖欠我们货款",
        "电话13800138000",
        "13800138000 王明",
    ],
)
def test_what_is_no_whole_appeal_is_not_taken_apart(told: str) -> None:
    assert read(told) is None


def test_whom_it_is_about_is_not_taken_for_the_persons_own_company() -> None:
    said = read("13800138107，北京星光科技有限公司欠我们门窗款十一万")
    assert said is not None
    assert said.company == ""
    assert "北京星光科技有限公司欠我们门窗款十一万" in said.facts
