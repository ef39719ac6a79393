from collections.abc import Generator

import pytest

from lossy.store.embedded import Postgres
from tests.charts.coverage import cover
from tests.postgres import fresh_database, run_postgres


def pytest_configure(config: pytest.Config) -> None:
    cover(config)


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """An embedded server that all tests of the run share. Needs `pytestmark = pytest.mark.integration`."""
    with run_postgres() as server:
        yield server


@pytest.fixture
def database(postgres: Postgres) -> Generator[str]:
    """The conninfo of an empty database of this test's own."""
    with fresh_database(postgres) as conninfo:
        yield conninfo
