"""The one simulated platform: its memory behind a lock, its clock, its background work."""

from __future__ import annotations

import logging
import secrets
import threading
from datetime import datetime

from bot.core import clock
from bot.simulator import snapshot
from bot.simulator.control.faults import Faults
from bot.simulator.control.people import create_followers
from bot.simulator.control.stream import Stream
from bot.simulator.later import Later
from bot.simulator.pushes.crypto import Crypto
from bot.simulator.settings import SimulatorSettings
from bot.simulator.state import State

log = logging.getLogger(__name__)
SAVE_EVERY = 2.0  # seconds between snapshots while something changes


class World:
    """Everything that the endpoints share. Take `lock` to touch `state`, and never call anybody while you have it."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self.stream = Stream()
        self.later = Later()
        self.faults = Faults()
        self.crypto = Crypto(settings.token, settings.aes_key, settings.appid)
        self.pause_after_failures = settings.pause_after_failures
        self.failed_pushes = 0
        self.paused_until = 0.0
        self.base_url = "http://127.0.0.1:8001/"
        self.mass_times: list[float] = []  # moments of mass calls, for the limit of 60 a minute
        self._dirty = False
        self.state = self._load_state() or State(settings.account_kind, settings.verified)
        self.state.account_kind, self.state.verified = settings.account_kind, settings.verified
        self.roll = list(self.state.followers.values())  # everybody in the order they came
        self.subscribed = sum(one.subscribed for one in self.roll)
        for seat, person in enumerate(self.roll):
            person.seat = seat
        if missing := settings.followers - len(self.state.followers):
            create_followers(self, max(missing, 0))

    def now(self) -> float:
        """WeChat's present time in epoch seconds, moved by the shared clock."""
        return clock.now().timestamp()

    def local(self) -> datetime:
        """WeChat's wall clock in Shanghai: days and months of quotas begin by it."""
        return clock.local(clock.now())

    def number(self) -> int:
        """A number never given before; call it under the lock."""
        self.state.next_number += 1
        return self.state.next_number

    def fresh_id(self, letters: int = 43) -> str:
        """An opaque id such as a media_id."""
        return secrets.token_urlsafe(letters)[:letters]

    def changed(self) -> None:
        """Have the state written to the state file soon."""
        if self.settings.state_file is None:
            return
        with self.lock:
            if self._dirty:
                return
            self._dirty = True
        self.later.add(SAVE_EVERY, self.save)

    def save(self) -> None:
        """Write the state file now, if there is to be one."""
        if self.settings.state_file is None:
            return
        with self.lock:
            self._dirty = False
            content = snapshot.dump(self.state)
        snapshot.save(self.settings.state_file, content)

    def close(self) -> None:
        """Stop background work and streams, keep the state."""
        self.later.close()
        self.stream.close()
        self.save()

    def _load_state(self) -> State | None:
        path = self.settings.state_file
        if path is None:
            return None
        try:
            return snapshot.load(path)
        except ValueError:
            log.warning("the simulator's state file cannot be read and is started anew")
            return None
