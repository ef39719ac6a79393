import runpy

import psycopg
import pytest

from lossy.store import connection


def test_another_version_of_psycopg_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psycopg, "__version__", "3.3.10")
    with pytest.raises(ImportError, match=r"private names of psycopg 3\.3\.9, but 3\.3\.10 is installed"):
        runpy.run_path(connection.__file__)
