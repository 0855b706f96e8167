"""How something is refused: in Chinese, for the person who asked; each door adds what its own people may do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class Refusal(Exception):
    """Something was not done. The text says in Chinese what is wrong and names the next act by its Chinese word.

    `acts` are the keys of the acts that the text names ("broadcast.submit") or of what is missing ("reason"): the
    command line adds its verb or option, a page may add a button. `appeal_id` is set when domain §6 wants the
    attempt in the audit trail: the door calls `audit.record_refusal` in a transaction of its own, because this one
    is rolled back.
    """

    def __init__(self, text: str, *acts: str, appeal_id: int | None = None) -> None:
        super().__init__(text)
        self.acts = acts
        self.appeal_id = appeal_id


class NotFound(Refusal):
    """No such case, or not one of theirs: the same answer."""


class Stale(Refusal):
    """Somebody else has changed the case since this person looked at it."""


class Refused(Refusal):
    """A guard is not met."""


class TooLarge(Refused):
    """What was handed in is more than is taken at once."""


@dataclass(frozen=True)
class Advice:
    """A sentence for staff that refuses nothing; `acts` as in `Refusal`."""

    text: str
    acts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def acts_of(advice: Iterable[Advice]) -> tuple[str, ...]:
    """The acts of several sentences, each once, in their order."""
    return tuple(dict.fromkeys(act for one in advice for act in one.acts))
