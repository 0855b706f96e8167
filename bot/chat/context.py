"""What a handler sees: one typed value with the message, the person, the content and the parts to act with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from bot.chat.shown import stamped
from bot.core.db import after_commit
from bot.wechat.replies import Reply
from models.conversations import Conversation
from models.followers import Follower

if TYPE_CHECKING:
    from bot.content.library import Library
    from bot.runtime.services import Services
    from bot.understanding.understand import Understanding
    from bot.wechat.inbound import Incoming


@dataclass
class Context:
    """One message being answered, inside its transaction. Handlers never commit and never wait for anything."""

    db: Session
    message: Incoming
    follower: Follower
    conversation: Conversation
    library: Library
    services: Services
    now: datetime
    text: str = ""  # normalised
    groups: Mapping[str, str] = field(default_factory=dict)
    understanding: Understanding | None = None
    near: Mapping[str, float] = field(default_factory=dict)  # packages near in meaning, where that counts
    keep_openid: bool = True  # whether the message's row may name its sender
    intent: str = ""  # the label by which the handler was found
    redirect: Callable[[str], Reply | None] = lambda intent: None  # answer as if the words had meant this

    @property
    def openid(self) -> str:
        """Whose message it is."""
        return self.message.openid

    def remember(self, **shown: Any) -> None:
        """Keep what was just shown, so that the next words can mean it. None forgets a thing."""
        memory = {k: v for k, v in {**self.conversation.memory, **shown}.items() if v is not None}
        self.conversation.memory = stamped(memory, shown, self.now)

    def recalled(self, name: str) -> Any:
        """What `remember` kept, or None."""
        return self.conversation.memory.get(name)

    def after_commit(self, hint: Callable[[], None]) -> None:
        """Wake somebody up once the rows are there."""
        after_commit(self.db, hint)
