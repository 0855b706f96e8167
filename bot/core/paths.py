"""Where things lie in the checkout: counted once, so that a file may move without losing them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ROOT / "bot"
CONTENT = ROOT / "content"
CALENDARS = CONTENT / "calendar"
MIGRATIONS = ROOT / "models" / "migrations"
EXAMPLE_CONFIG = ROOT / "config.example.toml"
