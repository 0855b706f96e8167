"""One side of a package or a guide as an answer in the chat: from its facts, its fields, its questions and answers; what is
not held says so and who decides. Pure: records in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.content.records import (
    CAVEAT,
    IN_FORCE,
    Explanation,
    Fact,
    Grade,
    Kind,
    PolicyDocument,
    is_unverified,
)
from bot.policies.texts import deadline_words
from bot.understanding.cleaning import clean
from bot.understanding.facets import Asked, Side, asked
from bot.understanding.names import tight
from bot.understanding.numerals import in_digits
from bot.wechat.replies import anchor

SHORTEST_QUESTION = 3  # pairs of characters: 收到 is no question
MOST_SIDES = 3  # of one message
ROOM = 1300  # bytes for what is held; the rest of a reply says where it comes from and how to go on
KNOWN_SHARE = 0.7  # of a word's pairs of characters that have to stand in the package
# What a person may have meant when the side itself is not held: 多少钱 may be what one gets or what one pays.
NEAR: Mapping[Side, tuple[Side, ...]] = {
    Side.TIME: (Side.DEADLINE,),
    Side.DEADLINE: (Side.TIME,),
    Side.AMOUNT: (Side.FEE,),
    Side.WHERE: (Side.STEPS, Side.DECIDER),
    Side.CONTACT: (Side.DECIDER,),
    Side.DECIDER: (Side.CONTACT,),
    Side.STEPS: (Side.WHERE,),
    Side.REMEDY: (Side.CONSEQUENCE,),
    Side.CONSEQUENCE: (Side.REMEDY,),
}
_SAYS_WHO_DOES = re.compile(r"[，；。]|定$|认定|支付|办$|审贷|牵头|组织|监管|填报|受理|核定|归")
OFFERED = (
    Side.CONDITIONS,
    Side.MATERIALS,
    Side.STEPS,
    Side.AMOUNT,
    Side.TIME,
    Side.DEADLINE,
    Side.WHERE,
    Side.FEE,
)


@dataclass(frozen=True)
class Line:
    """One thing that is held, and where it was read."""

    text: str
    source: str = ""
    grade: Grade | None = None

    def said(self) -> str:
        """The line as a person reads it."""
        marks = [f"依据：{self.source}"] if self.source else []
        marks += [CAVEAT] if self.grade is Grade.C else []
        return f"· {self.text}（{'，'.join(marks)}）" if marks else f"· {self.text}"


def answer(policy: PolicyDocument, question: Asked, day: date, page: str) -> str:
    """What is held about the sides that are asked for, or that it is not verified and whom to ask."""
    sides = (question.side, *question.also)[:MOST_SIDES]
    parts = [_part(policy, side, question.words, day) for side in sides]
    lines = [line for part in parts for line in part.lines]
    room = ROOM // len(parts)
    source = not lines or any(line.source for line in lines) or is_unverified(policy)
    said = [
        f"{policy.short_name}{_standing(policy)}",
        *(text for part in parts if (text := part.said(policy, room))),
        "" if source else _ground(policy).rstrip(),
        _more(policy, {part.found for part in parts} | set(sides), day),
        anchor(page, "查看详情"),
    ]
    return "\n".join(line for line in said if line)


@dataclass(frozen=True)
class Part:
    """One side of an answer: what was asked for, and what is held about it or about what comes near."""

    asked: Side
    found: Side
    lines: list[Line]

    def said(self, policy: PolicyDocument, room: int) -> str:
        """The part as a person reads it, in so many bytes."""
        missing = "" if self.lines and self.found is self.asked else not_held(policy, self.asked)
        shown = f"【{self.found}】\n{_fitted(self.lines, room)}" if self.lines else ""
        return "\n".join(text for text in (missing, shown) if text)


def _part(policy: PolicyDocument, side: Side, words: tuple[str, ...], day: date) -> Part:
    tried = ((one, held(policy, one, words, day)) for one in (side, *NEAR.get(side, ())))
    return next((Part(side, one, lines) for one, lines in tried if lines), Part(side, side, []))


def not_held(policy: PolicyDocument, side: Side) -> str:
    """That we do not know, and whom to ask."""
    office = policy.decider or (policy.contact.department if policy.contact else "")
    asks = f"{decided_by(office)}，请打12345" if office else "请打12345问主管部门"
    return f"这份里没有核实到【{side}】，{asks}，或回复 0 转人工。"


def decided_by(office: str) -> str:
    """Who decides, as a part of a sentence; words that say already who does what stand as they are."""
    return f"办的是：{office}" if _SAYS_WHO_DOES.search(office) else f"由{office}定"


def held(policy: PolicyDocument, side: Side, words: Iterable[str], day: date) -> list[Line]:
    """Everything that is held about a side: what counts on the day, then what will, closest to the words first."""
    lines = [*_facts(policy, side, day), *_fields(policy, side), *_answers(policy, side)]
    wanted = tuple(words)
    return sorted(_unique(lines), key=lambda line: -sum(word in line.text for word in wanted))


def original(policy: PolicyDocument, page: str) -> str:
    """原文: where the text can be read, and which articles our facts were read in."""
    link = anchor(policy.source_url, "原文链接") if policy.source_url else ""
    where = link or (f"来源：{policy.source_name}" if policy.source_name else "")
    read = _within(dict.fromkeys(fact.source for fact in policy.facts), ROOM // 2)
    lines = [
        f"{policy.title}{policy.doc_no and f'（{policy.doc_no}）'}",
        f"发文：{'、'.join(policy.issuer)}" if policy.issuer else "",
        where or not_held(policy, Side.ORIGINAL),
        f"所列内容读自：{'；'.join(read)}" if read else "",
        anchor(page, "查看详情"),
    ]
    return "\n".join(line for line in lines if line)


def article(policy: PolicyDocument, number: int, page: str) -> str:
    """第17条: what we hold of this article."""
    named = f"第{number}条"
    lines = [Line(f.text, f.source, f.grade) for f in policy.facts if named in in_digits(clean(f.source))]
    body = () if is_unverified(policy) else (line.strip("-· ") for line in policy.body.splitlines())
    lines += [Line(line, grade=policy.grade) for line in body if named in in_digits(clean(line))]
    if not lines:
        return f"{policy.short_name}\n{not_held(policy, Side.ORIGINAL).replace('原文', named)}\n{anchor(page, '查看详情')}"
    return f"{policy.short_name} {named}\n{_fitted(lines)}\n{anchor(page, '查看详情')}"


def answered_by(policy: PolicyDocument, text: str) -> Explanation | None:
    """The question of the package that these words ask, when they are nearly its words."""
    wanted = _pairs(tight(clean(text)))
    if len(wanted) < SHORTEST_QUESTION:
        return None
    near = [(len(wanted & _pairs(tight(clean(one.title)))) / len(wanted), one) for one in _readable(policy)]
    share, best = max(near, key=lambda pair: pair[0], default=(0.0, None))
    return best if share >= KNOWN_SHARE else None


def answer_question(policy: PolicyDocument, question: Explanation, page: str) -> str:
    """One of the package's own questions with its answer."""
    caveat = f"（{CAVEAT}）" if policy.grade is Grade.C else ""
    return f"{policy.short_name}{_standing(policy)}\n问：{question.title}\n答：{question.text}{caveat}\n{_ground(policy)}{anchor(page, '查看详情')}"


def _ground(policy: PolicyDocument) -> str:
    """Where a field of the record itself was read; a guide is put together from many, each named at its fact."""
    return "" if policy.kind is Kind.GUIDE else f"依据：{policy.title}\n"


def knows(policy: PolicyDocument, words: Iterable[str]) -> bool:
    """Whether all of these words stand in the package: then they name no other matter."""
    text = tight(clean("。".join(_texts(policy))))
    return all(_stands_in(word, text) if len(word) > 1 else is_named_by(policy, word) for word in words)


def is_called_by(policy: PolicyDocument, words: Iterable[str]) -> bool:
    """Whether any pair of characters of these words stands in the package's names."""
    names = tight(clean("。".join(policy.names)))
    return any(pair in names for word in words for pair in _pairs(word))


def is_called(policy: PolicyDocument, word: str) -> bool:
    """Whether a word stands in one of the package's names."""
    return any(word in name for name in policy.names)


def is_named_by(policy: PolicyDocument, word: str) -> bool:
    """Whether a word stands in what the package is called and mainly says, not only somewhere in its text."""
    return word in tight(clean("。".join((*policy.names, *policy.asks, policy.summary, *policy.points))))


def _stands_in(word: str, text: str) -> bool:
    pairs = _pairs(word)
    return word in text or (bool(pairs) and sum(pair in text for pair in pairs) >= KNOWN_SHARE * len(pairs))


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _standing(policy: PolicyDocument) -> str:
    return "" if policy.status in IN_FORCE else f"（{policy.status.value}）"


def _facts(policy: PolicyDocument, side: Side, day: date) -> list[Line]:
    about = [fact for fact in policy.facts if fact.about.value == side.value]
    now = [Line(fact.text, fact.source, fact.grade) for fact in about if fact.holds_on(day)]
    return now + [_upcoming(fact) for fact in about if fact.since and fact.since > day]


def _upcoming(fact: Fact) -> Line:
    since = f"自{fact.since:%Y年%-m月%-d日}起：" if fact.since else ""
    return Line(f"{since}{fact.text}", fact.source, fact.grade)


def _fields(policy: PolicyDocument, side: Side) -> list[Line]:
    """What the record's own fields say; those of a record that is not verified are not shown."""
    if side is Side.VALIDITY:
        return [Line(text) for text in _validity(policy)]
    if side is Side.DECIDER and policy.decider:
        return [Line(policy.decider, grade=policy.grade)]
    read = FIELDS.get(side)
    if read is None or is_unverified(policy):
        return []
    return [Line(text, grade=policy.grade) for text in read(policy) if text]


def _validity(policy: PolicyDocument) -> list[str]:
    days = (("发布", policy.published), ("施行", policy.effective), ("失效", policy.expires))
    dated = "，".join(f"{day:%Y-%m-%d} {name}" for name, day in days if day)
    checked = f"（核验于 {policy.verified_at:%Y-%m-%d}）" if policy.verified_at else ""
    old = [f"替代了：{one.title}" for one in policy.supersedes if one.title]
    new = [f"已被替代：{one.title}" for one in policy.superseded_by if one.title]
    return [f"{policy.status.value}{checked}", *([dated] if dated else []), *new, *old]


def _contact(policy: PolicyDocument) -> list[str]:
    known = policy.contact
    return [f"{known.department} {known.phone}".strip()] if known and known.phone else []


def _who_may(policy: PolicyDocument) -> list[str]:
    return [*policy.conditions, *([f"适用对象：{policy.audience}"] if policy.audience else [])]


FIELDS: Mapping[Side, Callable[[PolicyDocument], Iterable[str]]] = {
    Side.CONDITIONS: _who_may,
    Side.MATERIALS: lambda p: p.materials,
    Side.STEPS: lambda p: p.steps,
    Side.DEADLINE: lambda p: (f"申报期限：{words}",) if (words := deadline_words(p)) else (),
    Side.WHERE: lambda p: (p.where,),
    Side.CONTACT: _contact,
    Side.AMOUNT: lambda p: (*p.support, *([f"兑现方式：{p.redemption}"] if p.redemption else [])),
    Side.FEE: lambda p: (p.fee,),
    Side.REMEDY: lambda p: (f"投诉：{p.complaint}",) if p.complaint else (),
    Side.CLAUSE: lambda p: p.points,
}  # fmt: skip


def _answers(policy: PolicyDocument, side: Side) -> list[Line]:
    """The package's own questions that ask about this side."""
    about = [one for one in _readable(policy) if _side_of(one.title) is side]
    return [Line(f"{one.title}{one.text}", grade=policy.grade) for one in about]


@lru_cache(maxsize=4096)
def _side_of(title: str) -> Side | None:
    """The side that a package's own question asks about; each is read once."""
    question = asked(title)
    return question.side if question else None


def _readable(policy: PolicyDocument) -> list[Explanation]:
    return [] if is_unverified(policy) else [one for one in policy.explanations if one.text]


def _unique(lines: Iterable[Line]) -> list[Line]:
    return list({line.text: line for line in reversed(list(lines))}.values())[::-1]


def _fitted(lines: list[Line], room: int = ROOM) -> str:
    """As many lines as there is room for, one at least."""
    shown = list[str]()
    for line in lines:
        room -= len(line.said().encode()) + 1
        if shown and room < 0:
            return "\n".join([*shown, "· ……其余的见详情页"])
        shown.append(line.said())
    return "\n".join(shown)


def _within(texts: Iterable[str], room: int) -> list[str]:
    """As many of the texts as there is room for."""
    shown = list[str]()
    for text in texts:
        room -= len(text.encode()) + 3
        if room < 0:
            break
        shown.append(text)
    return shown


def _more(policy: PolicyDocument, told: set[Side], day: date) -> str:
    """Which other sides can be asked about."""
    others = [one for one in OFFERED if one not in told and held(policy, one, (), day)][:4]
    return f"还可以问：{'、'.join(others)}" if others else ""


def _texts(policy: PolicyDocument) -> Iterable[str]:
    fields = (
        policy.title,
        policy.audience,
        policy.summary,
        policy.redemption,
        policy.where,
        policy.fee,
        policy.decider,
    )
    lists = (
        policy.names,
        policy.asks,
        policy.points,
        policy.support,
        policy.conditions,
        policy.materials,
        policy.steps,
    )
    yield from (*fields, policy.body, *(line for part in lists for line in part))
    yield from (word for fact in policy.facts for word in (fact.text, fact.source))
    yield from (word for one in policy.explanations for word in (one.title, one.text))
    yield from (word for one in policy.checks for word in (one.ask, one.otherwise))
