"""How a company's answers are read and shown: closed lists by number or by everyday words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.content.closed_lists import TAGS
from bot.followers.profiles import CLOSED, SEPARATOR
from bot.understanding.cleaning import clean
from bot.understanding.normalise import list_number, normalise, number_of
from models.profiles import Profile

FIELDS = {
    "company": "企业名称",
    "industry": "行业",
    "size": "规模",
    "qualification": "资质",
    "street": "街道或园区",
    "stage": "发展阶段",
}
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "industry": CLOSED["industry"],
    "size": CLOSED["size"],
    "qualification": TAGS["qualification"],
    "street": CLOSED["street"],
    "stage": TAGS["stage"],
}
HINTS = {"初创": "初创（成立3年以内）", "大": "大型", "中": "中型", "小": "小型", "微": "微型"}
NONE_HELD = "都没有"
MOST_COMPANY = 100  # characters of a company's name
MOST_ANSWER = 500  # characters in which somebody chooses from a list
# What people call a line of business that is in no list by that name.
_CALLED = {
    "industry": {
        "商贸餐饮": "餐饮 饭店 餐厅 零售 贸易 外贸 超市 电商 批发 商贸 酒店 食品",
        "信息技术": "软件 互联网 IT 信息 网络 科技 大数据 云计算 芯片 集成电路",
        "现代金融": "金融 保险 基金 投资 担保 证券",
        "人工智能": "AI 大模型 机器人",
        "科幻游戏": "游戏 科幻 电竞 动漫",
        "虚拟现实": "VR AR XR 元宇宙",
        "会展服务": "会展 展览 会议",
        "文旅体育": "文化 旅游 体育 健身 影视 文旅 民宿 教育 培训",
        "建筑": "建筑 装修 装饰 施工 工程 房地产",
        "医疗健康": "医疗 医药 诊所 药店 养老 健康 美容",
        "专业服务": "咨询 律所 律师 会计 财务 设计 检测 人力资源 代理 广告 物业 家政",
    },
    "size": {"个体工商户": "个体 个体户 小店"},
}
_YOUNG = 3  # years
_FEW = 3  # options between which a person is asked
_YEARS = re.compile(r"([0-9一二两三四五六七八九十]{1,4})来?年(?!底|初|前开始)")
_NEW = re.compile(r"刚|新[开成注办]|才开|起步|今年|去年|半年|个月|筹备|还没开业")
_SPLIT = re.compile(r"[\s,，、.。;；和+/与及]+")


def number_list(field: str, current: object = None) -> str:
    """The options as they are shown, counted from 1, the present answer marked."""
    chosen = words_of(current)
    lines = [
        f"{i} {HINTS.get(option, option)}{'（现在）' if option in chosen else ''}"
        for i, option in enumerate(OPTIONS[field], 1)
    ]
    return "\n".join(lines)


def one_of(field: str, text: str) -> str | None:
    """The option that an answer means: its number, its name, a part of it, or what people call it; else None."""
    options = OPTIONS[field]
    number = list_number(text)
    if number is not None:
        return options[number - 1] if 1 <= number <= len(options) else None
    words = _bare(text)
    if not words:
        return None
    exact = [o for o in options if normalise(o) == words]
    part = _parts(field, words)
    called = [
        o for o, names in _CALLED.get(field, {}).items() if any(_names(n, words) for n in names.split())
    ]
    for found in (exact, part, called):
        if len(found) == 1:
            return found[0]
    return None


def undecided(field: str, text: str) -> str | None:
    """The options between which an answer does not choose, with their numbers: 小微 is 小型 or 微型."""
    found = _parts(field, _bare(text))
    options = OPTIONS[field]
    if not 2 <= len(found) <= _FEW:
        return None
    return "，还是".join(f"{options.index(o) + 1} {HINTS.get(o, o)}" for o in found)


def _bare(text: str) -> str:
    return normalise(text).removesuffix("企业").removesuffix("街道").removesuffix("型")


def _parts(field: str, words: str) -> list[str]:
    if len(words) < 2:
        return []
    return [o for o in OPTIONS[field] if words in normalise(o) or normalise(o) in words]


def stage_by_age(text: str) -> str | None:
    """初创 for a firm of three years or less: 刚开两年, 去年注册的. Older ones may be growing or mature: None."""
    words = clean(text)
    if age := _YEARS.search(words):
        years = number_of(age.group(1))
        return "初创" if years is not None and years <= _YOUNG else None
    return "初创" if _NEW.search(words) else None


def _names(name: str, words: str) -> bool:
    name = normalise(name)
    return name == words if name.isascii() else name in words


def several(field: str, text: str) -> tuple[str, ...] | None:
    """The options of 「1 3」, 「1、3」, 「13」 where no option has that number, or of names; None when one is unknown."""
    if len(text) > MOST_ANSWER:
        return None
    pieces = [piece for piece in _SPLIT.split(normalise(text)) if piece]
    if len(pieces) == 1 and pieces[0].isdigit() and int(pieces[0][:9]) > len(OPTIONS[field]):
        pieces = list(pieces[0])
    found = [_piece(field, piece) for piece in pieces]
    if not found or any(option is None for option in found):
        return None
    return tuple(o for o in OPTIONS[field] if o in found)


def _piece(field: str, piece: str) -> str | None:
    number = number_of(piece) if len(piece) <= 2 else None
    options = OPTIONS[field]
    if number is not None:
        return options[number - 1] if 1 <= number <= len(options) else None
    return one_of(field, piece)


def is_company_name(text: str) -> bool:
    """Whether words can be a company's name, and not a story or a question."""
    words = " ".join(text.split())
    return (
        2 <= len(words) <= MOST_COMPANY
        and re.search(r"[^\W\d_]", words) is not None
        and not re.search(r"[?？!！。，,]|我们|我想|怎么|什么|吗$|呢$", words)
    )


def words_of(answer: object) -> tuple[str, ...]:
    """The words of an answer: one, or several with 、 between them."""
    return tuple(filter(None, str(answer).split(SEPARATOR))) if answer else ()


def known(profile: Profile | None) -> dict[str, str]:
    """What a profile says, by field; an empty qualification says that there is none."""
    said = {field: getattr(profile, field) for field in FIELDS} if profile else {}
    return {field: words for field, words in said.items() if words is not None}


def shown(profile: Profile | None) -> str:
    """A profile as the person reads it, one line a field; "" when nothing is known."""
    return "\n".join(f"{FIELDS[field]}：{words or NONE_HELD}" for field, words in known(profile).items())
