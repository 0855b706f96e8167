"""What needs a second person on a case: the correction of a rating."""

from __future__ import annotations

from bot.appeals.acts.correcting import KIND, put_right, rating
from bot.staff.confirmations import ConfirmationKind
from bot.staff.rights import Right

KINDS = (ConfirmationKind(KIND, "更正回访评价", "appeal", Right.CONFIRM, rating, put_right),)
