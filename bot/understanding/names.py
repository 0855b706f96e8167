"""Find documents by name, alias or number: as written, by sound, by typed pinyin, with a slip, by a part of the title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from bot.understanding.cleaning import clean
from bot.understanding.matcher import automaton, masks
from bot.understanding.numerals import in_digits
from bot.understanding.sounds import encode, encode_name, spelled

SOUND_FROM = 4  # characters of a name from which its sound counts (domain §7.3 step 4)
SLIP_FROM = 5  # and from which a slip of the pen counts; 4 for a short name that is the whole message
_TWO_SLIPS_FROM = 9
_OVER_TOPICS_FROM = 4  # characters of a name that means its document although the phrases know it as a topic
_SLIPS_IN_TEXTS_TO = 80  # characters
_MORE_THAN_A_PHRASE = 0.6
_PART_FROM = 8  # characters of a title that stand for it when no other title holds them
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER_WORDS = re.compile(r"[\W_第年]+")
_DIGITS = re.compile(r"\d+")
_KIND = re.compile(r"条例|法|办法|意见|通知|公告|措施|规定|批复|方案|计划|政策")
# 关于续贷的那个通知 names 续贷通知.
_LOOSE = re.compile(r"的?那[个份种]|的?这[个份种]|关于|里面?|的|什么|有个|叫")
_LOOSE_TO = 24  # characters of a text in which a name may be taken apart like that
_DECREE = re.compile(r"(?:国务院令|国令|主席令|令)(\d+)号")
_NUMBERED = re.compile(r"(\d{4})(\d{1,4})号$")
_HEAD = re.compile(
    r"(?:你好|您好|请问|什么是|有没有|介绍|发|看看?|查|找|搜|我?想(?:看看?|要|问|了解|知道)|给我(?:发|看|找|查)?|一?下)+"
)
_TAIL = re.compile(
    r"(?:的?(?:原文|全文|内容|解读|文件|规定|政策)|是什么|是啥|怎么领|怎么申请|有哪些|讲什么|说什么|在哪看?|呢|吗|啊|呀){1,9}$"
)


@dataclass(frozen=True)
class Named:
    """A document as people call it. `key` is its short name, `doc_nos` its official numbers (文号); names of `whole`
    mean it only as the whole message."""

    key: str
    names: tuple[str, ...]
    doc_nos: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A document found in a text, and how: number, name, sound, pinyin, slip, part."""

    key: str
    how: str
    name: str
    size: int
    start: int


def tight(text: str) -> str:
    """A text without punctuation and spaces, numerals of 条 and 号 in digits."""
    return _NOT_WORDS.sub("", in_digits(text))


def bare_name(words: str) -> str:
    """A tight text without 请问 and 给我发一下 before the name in it, and 的原文 and 是什么 after it."""
    head = _HEAD.match(words)
    return _TAIL.sub("", words[head.end() :] if head else words)


@dataclass(frozen=True, slots=True)
class Soft:
    """Names that may not take every question that holds them.

    `generic` ones mean their document when they are the whole message; a short topic of the phrases means the topic,
    unless it is the short name itself and the whole message.
    """

    generic: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()


class Names:
    """All names of all documents; immutable after building."""

    def __init__(self, documents: Iterable[Named], soft: Soft) -> None:
        names, sounds, numbers = _Owners(), _Owners(), _Owners()
        self._generic = soft.generic
        self._soft: dict[str, str] = {}
        self._spoken: dict[str, str] = {}
        self._slippery: dict[str, str] = {}
        self._slipped_whole: dict[str, str] = {}
        for document in documents:
            for name in map(clean, (document.key, *document.names) if not document.whole else document.names):
                self._add_name(document.key, name, names, sounds, soft)
            for form in map(tight, map(clean, document.whole)):
                self._soft.setdefault(form, document.key)
            for number in document.doc_nos:
                for form in _number_forms(number):
                    numbers.add(form, document.key, number)
        self._names, self._sounds, self._numbers = names.automaton(), sounds.automaton(), numbers.automaton()
        self._any_numbers = bool(numbers.owners)
        self._any_names, self._any_sounds = bool(names.owners), bool(sounds.owners)
        self._pairs: dict[str, list[str]] = {}
        for name in self._slippery:
            for gram in _pairs(name):
                self._pairs.setdefault(gram, []).append(name)

    def _add_name(self, key: str, name: str, names: _Owners, sounds: _Owners, soft: Soft) -> None:
        form = tight(name)
        if len(form) < 2:
            return
        written = _NOT_WORDS.sub("", name)
        for spoken in {form, written} if len(written) >= SOUND_FROM else {form}:
            for code in encode_name(spoken, folded=True):
                self._spoken.setdefault(code, key)
        is_topic = form in soft.topics and len(form) < _OVER_TOPICS_FROM
        if is_topic and form != tight(clean(key)):
            return
        if is_topic or form in soft.generic:
            self._soft.setdefault(form, key)
            return
        names.add(form, key, form)
        if len(form) >= SOUND_FROM:
            for spoken in {form, written}:
                for code in encode_name(spoken, folded=True):
                    sounds.add(code, key, spoken)
        if len(form) >= SLIP_FROM:
            self._slippery.setdefault(form, key)
        elif len(form) == SLIP_FROM - 1 and form == tight(clean(key)):
            for mask in masks(form):
                self._slipped_whole.setdefault(mask, key)

    def by_number(self, text: str) -> list[Found]:
        """Documents whose 文号 stands in the cleaned text."""
        if not self._any_numbers or not ("号" in text or "令" in text):
            return []
        return _best_of_each(self._scan(self._numbers, _NUMBER_WORDS.sub("", in_digits(text)), "number"))

    def by_name(self, text: str) -> list[Found]:
        """Documents named in the cleaned text, the longest name first."""
        words = tight(text)
        for bare in (words, _TAIL.sub("", words), bare_name(words)):
            if bare in self._soft:
                return [Found(self._soft[bare], "name", words, len(words), 0)]
        if not self._any_names:
            return []
        found = _best_of_each(self._scan(self._names, words, "name"))
        pressed = _LOOSE.sub("", words)
        if found or pressed == words or len(words) > _LOOSE_TO:
            return found
        if pressed in self._soft:
            return [Found(self._soft[pressed], "part", pressed, len(pressed), 0)]
        return _best_of_each(self._scan(self._names, pressed, "part"))

    def by_sound(self, text: str) -> list[Found]:
        """Documents whose name sounds like a part of the cleaned text, also when typed as pinyin."""
        if not self._any_sounds:
            return []
        whole = encode(tight(text), folded=True)
        unconverted = _NOT_WORDS.sub("", text)
        for code in (whole, encode(bare_name(tight(text)), folded=True), encode(unconverted, folded=True)):
            if len(code) >= SOUND_FROM and (key := self._spoken.get(code)):
                return [Found(key, "sound", key, len(code), 0)]
        heard = self._scan(self._sounds, whole, "sound")
        if not heard and unconverted != tight(text):
            heard = self._scan(self._sounds, encode(unconverted, folded=True), "sound")
        return _best_of_each(heard or self._by_typed_pinyin(text))

    def by_slip(self, text: str, longest_phrase: int = 0) -> list[Found]:
        """Documents whose name differs from a part of the cleaned text by one slip, by two when it is long.

        A name that is hardly longer than a phrase which really stands there is no slip.
        """
        words = tight(text)
        if not SLIP_FROM - 1 <= len(words) <= _SLIPS_IN_TEXTS_TO:
            return []
        if whole := self._whole_slip(bare_name(words), longest_phrase):
            return whole
        shared = Counter(name for gram in _pairs(words) for name in self._pairs.get(gram, ()))
        near = [name for name, count in shared.items() if count >= _pairs_needed(name)]
        long = [
            name
            for name in near
            if longest_phrase < _MORE_THAN_A_PHRASE * len(name)
            or len(words) <= len(name) <= 2 + longest_phrase
        ]
        core = bare_name(words)
        if slipped := _only_one([hit for name in near if (hit := self._near_name(name, core))]):
            return slipped
        found = [hit for name in long if (hit := self._slipped_name(name, words))]
        return _only_one(found) or self._part_of_name(words, shared)

    def _by_typed_pinyin(self, text: str) -> list[Found]:
        spelling = spelled(text, folded=True)
        if spelling is None:
            return []
        if not any(spelling.letters) and (key := self._spoken.get(spelling.codes)):
            return [Found(key, "pinyin", key, len(spelling.codes), 0)]
        hits = self._scan(self._sounds, spelling.codes, "pinyin")
        return [h for h in hits if "" in spelling.letters[h.start : h.start + h.size]]

    def _scan(self, owners: Any, text: str, how: str) -> list[Found]:
        found = []
        for last, (form, key, name) in owners.iter(text):
            start = last + 1 - len(form)
            if not _cuts_number(text, form, start) and not _cuts_law(text, form, start):
                found.append(Found(key, how, name, len(form), start))
        return found

    def _near_name(self, name: str, core: str) -> Found | None:
        """The name when the whole message is one character away from it: one wrong, one left out, one too many."""
        if core == name or Levenshtein.distance(name, core, score_cutoff=1) > 1:
            return None
        if _DIGITS.findall(name) != _DIGITS.findall(core) or not _is_same_kind(name, core):
            return None
        return Found(self._slippery[name], "slip", name, len(name), 0)

    def _slipped_name(self, name: str, words: str) -> Found | None:
        least = 100.0 * (len(name) - _slips(name)) / len(name) - 0.01
        place = fuzz.partial_ratio_alignment(name, words, score_cutoff=least)
        if place is None or place.src_end - place.src_start < len(name) - 1:
            return None
        part = words[max(0, place.dest_start - 1) : place.dest_end + 1]
        if not set(_DIGITS.findall(name)) <= set(_DIGITS.findall(part)):
            return None  # 民营经济31条 is not a slip for 民营经济28条
        if not _is_same_kind(name, part):
            return None
        return Found(self._slippery[name], "slip", name, len(name), place.dest_start)

    def _whole_slip(self, core: str, longest_phrase: int) -> list[Found]:
        if len(core) != SLIP_FROM - 1 or longest_phrase >= len(core):
            return []
        keys = {self._slipped_whole[mask] for mask in masks(core) if mask in self._slipped_whole}
        return [Found(key, "slip", key, len(core), 0) for key in keys] if len(keys) == 1 else []

    def _part_of_name(self, words: str, shared: Counter[str]) -> list[Found]:
        core = _TAIL.sub("", words)
        if len(core) < _PART_FROM and core not in self._generic:
            return []
        return _only_one([Found(self._slippery[n], "part", n, len(core), 0) for n in shared if core in n])


class _Owners:
    """Forms of names, each with the document that said it first."""

    def __init__(self) -> None:
        self.owners: dict[str, tuple[str, str, str]] = {}

    def add(self, form: str, key: str, name: str) -> None:
        self.owners.setdefault(form, (form, key, name))

    def automaton(self) -> Any:
        return automaton(self.owners)


def _number_forms(number: str) -> set[str]:
    """How people write a document number: with or without its year, its issuer, 第 and brackets."""
    plain = _NUMBER_WORDS.sub("", in_digits(clean(number)))
    forms = {plain}
    if decree := _DECREE.search(plain):
        serial = decree.group(1)
        forms |= {f"国令{serial}", f"国务院令{serial}", f"{serial}号令", f"令{serial}号"} | (
            {f"{serial}号"} if len(serial) >= 3 else set()
        )
    elif dated := _NUMBERED.search(plain):
        year, serial = dated.groups()
        forms |= {f"{year}{serial}号"} | ({f"{serial}号"} if len(serial) >= 3 else set())
        if "公告" in plain:
            forms |= {f"{year}公告{serial}号", f"公告{year}{serial}号", f"{year}{serial}号公告"}
            forms |= {f"{serial}号公告", f"公告{serial}号"} if len(serial) >= 2 else set()
    return {form for form in forms if len(form) >= 4}


def _cuts_number(text: str, form: str, start: int) -> bool:
    """Whether a find cuts a number: 28条 is neither 128条 nor 第28条, which is an article of some law."""
    end = start + len(form)
    if form[0].isdigit() and start and (text[start - 1].isdigit() or text[start - 1] == "第"):
        return True
    return form[-1].isdigit() and end < len(text) and text[end].isdigit()


def _cuts_law(text: str, form: str, start: int) -> bool:
    """Whether a find cuts a word that begins like a law: 公司法 is not in 公司法人, 公司法务 or 公司法律顾问."""
    return form.endswith("法") and text[start + len(form) : start + len(form) + 1] in tuple("人务院律官庭")


def _best_of_each(found: list[Found]) -> list[Found]:
    """One hit for each document, the longest name first, earlier ones first among equals."""
    best: dict[str, Found] = {}
    for hit in sorted(found, key=lambda f: (-f.size, f.start)):
        best.setdefault(hit.key, hit)
    return list(best.values())


def _only_one(found: list[Found]) -> list[Found]:
    """The hits of the longest name when they are of one document; none when it is a toss-up."""
    best = _best_of_each(found)
    return best if len({f.key for f in best}) == 1 else []


def _slips(name: str) -> int:
    return 2 if len(name) >= _TWO_SLIPS_FROM else 1


def _is_same_kind(name: str, part: str) -> bool:
    """Whether both are of one kind of document: 促进法 is no slip for 促进条例, but 条列 is one for 条例."""
    kinds = set(_KIND.findall(name))
    last = _KIND.search(name[-2:])
    return kinds >= set(_KIND.findall(part)) and (last is None or not set(last.group()).isdisjoint(part))


def _pairs_needed(name: str) -> int:
    return max(2, len(name) - 1 - 2 * _slips(name))


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
