from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from lossy.app import App, open_app
from lossy.cli.running import configure_logs
from lossy.settings import Accounts, Database, Server, Settings
from lossy.sim.account import Account
from tests.logs import plain_logs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

EXTENSION = "abcdefghijklmnopabcdefghijklmnop"


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """For a server on any port, on a database of this test's own."""
    server = Server(port=0, secret="the secret of a test, the same over restarts", extension_ids=EXTENSION, drain_s=1)
    cheap = Accounts(hash_memory_kib=32, hash_passes=1)
    return Settings(server=server, accounts=cheap, database=Database(url=database, data=tmp_path))


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, as the product writes it."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logs()
    yield written
    plain_logs()


@pytest.fixture
async def app(settings: Settings, logs: io.StringIO) -> AsyncIterator[App]:
    """The whole server, listening. Needs `pytestmark = pytest.mark.integration`."""
    async with open_app(settings) as app:
        yield app


@pytest.fixture
async def account(app: App) -> Account:
    """The admin of `app`, signed in."""
    account = Account(app.url)
    await account.sign_in(await app.sign_in_url())
    return account
