"""A rate as the office prints it: one decimal, half up, with its two numbers beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

NONE = "—"


@dataclass(frozen=True)
class Rate:
    """`numerator` of `denominator`; without a denominator there is no rate, neither 0% nor 100%."""

    numerator: int
    denominator: int

    @property
    def percent(self) -> str:
        """92.3%, or — without a denominator."""
        tenths = self.tenths
        return NONE if tenths is None else f"{tenths // 10}.{tenths % 10}%"

    @property
    def tenths(self) -> int | None:
        """In tenths of a percent, half up: whole numbers, so that 0.05 is never rounded down by a float."""
        if self.denominator == 0:
            return None
        return (2000 * self.numerator + self.denominator) // (2 * self.denominator)

    def __str__(self) -> str:
        if self.denominator == 0:
            return NONE
        return f"{self.percent} ({self.numerator}/{self.denominator})"
