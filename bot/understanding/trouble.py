"""Whether somebody who tells their trouble asks what can be done, or wants it taken up at once. Pure."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[^。!?;,\n]+[。!?;,\s]*")
_ASKS = re.compile(
    r"\?|吗|呢\s*$|怎么(?!都|也|还|能这)|如何|咋|哪|[跟找向由问催告]谁|谁[管能来]|什么(?!都|也)|啥|多少|几[个天年月成号点]|多久|多长|能不能|可不可以|能否|可否|是否|是不是"
    r"|合法吗|有没有|有无|(?:能|可以|行|是|要|会|算|给|让|用|得)[^。,;!?]{0,10}不[啊呀呢\s]*$|(?<![一要好])([\u4e00-\u9fff])不\1(?!说)"
)
_WANTS_IT_TAKEN_UP = re.compile(
    r"(?:我|我们|咱们?)?(?:要|想|得|来|必须)(?:正式|实名|匿名)?(?:投诉|举报|反映|提(?:个|一个)?(?:诉求|意见|建议)|曝光|告(?!诉))"
    r"|(?:帮|替|给)(?:我|我们|咱|忙)?(?:反映|投诉|处理|解决|协调|转|催|管|问责|出面|做主)"
    r"|(?:请|望|希望|盼|恳请|请求|要求|麻烦|求)[^。,;!?]{0,14}(?:处理|解决|协调|管一?管|出面|查处|整改|督促|重视|核实|介入|帮助|帮忙|做主|关注)"
    r"|(?:能不能|可不可以|能否|可否)(?:帮|替|给|派|来|出面|协调|管)"
    r"|(?:没人管|谁来管|管不管)"
)
_FIRST_PERSON = re.compile(r"我|咱|俺|自己")
_BAD = re.compile(
    r"欠|罚|扣[着住发我下]|讹|骗|盗|抄袭|仿冒|堵[着门我]|拖[着欠了延]|压[着在款]|卡[着我在住]|不[给还退续认付批理放签]|不发货|不出席|没下来|没到账|没收到|没给"
    r"|要[关破赔]|要我[赔交搬]|让我[赔交搬关]|逼|赶[我出]|断[电水网我]|判不合格|被[^,。;]{0,6}[罚查拆告扣卡拒判封退停]|贷不|投诉我|举报我|打假|亏|受伤|摔|跑路|失联|涨价|太重|不认可|扛不住"
)
_HEARSAY = re.compile(
    r"听说|听人说|据说|有人[说讲跟问]|朋友[说讲]|人家说|都说|网上说|有规定吗|有没有规定|法律上|条例里|政策里"
)
_HEARD = re.compile(
    r"(?:我|刚|前几天|昨天)?(?:听说|听人[说讲]|据说|有人[跟和]?我?[说讲]|(?:朋友|老乡|同行|邻居|群里|网上|别人)(?:跟我|们)?(?:都)?[说讲])"
)
_A_STORY = 140  # characters; a question at the end of a longer text is part of the story
_LAST = 2  # parts of a sentence that are looked at for a question


def asks_what_to_do(words: str) -> bool:
    """Whether cleaned words that tell a trouble end in a question, and wish for nothing to be taken up."""
    if len(words) > _A_STORY or _WANTS_IT_TAKEN_UP.search(words):
        return False
    last = _SENTENCE.findall(words)[-_LAST:]
    return any(_ASKS.search(part) for part in last)


def tells_own_trouble(words: str) -> bool:
    """Whether cleaned words tell of something bad that happens to the person, not of something heard."""
    return bool(_FIRST_PERSON.search(words) and _BAD.search(words)) and not _HEARSAY.search(words)


def is_hearsay(words: str) -> bool:
    """Whether cleaned words pass on what was heard about a rule, and tell nothing of one's own: 听说拖欠按天算利息."""
    return bool(_HEARD.match(words)) and not re.search(r"我[们家的]?(?:公司|店|厂)?被|欠我|罚我|扣我", words)


def asks(words: str) -> bool:
    """Whether cleaned words ask for anything."""
    return bool(_ASKS.search(words))
