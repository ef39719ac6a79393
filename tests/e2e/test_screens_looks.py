"""Every screen of the extension, light and dark: nothing for axe to find, nothing that sticks out, also at 200 % zoom.

A picture of each is left in `build/screens`.
"""

from __future__ import annotations

import json
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from tests.e2e.shown import AT, FPS, NOTES, reviewing, session, signed_out, video
from tests.e2e.staged_extension import BUILT, NEEDS_BROWSER, Staged, staged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = NEEDS_BROWSER

AXE = (BUILT.parent / "node_modules/axe-core/axe.min.js").read_text() if BUILT.is_dir() else ""
PICTURES = Path(__file__).parents[2] / "build/screens"  # where they can be looked at
TABS = {"panel": (360, 720), "popup": (320, 420), "options": (768, 900), "privacy": (768, 900)}
LONG_AGO = {"since": 1_000, "server": "https://lossy.example"}


@frozen
class Screen:
    """`keys` are pressed before it is looked at; `until` is what is then there."""

    page: str
    shown: dict[str, Any]
    keys: tuple[str, ...] = ()
    until: str = "main"


def fault(**more: Any) -> dict[str, Any]:
    message = "The note was changed by somebody else meanwhile."
    kept = "Your words are still in the field."
    return {"id": "f1", "code": "conflict", "message": message, "kept": kept, "remedy": None, "at": AT, **more}


def speaking() -> dict[str, Any]:
    microphone = {**reviewing()["microphone"], "phase": "speech", "speech_since": time() * 1000 - 4_000}
    hearing = {"remark_id": None, "text": "make the intro a little", "stage": "speaking"}
    return reviewing(microphone=microphone, hearing=hearing)


def thinking() -> dict[str, Any]:
    hearing = {"remark_id": None, "text": "make the intro a little shorter", "stage": "structuring"}
    return reviewing(hearing=hearing, session=session(agent=["structuring"]))


def offline() -> dict[str, Any]:
    notes = {key: {**each, "waiting": each["frame_in"] > 60 * FPS} for key, each in reviewing()["notes"].items()}
    queue = {"notes": 2, "transcripts": 1, "events": 4, "since": AT, "draining": False}
    return reviewing(connection={"phase": "offline", "version": 2, **LONG_AGO}, queue=queue, notes=notes)


def microphone(**more: Any) -> dict[str, Any]:
    return reviewing(microphone={**reviewing()["microphone"], **more}, session=None)


def told(**remark: Any) -> dict[str, Any]:
    return reviewing(remarks=[{"remark_id": "r1", "at": AT, **remark}])


def state(words: str) -> str:
    return f".state p:has-text('{words}')"


NO_MODEL = {"phase": "unset", "model": None, "device": None, "progress": 0, "why": None}
EMPTY = reviewing(notes={})
SCREENS = {
    "panel-listening": Screen("panel", reviewing(), until=state("Listening")),
    "panel-recording": Screen("panel", speaking(), until=".dot.live"),
    "panel-thinking": Screen("panel", thinking(), until=state("Thinking")),
    "panel-paused": Screen(
        "panel", reviewing(session=session(paused={"at": AT, "by": "silence"})), until=state("Paused")
    ),
    "panel-read-only": Screen("panel", reviewing(session=session(mine=False)), until=state("Another tab")),
    "panel-offline": Screen("panel", offline(), until=".waiting"),
    "panel-signed-out": Screen("panel", signed_out(), until=state("Not signed in")),
    "panel-no-microphone": Screen("panel", microphone(phase="missing"), until=state("No microphone")),
    "panel-unplugged": Screen("panel", microphone(phase="lost"), until=state("unplugged")),
    "panel-revoked": Screen("panel", signed_out("revoked"), until=state("This browser was signed out")),
    "panel-not-allowed": Screen("panel", microphone(permission="denied", phase="off"), until=state("not allowed")),
    "panel-no-model": Screen("panel", reviewing(recogniser=NO_MODEL), until=state("No speech model")),
    "panel-empty": Screen("panel", EMPTY, until="text=Play the film"),
    "panel-no-video": Screen("panel", reviewing(video=None, session=None, notes={}), until="text=Open a video"),
    "panel-fault": Screen("panel", reviewing(faults=[fault(remedy="retry")]), until=".fault"),
    "panel-chosen": Screen("panel", reviewing(), ("j", "j"), "[aria-current]"),
    "panel-editing": Screen("panel", reviewing(), ("j", "e"), "textarea"),
    "panel-deleted": Screen("panel", reviewing(), ("j", "x"), ".done button"),
    "panel-none-found": Screen("panel", reviewing(), ("/", "z", "q"), ".empty"),
    "panel-shortcuts": Screen("panel", reviewing(), ("?",), "dialog"),
    "popup-listening": Screen("popup", told(note_id=NOTES[0]["id"]), until="text=Noted: The logo"),
    "popup-thinking": Screen("popup", thinking(), until=".now"),
    "popup-refused": Screen("popup", told(refused="low_confidence"), until="text=No note was made"),
    "popup-signed-out": Screen("popup", signed_out(), until=state("Not signed in")),
    "popup-no-video": Screen("popup", reviewing(video=None, session=None), until="text=Look for one"),
    "options-signed-in": Screen("options", offline(), until="text=2 notes and 1 remark"),
    "options-signed-out": Screen("options", signed_out(), until="text=Sign in to see"),
    "privacy": Screen("privacy", reviewing(), until="table"),
}

# What the browser says of the microphone, as no test can unplug one: the permission, how many there are, and the error
# that asking for one ends with. Then what the page's title is.
MICROPHONES = {
    "unasked": ("prompt", 1, None, "May Lossy hear you?"),
    "granted": ("granted", 1, None, "Lossy may hear you"),
    "denied": ("denied", 1, None, "The microphone was not allowed"),
    "revoked": ("denied", 1, None, "The microphone is not allowed any more"),
    "unplugged": ("granted", 0, None, "No microphone found"),
    "busy": ("granted", 1, "NotReadableError", "The microphone does not answer"),
}
SAYS = """([permission, devices, error]) => {
    navigator.permissions.query = async () => ({ state: permission, onchange: null, addEventListener() {} });
    navigator.mediaDevices.enumerateDevices = async () => Array(devices).fill({ kind: "audioinput" });
    navigator.mediaDevices.getUserMedia = async () => {
        if (error !== null) throw new DOMException("", error);
        return new AudioContext().createMediaStreamDestination().stream;
    };
}"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    with staged(tmp_path_factory.mktemp("looks")) as stage:
        yield stage


@pytest.fixture(scope="module")
def pages(stage: Staged) -> dict[str, Page]:
    """One of each kind: to open them anew for each screen would take half of the time."""
    stage.show(signed_out())
    opened = {name: stage.open(f"{name}.html", *size) for name, size in TABS.items()}
    for page in opened.values():
        page.emulate_media(reduced_motion="reduce")
        page.wait_for_selector("main")
        page.evaluate(AXE)
    return opened


@pytest.fixture
def look(stage: Staged, pages: dict[str, Page], name: str) -> Iterator[Page]:
    screen = SCREENS[name]
    page = pages[screen.page]
    width, height = TABS[screen.page]
    stage.show(screen.shown)
    page.bring_to_front()
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="light")
    if screen.keys:
        page.wait_for_selector(".note")
    for key in screen.keys:
        page.keyboard.press(key)
    page.wait_for_selector(screen.until)
    yield page
    if screen.keys:
        page.reload()
        page.wait_for_selector("main")
        page.evaluate(AXE)


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen(look: Page, name: str) -> None:
    width, height = TABS[SCREENS[name].page]
    assert look.evaluate("document.fonts.ready.then(() => document.fonts.check('13px Inter'))")
    picture(look, f"{name}-light")
    assert found_by_axe(look) == []
    look.emulate_media(color_scheme="dark")
    picture(look, f"{name}-dark")
    assert found_by_axe(look, "color-contrast") == []
    assert sticks_out(look) == []
    look.set_viewport_size({"width": width // 2, "height": height // 2})  # as at 200 % zoom
    picture(look, f"{name}-zoomed")
    assert sticks_out(look) == []


@pytest.mark.parametrize("name", MICROPHONES)
def test_the_page_that_asks_for_the_microphone(stage: Staged, name: str) -> None:
    *said, title = MICROPHONES[name]
    page = stage.open("privacy.html", 768, 900)
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    page.evaluate("localStorage.clear()" if name != "revoked" else "localStorage['microphone-granted-before'] = 'yes'")
    page.add_init_script(f"({SAYS})({json.dumps(said)})")
    page.goto(f"chrome-extension://{stage.id}/permission.html")
    page.get_by_role("heading", name=title).wait_for()
    page.evaluate(AXE)
    picture(page, f"permission-{name}-light")
    assert found_by_axe(page) == []
    page.emulate_media(color_scheme="dark")
    picture(page, f"permission-{name}-dark")
    assert found_by_axe(page, "color-contrast") == []
    page.set_viewport_size({"width": 384, "height": 450})
    assert sticks_out(page) == []
    page.close()


def test_a_wide_page_keeps_to_its_column(stage: Staged) -> None:
    stage.show(reviewing(video=video()))
    page = stage.open("options.html", 1440, 900)
    page.wait_for_selector("fieldset")
    picture(page, "options-wide-light")
    assert page.evaluate("document.querySelector('main').offsetWidth") < 800
    page.close()


def picture(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")


def found_by_axe(page: Page, only: str | None = None) -> list[Any]:
    """A panel is no page: it has no landmarks to ask for."""
    rules = {"region": {"enabled": False}, "page-has-heading-one": {"enabled": False}}
    options = {"runOnly": [only]} if only else {"rules": rules}
    found = page.evaluate("(options) => axe.run(document, options)", options)
    return [
        (violation["id"], node["target"], node["any"][:1])
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def sticks_out(page: Page) -> list[str]:
    """What is wider than the window, or has words that do not fit and no dots to say so."""
    found: list[str] = page.evaluate("""() => [...document.querySelectorAll('body *')].filter((each) => {
        const style = getComputedStyle(each);
        if (style.clipPath !== 'none' || style.position === 'absolute') return false;
        if (!each.checkVisibility({opacityProperty: true})) return false;
        if (each.getBoundingClientRect().right > innerWidth + 1) return true;
        return each.tagName === 'BUTTON' && each.scrollWidth > each.clientWidth + 1;
    }).map((each) => each.outerHTML.slice(0, 120))""")
    return found
