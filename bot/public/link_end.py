"""The last part of an address as people pass it on: in a sentence, with its full stop, its bracket or a slash behind it."""

from __future__ import annotations

import re

from werkzeug.routing import UnicodeConverter

_WIDE = re.compile(
    r"[。．，、；：！？（）【】《》「」『』〈〉“”‘’…～\s\u200b-\u200f\u2060\ufeff]"
)  # in no address of ours
_BEHIND = ".,;:!?)]}>'\"*/"


class LinkEnd(UnicodeConverter):
    """`<link:name>` in a route: what was written behind the address is no part of it."""

    def to_python(self, value: str) -> str:
        """The part without what follows it."""
        return _WIDE.split(super().to_python(value), maxsplit=1)[0].rstrip(_BEHIND)
