"""Which of a person's own cases is meant by words: 撤回噪音那个, 欠款的那件怎么样了, 刚才那个. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.understanding.cleaning import clean
from models.appeals import Appeal

LONGEST = 40  # characters of a message that means a case in passing
ENOUGH = 0.5  # share of the words' pairs of characters that have to stand in the case
_VERB = r"(?:撤回|撤销|撤掉|撤了|取消|不办了|不要了|不投诉了|算了)"
_CASE = r"(?:诉求|投诉|举报|反映|事情|事儿|事|案子|工单|单子|问题|建议|申请)?"
_THAT = rf"(?:的)?(?:{_CASE}的?)?(?:那|这)(?:一)?(?:个|件|条|份|次|单|起){_CASE}"
_LEAD = r"(?:我?(?:要|想要?|来)|帮我|给我|请|麻烦|把|将)*"
_ENDS = r"(?:给?我?)(?:吧|了|啊|呢|谢谢)*"
_WITHDRAWS = (
    re.compile(rf"{_LEAD}{_VERB}(?:我?(?:的|提的|说的|反映的|投诉的)?)(?P<words>.{{1,20}}?){_THAT}{_ENDS}"),
    re.compile(rf"{_LEAD}(?P<words>.{{1,20}}?){_THAT}(?:给我|帮我|我要?|我想)?{_VERB}{_ENDS}"),
)
_STAGE = r"(?:怎么样|咋样|如何|办到哪|到哪|办好|办完|解决|处理|进度|进展|结果|有消息|有信|有人管|查|看|催|状态|情况|受理|回复|答复|什么时候|多久|谁在).{0,8}"
_ASKS = (
    re.compile(rf"(?:我?(?:要|想)?(?:查|看|催|问|查询|查看|了解)(?:一?下|一查|看)?(?:我?(?:的|提的|说的)?))(?P<words>.{{1,20}}?){_THAT}(?:{_STAGE})?{_ENDS}"),
    re.compile(rf"(?:我?(?:的|提的|说的|反映的|投诉的|上次|之前)*)(?P<words>.{{1,20}}?){_THAT}{_STAGE}"),
)  # fmt: skip
_JUST_NOW = re.compile(
    r"(?:我)?(?:刚才|刚刚|刚|上面|上边|前面|方才|最近|最新|上一?|才)(?:提交?|发|说|反映|报)?的?"
)
_FILLING = re.compile(
    r"我|们|的|那|这|说|提|过|了|关于|反映|投诉|举报|诉求|事情?|问题|上次|之前|前几天|昨天|今天|有关|跟|和|把|被|就是|那个|那件"
)


@dataclass(frozen=True)
class Meant:
    """The words by which a case is meant; none when it is the newest (刚才那个)."""

    words: str


def withdrawn(text: str) -> Meant | None:
    """The case that somebody wants to take back, by words."""
    return _first(_WITHDRAWS, text)


def asked_about(text: str) -> Meant | None:
    """The case that somebody asks about, by words."""
    return _first(_ASKS, text)


def fitting(meant: Meant, cases: Sequence[Appeal]) -> list[Appeal]:
    """The cases that fit the words best, newest first; the newest of all for 刚才那个."""
    if not meant.words:
        return list(cases[:1])
    scored = [(_share(meant.words, _text(case)), case) for case in cases]
    best = max((share for share, _ in scored), default=0.0)
    return [case for share, case in scored if share == best and share >= ENOUGH]


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> Meant | None:
    words = re.sub(r"[\W_]+", "", clean(text[: LONGEST + 1]))
    if len(text) > LONGEST:
        return None
    found = next((match for pattern in patterns if (match := pattern.fullmatch(words))), None)
    if found is None:
        return None
    said = found.group("words")
    return Meant("" if _JUST_NOW.fullmatch(said) else _FILLING.sub("", said))


def _text(case: Appeal) -> str:
    return clean(f"{case.title}\n{case.body}\n{case.category}")


def _share(words: str, text: str) -> float:
    """How much of the words stands in the text: by pairs of characters, half as much by single ones (噪音, 噪声)."""
    pairs = [words[i : i + 2] for i in range(len(words) - 1)] or [words]
    by_pairs = sum(pair in text for pair in pairs) / len(pairs)
    return max(by_pairs, sum(char in text for char in words) / len(words) / 2)
