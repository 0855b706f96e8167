"""Which workers this process has: threads that look by themselves, or threads that the database's queue wakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.runtime import queue_calls
from bot.runtime.polling import Workers
from bot.runtime.services import Services

if TYPE_CHECKING:
    from bot.runtime.queue_workers import QueueWorkers


def workers_for(services: Services) -> Workers | QueueWorkers:
    """The workers of this process, woken as [delivery] dispatcher says; not started yet."""
    if not queue_calls.is_in_use(services.config):
        return Workers(services)
    from bot.runtime.queue_workers import QueueWorkers  # its packages are there only with the extra `scale`

    return QueueWorkers(services)
