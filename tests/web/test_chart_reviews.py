"""What a design review keeps and asks of a server: notes, how often each transition was taken, a session's trace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from lossy.channels.reading import read
from lossy.channels.told import ChartHeatTold, ChartNotesListed, TraceTold
from lossy.charts.trace import read_step
from lossy.charts.view import Counts
from lossy.clock import as_datetime
from lossy.layout import DrawingError
from lossy.resources import folder
from lossy.sessions.facts import shipped
from lossy.store.chart_heat import WINDOWS
from lossy.web import chart_reviews, comparing
from tests.notes import make_video, save
from tests.web.browser import Browser

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from lossy.app import App
    from lossy.charts.model import Chart

pytestmark = pytest.mark.integration

NOTES = "/api/charts/voice/notes"
DAY_MS = 86_400_000


async def noted(browser: Browser) -> list[dict[str, Any]]:
    listed = (await browser.ask("GET", NOTES)).json
    read(ChartNotesListed, listed)
    return list(listed["notes"])


async def test_a_note_is_kept_with_its_author_and_shown_until_it_is_removed(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    note = {"id": str(uuid4()), "anchor": "idle/start/0", "text": "Who else may start it?\n<script>"}
    for _ in range(2):
        assert (await browser.ask("POST", NOTES, note)).status == 204
    (kept,) = await noted(browser)
    assert {name: kept[name] for name in note} == note
    assert kept["author"] == "admin@localhost"
    assert abs(kept["at"] - app.node.clock.now_ms()) < 60_000
    assert (await browser.ask("GET", "/api/charts/agent/notes")).json == {"notes": []}
    assert (await browser.ask("DELETE", f"/api/charts/agent/notes/{note['id']}")).status == 404
    for _ in range(2):
        assert (await browser.ask("DELETE", f"{NOTES}/{note['id']}")).status == 204
    assert await noted(browser) == []


async def test_a_note_that_does_not_fit_is_refused_with_its_path(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    note = {"id": str(uuid4()), "anchor": "idle", "text": "?"}
    for text in ("", "x" * 4_001):
        refused = await browser.ask("POST", NOTES, {**note, "text": text})
        assert (refused.status, refused.json["details"]["path"]) == (400, "text")
    assert (await browser.ask("POST", NOTES, {**note, "anchor": "no_such_state"})).status == 404


async def journal(app: App, rows: list[tuple[int, list[str]]]) -> UUID:
    """A session with those entries, each with its age in ms and what was taken."""
    admin = await app.node.accounts.admin()
    assert admin is not None, "there is one from the first start"
    video, session, now = await save(app.node.pool, make_video(admin.id)), uuid4(), app.node.clock.now_ms()
    async with app.node.pool.lend() as connection:
        await connection.execute(
            "INSERT INTO sessions (id, user_id, video_id, created_at, snapshot) VALUES (%s, %s, %s, %s, '{}')",
            (session, admin.id, video.id, as_datetime(now)),
        )
        for n, (age, taken) in enumerate(rows, 1):
            await connection.execute(
                "INSERT INTO journal (session_id, n, at, chart, event, payload, taken, epoch)"
                " VALUES (%s, %s, %s, 'voice', 'start', '{}', %s, 1)",
                (session, n, now - age, taken),
            )
    return session


async def test_transitions_are_counted_over_an_hour_a_day_and_a_week(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    link = f"reconnect:{uuid4()}"
    rows = [
        (0, ["voice:idle/start/0", f"{link}:attached/event/0"]),
        (2 * 3_600_000, ["voice:idle/start/0"]),
        (2 * DAY_MS, ["voice:idle/start/0", "voice:idle/resume/0"]),
        (8 * DAY_MS, ["voice:idle/start/0"]),
    ]
    await journal(app, rows)
    told = (await browser.ask("GET", "/api/charts/voice/heat")).json
    read(ChartHeatTold, told)
    windows = told["heat"][: len(WINDOWS)]
    assert [each["label"] for each in windows] == [*WINDOWS]
    assert [each["transitions"] for each in windows] == [
        {"idle/start/0": 1},
        {"idle/start/0": 2},
        {"idle/start/0": 3, "idle/resume/0": 1},
    ]
    links = (await browser.ask("GET", "/api/charts/reconnect/heat")).json["heat"]
    assert links[0]["transitions"] == {"attached/event/0": 1}


async def test_what_tests_and_campaigns_took_is_told_with_its_source(
    app: App, monkeypatch: pytest.MonkeyPatch, logs: io.StringIO
) -> None:
    tested = Counts("the last test run", {"idle/start/0": 3}, {"idle": 4}, "build/chart-coverage.json", 1_000)
    monkeypatch.setattr(chart_reviews, "measured", lambda chart: iter([tested]))
    browser = await Browser(app.url).sign_in_as_admin(app)
    told = (await browser.ask("GET", "/api/charts/voice/heat")).json
    read(ChartHeatTold, told)
    assert told["heat"][len(WINDOWS) :] == [tested.values]

    def broken(chart: Chart) -> Iterator[Counts]:
        raise ValueError("this is no JSON")

    monkeypatch.setattr(chart_reviews, "measured", broken)
    assert len((await browser.ask("GET", "/api/charts/voice/heat")).json["heat"]) == len(WINDOWS)
    assert "this is no JSON" in logs.getvalue()


async def test_a_session_that_is_not_known_is_told_by_its_entries_alone(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    session = await journal(app, [(2_000, ["voice:idle/start/0"]), (1_000, [])])
    told = (await browser.ask("GET", f"/api/chart-traces/{session}")).json
    read(TraceTold, told)
    assert (told["session"], told["n"], told["total"]) == (str(session), None, 2)
    assert [step["states"] for step in map(read_step, told["steps"])] == [None, None]
    assert told["steps"][0]["taken"] == ["voice:idle/start/0"]


async def test_a_chart_that_is_none_has_nothing(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    for path in ("view", "notes", "heat"):
        assert (await browser.ask("GET", f"/api/charts/voices/{path}")).status == 404


# -- another version --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    not (folder("statecharts").parent / "tools" / "draw" / "node_modules" / "elkjs").is_dir()
    and os.environ.get("CI") != "true",
    reason="needs `npm ci` in tools/draw",
)
async def test_a_chart_is_compared_with_a_file(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    text = (folder("statecharts") / "ownership.yaml").read_text(encoding="utf-8")
    older = {"chart": text.replace("if: gives_up", "if: by_owner")}
    told = (await browser.ask("POST", "/api/charts/ownership/comparison", older)).json
    changed = [(each["how"], each["id"]) for each in told["difference"]["changes"]]
    assert changed == [("changed", "held/release/0"), ("added", "gives_up")]
    again = (await browser.ask("POST", "/api/charts/ownership/comparison", older)).json
    assert again == told
    assert "is-changed" in told["picture"]


async def test_where_nobody_draws_it_is_compared_in_words(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise DrawingError("charts are drawn by Node 20 or later, which is not installed")

    monkeypatch.setattr(comparing, "lay_out", refuse)
    browser = await Browser(app.url).sign_in_as_admin(app)
    text = (folder("statecharts") / "ownership.yaml").read_text(encoding="utf-8")
    older = {"chart": text.replace("if: gives_up", "if: by_owner")}
    told = (await browser.ask("POST", "/api/charts/ownership/comparison", older)).json
    assert told["picture"] == shipped(app.node.charts["ownership"])
    assert len(told["difference"]["changes"]) == 2


async def test_what_is_no_chart_is_refused_with_its_fault(app: App) -> None:
    browser = await Browser(app.url).sign_in_as_admin(app)
    refused = await browser.ask("POST", "/api/charts/ownership/comparison", {"chart": "name: [1"})
    assert (refused.status, refused.json["details"]["path"]) == (400, "chart")
    assert refused.json["message"].startswith("This is no chart: not YAML")
