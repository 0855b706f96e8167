"""What a content record may hold (domain §8.1, §8.2): frozen models that refuse what must not be published.

The rules here keep invented or unverified figures out: a record graded D, K or U has no numbers.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.content.closed_lists import (
    REDEMPTION_FORMS,
    UNVERIFIED_GRADES,
    Category,
    ExplanationKind,
    Grade,
    Kind,
    Level,
    Status,
    figures,
)  # fmt: skip
from bot.content.record_parts import (
    Address,
    Condition,
    Contact,
    Explanation,
    Fact,
    Line,
    Prose,
    Record,
    Replacement,
    Slug,
    Tags,
    wrong,
)  # fmt: skip

__all__ = [
    "IN_FORCE", "Category", "Condition", "Contact", "Explanation", "ExplanationKind", "Fact", "Grade", "Kind", "Level", "PolicyDocument",
    "Prose", "Replacement", "Status", "StudyItem", "StudySeries", "Tags", "is_unverified", "rank",
]  # fmt: skip

ITEM_CHARACTERS = (150, 700)  # of a study item's body
CAVEAT = "以官方发布为准"
VAGUE = ("其他", "其它", "有关材料", "相关材料")
IN_FORCE = frozenset({Status.IN_FORCE, Status.PARTLY_EXPIRED})
NO_FIGURES = (
    "summary",
    "points",
    "support",
    "conditions",
    "materials",
    "steps",
    "audience",
    "redemption",
    "body",
)


class PolicyDocument(Prose):
    """One policy package. Empty fields mean: not verified, shown as 待核验."""

    slug: Slug = Field(title="标识")
    short_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=30)] = Field(
        title="简称"
    )
    aliases: tuple[Line, ...] = Field((), title="别名")
    # How people ask for it in everyday words; the ranker and nothing else reads them.
    asks: tuple[
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)], ...
    ] = Field((), title="常见问法")
    title: Line = Field(title="全称")
    doc_no: str = Field("", title="文号", max_length=80)
    issuer: tuple[Line, ...] = Field((), title="发文机关")
    level: Level = Field(title="层级")
    kind: Kind = Field(title="类别")
    category: Category = Field(title="栏目")
    signed: date | None = Field(None, title="成文日期")
    published: date | None = Field(None, title="发布日期")
    effective: date | None = Field(None, title="施行日期")
    expires: date | None = Field(None, title="失效日期")
    status: Status = Field(title="效力状态")
    supersedes: tuple[Replacement, ...] = Field((), title="替代的文件")
    superseded_by: tuple[Replacement, ...] = Field((), title="被何文件替代")
    decider: str = Field("", title="由谁办", max_length=120)
    audience: str = Field("", title="适用对象")
    tags: Tags = Field(Tags(), title="标签")
    support: tuple[Line, ...] = Field((), title="支持内容")
    conditions: tuple[Line, ...] = Field((), title="申报条件")
    materials: tuple[Line, ...] = Field((), title="申报材料")
    steps: tuple[Line, ...] = Field((), title="办理流程")
    window_open: date | None = Field(None, title="申报开始")
    window_close: date | None = Field(None, title="申报截止")
    year_round: bool = Field(False, title="常年申报")
    redemption: str = Field("", title="兑现方式")
    where: str = Field("", title="办理地点")
    fee: str = Field("", title="收费")
    contact: Contact | None = Field(None, title="联系方式")
    complaint: str = Field("", title="投诉渠道")
    source_url: Address = Field("", title="原文链接")
    source_name: str = Field("", title="来源")
    facts: tuple[Fact, ...] = Field((), title="事实")
    checks: tuple[Condition, ...] = Field((), title="符合条件自查", max_length=3)
    explanations: tuple[Explanation, ...] = Field((), title="政策解读")
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=60)] = Field(
        title="一句话要点"
    )
    points: tuple[Line, ...] = Field((), title="要点")
    verified_at: date | None = Field(None, title="核验日期")
    verified_by: str = Field("", title="核验人")
    grade: Grade = Field(title="核验等级")
    next_check: date | None = Field(None, title="下次核验")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything by which people ask for it."""
        return (self.short_name, *self.aliases, self.title.strip("《》"))

    @field_validator("conditions", "materials")
    @classmethod
    def _concrete(cls, value: tuple[str, ...], info: Any) -> tuple[str, ...]:
        if vague := [line for line in value if any(word in line for word in VAGUE)]:
            raise wrong(
                info.field_name, f"「{vague[0][:20]}」是兜底话；请逐项写清（促进中小企业发展条例第四十三条）"
            )
        return value

    @field_validator("redemption")
    @classmethod
    def _redemption_names_its_form(cls, value: str) -> str:
        if value and not value.startswith(REDEMPTION_FORMS):
            raise wrong("redemption", f"兑现方式应以 {'、'.join(REDEMPTION_FORMS)} 之一开头，后面可写期限")
        return value

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len(set(self.aliases)) != len(self.aliases) or self.short_name in self.aliases:
            raise wrong("aliases", "别名有重复，或与简称相同；请删去重复的")
        return self

    @model_validator(mode="after")
    def _asked_once(self) -> Self:
        if len(set(self.asks)) != len(self.asks):
            raise wrong("asks", "常见问法有重复；请删去重复的")
        return self

    @model_validator(mode="after")
    def _guide_says_who(self) -> Self:
        if self.kind is Kind.GUIDE and not self.decider:
            raise wrong("decider", "办事指引要写由谁办，如「区市场监管局」")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for earlier, later in (
            ("signed", "published"), ("signed", "effective"), ("signed", "expires"), ("published", "expires"),
            ("effective", "expires"), ("window_open", "window_close"), ("verified_at", "next_check"),
        ):  # fmt: skip
            first, second = getattr(self, earlier), getattr(self, later)
            if first and second and first > second:
                names = [type(self).model_fields[key].title for key in (later, earlier)]
                raise wrong(later, f"{names[0]} {second} 早于{names[1]} {first}；请核对两个日期")
        if self.year_round and (self.window_open or self.window_close):
            raise wrong("year_round", "常年申报（year_round）时不写申报起止日期，两者留一")
        return self

    @model_validator(mode="after")
    def _status_fits(self) -> Self:
        if self.grade in UNVERIFIED_GRADES and self.status is not Status.UNVERIFIED:
            raise wrong("status", f"{self.grade} 级（未核验）的效力状态只能是 待核验")
        if self.grade not in UNVERIFIED_GRADES and self.verified_at is None:
            raise wrong("grade", f"{self.grade} 级要写 verified_at（核验日期）")
        if self.status is Status.NOT_YET and self.effective is None:
            raise wrong("status", "“尚未施行”要有 effective（施行日期）")
        if self.superseded_by and self.status in (Status.IN_FORCE, Status.NOT_YET):
            raise wrong("status", "已有替代文件，效力状态请改为 已失效、已废止 或 部分失效")
        return self

    @model_validator(mode="after")
    def _unverified_shows_no_figures(self) -> Self:
        if self.status is not Status.UNVERIFIED:
            return self
        if self.doc_no:
            raise wrong("doc_no", "待核验的记录不写文号；核对原文后再填")
        texts = {key: getattr(self, key) for key in NO_FIGURES}
        texts["explanations"] = tuple(e.text for e in self.explanations)
        texts["facts"] = tuple(fact.text for fact in self.facts)
        for key, value in texts.items():
            if found := next(figures((value,) if isinstance(value, str) else value, self.names), None):
                raise wrong(key, f"待核验的记录不能出现金额、比例或数量：「{found}」；请删去，核对原文后再填")
        return self


class StudySeries(Record):
    """A weekly series: weekday 1 Monday … 7 Sunday, hour and minute in Shanghai."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)] = Field(
        title="标识"
    )
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)] = Field(
        title="系列名"
    )
    description: Line = Field(title="简介")
    weekday: int = Field(title="星期", ge=1, le=7)
    hour: int = Field(title="时", ge=8, le=20)  # not between 21:00 and 8:00 (domain §8.1)
    minute: int = Field(0, title="分", ge=0, le=59)
    enabled: bool = Field(True, title="启用")
    order: int = Field(title="顺序", ge=1)


class StudyItem(Prose):
    """One item: our own words about a source that is named."""

    slug: Slug = Field(title="标识")
    series: Slug = Field(title="系列")
    order: int = Field(title="期数", ge=1)
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)] = Field(
        title="标题"
    )
    # Of the source: a day, a month or a year, as far as known.
    date: Annotated[str, StringConstraints(pattern=r"^(?:\d{4}(?:-\d{2}){0,2})?$")] = Field(
        "", title="原文日期"
    )
    source_name: Line = Field(title="来源")
    source_url: Address = Field("", title="原文链接")
    grade: Grade = Field(title="核验等级")
    digest: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=120)] = Field(
        title="摘要"
    )
    # A person of the office; whoever releases the item is somebody else (platform §14, item 3.27).
    author: Annotated[str, StringConstraints(strip_whitespace=True, max_length=32)] = Field("", title="作者")

    @model_validator(mode="after")
    def _short_reading(self) -> Self:
        least, most = ITEM_CHARACTERS
        if not least <= len(self.body) <= most:
            raise wrong("body", f"正文有 {len(self.body)} 个字符，应在 {least} 到 {most} 之间")
        return self

    @model_validator(mode="after")
    def _unchecked_stays_general(self) -> Self:
        if self.grade not in UNVERIFIED_GRADES:
            return self
        if CAVEAT not in self.body:
            raise wrong("body", f"{self.grade} 级的材料，正文要写明“{CAVEAT}”")
        if found := next(figures((self.title, self.digest, self.body)), None):
            raise wrong("body", f"{self.grade} 级（未核验）的材料不能出现数量：「{found}」；请概括地写")
        return self


def is_unverified(policy: PolicyDocument) -> bool:
    """待核验: named, but not checked against its text."""
    return policy.grade in UNVERIFIED_GRADES or policy.status is Status.UNVERIFIED


def rank(policy: PolicyDocument) -> tuple[int, int, int, str]:
    """The place in a category's list: checked and in force first, then 待核验, then history; inside each the
    weightier kind of document and the newer one first."""
    if policy.superseded_by or policy.status not in IN_FORCE | {Status.UNVERIFIED, Status.NOT_YET}:
        group = 2
    else:
        group = 1 if is_unverified(policy) else 0
    began = policy.effective or policy.published or policy.signed
    return (group, list(Kind).index(policy.kind), -began.toordinal() if began else 0, policy.slug)
