from collections.abc import Generator

import pytest
from hypothesis import settings

from lossy.store.embedded import Postgres
from tests.charts.coverage import cover
from tests.charts.strategies import examples
from tests.logs import plain_logs
from tests.postgres import fresh_database, migrated_database, run_postgres

# Of a property that says nothing else.
settings.register_profile("lossy", examples(50, 1_000))


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("lossy")
    cover(config)
    plain_logs()


@pytest.fixture(scope="session")
def postgres() -> Generator[Postgres]:
    """An embedded server that all tests of the run share. Needs `pytestmark = pytest.mark.integration`."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> Generator[str]:
    """The name of a database of today's that nobody is connected to."""
    with migrated_database(postgres) as name:
        yield name


@pytest.fixture
def database(postgres: Postgres, migrated: str) -> Generator[str]:
    """The conninfo of a database of today's, this test's own, with nothing in it."""
    with fresh_database(postgres, migrated) as conninfo:
        yield conninfo


@pytest.fixture
def empty_database(postgres: Postgres) -> Generator[str]:
    """The conninfo of a database without a table, this test's own."""
    with fresh_database(postgres) as conninfo:
        yield conninfo
