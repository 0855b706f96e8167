"""What the survey after 办结 says: by tap where the account may, by digits elsewhere. Pure (platform §5.4).

A tap comes back as the item's words with its id; the id names the case by its row and is only believed for the
appellant's own cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.wechat.replies import TEXT_BYTES
from models.appeals import SCORES, SOLVED, Appeal

REOPENING = ("要求重新办理", "不用了")
QUESTIONS = (SOLVED, SCORES, REOPENING)  # their place is the last digit but one of an item's id
_MORE = "……（全文请回复编号查看）"


@dataclass(frozen=True)
class Tap:
    """What a person tapped: the case's row, the question and the place of the answer in its list."""

    case_id: int
    question: tuple[str, ...]
    place: int


def survey_text(case: Appeal) -> str:
    """The first question in plain words, as it stands in a reply or in a message without items to tap."""
    return f"{_question(case)}回复数字：\n{_numbered(SOLVED)}\n{_later(case)}"


def survey_menu(case: Appeal, lead: str = "") -> dict[str, Any]:
    """The payload of a message whose items can be tapped; `text` is the same for a way that has no items."""
    head = f"{_question(case)}请点选："
    room = TEXT_BYTES - len(head.encode()) - len(_later(case).encode()) - 128  # the items count too
    items = [{"id": _id(case, SOLVED, place), "content": words} for place, words in enumerate(SOLVED)]
    return {
        **survey_digits(case, lead),
        "head": _joined(_fit(lead, room), head),
        "items": items,
        "tail": _later(case),
    }


def survey_digits(case: Appeal, lead: str = "") -> dict[str, Any]:
    """The payload of the same message for an account that may not send items."""
    asked = survey_text(case)
    return {"text": _joined(_fit(lead, TEXT_BYTES - len(asked.encode()) - 2), asked), "survey": case.number}


def survey_payload(case: Appeal, lead: str = "", *, tappable: bool) -> dict[str, Any]:
    """The answer `lead` with the survey behind it, as this account can send it (`Capability.TAP_MENU`)."""
    return survey_menu(case, lead) if tappable else survey_digits(case, lead)


def options(case: Appeal, question: tuple[str, ...], *, tappable: bool) -> str:
    """The choices of a question in a reply: numbered, and links that say them where the account may have such."""
    if not tappable:
        return _numbered(question)
    return "\n".join(
        f"{place + 1} {_link(words, _id(case, question, place))}" for place, words in enumerate(question)
    )


def tap_of(item_id: str) -> Tap | None:
    """What the id of a tapped item means; None for one that is not a survey's."""
    if not (item_id.isascii() and item_id.isdigit() and 3 <= len(item_id) <= 18):
        return None
    case_id, question, place = int(item_id[:-2]), int(item_id[-2]), int(item_id[-1])
    if question >= len(QUESTIONS) or place >= len(QUESTIONS[question]):
        return None
    return Tap(case_id, QUESTIONS[question], place)


def _id(case: Appeal, question: tuple[str, ...], place: int) -> str:
    return f"{case.id}{QUESTIONS.index(question)}{place}"


def _link(words: str, item_id: str) -> str:
    """What makes the person say the words by a tap on them, in the spelling that is known to work (platform §2.2)."""
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={words}&msgmenuid={item_id}">{words}</a>'


def _question(case: Appeal) -> str:
    return f"请您评价 {case.number}：这件诉求解决了吗？"


def _later(case: Appeal) -> str:
    return f"过后再答，请回复「回访 {case.number}」。"


def _numbered(options: tuple[str, ...]) -> str:
    return "\n".join(f"{place} {words}" for place, words in enumerate(options, 1))


def _joined(lead: str, rest: str) -> str:
    return f"{lead}\n\n{rest}" if lead else rest


def _fit(text: str, room: int) -> str:
    """A text that is cut between characters when it has more bytes than there is room for."""
    if len(text.encode()) <= room:
        return text
    return text.encode()[: max(0, room - len(_MORE.encode()))].decode(errors="ignore") + _MORE
