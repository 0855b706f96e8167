"""Which workers this process has: threads that look by themselves, or threads that the database's queue wakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import queue_calls
from bot.services import Services
from bot.workers.local import Workers

if TYPE_CHECKING:
    from bot.workers.queue import QueueWorkers


def workers_for(services: Services) -> Workers | QueueWorkers:
    """The workers of this process, woken as [delivery] dispatcher says; not started yet."""
    if not queue_calls.in_use(services.config):
        return Workers(services)
    from bot.workers.queue import QueueWorkers  # its packages are there only with the extra `scale`

    return QueueWorkers(services)
