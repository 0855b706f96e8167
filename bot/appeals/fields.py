"""A form as data: its fields, and what was typed into them. Knows no web; the verbs check the values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.core import bounds, clock
from bot.core.bounds import row_id
from bot.core.refusals import Refused
from bot.wechat.replies import line_ends

MOST_WORDS = 20000


@dataclass(frozen=True)
class Field:
    """One field. `kind`: text, area, choice (a list), radio, many (boxes), flag (one box), date, moment, tel.
    `from_link`: an address that opens the form may fill it in. `paper`: who reads it, where one form asks for both:
    public or internal."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    needed: bool = False
    most: int = MOST_WORDS
    rows: int = 5
    value: str = ""
    values: Sequence[str] = field(default=())  # of `many`
    from_link: bool = False
    paper: str = ""

    def filled(self, given: Given) -> Field:
        """The same with what was typed."""
        if self.kind == "many":
            return replace(self, values=given.many(self.name))
        if self.kind == "flag":
            return replace(self, value="1" if given.flag(self.name) else "")
        return replace(self, value=given.raw(self.name))

    def for_people(self) -> str:
        """What was chosen or typed, for people."""
        known = dict(self.choices)
        if self.kind == "many":
            return "、".join(known.get(value, value) for value in self.values)
        if self.kind == "flag":
            return "是" if self.value else ""
        return known.get(self.value, self.value)


@dataclass(frozen=True)
class Given:
    """What came with the form: each field's name with all that was sent for it."""

    sent: Mapping[str, Sequence[str]]

    def raw(self, name: str) -> str:
        """As typed; "" without it."""
        return line_ends(next(iter(self.many(name)), ""))

    def text(self, name: str) -> str:
        """Without space around. What the database cannot hold is taken out."""
        return self.raw(name).replace("\x00", "").strip()

    def some(self, name: str) -> str | None:
        """The same, None when it is empty."""
        return self.text(name) or None

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.raw(name))

    def many(self, name: str) -> list[str]:
        """The ticked boxes."""
        return list(self.sent.get(name, ()))

    def number(self, name: str) -> int | None:
        """A row's id, None when there is none."""
        return row_id(self.text(name))

    def numbers(self, name: str) -> list[int]:
        """The ids of the ticked boxes."""
        return [number for one in self.many(name) if (number := row_id(one))]

    def yes(self, name: str) -> bool:
        """What was decided with `yes_or_no`. Raises Refused when nothing was."""
        said = self.text(name)
        if said not in ("yes", "no"):
            raise Refused("请先选择结论，再提交。")
        return said == "yes"

    def day(self, name: str, what: str) -> date:
        """A calendar day."""
        read = bounds.day(self.text(name))
        if read is None:
            raise Refused(f"请选择{what}，例如 {clock.today().isoformat()}。")
        return read

    def moment(self, name: str, what: str) -> datetime | None:
        """A Shanghai wall-clock time; None when it is empty."""
        said = self.text(name)
        if not said:
            return None
        read = bounds.moment(said)
        if read is None:
            raise Refused(f"{what}写得不对，例如 {clock.local(clock.now()):%Y-%m-%dT%H:%M}。")
        return clock.at(read.date(), read.hour, read.minute)


def choices_of(items: Sequence[str], *, none: str | None = None) -> list[tuple[str, str]]:
    """Choices whose value is what people read; `none` is the label of the empty one."""
    return ([("", none)] if none is not None else []) + [(item, item) for item in items]


def area(
    name: str,
    label: str,
    hint: str = "",
    *,
    value: str = "",
    needed: bool = True,
    rows: int = 6,
    paper: str = "",
) -> Field:
    """A box for many words."""
    return Field(name, label, "area", hint, needed=needed, rows=rows, value=value, paper=paper)


def reason_field(label: str = "理由", hint: str = "写入内部记录。") -> Field:
    """Why; read by colleagues."""
    return area("reason", label, hint, rows=4)


def yes_or_no(name: str, label: str, yes: str, no: str) -> Field:
    """A decision, with what each answer means."""
    return Field(name, label, "radio", choices=[("yes", yes), ("no", no)], needed=True)
