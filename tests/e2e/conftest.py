from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.chromium import open_browser
from tests.e2e.web_site import Site, open_site, sign_in
from tests.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from lossy.store.embedded import Postgres


@pytest.fixture(scope="session")
def site(postgres: Postgres, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a film that was reviewed. Needs `pytestmark = pytest.mark.integration`."""
    folder: Path = tmp_path_factory.mktemp("site")
    with fresh_database(postgres, migrated) as conninfo, open_site(conninfo, folder) as site:
        yield site


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def somebody(site: Site, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A person at a browser of their own, signed in. What their pages complain of fails the test."""
    contexts, complaints = [], []

    def come(name: str, **context: object) -> Page:
        contexts.append(chromium.new_context(reduced_motion="reduce", **context))  # type: ignore[arg-type]
        contexts[-1].on("weberror", lambda error: complaints.append(str(error.error)))
        return sign_in(site, contexts[-1], name)

    yield come
    for context in contexts:
        context.close()
    assert complaints == []
