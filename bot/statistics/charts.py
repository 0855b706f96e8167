"""Charts as SVG pictures: no script in them, calm colours, and a table always stands beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from bot.statistics.drawing import Style, pygal
from bot.statistics.figures import Figures
from bot.statistics.spread import Spread

FONTS = "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC','WenQuanYi Micro Hei',sans-serif"
BLUE, GREEN, RED, AMBER, GREY = "#2f6f9f", "#3f8f63", "#b4443c", "#c28a1c", "#7d8894"
MOST_BARS = 15
NARROW = 520  # a picture for a third of the page: drawn small, so that its words are not
TYPE = "image/svg+xml"
# An SVG that is opened by itself may style itself and do nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
BUCKETS = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 10), (11, 15), (16, 30), (31, 10**6))
NOTHING = "这个时段没有数据"


def trend(months: Mapping[str, Figures]) -> bytes:
    """Received, resolved and late, month by month."""
    chart = pygal.Line(**_chart_options(320), show_dots=len(months) < 40)
    chart.x_labels = list(months)
    for title, key in (("收到", "received"), ("办结", "resolved"), ("超期", "late")):
        chart.add(title, [one[key] for one in months.values()])
    return _svg(chart)


def rates(months: Mapping[str, Figures]) -> bytes:
    """The three rates and 按期办结率 month by month; a month without answers has no point."""
    chart = pygal.Line(
        **_chart_options(320, 4), range=(0, 100), value_formatter=lambda value: f"{value:.1f}%"
    )
    chart.x_labels = list(months)
    for title, key in (
        ("响应率", "response"),
        ("解决率", "solution"),
        ("满意率", "satisfaction"),
        ("按期办结率", "on_time"),
    ):
        tenths = [one.rate(key).tenths for one in months.values()]
        chart.add(title, [None if value is None else value / 10 for value in tenths])
    return _svg(chart)


def breakdown(values: Mapping[str, Figures]) -> bytes:
    """What came and what was late, for the values with most cases."""
    some = dict(list(values.items())[:MOST_BARS])
    labels = [_shortened(title) for title in reversed(some)]
    options = _chart_options(110 + 46 * max(1, len(some)))
    # The library measures Latin letters: a Chinese one is nearly twice as wide.
    options["margin_left"] = 12 + 7 * max((len(label) for label in labels), default=0)
    chart = pygal.HorizontalBar(**options, truncate_label=-1)
    chart.x_labels = labels
    for title, key in (("收到", "received"), ("办结", "resolved"), ("超期", "late")):
        chart.add(title, [one[key] for one in reversed(some.values())])
    return _svg(chart)


def times(spread: Spread) -> bytes:
    """How many cases took how many working days to 办结."""
    chart = pygal.Bar(**(_chart_options(280) | {"show_legend": False, "width": NARROW}))
    chart.x_labels = [bucket_title(bucket).replace(" 天", "") for bucket in BUCKETS]
    chart.add("件数", in_buckets(spread))
    return _svg(chart)


def _shortened(title: str) -> str:
    return title if len(title) <= 14 else title[:13] + "…"


def in_buckets(spread: Spread) -> list[int]:
    """The cases of each bucket."""
    return [sum(n for days, n in spread.days.items() if low <= days <= high) for low, high in BUCKETS]


def bucket_title(bucket: tuple[int, int]) -> str:
    """Its days in words."""
    low, high = bucket
    return f"{low} 天以上" if high > 10**5 else f"{low}–{high} 天"


def _chart_options(height: int, series: int = 3) -> dict[str, Any]:
    style = Style(
        background="#ffffff", plot_background="#ffffff", foreground="#3c4856", foreground_strong="#1d2733",
        foreground_subtle="#8b96a2", colors=(BLUE, GREEN, RED, AMBER, GREY), font_family=FONTS, opacity=".92",
        opacity_hover=".92", transition="0s", label_font_size=13, major_label_font_size=13, legend_font_size=14,
        value_font_size=12, no_data_font_size=18, guide_stroke_color="#dfe4ea", major_guide_stroke_color="#dfe4ea",
        guide_stroke_dasharray="0", major_guide_stroke_dasharray="0",
    )  # fmt: skip
    return {
        "style": style, "width": 900, "height": height, "js": [], "disable_xml_declaration": True, "margin": 12,
        "legend_at_bottom": True, "legend_box_size": 14,
        "legend_at_bottom_columns": series, "stroke_style": {"width": 2.5}, "dots_size": 3.5, "show_minor_x_labels": True, "explicit_size": False,
        "no_data_text": NOTHING, "min_scale": 2, "order_min": 0, "include_x_axis": True, "print_values": False,
    }  # fmt: skip


def _svg(chart: Any) -> bytes:
    """The SVG without the script that pygal always writes."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).rpartition("}")[2] == "script":
                parent.remove(child)
    return bytes(ElementTree.tostring(root, encoding="utf-8"))
