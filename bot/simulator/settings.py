"""What one simulated official account is: its keys, its kind, where its server listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Mode = Literal["plain", "compatible", "secure"]
AccountKind = Literal["subscription", "service"]


@dataclass(frozen=True)
class SimulatorSettings:
    """Everything that is chosen once, before the simulator starts. Raises ValueError when it cannot work."""

    webhook: str
    appid: str
    secret: str
    token: str
    aes_key: str = ""
    mode: Mode = "secure"
    account_kind: AccountKind = "service"
    verified: bool = True
    followers: int = 0
    original_id: str = "gh_0123456789ab"
    clock_file: Path | None = None
    state_file: Path | None = None
    delivery_timeout: float = 5.0  # seconds of wall time for one delivery, platform §3
    retry_pause: float = 1.0  # seconds before the next delivery when the last one failed at once
    job_seconds: float = 0.5  # seconds from accepting a mass, template or publish job to its event
    pause_after_failures: bool = False  # platform §3, circuit breaker: one minute without pushes
    quotas: Mapping[str, int] = field(default_factory=dict)  # /cgi-bin/… -> calls per day instead of §4.4

    def __post_init__(self) -> None:
        if self.mode not in ("plain", "compatible", "secure"):
            raise ValueError(f"mode is plain, compatible or secure, not {self.mode!r}")
        if self.account_kind not in ("subscription", "service"):
            raise ValueError(f"account_kind is subscription or service, not {self.account_kind!r}")
        if self.mode != "plain" and len(self.aes_key) != 43:
            raise ValueError(f"{self.mode} mode needs an EncodingAESKey of 43 characters")
        if not self.webhook.startswith(("http://", "https://")):
            raise ValueError("the webhook is an http or https address")
