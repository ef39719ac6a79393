"""Notes over HTTP, on the real server and its database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from attrs import frozen

from tests.contract.note_books import note_id
from tests.notes import make_video, save
from tests.web.http import Response, fetch, sign_in

if TYPE_CHECKING:
    from lossy.app import App

pytestmark = pytest.mark.integration


@frozen
class Page:
    """The web app of whoever owns the video."""

    url: str
    cookie: str
    video: str

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Response:
        headers = {"Cookie": self.cookie, "Origin": self.url}
        asked = f"?{urlencode(query, doseq=True)}" if query else ""
        return await fetch(method, f"{self.url}/api{path}{asked}", headers, body)

    async def get(self, path: str, **query: Any) -> Any:
        response = await self.ask("GET", path, **query)
        assert response.status == 200, response.text
        return response.json

    async def create(self, n: int, text: str, **chosen: Any) -> Any:
        body = {"id": str(note_id(n)), "text": text, "frame_in": n, **chosen}
        response = await self.ask("POST", f"/videos/{self.video}/notes", body)
        assert response.status == 200, response.text
        return response.json["note"]


@pytest.fixture
async def page(app: App) -> Page:
    cookie = await sign_in(app)
    owner = await app.node.accounts.admin()
    assert owner is not None
    video = await save(app.node.pool, make_video(owner.id))
    return Page(app.url, cookie, str(video.id))


async def test_notes_are_made_found_and_counted(page: Page) -> None:
    for n, text in enumerate(("The titles fade out.", "A title.", "Too loud."), 1):
        made = await page.create(n, text)
        assert await page.create(n, text) == made, "once more, as after a lost answer"
    of_video = f"/videos/{page.video}/notes"
    assert (await page.get(f"{of_video}/counts"))["total"] == 3
    found = await page.get(of_video, text="title", status=["firmed", "ghost"], limit=1)
    assert ([note["frame_in"] for note in found["notes"]], found["total"]) == ([1], 2)
    rest = await page.get(of_video, text="title", limit=1, cursor=found["cursor"])
    assert ([note["frame_in"] for note in rest["notes"]], rest["cursor"]) == ([2], None)
    own = await page.get("/notes", order="newest")
    assert [note["frame_in"] for note in own["notes"]] == [3, 2, 1]
    category = found["notes"][0]["category"]
    assert (await page.get(of_video, category=category, frame_to=1))["total"] == 1


async def test_a_note_is_changed_and_its_history_says_how(page: Page) -> None:
    made, other = await page.create(1, "First."), await page.create(2, "Second.")
    at = f"/notes/{made['id']}"
    edited = (await page.ask("PATCH", at, {"version": 2, "text": "Better.", "category": "story"})).json["note"]
    assert (edited["text"], edited["category"], edited["version"]) == ("Better.", "story", 3)
    late = await page.ask("PATCH", at, {"version": 2, "text": "Late."})
    assert (late.status, late.json["details"]["note"]) == (409, edited)
    assert (await page.ask("POST", f"{at}/undo", {})).json["note"]["text"] == "First."
    merged = (await page.ask("POST", f"{at}/merge", {"into": other["id"]})).json["note"]
    assert (merged["text"], merged["frame_in"], merged["frame_out"]) == ("Second. First.", 1, 2)
    assert (await page.ask("POST", f"{at}/undo", {})).json["note"]["status"] == "firmed"
    gone = (await page.ask("DELETE", at, version=6)).json["gone"]
    assert (gone["status"], gone["version"]) == ("deleted", 7)
    read = await page.get(at, limit=3)
    assert [change["event"] for change in read["changes"]] == ["delete", "undo", "merge"]
    earlier = await page.get(at, before=read["before"])
    assert [(change["event"], change["takes_back"]) for change in earlier["changes"]] == [
        ("edit", True),
        ("edit", False),
        ("said", False),
        ("said", False),
    ]
    assert earlier["before"] is None
    assert {change["by"] for change in (*read["changes"], *earlier["changes"])} == {made["author_id"]}


async def test_what_has_changed_since_is_told(page: Page, app: App) -> None:
    await page.create(1, "First.")
    version = str((await app.node.notes.first_page(UUID(page.video))).seen)
    changes = f"/videos/{page.video}/notes/changes"
    assert await page.get(changes, version=version) == {
        "notes": [],
        "deleted": [],
        "cursor": None,
        "version": version,
    }
    await page.create(2, "Second.")
    await page.ask("DELETE", f"/notes/{note_id(1)}")
    since = await page.get(changes, version=version)
    assert [note["text"] for note in since["notes"]] == ["Second."]
    assert [note["id"] for note in since["deleted"]] == [str(note_id(1))]
    refused = await page.ask("GET", changes, version="5")
    assert (refused.status, refused.json["details"]) == (400, {"path": "version"})


async def test_what_is_not_there_or_nobodys_business_is_not_found(page: Page, app: App) -> None:
    stranger = uuid4()
    async with app.node.pool.lend() as connection:
        insert = "INSERT INTO users (id, email, role) VALUES (%s, 'b@localhost', 'user')"
        await connection.execute(insert, (stranger,))
    theirs = await save(app.node.pool, make_video(stranger))
    nothing = await page.ask("GET", f"/videos/{uuid4()}/notes")
    assert nothing.status == 404
    for path in (f"/videos/{theirs.id}/notes", f"/videos/{theirs.id}/notes/counts", f"/notes/{uuid4()}"):
        assert (await page.ask("GET", path)).json == nothing.json
