"""The console over an office, to sign in to."""

from tests.console.conftest import console, fresh_console, monday

__all__ = ["console", "fresh_console", "monday"]
