"""The official account that we speak for, as the code at the border needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.core.config import Config


@dataclass(frozen=True)
class Account:
    """One account's identity, keys and time limits (seconds). Secrets never show in its repr."""

    appid: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    previous_aes_key: str = field(repr=False)
    mode: str  # plain | compatible | secure (platform §1.2)
    account_kind: str  # subscription | service
    verified: bool
    api_base: str
    connect_timeout: float
    read_timeout: float
    replay_window_seconds: int

    @classmethod
    def from_config(cls, config: Config) -> Account:
        """The account of the [wechat] section."""
        w = config.wechat
        return cls(
            appid=w.appid,
            secret=w.secret.reveal(),
            token=w.token.reveal(),
            aes_key=w.aes_key.reveal(),
            previous_aes_key=w.previous_aes_key.reveal(),
            mode=w.mode,
            account_kind=w.account_kind,
            verified=w.verified,
            api_base=w.api_base,
            connect_timeout=w.timeout_connect,
            read_timeout=w.timeout_read,
            replay_window_seconds=w.replay_window_seconds,
        )

    @property
    def aes_keys(self) -> tuple[str, ...]:
        """The present EncodingAESKey and, for a while after a change, the one before (platform §1.3)."""
        return tuple(key for key in (self.aes_key, self.previous_aes_key) if key)
