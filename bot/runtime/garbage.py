"""The garbage collector during a start, which makes hundreds of thousands of objects that stay for good: to look
through them again and again would cost a fifth of the start, and every later collection would look once more."""

from __future__ import annotations

import gc


def pause() -> None:
    """Collect nothing until `freeze`."""
    gc.disable()


def freeze() -> None:
    """Take what is there now for permanent: no collection looks through it any more."""
    gc.freeze()
    gc.enable()
