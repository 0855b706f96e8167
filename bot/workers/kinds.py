"""The kinds of work that workers do: each a round that tells how much it did, and how many threads may run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot import follower_sync, tags
from bot.config import Config
from bot.delivery import deliver
from bot.ledger import working
from bot.mass import deliver_mass
from bot.materialise import prepare
from bot.media import fetch_pending
from bot.services import Services


@dataclass(frozen=True)
class Kind:
    """One kind of work. `round` returns 0 when there is nothing to do now."""

    name: str
    round: Callable[[Services], int]
    threads: Callable[[Config], int] = lambda config: 1


KINDS = (
    Kind("deliver", deliver, lambda config: config.delivery.workers),
    Kind("prepare", prepare),
    Kind("mass", deliver_mass),
    Kind("media", fetch_pending),
    Kind("sync", follower_sync.work),
    Kind("tags", tags.work),
    Kind("ledger", working.round_),
)
