"""What an act is: one verb on a case, with all that is known about it in one value beside its function.

`table` finds the values in the files of this folder and the console draws what they declare, so that a new act is one
`Act` in one file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from sqlalchemy.orm import Session

from bot.appeals.access import has, leads, supports
from bot.appeals.fields import Field, Given
from bot.runtime.services import ServiceActor
from bot.staff.rights import Right
from models.appeals import Appeal, AppealState
from models.staff import Role, Staff

Fields = Callable[[ServiceActor, Appeal], Sequence[Field]]
WITH_UNIT = frozenset(
    {AppealState.DISPATCHED, AppealState.IN_PROGRESS, AppealState.ON_HOLD, AppealState.PENDING_REVIEW}
)


class Side(Enum):
    """Whose act it is; the office's colleagues with the right may do it on a unit's behalf."""

    OFFICE = "office"
    UNIT = "unit"  # also the lead unit's people
    SUPPORT = "support"  # also a supporting unit's people


class Place(Enum):
    """Where the case's page has the button."""

    NEXT = "next"  # among what comes next
    WRITING = "writing"  # a button of its own, because it may be pressed at any time
    RARE = "rare"  # folded away


class Tone(StrEnum):
    """Who reads what is typed."""

    PUBLIC = "public"  # the appellant
    INTERNAL = "internal"  # colleagues
    STEP = "step"  # nobody beyond the standing texts


@dataclass(frozen=True, eq=False, kw_only=True)
class ActForm:
    """The page of an act: what it says above the fields, on the button, and when it is done."""

    tone: Tone
    lead: str
    button: str
    done: str
    fields: Fields | Sequence[Field]
    purpose: str | None = None  # the reply templates that fit
    box: str | None = None  # the field that a template fills
    shows_result: bool = False  # the unit's result beside the form
    tells: bool = False  # what somebody typed may reach the appellant, although the tone is not public
    again: str = "提交过同样的内容"  # after «您 07:29 已», when the same words are sent a second time

    def fields_for(self, actor: ServiceActor, case: Appeal) -> Sequence[Field]:
        """The empty fields for this case."""
        return self.fields(actor, case) if callable(self.fields) else self.fields


@dataclass(frozen=True, eq=False, kw_only=True)
class Act:
    """One verb: who may, when, how the page asks for it, and what it does with the answer.

    `order` is its place in the office's work. In the states `primary_in`, `primary_while` that is so, it is the one thing
    to do next and has the page's filled button; the first in order where there are several. `question` makes an act dangerous: it is asked before the act is done.
    `fits` and `fits_rows` narrow the states by what else is known of the case. `events` are the titles of the events that
    it writes.
    """

    name: str
    label: str
    order: int
    right: Right
    states: frozenset[AppealState]
    form: ActForm
    run: Callable[[ServiceActor, Appeal, Given], object]
    side: Side = Side.OFFICE
    place: Place = Place.NEXT
    link: str | None = None  # what the button on the case's page says, when it is not the label
    question: str | None = None
    primary_in: frozenset[AppealState] = frozenset()
    primary_while: Callable[[Session, Appeal, Staff], bool] = lambda db, case, by: True
    fits: Callable[[Appeal], bool] = lambda case: True
    fits_rows: Callable[[Session, Appeal], bool] = lambda db, case: True
    events: Mapping[str, str] = field(default_factory=dict)

    @property
    def dangerous(self) -> bool:
        """Whether it is asked twice."""
        return self.question is not None

    @property
    def previewed(self) -> bool:
        """Whether what the appellant is told is shown before it leaves: words that somebody typed are among it."""
        return self.form.tone is Tone.PUBLIC or self.form.tells


def may(act: Act, case: Appeal, by: Staff | None, db: Session | None) -> bool:
    """Whether this person may do this act with this case in a fitting state. A confidential one is for named persons
    and the lead unit."""
    if by is None or by.role is not Role.UNIT:
        return has(by, act.right) and (not case.confidential or has(by, Right.APPEAL_CONFIDENTIAL))
    if not has(by, Right.APPEAL_HANDLE):
        return False
    if act.side is Side.SUPPORT:
        return not case.confidential and (db is None or supports(db, case, by))
    return act.side is Side.UNIT and leads(case, by)
