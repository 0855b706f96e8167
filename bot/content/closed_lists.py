"""The closed lists of a content record (domain §8.1) and what counts as a figure in its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum


class Level(StrEnum):
    """Who made the policy."""

    NATION = "国家"
    CITY = "北京市"
    DISTRICT = "石景山区"


class Kind(StrEnum):
    """What sort of document it is."""

    LAW = "法律"
    REGULATION = "行政法规"
    LOCAL = "地方性法规"
    NORMATIVE = "规范性文件"
    MEASURE = "政策措施"
    STANDARD = "标准"
    INTERPRETATION = "司法解释"
    SPEECH = "讲话文章"
    GUIDE = "办事指引"  # a matter that others decide: who, where, what to bring, how long


class Category(StrEnum):
    """The column of the menu in which it stands."""

    POLICY = "政策"
    LAW = "法律"
    FINANCE = "金融"
    TALENT = "人才"
    TAX = "税费"
    STUDY = "学习"


class Status(StrEnum):
    """Whether it may be relied on."""

    IN_FORCE = "现行有效"
    NOT_YET = "尚未施行"
    PARTLY_EXPIRED = "部分失效"
    EXPIRED = "已失效"
    REPEALED = "已废止"
    UNVERIFIED = "待核验"


class Grade(StrEnum):
    """How far a record was checked (domain §8.2)."""

    A = "A"  # full text read
    B = "B"  # official page read in part
    C = "C"  # several independent reports agree: shown with 以官方发布为准
    D = "D"  # one report only
    K = "K"  # widely known, not read again
    U = "U"  # the name is known, no more


class Facet(StrEnum):
    """What a fact answers; people ask for it by many words («要带什么» is 材料)."""

    DECIDER = "由谁办"
    CONDITIONS = "条件"
    MATERIALS = "材料"
    STEPS = "流程"
    TIME = "时限"  # how long the office takes, or the other side has
    DEADLINE = "截止"  # until when the person has to act
    WHERE = "地点"
    CONTACT = "电话"
    AMOUNT = "金额"  # what one gets, owes or may claim
    FEE = "费用"
    REMEDY = "救济"  # what to do against a refusal
    CONSEQUENCE = "后果"
    VALIDITY = "效力"
    CLAUSE = "要点"  # any other clause that a person can act on


class ExplanationKind(StrEnum):
    """What an explanation is."""

    FAQ = "问答"
    ARTICLE = "文章"
    PICTURE = "图片"
    VIDEO = "视频"


VERIFIED_GRADES = (Grade.A, Grade.B, Grade.C)
UNVERIFIED_GRADES = frozenset({Grade.D, Grade.K, Grade.U})
OPEN_PHONES = frozenset({"12345", "110", "119", "120", "122"})  # the only ones that need no source
REDEMPTION_FORMS = ("免申即享", "即申即享", "限时即享", "评审")

# The industries are the district's own structure 2+5+4, then the rest; the areas its nine streets and two parks.
TAGS: dict[str, tuple[str, ...]] = {
    "industry": (
        "信息技术", "现代金融", "人工智能", "科幻游戏", "工业互联网", "虚拟现实", "会展服务",
        "未来信息", "未来制造", "未来空间", "未来健康",
        "文旅体育", "商贸餐饮", "建筑", "医疗健康", "专业服务", "其他",
    ),
    "size": ("大", "中", "小", "微", "个体"),
    "qualification": (
        "国高新", "科技型中小企业", "创新型中小企业", "专精特新", "小巨人", "瞪羚", "独角兽", "上市或拟上市",
    ),
    "stage": ("初创", "成长", "成熟"),
    "area": (
        "八宝山", "老山", "八角", "古城", "苹果园", "金顶街", "广宁", "五里坨", "鲁谷", "首钢园", "中关村石景山园",
    ),
    "topic": ("资金", "融资", "用工", "人才", "场地", "知识产权", "税费", "法律", "市场", "绿色", "数字化"),
}  # fmt: skip

_DATE = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|\d{4}-\d{2}-\d{2}")
_COUNTED = "条|项|人|家|名|户|天|日|倍|次|年"
_FIGURE = re.compile(
    r"(?:[\d.]+|[一二三四五六七八九十百千两]+)\s*(?:个?百分点|[%％‰])"
    r"|百分之|千分之|万分之"
    r"|(?<![第\d])\d[\d,，.]*\s*[多余几来]?\s*"
    rf"(?:个?工作日|个月|万|亿|千|百|元|批|岁|件|章|部分|折|成|分|{_COUNTED})"
    r"|[一二三四五六七八九十百千两]+[多余几]?[万亿千百]?(?:万|亿|元|个工作日|个月)"
    rf"|(?<![第一二三四五六七八九十百千两])[二三四五六七八九十百千两][一二三四五六七八九十百千]+[多余几]?(?:{_COUNTED})"
)


def figures(texts: Iterable[str], own_names: Iterable[str] = ()) -> Iterator[str]:
    """Every amount, rate or count in these texts. Dates, and the record's own names (科幻16条), do not count."""
    names = sorted(own_names, key=len, reverse=True)
    for text in texts:
        for name in names:
            text = text.replace(name, "")
        yield from (match.group() for match in _FIGURE.finditer(_DATE.sub("", text)))
