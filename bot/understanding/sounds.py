"""Words by their sound: one character per syllable, so that a match always lies on syllable borders.

A text keeps its length (one code per Chinese character), which lets a match be read back in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_FIRST_CODE: Final = 0xE000  # private use area: 6,400 places for some 400 syllables
_TONES = str.maketrans("āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜüńňǹḿ", "aaaaooooeeeeiiiiuuuuvvvvvnnnm")
_LATIN_RUN = re.compile(r"[a-z]{2}")
_TOKEN = re.compile(r"[a-z']+|[^a-z' ]")
_BARE_U, _UMLAUTS = re.compile(r"[ln]u"), {"lu": "lv", "nu": "nv"}
_TYPED_AT_MOST = 120  # characters of a text in which typed pinyin is looked for
_NOT_IN_TYPED = frozenset({"a", "o", "e", "n", "m", "ng", "hm", "hng", "lo", "yo", "ê"})


@lru_cache(maxsize=1)
def _readings() -> dict[str, str]:
    """The commonest toneless syllable of each Chinese character of the basic plane."""
    from pypinyin import pinyin_dict

    return {
        chr(code): said.split(",")[0].translate(_TONES)
        for code, said in pinyin_dict.pinyin_dict.items()
        if 0x3400 <= code <= 0x9FFF
    }


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {
        s: chr(_FIRST_CODE + i) for i, s in enumerate(sorted(set(_readings().values()) | _folded_syllables()))
    }


def _folded_syllables() -> set[str]:
    return {fold(s) for s in _readings().values()}


def fold(syllable: str) -> str:
    """A syllable as many ears hear it: zh=z, ch=c, sh=s, ing=in, eng=en, ang=an, n=l at its head."""
    head = syllable[0] + syllable[2:] if syllable[:2] in ("zh", "ch", "sh") else syllable
    if head.endswith(("ing", "eng", "ang")):
        head = head[:-1]
    return "l" + head[1:] if head.startswith("n") and len(head) > 1 else head


@lru_cache(maxsize=2)
def _table(folded: bool) -> dict[int, str]:
    codes = _codes()
    return {ord(c): codes[fold(s) if folded else s] for c, s in _readings().items()}


def encode(text: str, *, folded: bool) -> str:
    """The text with every Chinese character as the code of its syllable; other characters stay."""
    return text.translate(_table(folded))


def encode_name(name: str, *, folded: bool) -> set[str]:
    """The codes of a name: character by character, and as the whole word is read (行 in 银行)."""
    codes = _codes()
    read = "".join(codes.get(fold(said) if folded else said, said) for said in _as_read(name))
    return {encode(name, folded=folded), read} if len(read) == len(name) else {encode(name, folded=folded)}


@lru_cache(maxsize=1 << 13)
def _as_read(word: str) -> tuple[str, ...]:
    """The syllables of a word as a whole; anything else in it stays. Asking pypinyin is slow, and needless where no part
    of the word is one that it knows: then every character is read as it is alone."""
    if _holds_known_word(word):
        from pypinyin import (  # its dictionary is large: processes that only send do not load it
            Style,
            lazy_pinyin,
        )

        return tuple(said.replace("ü", "v") for said in lazy_pinyin(word, style=Style.NORMAL))
    known = _readings()
    return tuple(known.get(char, char) for char in word)


def _holds_known_word(word: str) -> bool:
    from pypinyin.phrases_dict import phrases_dict as known

    size = len(word)
    return any(word[start:end] in known for start in range(size) for end in range(start + 2, size + 1))


def initials(word: str) -> str:
    """The first letters of a purely Chinese word as they are typed: 石惠十条 is shst; "" for any other word."""
    known = _readings()
    syllables = [known.get(char, "") for char in word]
    return "".join(syllable[0] for syllable in syllables) if word and all(syllables) else ""


def letters(word: str) -> str:
    """A purely Chinese word as it is typed in full: 社保 is shebao; "" for any other word."""
    known = _readings()
    if not word or not all(char in known for char in word):
        return ""
    return "".join(_as_read(word))


@dataclass(frozen=True)
class Spelled:
    """A text with typed pinyin as codes; `letters[i]` is the character behind code i, "" when it was typed."""

    codes: str
    letters: tuple[str, ...]


def spelled(text: str, *, folded: bool) -> Spelled | None:
    """The codes of a text that holds pinyin typed in letters (shihuishitiao, dai款), spaces left out; else None."""
    return next(iter(spellings(text, folded=folded)), None)


def spellings(text: str, *, folded: bool) -> list[Spelled]:
    """The ways to read a text that holds typed pinyin: falu may mean fa lu or fa lü."""
    if not _LATIN_RUN.search(text):
        return []
    readings = [
        _spelled(text, folded, umlauts) for umlauts in ((False, True) if _BARE_U.search(text) else (False,))
    ]
    return [reading for reading in readings if reading is not None]


def _spelled(text: str, folded: bool, umlauts: bool) -> Spelled | None:
    codes, letters, found = _codes(), list[str](), list[str]()
    for token in _TOKEN.findall(text[:_TYPED_AT_MOST]):
        parts = _syllables(token.replace("'", "|")) if _LATIN_RUN.match(token) else []
        if umlauts:
            parts = [_UMLAUTS.get(part, part) for part in parts]
        found += [codes[fold(s) if folded else s] for s in parts] or list(encode(token, folded=folded))
        letters += [""] * len(parts) or list(token)
    return Spelled("".join(found), tuple(letters)) if "" in letters else None


@lru_cache(maxsize=1)
def _typable() -> frozenset[str]:
    return frozenset(s for s in _readings().values() if s.isascii() and s.isalpha()) - _NOT_IN_TYPED


def _syllables(text: str) -> list[str]:
    """The letters cut into syllables, longest first with a way back; empty when they are not pinyin."""
    known = _typable()
    best: list[list[str] | None] = [None] * (len(text) + 1)
    best[len(text)] = []
    for at in range(len(text) - 1, -1, -1):
        if text[at] == "|":
            best[at] = best[at + 1]
            continue
        for size in range(min(6, len(text) - at), 0, -1):
            rest = best[at + size]
            if rest is not None and text[at : at + size] in known:
                best[at] = [text[at : at + size], *rest]
                break
    return best[0] or []
