"""The chart library without its import hook.

pygal hooks itself into every import of the process, only to rename its maps, which are not used here. The hook is of
a kind that Python 3.11 warns of at each import and 3.12 no longer knows; it is taken out as soon as it is there.
"""

from __future__ import annotations

import sys

import pygal
from pygal.style import Style

sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]

__all__ = ["Style", "pygal"]
