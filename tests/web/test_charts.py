"""Charts over HTTP: what `lossy charts export` writes, on the real server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lossy.charts.export import FORMATS
from lossy.web.charts import MEDIA
from tests.web.http import fetch, sign_in

if TYPE_CHECKING:
    from lossy.app import App

pytestmark = pytest.mark.integration


async def test_every_chart_is_listed_and_written_in_every_format(app: App) -> None:
    headers = {"Cookie": await sign_in(app)}
    listed = (await fetch("GET", f"{app.url}/api/charts", headers)).json["charts"]
    assert [each["name"] for each in listed] == sorted(app.node.charts)
    assert MEDIA.keys() == FORMATS.keys()
    for name, write in FORMATS.items():
        response = await fetch("GET", f"{app.url}/api/charts/voice?format={name}", headers)
        assert response.text == write(app.node.charts["voice"])
        assert response.headers["Content-Type"].startswith(MEDIA[name])


async def test_a_chart_or_a_format_that_is_not_there(app: App) -> None:
    headers = {"Cookie": await sign_in(app)}
    assert (await fetch("GET", f"{app.url}/api/charts/voices", headers)).json["code"] == "not_found"
    refused = await fetch("GET", f"{app.url}/api/charts/voice?format=png", headers)
    assert refused.json["details"] == {"path": "format"}
