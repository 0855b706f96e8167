"""Which policy packages fit a company, and why. Pure: tags and a profile in, score and reasons out.

What is not known, of the company or of the package, never excludes (domain §8.1 has the tags).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.content.records import IN_FORCE, PolicyDocument, Status, Tags, is_unverified, rank
from bot.followers.profiles import SEPARATOR
from bot.understanding.phrases import SPECIFIC
from bot.understanding.search import tokens
from models.profiles import Profile

PARKS = frozenset({"首钢园", "中关村石景山园"})  # they lie across streets: no street speaks against a park
OPEN_INDUSTRY = "其他"  # says nothing of what the company does
# National rules on graded support of small firms: each grade is chosen from the one before it.
IMPLIED = {"小巨人": ("专精特新", "创新型中小企业"), "专精特新": ("创新型中小企业",)}
_WEIGHTS = {"industry": 3.0, "qualification": 3.0, "area": 2.0, "stage": 2.0, "size": 1.0}
_SIZES = {"大": "大型企业", "中": "中型企业", "小": "小型企业", "微": "微型企业", "个体": "个体工商户"}
_SAYS: Mapping[str, Callable[[str], str]] = {
    "industry": lambda word: f"从事{word}",
    "qualification": lambda word: f"有{word}资质",
    "area": lambda word: f"在{word}",
    "stage": lambda word: f"处于{word}期",
    "size": lambda word: f"是{_SIZES[word]}",
}


@dataclass(frozen=True)
class Company:
    """What is known of a company: words of the tags by field. A field that is not there is not known; an empty one
    says that there is none."""

    known: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Fit:
    """How well a package fits: 0 says nothing. `excluded`: the company is known to be something else."""

    score: float = 0.0
    reasons: tuple[str, ...] = ()
    excluded: bool = False

    @property
    def good(self) -> bool:
        """Whether something speaks for it and nothing against it."""
        return bool(self.reasons) and not self.excluded


NOTHING_KNOWN = Company({})


def company(profile: Profile | None) -> Company:
    """The company of a profile, in the words of the tags."""
    if profile is None:
        return NOTHING_KNOWN
    words = {
        "industry": profile.industry if profile.industry != OPEN_INDUSTRY else None,
        "size": "个体" if profile.size == "个体工商户" else profile.size,
        "area": profile.street,
        "stage": profile.stage,
    }
    known = {field: frozenset({word}) for field, word in words.items() if word}
    if profile.qualification is not None:
        named = frozenset(filter(None, profile.qualification.split(SEPARATOR)))
        known["qualification"] = named.union(*(IMPLIED.get(word, ()) for word in named))
    return Company(known)


def fit(tags: Tags, asker: Company) -> Fit:
    """How well a package with these tags fits this company."""
    score, reasons, excluded = 0.0, [], False
    for field, weight in _WEIGHTS.items():
        wanted: tuple[str, ...] = getattr(tags, field)
        known = asker.known.get(field)
        if not wanted or known is None:
            continue
        met = [word for word in wanted if word in known]
        if met:
            score += weight
            reasons.append(_SAYS[field](met[0]))
        elif field != "area" or _elsewhere(wanted, known):
            excluded = True
    return Fit(score, tuple(reasons), excluded)


def _elsewhere(wanted: tuple[str, ...], known: frozenset[str]) -> bool:
    return PARKS.isdisjoint(wanted) and PARKS.isdisjoint(known)


def fitting(policies: Iterable[PolicyDocument], asker: Company) -> list[tuple[PolicyDocument, Fit]]:
    """The packages that fit and may still be used, the best first."""
    found = [(policy, fit(policy.tags, asker)) for policy in policies if is_current(policy)]
    good = [(policy, how) for policy, how in found if how.good]
    return sorted(good, key=lambda pair: (_place(*pair), rank(pair[0])))


def fitting_first(policies: list[PolicyDocument], asker: Company) -> list[tuple[PolicyDocument, Fit]]:
    """All of them, those that fit before the others, else in the order given."""
    found = [(p, fit(p.tags, asker) if is_current(p) else Fit()) for p in policies]
    return sorted(found, key=lambda pair: _place(*pair))


def _place(policy: PolicyDocument, how: Fit) -> tuple[bool, bool, float]:
    return (False, is_unverified(policy), -how.score) if how.good else (True, False, 0.0)


def because(reasons: Iterable[str]) -> str:
    """因为您是小型企业、从事信息技术."""
    told = list(dict.fromkeys(reasons))
    return f"因为您{'、'.join(told)}" if told else ""


def is_current(policy: PolicyDocument) -> bool:
    """Whether a package is still of use to anybody."""
    return not policy.superseded_by and policy.status in IN_FORCE | {Status.UNVERIFIED, Status.NOT_YET}


def siblings(
    policy: PolicyDocument, policies: Iterable[PolicyDocument], most: int = 3
) -> list[PolicyDocument]:
    """The packages of the same column that are most alike in tags and words, the likest first."""
    own_tags, own_words = _tags(policy), _words(policy)

    def likeness(other: PolicyDocument) -> float:
        words = _words(other)
        shared = len(own_words & words) / (len(own_words | words) or 1)
        return len(own_tags & _tags(other)) + 4 * shared

    others = [
        p for p in policies if p.category == policy.category and p.slug != policy.slug and is_current(p)
    ]
    return sorted(others, key=lambda other: (-likeness(other), rank(other)))[:most]


def instead_of(policy: PolicyDocument, meant: list[str], policies: Iterable[PolicyDocument]) -> list[str]:
    """What to offer in place of a package: other packages that the words may have meant, its nearest siblings, topics."""
    named = [one for one in meant if one.startswith(SPECIFIC) and one != f"{SPECIFIC}{policy.short_name}"]
    return [*named, *(f"{SPECIFIC}{other.short_name}" for other in siblings(policy, policies)), *meant]


def _tags(policy: PolicyDocument) -> frozenset[tuple[str, str]]:
    return frozenset((field, word) for field in Tags.model_fields for word in getattr(policy.tags, field))


def _words(policy: PolicyDocument) -> frozenset[str]:
    return frozenset(tokens("。".join((*policy.names, policy.summary))))
