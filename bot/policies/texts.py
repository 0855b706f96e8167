"""A policy package as words for a chat and a page (domain §8.1). Pure: records in, text out.

Grades (domain §8.2): A and B as they are, C «以官方发布为准», D, K and U only as 待核验 without figures.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.content.records import IN_FORCE, Grade, Kind, PolicyDocument, Status, is_unverified
from bot.policies import clauses
from bot.wechat.capabilities import Capability
from bot.wechat.replies import anchor

RATINGS = ("有用", "没用")
ACTIONS = " / ".join(("回复 收藏", "解读", "申报", "不是这个", *RATINGS))
POINTS, CLAUSES = 3, 2


GRADES = {
    Grade.A: "我们读过全文",
    Grade.B: "我们读过官方页面的一部分",
    Grade.C: "多处报道一致，以官方发布为准",
    Grade.D: "只有一处来源，还没有核对",
    Grade.K: "还没有对照原文核对",
    Grade.U: "只知道名称，还没有核对",
}


@dataclass(frozen=True)
class FactLine:
    """A fact for a page: `from_day` where it only counts later, `caveat` where the text itself was not read."""

    text: str
    source: str
    from_day: str
    caveat: str


@dataclass(frozen=True)
class Shown:
    """What a page or a chat needs to know beside the record itself."""

    policy: PolicyDocument
    successors: tuple[PolicyDocument, ...]

    @property
    def in_force(self) -> bool:
        """Whether the record may be relied on today."""
        return self.policy.status in IN_FORCE and not self.successors

    @property
    def unverified(self) -> bool:
        """Whether the record may show no figures."""
        return is_unverified(self.policy)

    @property
    def caveat(self) -> str:
        """The reservation that belongs beside the date of checking."""
        return "以官方发布为准" if self.policy.grade is Grade.C else ""

    @property
    def says_status(self) -> bool:
        """Whether 现行有效 may be said: not of what was read about only, nor of a guide, which is no document."""
        is_document = self.policy.kind is not Kind.GUIDE
        return is_document and (self.policy.grade is not Grade.C or self.policy.status not in IN_FORCE)

    @property
    def checked_how(self) -> str:
        """What the grade means, in words."""
        return GRADES[self.policy.grade]

    @property
    def deadline(self) -> str:
        """When to apply, or ""."""
        return deadline_words(self.policy)

    def facts_on(self, day: date) -> dict[str, list[FactLine]]:
        """The facts by what they answer, in the order of the record: those that count on this day and those to come."""
        lines: dict[str, list[FactLine]] = {}
        for fact in self.policy.facts:
            to_come = fact.since is not None and fact.since > day
            if to_come or fact.holds_on(day):
                line = FactLine(
                    fact.text,
                    fact.source,
                    f"{fact.since:%Y-%m-%d}" if fact.since and to_come else "",
                    "以官方发布为准" if fact.grade is Grade.C else "",
                )
                lines.setdefault(fact.about.value, []).append(line)
        return lines


def shown(policy: PolicyDocument, policies: Mapping[str, PolicyDocument]) -> Shown:
    """A record with those that replaced it."""
    return Shown(policy, tuple(policies[s.slug] for s in policy.superseded_by if s.slug in policies))


def deadline_words(policy: PolicyDocument) -> str:
    """When to apply, or ""."""
    if policy.year_round:
        return "常年"
    days = [f"{d:%Y-%m-%d}" if d else "" for d in (policy.window_open, policy.window_close)]
    return " 至 ".join(days).strip() if any(days) else ""


def actions(capabilities: Container[Capability]) -> str:
    """What can be said after a package; whether it helped can be tapped where the account may have such links."""
    return (
        ACTIONS if Capability.TAP_MENU not in capabilities else ACTIONS.replace(" / ".join(RATINGS), _taps())
    )


def rating_line(capabilities: Container[Capability]) -> str:
    """Whether the answer helped: to be tapped where the account may have such links, else to be said."""
    said = _taps() if Capability.TAP_MENU in capabilities else " / ".join(RATINGS)
    return f"这条有用吗？回复 {said}；不是这份回复「不是这个」。"


def _taps() -> str:
    """Links that make the person say the words, in the spelling that is known to work (platform §2.2)."""
    link = '<a href="weixin://bizmsgmenu?msgmenucontent={0}&msgmenuid=rating">{0}</a>'
    return " / ".join(map(link.format, RATINGS))


def list_line(policy: PolicyDocument) -> str:
    """A package's line in a list: its name, and whether it is unchecked or no longer in force."""
    mark = "【待核验】" if is_unverified(policy) else ""
    old = "" if mark or policy.status in IN_FORCE else f"（{policy.status.value}）"
    return f"{mark}{policy.short_name}{old}"


def chat_reply(item: Shown, page: str, *, actions: str = ACTIONS) -> str:
    """The package as a chat message; a replaced one shows its successor first."""
    if item.successors:
        now = item.successors[0]
        first = chat_reply(Shown(now, ()), page.rsplit("/", 1)[0] + f"/{now.slug}", actions=actions)
        return f"《{_name(item.policy)}》已被替代，现行的是：\n\n{first}\n\n———\n原文件：{item.policy.title}（{item.policy.status.value}）"
    policy = item.policy
    lines = [_headline(item), policy.summary, *(f"{i}. {p}" for i, p in enumerate(policy.points[:POINTS], 1))]
    if not item.unverified and item.deadline:
        lines.append(f"申报期限：{item.deadline}")
    if policy.contact and policy.contact.phone:
        lines.append(f"联系：{policy.contact.department} {policy.contact.phone}")
    links = [anchor(page, "查看详情")]
    if policy.source_url:
        links.append(anchor(policy.source_url, "来源" if item.unverified else "原文链接"))
    elif policy.source_name:
        links.append(f"来源：{policy.source_name}")
    lines += ["｜".join(links), actions]
    return "\n".join(line for line in lines if line)


def rule_in_short(policy: PolicyDocument, words: str, day: date) -> str:
    """The clause or two of a package that count today and answer these words best."""
    lines = [clauses.said(fact) for fact in clauses.best(policy, words, day, CLAUSES)]
    lines = lines or [policy.summary, *policy.points[:1]]
    mark = "【待核验】" if is_unverified(policy) else ""
    return f"{mark}{policy.short_name}\n" + "\n".join(f"· {line}" for line in lines)


def help_in_trouble(first: PolicyDocument, others: Sequence[PolicyDocument], words: str, day: date) -> str:
    """What helps who told a trouble and asked: a clause or two that count today, then the offer to take it up."""
    more = "".join(f"　{letter} {list_line(one)}" for letter, one in zip("BC", others, strict=False))
    return (
        rule_in_short(first, words, day)
        + f"\n\n要我们帮着办，回复 6，把这件事交给我们办（您写的会带上）。\n看要点回复 A {first.short_name}{more}；找工作人员回复 0。"
    )


def _headline(item: Shown) -> str:
    policy = item.policy
    if item.unverified:
        head = f"【待核验】{_name(policy)}\n原文和条件还没有核对，先不列数字。"
    else:
        head = f"{_name(policy)}\n{standing(item)}"
    return f"{head}\n由谁办：{policy.decider}" if policy.kind is Kind.GUIDE else head


def standing(item: Shown) -> str:
    """Whether it counts, and as of which day that is known: 现行有效 is said only of what was read."""
    policy = item.policy
    since = f"数据截至 {policy.verified_at:%Y-%m-%d}" if policy.verified_at else "待核验"
    status = policy.status.value if item.says_status else ""
    return " · ".join(part for part in (status, "，".join(filter(None, (since, item.caveat)))) if part)


def _name(policy: PolicyDocument) -> str:
    return policy.short_name


def explanation_reply(item: Shown, page: str) -> str:
    """解读: the short questions and answers, or where to ask."""
    policy = item.policy
    if item.unverified or not policy.explanations:
        return f"{policy.short_name}：还没有解读。\n{anchor(page, '查看详情')}\n想了解哪一点，回复 0 转人工留言，或拨打12345。"
    parts = []
    for each in policy.explanations:
        link = anchor(each.url, each.title) if each.url else each.title
        parts.append(f"问：{link}\n答：{each.text}" if each.text else link)
    return f"{policy.short_name} 解读\n\n" + "\n\n".join(parts) + f"\n\n{anchor(page, '查看详情')}"


def application_reply(item: Shown, page: str) -> str:
    """申报: conditions, materials, steps, place; what is not checked says so."""
    policy = item.policy
    if policy.status in (Status.EXPIRED, Status.REPEALED):
        instead = "、".join(s.short_name for s in item.successors)
        hint = (
            f"现行的是：{instead}，回复名称查看。" if instead else "想知道有没有接续政策，回复 0 转人工留言。"
        )
        return (
            f"{policy.short_name}（{policy.status.value}），不能再申报。\n{hint}\n{anchor(page, '查看详情')}"
        )
    listed = (("申报条件", policy.conditions), ("所需材料", policy.materials), ("办理流程", policy.steps))
    parts = [f"{label}：\n" + "\n".join(f"· {v}" for v in values) for label, values in listed if values]
    facts = (
        ("申报期限", item.deadline),
        ("兑现方式", policy.redemption),
        ("办理地点", policy.where),
        ("收费", policy.fee),
    )
    parts += [f"{label}：{value}" for label, value in facts if value]
    if item.unverified or not parts:
        return (
            f"{policy.short_name}：申报条件、材料和窗口待核验，核对后更新。\n{anchor(page, '查看详情')}\n"
            "着急办理请回复 0 转人工留言，或拨打12345咨询；办理中遇到困难回复 6 提诉求。"
        )
    return f"{policy.short_name} 申报\n\n" + "\n\n".join(parts) + f"\n\n{anchor(page, '查看详情')}"
