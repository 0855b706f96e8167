"""From the phrases found in a text to a score for each intent: what is asked, what hurts, what is wished."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.understanding.phrases import SPECIFIC
from bot.understanding.spans import Hit
from bot.understanding.told import HEARD, RULE, TOLD

_SHARES = (1.0, 0.6, 0.4, 0.25)  # of the first, second … phrase of one label; the rest count nothing
_NEGATABLE = frozenset({"appeal", "appeal_status", "subscribe_study", "unsubscribe_study", "human"})
_NEGATION = re.compile(
    r"(?:不是来?|不想|不要|不用|不必|不需要?|无需|没想|没有要|并非|并不|不打算|不会|别|甭|不是要|不是想|没|不)(?:要|想|来|去|再|给我|是|帮我)?$"
)
_BOTH_WAYS = re.compile(
    r"(.)不\1[^不]{0,2}$|是不是[^不]{0,2}$|能不能[^不]{0,2}$|可不可以[^不]{0,2}$|用不用$|有没有?$|了没$|好不$|为什么不[^不]?$|怎么不[^不]?$|干嘛不$|何不$"
)
_REPORTED, _BY_OTHERS = re.compile(r"举报|投诉"), re.compile(r"被[^,。;!?我]{0,5}$|[遭挨]$")
_A_OR_NOT = re.compile(r"(.)不\1$")
_ENDS_SOMETHING = re.compile(r"退|取消|停|关")
_STRONG_TOPIC = 4.0
_SUPPORTED = 0.6  # of the weight of 补贴, 支持 … goes to the topic it stands with
_OWN, _WISHED, _ASKED = 1.5, 3.0, 0.8
_SORE = 3.2
_TOPIC_OVER_TALK = 5.0
_ASKS_AFTER = 9.0
_TROUBLE_WHEN_ASKED = 0.55
_PRIVATE = 0.3  # of a topic in talk of private life
_HEARD_ONLY, _RULED = 0.3, 0.6  # of a trouble that a question about a rule is told with
_BEHIND = 0.6  # of a topic of which a story is told
_URGED = 0.5  # of 催一催 beside trouble that is told for the first time


@dataclass(frozen=True, slots=True)
class Weighed:
    """The score of an intent (3 is a hint, 6 is clear, 10 is a command) and the phrase that spoke most for it."""

    score: float
    why: str


def weigh(text: str, hits: Iterable[Hit], *, in_business: bool = False) -> dict[str, Weighed]:
    """Scores of all intents that anything in the text speaks for; topics count little in talk of private life."""
    sums = _sums_by_label([hit for hit in hits if not _is_negated(text, hit)])
    asked = "question" in sums or RULE in sums or "?" in text
    of_rule = asked and RULE in sums and ("appeal" not in sums or HEARD in sums)
    _count_trouble(sums, asked=asked, own="own" in sums, wished="wish" in sums and not of_rule)
    if of_rule or (asked and HEARD in sums):
        _ask_about_rule(sums)
    elif TOLD in sums and ("wish" in sums or not asked):
        _stand_behind_story(sums)
    _share_support(sums)
    if not asked and _is_sore_spot(sums):
        sums["appeal"] = Weighed(_SORE, sums["place"].why)
    if not in_business:
        _stay_private(sums)
    _lower_beside_topics(sums)
    if asked:
        for label in [name for name in sums if name.startswith("policy:")]:
            sums[label] = Weighed(sums[label].score + _ASKED, sums[label].why)
    return {label: weighed for label, weighed in sums.items() if label not in _MODIFIERS}


_MODIFIERS = frozenset(
    {"question", "own", "wish", "trouble", "support", "place", "sore", "private", RULE, HEARD, TOLD}
)


def _sums_by_label(hits: list[Hit]) -> dict[str, Weighed]:
    weights: dict[str, dict[str, float]] = {}
    for hit in hits:
        weights.setdefault(hit.label, {})[hit.phrase] = hit.weight
    return {label: _sum_of_label(found) for label, found in weights.items()}


def _sum_of_label(found: dict[str, float]) -> Weighed:
    ordered = sorted(found.items(), key=lambda pair: -pair[1])
    total = sum(share * weight for share, (_, weight) in zip(_SHARES, ordered, strict=False))
    return Weighed(total, ordered[0][0])


def _count_trouble(sums: dict[str, Weighed], *, asked: bool, own: bool, wished: bool) -> None:
    """Trouble is an appeal: more so when it is one's own and a wish goes with it, less so in a mere question."""
    filed, trouble = sums.get("appeal"), sums.get("trouble")
    if trouble is None:
        if wished and own and filed:
            sums["appeal"] = Weighed(filed.score + 1.0, filed.why)
        return
    weight = trouble.score * (_TROUBLE_WHEN_ASKED if asked and not wished and not filed else 1.0)
    weight += (_OWN if own and not asked else 0.0) + (_WISHED if wished else 0.0)
    sums["appeal"] = Weighed(weight + (filed.score if filed else 0.0), filed.why if filed else trouble.why)


def _ask_about_rule(sums: dict[str, Weighed]) -> None:
    """What is only heard of, or asked as a rule, is no appeal: 朋友被罚了，这个有规定吗."""
    share = _HEARD_ONLY if HEARD in sums else _RULED
    for label in ("appeal", "appeal_status"):
        if label in sums:
            sums[label] = Weighed(share * sums[label].score, sums[label].why)


def _stand_behind_story(sums: dict[str, Weighed]) -> None:
    """出口退税交了三个月没到账 tells what happened; the topic only says about what."""
    for label in [name for name in sums if name.startswith("policy:")]:
        sums[label] = Weighed(_BEHIND * sums[label].score, sums[label].why)


def _share_support(sums: dict[str, Weighed]) -> None:
    """补贴, 优惠, 支持 … belong to the topic they stand with; alone they ask for policies."""
    support = sums.get("support")
    if support is None:
        return
    general = sums.get("policy:政策")
    sums["policy:政策"] = Weighed(
        support.score + (0.6 * general.score if general else 0.0), general.why if general else support.why
    )
    for label, weighed in list(sums.items()):
        topic = label.startswith("policy:") and not label.startswith(SPECIFIC) and label != "policy:政策"
        if topic and weighed.score >= _STRONG_TOPIC:
            sums[label] = Weighed(weighed.score + _SUPPORTED * support.score, weighed.why)


def _stay_private(sums: dict[str, Weighed]) -> None:
    """离婚要什么手续, 闺蜜借钱不还 ask no federation of commerce; what is told as trouble is still an appeal."""
    if "private" in sums:
        for label in [name for name in sums if name.startswith("policy:") or name in ("study", "events")]:
            sums[label] = Weighed(_PRIVATE * sums[label].score, sums[label].why)


def _lower_beside_topics(sums: dict[str, Weighed]) -> None:
    """How to use what, and a word of small talk, count half beside a topic; asking after a complaint is no new one."""
    clearest = max((w.score for label, w in sums.items() if label.startswith("policy:")), default=0.0)
    for label in ("help", "offtopic"):
        if label in sums and clearest >= _TOPIC_OVER_TALK:
            sums[label] = Weighed(0.5 * sums[label].score, sums[label].why)
    if "appeal" in sums and "appeal_status" in sums and sums["appeal_status"].score >= _ASKS_AFTER:
        sums["appeal"] = Weighed(0.8 * sums["appeal"].score, sums["appeal"].why)
    elif "trouble" in sums and "appeal_status" in sums:
        sums["appeal_status"] = Weighed(_URGED * sums["appeal_status"].score, sums["appeal_status"].why)


def _is_sore_spot(sums: dict[str, Weighed]) -> bool:
    """Whether the text only says that something round the firm is bad: 路灯全灭了, 网约车天天堵门口."""
    clearest = max((weighed.score for label, weighed in sums.items() if label not in _MODIFIERS), default=0.0)
    return "place" in sums and "sore" in sums and clearest < _SORE


def _is_negated(text: str, hit: Hit) -> bool:
    """Whether a negation stands before the hit: 我不投诉 is no complaint; 要不要投诉 and 为什么不受理 still are."""
    if hit.label not in _NEGATABLE or (hit.joined and not _ENDS_SOMETHING.match(text, hit.start)):
        return False
    before = text[max(0, hit.start - 6) : hit.start]
    if hit.label == "appeal" and _REPORTED.match(hit.phrase) and _BY_OTHERS.search(before):
        return True  # 我们被人举报了 files nothing
    asked = _BOTH_WAYS.search(before) or _A_OR_NOT.search(before + text[hit.start])
    return bool(_NEGATION.search(before)) and not asked
