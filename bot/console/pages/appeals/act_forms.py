"""The form of every act on a case, as data: its fields, who reads what is typed, and the verb behind the button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.console.pages.appeals.fields import Field, Given
from bot.runtime.services import ServiceActor
from models.appeals import Appeal

PUBLIC, INTERNAL, STEP = "public", "internal", "step"


@dataclass(frozen=True)
class ActForm:
    """One act's page. `tone` public: the appellant reads it; internal: only colleagues do; step: nothing is written
    to anybody beyond the standing words. `purpose` names the reply templates that fit."""

    tone: str
    lead: str
    button: str
    done: str
    fields: Callable[[ServiceActor, Appeal], Sequence[Field]]
    do: Callable[[ServiceActor, Appeal, Given], object]
    purpose: str | None = None
    box: str | None = None  # the field that a template fills
    question: str | None = None  # of a dangerous act, asked before it is done


def area(
    name: str, label: str, hint: str = "", *, value: str = "", needed: bool = True, rows: int = 6
) -> Field:
    """A box for many words."""
    return Field(name, label, "area", hint, needed=needed, rows=rows, value=value)


def reason(label: str = "理由", hint: str = "写入内部记录。") -> Field:
    """Why; read by colleagues."""
    return area("reason", label, hint, rows=4)
