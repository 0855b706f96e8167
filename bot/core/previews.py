"""The copy of a picture that is shown: made by a process of its own, so that a hostile file costs one small process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bot.core import preview_child as child
from bot.core.logs import get_logger

log = get_logger(__name__)
SECONDS = 30.0  # by the clock; the child has its own limit of processor time
PROGRAM = Path(child.__file__)
INHERITED = ("PATH", "LD_LIBRARY_PATH")  # no secret of ours
TOO_MANY_PIXELS = "图片的像素太多，不能预览"
INCOMPLETE = "图片文件不完整，可能缺一段"
BROKEN = "图片文件已损坏，打不开"
TOO_HEAVY = "打开图片要占用太多内存或时间，不能预览"
WHY = {
    child.TOO_MANY_PIXELS: TOO_MANY_PIXELS,
    child.INCOMPLETE: INCOMPLETE,
    child.UNREADABLE: BROKEN,
    child.TOO_HEAVY: TOO_HEAVY,
}


@dataclass(frozen=True)
class Preview:
    """A JPEG without metadata, None when there is none; and what is wrong with it or why it is not there, or ""."""

    jpeg: bytes | None
    trouble: str = ""


def preview(data: bytes, kind: str) -> Preview:
    """The copy of a picture of this kind ("JPEG", "PNG", …) for showing."""
    command = [sys.executable, "-I", str(PROGRAM), kind]
    environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
    try:
        ran = subprocess.run(  # noqa: S603  # our own file, and one of five words
            command, input=data, capture_output=True, timeout=SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return Preview(None, TOO_HEAVY)
    if ran.returncode in (child.DONE, child.INCOMPLETE) and ran.stdout:
        return Preview(ran.stdout, WHY.get(ran.returncode, ""))
    if ran.returncode not in WHY:
        log.warning("preview_failed", code=ran.returncode)
    return Preview(None, WHY.get(ran.returncode, TOO_HEAVY))
