"""The sentences that the annual report uses, made from the numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.statistics.figures import Figures
from bot.statistics.period import Period
from bot.statistics.rate import NONE, Rate
from bot.statistics.spread import Spread
from bot.statistics.visits import Visit


def sentences(
    period: Period, figures: Figures, visits: Sequence[Visit], opinions: int, resolve: Spread
) -> list[str]:
    """What may be copied into a report; each says the numbers behind a rate."""
    walks = sum(visit.channel == "走访调研" for visit in visits)
    meetings = len(visits) - walks
    lines = [
        f"{period.label}，调研走访{walks}次，召开座谈会{meetings}次，收集诉求{figures['received']}条，"
        f"受理{figures['accepted']}条，办结{figures['resolved']}条，销号{figures['closed']}条。",
        f"响应率{_rate_words(figures.rate('response'))}，解决率{_rate_words(figures.rate('solution'))}，"
        f"满意率{_rate_words(figures.rate('satisfaction'))}；按期办结率{_rate_words(figures.rate('on_time'))}。",
    ]
    if resolve.cases:
        lines.append(
            f"从提出到办结，一半的诉求在{days(resolve.median)}个工作日以内，九成在{days(resolve.ninetieth)}个工作日以内。"
        )
    lines.append(f"期末在办{figures['open']}条，其中挂账{figures['parked']}条；转社情民意{opinions}条。")
    return lines


def days(value: float | None) -> str:
    """A number of days: 3, 3.5, or — without one."""
    return NONE if value is None else f"{value:g}"


def _rate_words(rate: Rate) -> str:
    return f"{rate.percent}（{rate.numerator}/{rate.denominator}）" if rate.denominator else NONE
