"""统计: the rates and counts of a period, its trend, its parts, and what comes again and again; each number leads to
its cases."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, abort, g, make_response, render_template, request
from sqlalchemy.orm import Session

from bot.console.family import Family, Page
from bot.core import clock
from bot.staff.rights import RIGHTS, Right
from bot.statistics import charts, explained, figures, spread
from bot.statistics.cached import Counted, counted
from bot.statistics.case_sets import RATES
from bot.statistics.dimensions import DIMENSIONS, names, title_of
from bot.statistics.figures import DECLINE_CODES, Figures
from bot.statistics.overview import overview
from bot.statistics.period import Period, between, month, named, quarter, year
from bot.statistics.sentences import days, sentences
from bot.statistics.spread import Spread
from bot.statistics.tables import MEASURES, most_received_first

page = Family("statistics", "统计", "统计", Right.STATISTICS_READ, order=10, entry="/console/statistics")
MAIN_RATES = ("response", "solution", "satisfaction")
COUNTS = (
    "received",
    "accepted",
    "declined",
    "resolved",
    "closed",
    "late",
    "open",
    "parked",
    "withdrawn",
    "merged",
)
TREND_MONTHS = 12
PICTURE_SECONDS = 20.0
T = TypeVar("T")


@page.get("/statistics")
def statistics() -> Page:
    """The period as a whole."""
    period = _period()
    found = _counted(overview, period)
    if found is None:
        return _counting("index", period)
    value = found.value
    return _shown(
        "index", period, found,
        figures=value.figures, contact=value.contact, resolve=value.resolve, visits=value.visits, days=days,
        repeats=value.repeats,
        sentences=sentences(period, value.figures, value.visits, value.opinions, value.resolve),
        main=MAIN_RATES, rates=RATES, counts=COUNTS, codes=[c for c in DECLINE_CODES if value.figures[c]],
        buckets=list(zip(map(charts.bucket_title, charts.BUCKETS), charts.in_buckets(value.resolve), strict=True)),
        explained=explained.lines(),
    )  # fmt: skip


@page.get("/statistics/trend")
def statistics_trend() -> Page:
    """Month by month: the period's months, or the twelve up to its end when it is shorter."""
    period = _period()
    found = _counted(figures.by_month, _trend_of(period))
    if found is None:
        return _counting("trend", period)
    return _shown("trend", period, found, months=found.value, measures=MEASURES)


@page.get("/statistics/by/<dimension>")
def statistics_by(dimension: str) -> Page:
    """The period by a column of the ledger."""
    if dimension not in DIMENSIONS:
        abort(404)
    period = _period()
    found = _counted(_parts, period, dimension)
    if found is None:
        return _counting("by", period, dimension)
    rows, times = _rows(found.value[0], dimension), found.value[1]
    return _shown(
        "by", period, found,
        dimension=dimension, title=DIMENSIONS[dimension].title, rows=rows, measures=MEASURES, times=times, days=days,
    )  # fmt: skip


@page.get("/statistics/chart/<name>.svg")
def statistics_chart(name: str) -> Page:
    """A picture for the pages above: trend, rates, times, or by a dimension."""
    period = _period()
    if name in ("trend", "rates"):
        months = _waited(figures.by_month, _trend_of(period))
        labelled = {f"{one.first:%Y-%m}": figure for one, figure in months.items()}
        return _picture(getattr(charts, name)(labelled))
    if name == "times":
        return _picture(charts.times(_waited(overview, period).resolve))
    if name not in DIMENSIONS:
        abort(404)
    rows = _rows(_waited(_parts, period, name)[0], name)
    return _picture(charts.breakdown({title: figure for _, title, figure in rows}))


def _parts(db: Session, period: Period, dimension: str) -> tuple[dict[Any, Figures], dict[Any, Spread]]:
    """What a page by a dimension shows."""
    return figures.by_dimension(db, period, dimension), spread.to_resolve_by(db, period, dimension)


def _counted(make: Callable[..., T], period: Period, *more: Hashable) -> Counted[T] | None:
    return counted(g.services.engine, g.db, make, period, *more)


def _waited(make: Callable[..., T], period: Period, *more: Hashable) -> T:
    """The same for a picture, which comes when it is ready."""
    found = counted(g.services.engine, g.db, make, period, *more, patience=PICTURE_SECONDS)
    if found is None:
        abort(503, "统计还没有算完，请过一会儿刷新本页。")
    return found.value


def _counting(name: str, period: Period, dimension: str = "") -> Response:
    """Not counted yet: the page says so and comes again by itself, without a script."""
    nothing = Counted(None, clock.now())
    answer = make_response(_shown(name, period, nothing, template="counting", dimension=dimension))
    answer.headers["Refresh"] = "1"
    return answer


def _picture(svg: bytes) -> Response:
    answer = Response(svg, mimetype=charts.TYPE)
    answer.headers["Content-Security-Policy"] = charts.POLICY
    return answer


def _rows(values: dict[Any, Figures], dimension: str) -> list[tuple[Any, str, Figures]]:
    """Value, its words, its figures; those with most cases first, what is not filled in last."""
    known = names(g.db, dimension)
    ordered = sorted(values.items(), key=lambda one: (one[0] is None, *most_received_first(one[1])))
    return [(value, title_of(dimension, value, known), figure) for value, figure in ordered]


def _period() -> Period:
    """The period of the address; the current month when it names none."""
    found = between(request.args.get("from"), request.args.get("to")) or named(request.args.get("period", ""))
    today = clock.today()
    return found or month(today.year, today.month).until(today)


def _trend_of(period: Period) -> Period:
    """At least twelve months, whole ones from the first on."""
    last = period.last
    number = last.year * 12 + last.month - TREND_MONTHS
    start = month(number // 12, number % 12 + 1).first
    return Period(min(start, period.first.replace(day=1)), last)


def _choices() -> list[tuple[str, Period]]:
    """The periods that are asked for most, until today."""
    today = clock.today()
    before = month(today.year - (today.month == 1), (today.month - 2) % 12 + 1)
    season = (today.month + 2) // 3
    return [
        ("本月", month(today.year, today.month).until(today)),
        ("上月", before),
        ("本季度", quarter(today.year, season).until(today)),
        ("今年", year(today.year).until(today)),
        ("去年", year(today.year - 1)),
    ]


def _shown(
    name: str, period: Period, found: Counted[Any], *, template: str | None = None, **more: Any
) -> str:
    """A page of this family with what all of them need."""
    span = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    return render_template(
        f"statistics/{template or name}.html", period=period, span=urlencode(span), at=found.at, choices=_choices(),
        dimensions=DIMENSIONS, running=period.end > clock.now(), link_of=_link_of(period), here_name=name, **more,
    )  # fmt: skip


def _link_of(period: Period) -> Any:
    """The address of the cases behind a number; None for colleagues who may not see cases."""
    if Right.APPEAL_READ not in RIGHTS[g.staff.role]:
        return lambda *_args, **_more: None

    def link(name: str, by: str | None = None, value: Any = None, within: Period | None = None) -> str:
        at = within or period
        wanted = {"set": name, "from": at.first.isoformat(), "to": at.last.isoformat()}
        if by is not None:
            wanted |= {"by": by, "value": "" if value is None else str(value)}
        return f"/console/appeals?{urlencode(wanted)}"

    return link
