"""The office of the desk's tests, for what the ledger does with it."""

from __future__ import annotations

from tests.appeals.conftest import monday, office

__all__ = ["monday", "office"]
