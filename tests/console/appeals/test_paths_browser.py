"""A case of each kind through its legal paths, in real browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.console.appeals.browser_hands import BrowserDesk
from tests.console.appeals.hands import Hands
from tests.console.appeals.paths import PATHS
from tests.console.browser import Browsers
from tests.support.variants import ON_SQLITE

pytestmark = [pytest.mark.browser, ON_SQLITE]  # the pages' statements: test_paths.py and the other tests here


@pytest.mark.parametrize("path", PATHS)
def test_a_case_of_each_kind_takes_its_legal_paths(
    browser_console: Browsers, path: Callable[[Hands], None]
) -> None:
    path(BrowserDesk(browser_console))
