"""The parts that content records are made of, and how they say what is wrong.

A mistake is a `PydanticCustomError` whose context names the field under `key`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bot.content.closed_lists import OPEN_PHONES, TAGS, VERIFIED_GRADES, ExplanationKind, Facet, Grade

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=90)]
Address = Annotated[str, StringConstraints(pattern=r"^(?:https?://[^\s<>\"']+)?$", max_length=1024)]


def wrong(key: str, message: str) -> PydanticCustomError:
    """A mistake of the field `key`, in words for staff."""
    return PydanticCustomError("content", "{message}", {"key": key, "message": message})


class Record(BaseModel):
    """Frozen; an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Prose(Record):
    """A record with a Markdown body, kept without blank lines at its ends."""

    body: str = Field("", title="正文")

    @field_validator("body")
    @classmethod
    def _canonical(cls, value: str) -> str:
        return "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").split("\n")).strip()


class Tags(Record):
    """For matching with company profiles; each word from its closed list (domain §8.1)."""

    industry: tuple[str, ...] = Field((), title="行业")
    size: tuple[str, ...] = Field((), title="规模")
    qualification: tuple[str, ...] = Field((), title="资质")
    stage: tuple[str, ...] = Field((), title="阶段")
    area: tuple[str, ...] = Field((), title="区域")
    topic: tuple[str, ...] = Field((), title="主题")

    @field_validator("*")
    @classmethod
    def _known(cls, value: tuple[str, ...], info: Any) -> tuple[str, ...]:
        allowed = TAGS[info.field_name]
        if unknown := [tag for tag in value if tag not in allowed]:
            raise wrong(
                info.field_name, f"标签「{'、'.join(unknown)}」不在清单里；可用的是 {'、'.join(allowed)}"
            )
        return value


class Contact(Record):
    """A department and its published phone. Only the public hotlines need no source."""

    department: Line = Field(title="联系部门")
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9-]{0,20}$")] = Field("", title="电话")
    source: str = Field("", title="电话来源")

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.phone and self.phone not in OPEN_PHONES and not self.source:
            raise wrong("phone", f"电话 {self.phone} 没有来源；请填 source 写明公布页面，或只用 12345")
        return self


class Replacement(Record):
    """A document that this one replaced or was replaced by; `slug` when it is in our library."""

    slug: Annotated[str, StringConstraints(pattern=r"^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$")] = Field(
        "", title="对应记录"
    )
    title: str = Field("", title="文件名")
    clause: str = Field("", title="依据条款")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.slug and not self.title:
            raise wrong("slug", "替代关系要写 slug（库内记录）或 title（文件名）")
        return self


class Explanation(Record):
    """A question with its answer, or an article, picture or video at an address."""

    title: Line = Field(title="标题")
    kind: ExplanationKind = Field(ExplanationKind.FAQ, title="形式")
    url: Address = Field("", title="网址")
    text: str = Field("", title="答复", max_length=1000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.url and not self.text.strip():
            raise wrong("text", "解读要有 text（文字）或 url（网址）")
        return self


class Fact(Record):
    """One thing that was read, in our own short words: what it answers, the document and article, and its grade.

    `since` and `until` bound the days on which it holds, where a text changes; both days belong to it.
    """

    about: Facet = Field(title="回答什么")
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)] = Field(
        title="事实"
    )
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)] = Field(
        title="出处"
    )
    grade: Grade = Field(title="核验等级")
    since: date | None = Field(None, title="起用日期")
    until: date | None = Field(None, title="止用日期")

    @field_validator("grade")
    @classmethod
    def _checked(cls, value: Grade) -> Grade:
        if value not in VERIFIED_GRADES:
            raise wrong("grade", f"{value} 级是没有核验的，不能写成事实；核对后改为 A、B 或 C，或删去这一条")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise wrong("until", f"止用日期 {self.until} 早于起用日期 {self.since}；请核对两个日期")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether this is what counts on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Condition(Record):
    """A yes-or-no question for «我符合吗», and what the clause says to who answers no (or yes, where yes shuts out)."""

    ask: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=80)] = Field(
        title="问题"
    )
    wanted: bool = Field(True, title="应答是")
    otherwise: Annotated[str, StringConstraints(strip_whitespace=True, min_length=4, max_length=200)] = Field(
        title="不符合时"
    )
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)] = Field(
        title="出处"
    )
    grade: Grade = Field(title="核验等级")

    @field_validator("grade")
    @classmethod
    def _checked(cls, value: Grade) -> Grade:
        if value not in VERIFIED_GRADES:
            raise wrong("grade", f"{value} 级是没有核验的，不能用来判断；核对后改为 A、B 或 C，或删去这一条")
        return value
