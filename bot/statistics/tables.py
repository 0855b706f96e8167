"""The statistics as tables: one row a month, a unit or a category, the same columns on the page and in the file. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.statistics.figures import Figures


@dataclass(frozen=True)
class Measure:
    """One column: a count, or a rate with its two numbers."""

    key: str
    title: str
    rate: bool = False

    def of(self, figures: Figures) -> int | str:
        """The value for a row."""
        return str(figures.rate(self.key)) if self.rate else figures[self.key]


def _count_measures(*named: tuple[str, str]) -> tuple[Measure, ...]:
    return tuple(Measure(key, title) for key, title in named)


MEASURES: tuple[Measure, ...] = (
    *_count_measures(
        ("received", "收到"), ("accepted", "受理"), ("declined", "不予受理"), ("resolved", "办结"), ("closed", "销号"),
        ("late", "超期"), ("open", "期末在办"), ("parked", "期末挂账"),
    ),
    Measure("response", "响应率", rate=True),
    Measure("solution", "解决率", rate=True),
    Measure("partly", "部分解决"),
    Measure("satisfaction", "满意率", rate=True),
    Measure("on_time", "按期办结率", rate=True),
    Measure("reopened", "重办率", rate=True),
    Measure("contest", "退单率", rate=True),
)  # fmt: skip


def most_received_first(figures: Figures) -> tuple[int, int]:
    """A key to sort by: what received most cases stands first."""
    return -figures["received"], -figures["resolved"]
