"""Options and arguments that name a row or a day: what no table or calendar holds is wrong use, told in Chinese."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from bot.core.bounds import FIRST_YEAR, LAST_YEAR, MOST_ID, is_known

ROW = click.IntRange(1, MOST_ID)


class Day(click.DateTime):
    """A day as 2026-01-05, in the years that the office can mean."""

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The day at its beginning, without a zone."""
        read: datetime = super().convert(value, param, ctx)
        if not is_known(read):
            self.fail(f"「{value}」的年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。", param, ctx)
        return read


DAY = Day()
