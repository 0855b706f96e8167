"""The parts that handlers and workers act with, wired once per process by `bot/app.py`."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bot.content.encoders import Encoder
from bot.content.library import LibraryCache
from bot.content.meanings import Questions
from bot.core.actor import Actor
from bot.core.config import Config
from bot.core.db import after_commit
from bot.core.storage import Storage
from bot.wechat.capabilities import Capability
from bot.wechat.drift import Drift
from bot.wechat.gateway import Gateway


@dataclass
class Services:
    """Settings, database, content, WeChat, and the bell that wakes this process's workers."""

    config: Config
    engine: Engine
    libraries: LibraryCache
    gateway: Gateway
    capabilities: frozenset[Capability]
    storage: Storage
    bells: list[Callable[[], None]] = field(default_factory=list)
    announcers: list[Callable[..., None]] = field(default_factory=list)  # tell other processes: (db, *kinds)
    drift: Drift = field(default_factory=Drift)
    stopping: threading.Event = field(default_factory=threading.Event)
    encoder: Encoder | None = None  # where the meaning of words counts too

    @cached_property
    def questions(self) -> Questions | None:
        """The vectors of what people ask, or None where words count alone."""
        return Questions(self.encoder) if self.encoder else None

    def wake(self) -> None:
        """Tell the workers of this process that there are new rows. A call may get lost: they look by themselves too."""
        for bell in self.bells:
            bell()

    def rows_made(self, db: Session, *kinds: str) -> None:
        """Wake the workers, wherever they run, once this transaction commits: new rows wait for them. `kinds` are the
        kinds of work that the rows need; without them every worker is woken."""
        after_commit(db, self.wake)
        for announce in self.announcers:
            announce(db, *kinds)

    def url(self, path: str) -> str:
        """The address of one of our public pages."""
        return f"{self.config.server.public_url}{path}"

    def appellant(self, openid: str) -> str:
        """A keyed digest of an openid: finds a person's own cases without keeping the openid in them."""
        return hmac.new(self.key_for("appellant"), openid.encode(), hashlib.sha256).hexdigest()

    def progress_url(self, number: str) -> str:
        """The signed address of one appeal's progress page."""
        return self.url(f"/a/{self._signer().dumps(number)}")

    def progress_number(self, signed: str) -> str | None:
        """The case number behind a signed address, or None when it was not signed by us."""
        try:
            return str(self._signer().loads(signed))
        except BadSignature:
            return None

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.key_for("progress"), signer_kwargs={"digest_method": hashlib.sha256})

    @property
    def codes_key(self) -> bytes:
        """Seals the secrets of colleagues' authenticator apps."""
        return self.key_for("totp")

    def key_for(self, purpose: str) -> bytes:
        """32 bytes for one purpose, made from this installation's secret key."""
        return derived_key(self.config, purpose)


def derived_key(config: Config, purpose: str) -> bytes:
    """32 bytes for one purpose, made from the secret key of a configuration."""
    key = config.server.secret_key.reveal().encode()
    return hmac.new(key, purpose.encode(), hashlib.sha256).digest()


@dataclass(frozen=True)
class ServiceActor(Actor):
    """Who acts, with the parts of this process to act with."""

    services: Services

    @property
    def config(self) -> Config:
        """The settings in force."""
        return self.services.config
