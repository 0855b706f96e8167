"""Who acts, in one transaction: the first argument of every domain verb."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from models.staff import Staff


@dataclass(frozen=True)
class Actor:
    """One transaction's session and who acts in it; `by` None is the system, which may everything.

    A verb that also needs the parts of the process takes `runtime.services.ServiceActor`.
    """

    db: Session
    by: Staff | None

    @property
    def signature(self) -> str:
        """Who acts, as events write it."""
        return f"staff:{self.by.id}" if self.by else "system"

    @property
    def staff_id(self) -> int | None:
        """Who acts, as rows keep it; None for the system."""
        return self.by.id if self.by else None
