"""A start makes hundreds of thousands of objects that stay for good; looking through them for rubbish again and again
would cost a fifth of it, and every later collection would look through them once more."""

from __future__ import annotations

import gc


def begin() -> None:
    """Nothing is collected until `settled`."""
    gc.disable()


def settled() -> None:
    """What is there now stays: no collection need look through it any more."""
    gc.freeze()
    gc.enable()
