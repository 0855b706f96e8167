"""`tongxin content ratings`: how often the answers of each package helped."""

from __future__ import annotations

from click.testing import CliRunner

from bot.commands.cli import main
from tests.support.place import Place


def ratings(place: Place) -> str:
    result = CliRunner().invoke(main, ["content", "ratings", "--config", str(place.folder / "config.toml")])
    assert result.exit_code == 0, result.output
    return result.output


def test_counts_by_package(place: Place) -> None:
    assert "还没有人评价过" in ratings(place)
    for word in ("有用", "有用", "没用"):
        person = place.citizen()
        person.says("款项支付条例")
        person.says(word)
    assert ratings(place).splitlines() == ["款项支付条例  有用 2  没用 1"]
