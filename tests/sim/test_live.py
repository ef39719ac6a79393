"""Stories on a real server: its database, its sockets and its own time. Their people are ten times faster."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
from rich.console import Console

from lossy.app import App, open_app
from lossy.settings import Accounts, Database, Server, Settings
from lossy.sim.account import Account
from lossy.sim.campaign.library import library
from lossy.sim.client import Disconnected
from lossy.sim.live.people import Door, NotAdmin
from lossy.sim.live.run import Live, play_at, play_live
from lossy.sim.live.way import Way
from lossy.sim.load.run import Asked, measure
from lossy.sim.load.schedule import Load
from lossy.sim.script.play import Unmet
from lossy.sim.script.reading import load_story, read_story
from lossy.sim.script.steps import Expect
from lossy.sim.script.story import StoryError
from lossy.sim.script.units import Lasts
from tests.sim.audio import VOICES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.integration

SPEED = 10.0
PATIENT_MS = Lasts(10_000)
# All that a client does: tabs, people, buttons, a network that goes, a laptop that sleeps, and steps that are left out.
PLAYED = (
    "a_clock_an_hour_off",
    "a_deploy_and_back",
    "an_editor_works_the_notes_off",
    "scratch_that",
    "the_browser_stops_the_worker",
    "the_extension_is_reloaded",
    "the_laptop_sleeps",
    "two_tabs_of_one_person",
    "words_without_a_network",
)


@pytest.fixture
async def app(database: str, tmp_path: Path) -> AsyncIterator[App]:
    cheap = Accounts(hash_memory_kib=64, hash_passes=1)
    database_settings = Database(url=database, data=tmp_path)
    with trio.fail_after(60):
        async with open_app(Settings(server=Server(port=0), database=database_settings, accounts=cheap)) as app:
            yield app


async def door_of(app: App, run: str = "test") -> Door:
    admin = Account(app.url)
    await admin.sign_in(await app.sign_in_url())
    return Door(admin, run)


async def play(app: App, written: str) -> str:
    printed = Console(file=io.StringIO(), width=200)
    await play_at(read_story(written), await door_of(app), SPEED, printed)
    assert isinstance(printed.file, io.StringIO)
    return printed.file.getvalue()


async def test_stories_of_the_library_go_as_they_are_told(app: App) -> None:
    """At the same time: each has people of its own. How soon something comes is no matter here."""
    door, stories = await door_of(app), library()
    console = Console(file=io.StringIO())
    async with trio.open_nursery() as nursery:
        for name in PLAYED:
            patient = [attrs.evolve(s, within=PATIENT_MS) if isinstance(s, Expect) else s for s in stories[name].steps]
            story = attrs.evolve(stories[name], steps=tuple(patient))
            nursery.start_soon(play_at, story, attrs.evolve(door, run=name.replace("_", "-")), SPEED, console)
    assert console.file.getvalue().count("It went as the story says.") == len(PLAYED)  # type: ignore[attr-defined]


async def test_one_that_does_not_go_so_says_where(app: App) -> None:
    with pytest.raises(BaseExceptionGroup) as failed:
        await play(app, "name: no\nsteps: [{open: first}, {expect: {state: recording, within: 300 ms}}]\n")
    assert failed.group_contains(Unmet, match=r"it is idle .* @ \$\.steps\[1\]\.expect")


async def test_the_notes_in_the_end_are_asked_for(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossy.sim.live.run.TOLD_S", 0.5)
    with pytest.raises(BaseExceptionGroup) as failed:
        await play(
            app,
            "name: no\nsteps: [{open: first}, {write: {text: Hello., called: one}}]\n"
            "notes: {cut: [{said: one, text: Else.}]}\n",
        )
    assert failed.group_contains(Unmet, match=r"another text.* @ \$\.notes\.cut\[0\]")


async def test_a_recorded_voice_is_a_person_of_a_story(app: App, tmp_path: Path) -> None:
    script = tmp_path / "voice.yaml"
    script.write_text(
        f"name: a voice\nsteps:\n- open: first\n- press: start\n- play\n"
        f"- speak: {{wav: '{VOICES / 'first_cut.wav'}', each: [logo, intro, colour, rest]}}\n"
        "- expect: {note: intro, text: Please make the intro shorter.}\n"
        "notes: {cut: [{said: logo}, {said: intro}, {said: colour}, {said: rest}]}\n"
    )
    await play_at(load_story(script), await door_of(app), SPEED, Console(file=io.StringIO()))


async def test_a_flag_is_flipped_by_the_admin(app: App) -> None:
    door = await door_of(app)
    await door.flip("notes_channel", on=False)
    flags = await door.admin.ask("GET", "/api/admin/flags")
    assert next(flag["parts"] for flag in flags["flags"] if flag["key"] == "notes_channel")["boolean"] is False


async def test_only_an_admin_invites_the_people_of_a_story(app: App) -> None:
    person = await (await door_of(app)).let_in("Ann Other")
    assert person.email == "ann-other.test@sim.invalid"
    with pytest.raises(NotAdmin, match="only an admin may invite"):
        await Door(person.account, "again").let_in("ben")


async def test_what_a_client_cannot_do_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    script = tmp_path / "story.yaml"
    script.write_text("name: no\nsteps: [{open: first}, deploy, {together: {steps: [{crash: 1 s}]}}]\n")
    with pytest.raises(StoryError) as refused:
        await play_live(Live(script, None, None, 1, skip=False), Console(), Settings())
    assert [fault.partition(" @ ")[2] for fault in refused.value.args[:-1]] == [
        "$.steps[1].deploy",
        "$.steps[2].together.steps[0].crash",
    ]


async def test_a_load_of_a_few(app: App, tmp_path: Path) -> None:
    asked = Asked(Load(3, 1, 3), app.url, await app.sign_in_url(), None, tmp_path / "load.json", None)
    printed = io.StringIO()
    await measure(asked, Console(file=printed, width=200), app.node.settings)
    assert "3 remarks, 3 notes" in printed.getvalue()
    assert b'"notes": 3' in (tmp_path / "load.json").read_bytes()


# -- the network ----------------------------------------------------------------------------------------------------


async def test_a_network_that_is_down_cuts_what_is_open_and_opens_nothing(app: App) -> None:
    way = Way(Random(0))
    async with way.connect(app.url) as client:
        await way.go_down(60)
        assert [pushed async for pushed in client.pushes] == []
        with pytest.raises(Disconnected):
            way.connect(app.url)
        way.heal()
        async with way.connect(app.url):
            pass


async def test_of_a_half_open_connection_the_server_hears_nothing_even_of_its_end(app: App) -> None:
    way = Way(Random(0))
    async with way.connect(app.url):
        way.fall_silent(60)
    assert len(app.node.sockets) == 1
    way.heal()
    await way.close()
    while app.node.sockets:  # noqa: ASYNC110 (nobody tells)
        await trio.sleep(0.01)
