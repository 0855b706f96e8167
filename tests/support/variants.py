"""Which databases a test runs on, where not simply on both.

A folder whose tests must hold for both ways of waking workers on PostgreSQL takes the fixtures with
`from tests.support.variants import dialect, dispatcher, variant` in its conftest.
"""

from __future__ import annotations

import pytest

# What says nothing about a database (a page in a browser, a proxy, a text): its statements run on PostgreSQL elsewhere.
ON_SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], scope="session")
ON_POSTGRES = pytest.mark.parametrize("dialect", ["postgres"], scope="session")
# A test of the whole service is dear: each database and each dispatcher once.
IN_A_PLACE = pytest.mark.parametrize("variant", ["sqlite-local", "postgres-queue"], scope="session")


@pytest.fixture(scope="session", params=["sqlite-local", "postgres-local", "postgres-queue"])
def variant(request: pytest.FixtureRequest) -> str:
    """The database and the dispatcher."""
    return str(request.param)


@pytest.fixture(scope="session")
def dialect(variant: str) -> str:
    """The database of this variant."""
    return variant.partition("-")[0]


@pytest.fixture(scope="session")
def dispatcher(variant: str) -> str:
    """The dispatcher of this variant."""
    return variant.partition("-")[2]
