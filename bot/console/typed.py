"""One line that somebody typed into a form, as a database can hold it."""

from __future__ import annotations

from flask import request


def line(name: str, most: int = 200) -> str:
    """The field without space around it and without NUL, cut to `most` characters; "" without the field."""
    return request.form.get(name, "").replace("\x00", "").strip()[:most]
