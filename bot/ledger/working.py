"""The worker's round: one run of the ledger at a time."""

from __future__ import annotations

from bot.ledger import exporting, importing, runs
from bot.services import Services

BODIES: dict[str, runs.Body] = {runs.EXPORT: exporting.write, runs.IMPORT: importing.work}


def round_(services: Services) -> int:
    """Do one waiting run, or one that a crash left; 0 when there is none."""
    return runs.work(services, BODIES)
