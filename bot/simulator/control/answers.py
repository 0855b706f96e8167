"""What control calls bring and how they are refused: HTTP 400 and a sentence that says what to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, request


def given() -> dict[str, Any]:
    """The JSON object of a control call, {} when there is no body. Raises ValueError."""
    if not request.get_data().strip():
        return {}
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ValueError("请求正文要是一个 JSON 对象（UTF-8）")
    return body


def required(fields: Mapping[str, Any], key: str) -> str:
    """A field that must be there. Raises ValueError."""
    value = fields.get(key)
    if value in (None, ""):
        raise ValueError(f"缺少 {key}")
    return str(value)


def failed(words: str, status: int = 400) -> tuple[dict[str, Any], int]:
    """A refusal of the control API."""
    return {"error": words}, status


def install(app: Flask) -> None:
    """Turn a ValueError of a control call into a 400 with its words."""

    @app.errorhandler(ValueError)
    def wrong(error: ValueError) -> tuple[dict[str, Any], int]:
        return failed(str(error))
