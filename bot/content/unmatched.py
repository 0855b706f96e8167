"""Texts that nothing understood or that got the wrong package: kept without personal data, grouped by likeness."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.understanding.cleaning import clean
from bot.understanding.normalise import strip_openers
from bot.understanding.numerals import in_digits
from models.phrases import Unmatched

BLOT = "□"
LONGEST = 500  # characters that are kept
LOOKED_AT = 4 * LONGEST  # blots shorten a text; what lies further on is not looked at
MOST = 5000  # rows that are looked at, the newest
ALIKE = 0.62  # of two texts' characters and pairs of characters that have to be the same
_DIGITS = "0-9０-９"
_SPOKEN = "零〇一二三四五六七八九幺"
_SURNAMES = """赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许吕张孔曹严魏陶姜谢邹章苏潘葛范彭鲁韦马方袁柳史唐薛雷贺倪汤罗毕郝安常傅卞齐康伍余顾孟黄穆萧尹
姚邵汪毛狄戴宋庞熊纪舒屈祝董梁杜阮蓝季贾江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌霍万卢丁邓郁洪包左石崔龚程邢裴陆荣翁段焦巴谷车侯班宁甘武符刘景
詹龙叶司黎温庄阎习尚耿欧聂曾关查游闫肖何任白""".replace("\n", "")
_PERSONAL = (
    re.compile(r"https?://\S+|www\.\S+"),
    re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    re.compile(r"(?i)(?:微信|wx|vx|v信|qq)(?:号码?|帐号|账号)?[:：是\s]*[a-z0-9_-]{5,}"),
    re.compile(rf"[{_DIGITS}](?:[-－—\s.,，·]?[{_DIGITS}]){{6,}}[xXＸ]?"),  # also 138-0013 8000
    re.compile(rf"[{_SPOKEN}](?:[\s,，]?[{_SPOKEN}]){{6,}}"),
    re.compile(rf"[{_DIGITS}]{{4,}}"),
)
_NAME = re.compile(
    r"(我叫|我的?名字[是叫]|本人(?:叫|姓名[是为]?)|姓名[:：是为]?|联系人[:：是为]?|法人(?:代表)?[:：是为叫])\s*"
    rf"(?:[{_SURNAMES}]|欧阳|司马|上官|诸葛|[\u3400-\u9fff]·)[\u3400-\u9fff·]{{1,2}}"
)
_CALLED = re.compile(
    rf"[{_SURNAMES}][\u3400-\u9fff]{{0,2}}?(?=先生|女士|小姐|老师|总(?!局|公司|部|额|量|体)|老板|经理|师傅)"
)


@dataclass(frozen=True)
class Said:
    """One kept text."""

    id: int
    text: str
    reason: str
    shown: str | None
    at: datetime


@dataclass(frozen=True)
class Likely:
    """Texts that say about the same. `number` is the oldest row's id, so it stays while more come."""

    number: int
    rows: tuple[Said, ...]

    @property
    def texts(self) -> list[tuple[str, int]]:
        """The different texts and how often each was said, the commonest first."""
        return Counter(key_of(row.text) for row in self.rows).most_common()

    @property
    def rejected(self) -> list[str]:
        """The packages that people did not mean."""
        return sorted({row.shown for row in self.rows if row.shown})


def without_personal_data(text: str) -> str:
    """A text without phones, identity and bank numbers, addresses of mail and chat, and names; 500 characters."""
    text = text[:LOOKED_AT]
    for pattern in _PERSONAL:
        text = pattern.sub(BLOT, text)
    text = _NAME.sub(rf"\1{BLOT}", text)
    return _CALLED.sub(BLOT, text)[:LONGEST]


def keep(db: Session, text: str, reason: str, moment: datetime, shown: str | None = None) -> None:
    """Keep a text for staff: `missed`, `searched` (nothing found), `rejected` (not the package `shown`) or `useless` (what
    was said from the package did not help)."""
    words = without_personal_data(text.strip())
    if words.strip(f"{BLOT} "):
        db.add(Unmatched(text=words, reason=reason, shown=shown, created_at=moment))


def key_of(text: str) -> str:
    """What a text says, however it was typed and opened."""
    return strip_openers(in_digits(clean(text))).strip(" 。.!?,，;；~")


def kept(db: Session) -> list[Said]:
    """The newest 5,000 texts, the oldest of them first."""
    rows = db.scalars(select(Unmatched).order_by(Unmatched.id.desc()).limit(MOST))
    return [Said(r.id, r.text, r.reason, r.shown, r.created_at) for r in reversed(list(rows))]


def forget(db: Session, ids: Iterable[int]) -> int:
    """Delete texts that are dealt with; how many."""
    done = list(ids)
    db.execute(delete(Unmatched).where(Unmatched.id.in_(done)))
    return len(done)


def groups(rows: Iterable[Said]) -> list[Likely]:
    """Texts alike together, the largest group first. Each text joins the oldest group whose first text it is like."""
    members: dict[int, list[Said]] = {}
    first: dict[int, Counter[str]] = {}
    holders: dict[str, list[int]] = {}  # piece -> groups whose first text has it
    for row in rows:
        pieces = _pieces(key_of(row.text))
        near = {number for piece in _pairs(pieces) for number in holders.get(piece, ())}
        alike = [(_likeness(pieces, first[number]), -number) for number in near]
        best = max(alike, default=(0.0, 0))
        if best[0] >= ALIKE:
            members[-best[1]].append(row)
            continue
        members[row.id], first[row.id] = [row], pieces
        for piece in _pairs(pieces):
            holders.setdefault(piece, []).append(row.id)
    found = [Likely(number, tuple(inside)) for number, inside in members.items()]
    return sorted(found, key=lambda group: (-len(group.rows), group.number))


def _pieces(text: str) -> Counter[str]:
    """Characters and pairs of neighbours: alike also when the words stand in another order."""
    return Counter([*text, *(text[i : i + 2] for i in range(len(text) - 1))])


def _pairs(pieces: Counter[str]) -> list[str]:
    """What two texts must share to be compared at all: single characters are in half of everything."""
    return [piece for piece in pieces if len(piece) == 2] or list(pieces)


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    shared = sum((one & other).values())
    return 2 * shared / (sum(one.values()) + sum(other.values()))
