"""Addresses that came from a browser: only pages of the console are gone back to. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

HOME = "/console/"


def inside(address: str | None) -> str:
    """The address when it is a page of the console, else the dashboard's."""
    wanted = address or ""
    if "\\" in wanted or not wanted.isprintable():
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    return wanted if not parts.scheme and not parts.netloc and parts.path.startswith(HOME) else HOME
