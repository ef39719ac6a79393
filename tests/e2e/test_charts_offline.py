"""The visualizer as one file, in real Chromium: opened from the disk, with the network blocked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from playwright.sync_api import expect

from lossy.cli.simulating import run as run_story
from lossy.cli.viewing import view_charts
from lossy.resources import folder
from lossy.sim.campaign.library import FOLDER as STORIES
from tests.e2e.chromium import needs_chromium, open_browser, violations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.integration, pytest.mark.browser, needs_chromium]

SESSION = "11111111-2222-4333-8444-555555555555"
LISTENING = "#chart=voice&events=start+owner,speech_start"
WIDTHS = ((360, 740), (768, 1024), (1440, 900))
SCREENS = Path(__file__).parents[2] / "build" / "screens"  # where they can be looked at

TRACE = [
    {"n": 1, "event": "start", "states": ["live", "microphone", "listening", "observing"], "taken": "idle/start/0"},
    {
        "n": 2,
        "event": "speech_start",
        "states": ["live", "microphone", "listening", "recording"],
        "taken": "listening/speech_start/1",
    },
    {
        "n": 3,
        "event": "speech_end",
        "states": ["live", "microphone", "listening", "cooldown"],
        "taken": "recording/speech_end/1",
    },
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All charts, with a trace of a session."""
    made = tmp_path_factory.mktemp("review")
    lines = [
        {"session": SESSION, "at": 1_000 * step["n"], "chart": "voice", "event": step["event"], "n": step["n"]}  # type: ignore[operator]
        | {"taken": [f"voice:{step['taken']}"], "states": {"voice": step["states"]}, "effects": [["voice", "status"]]}
        for step in TRACE
    ]
    (made / "trace.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return written(made / "review.html", "--trace", str(made / "trace.jsonl"))


def written(out: Path, *arguments: str) -> Path:
    done = CliRunner().invoke(view_charts, [*arguments, "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture
def page(browser: Browser, review: Path) -> Iterator[Page]:
    """It fails the test where the page says an error, or asks for anything."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(5_000)
    page, faults = context.new_page(), list[str]()
    page.on("console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda request: faults.append(request.url) if not request.url.startswith(("file:", "blob:")) else None,
    )
    page.goto(review.as_uri())
    yield page
    context.close()
    assert faults == []


def at(page: Page, fragment: str) -> Page:
    page.evaluate("fragment => { location.hash = fragment }", fragment)
    return page


def state(page: Page, id: str) -> Locator:
    return page.locator(f'#picture g[data-state="{id}"]').first


def lit(page: Page) -> set[str]:
    return {str(group.get_attribute("data-state")) for group in page.locator("#picture g.is-active[data-state]").all()}


def test_every_chart_is_shown_with_all_its_states_and_transitions(page: Page) -> None:
    for path in sorted(folder("statecharts").glob("*.yaml")):
        page.get_by_role("button", name=path.stem.title(), exact=True).first.click()
        drawn = ElementTree.parse(folder("docs") / "statecharts" / f"{path.stem}.svg").getroot()
        states = {group.get("data-state") for group in drawn.iter()} - {None}
        expect(page.locator("#picture svg")).to_have_attribute("data-chart", path.stem)
        assert page.locator("#outline [data-row]").count() == len(states)


def test_events_are_clicked_through_and_every_active_region_is_lit(page: Page) -> None:
    at(page, "#chart=voice")
    assert {"live", "microphone", "idle", "link"} <= lit(page)
    page.get_by_role("button", name="[owner] → Observing").first.click()
    page.locator('[data-key="event speech_start"]').click()
    assert {"live", "microphone", "listening", "recording", "link", "disconnected"} == lit(page)
    expect(page.locator("#picture g.is-taken").first).to_be_attached()
    expect(page.locator(".log li")).to_have_count(3)
    assert "events=start+owner,speech_start" in page.url


def test_guards_are_set_and_decide_where_an_event_goes(page: Page) -> None:
    at(page, "#chart=voice")
    page.locator('[data-key="event start"]').click()
    assert "idle" in lit(page)
    page.locator('[data-key="guards"]').click()
    page.get_by_label("owner", exact=True).check()
    page.locator('[data-key="event start"]').click()
    assert "observing" in lit(page)


def test_a_timer_fires_and_the_clock_goes_on(page: Page) -> None:
    at(page, f"{LISTENING}&drawer=timers")
    expect(page.locator(".timers tr.is-active")).to_have_count(2)
    page.locator("#picture").press("t")
    at(page, page.url.partition("#")[2].replace("drawer=timers", "drawer=log"))
    expect(page.locator(".log li.is-shown time")).to_have_text("1 min")


def test_a_step_is_taken_back_and_gone_forward_to_again(page: Page) -> None:
    at(page, LISTENING)
    page.locator("#picture").press("[")
    assert "observing" in lit(page)
    expect(page.locator("#scrubber output")).to_have_text("1 of 2")
    page.locator("#picture").press("]")
    page.locator("#picture").press("u")
    assert "observing" in lit(page)
    expect(page.locator("#scrubber output")).to_have_text("1 of 1")
    page.locator("#picture").press("r")
    assert "idle" in lit(page)


def test_a_link_leads_to_the_same_place(page: Page, browser: Browser, review: Path) -> None:
    at(page, f"{LISTENING}&select=recording&panel=about&drawer=table&filter=speech_end&fold=link")
    other = browser.new_page()
    other.goto(review.as_uri() + "#" + page.url.partition("#")[2])
    expect(other.locator("#panel h2")).to_contain_text("Recording")
    expect(other.locator("#drawer caption").first).to_have_text("Region Microphone")
    assert "recording" in lit(other)
    expect(other.locator("#picture .lid")).to_have_count(1)
    other.close()


def test_what_is_known_of_a_state_and_a_transition_is_told(page: Page) -> None:
    at(page, "#chart=voice&select=idle/start/0&panel=about")
    panel = page.locator("#panel")
    for words in ("start [owner] / listen → Observing", "web.voice", "the reviewer, by button or key", "owner"):
        expect(panel).to_contain_text(words)
    at(page, "#chart=voice&select=idle&panel=about")
    for words in ("Nobody is listened to, not yet or not now.", "session end", "4 h", "LOSSY_VOICE_", "status"):
        expect(panel).to_contain_text(words)


def test_the_shortest_way_leads_there(page: Page) -> None:
    at(page, "#chart=voice&select=cooldown&panel=about")
    page.get_by_role("button", name="Shortest way from the start").click()
    assert "cooldown" in lit(page)
    expect(page.locator("#scrubber output")).to_have_text("2 of 2")
    at(page, "#chart=rollout&select=full&panel=about")
    page.get_by_role("button", name="Shortest way from the start").click()
    assert "full" in lit(page)


def test_search_finds_by_any_word_and_goes_from_hit_to_hit(page: Page) -> None:
    at(page, "#chart=voice")
    page.keyboard.press("/")
    page.keyboard.type("cooldown")
    expect(page.locator("#hits")).to_contain_text("found")
    expect(state(page, "cooldown")).to_have_class("atomic is-hit")
    page.keyboard.press("Enter")
    assert "select=" in page.url


def test_a_state_is_folded_in_its_place_and_unfolded(page: Page) -> None:
    at(page, f"{LISTENING}&select=listening&panel=about")
    page.locator("#picture").press("c")
    expect(page.locator("#picture .lid.is-active text").last).to_have_text("3 inside: Recording")
    expect(page.locator('#outline [data-row="recording"]')).to_have_count(0)
    page.locator("#picture").press("c")
    expect(page.locator("#picture .lid")).to_have_count(0)


def test_only_one_event_is_shown(page: Page) -> None:
    at(page, "#chart=voice&select=recording/speech_end/1&panel=about")
    page.locator("#picture").press("f")
    expect(page.locator("#why")).to_contain_text("Only speech end is shown.")
    shown = page.locator("#picture g[data-transition]:not(.is-dim)")
    assert shown.count() > 0
    for group in shown.all():
        assert "/speech_end/" in str(group.get_attribute("data-transition"))


def test_the_table_has_every_event_and_says_what_is_ignored(page: Page) -> None:
    at(page, "#chart=voice&drawer=table")
    expect(page.locator("#drawer .hint")).to_contain_text("No holes.")
    expect(page.locator("#drawer td.fate-ignored").first).to_have_attribute(
        "title", "ignored on purpose. Only a pause that silence began ends with it."
    )
    page.locator('[data-key="cell idle start"]').click()
    expect(page.locator("#panel h2")).to_contain_text("start")


def test_effects_are_a_sequence_from_senders_to_performers(page: Page) -> None:
    at(page, f"{LISTENING}&drawer=sequence")
    drawn = page.locator("#drawer svg")
    for words in ("web.voice", "Voice", "sessions.effects", "Chart agent", "send listen to agent", "speech start"):
        expect(drawn).to_contain_text(words)


def test_coverage_lies_over_the_picture(page: Page) -> None:
    at(page, f"{LISTENING}&panel=overlay")
    page.get_by_label("this simulation").check()
    expect(page.locator("#panel")).to_contain_text("2 of ")
    taken = page.locator('#picture g[data-transition~="idle/start/0"].is-level-4')
    expect(taken.first).to_be_attached()


def test_a_note_stays_at_its_transition_and_goes_along_in_a_copy(page: Page, browser: Browser, tmp_path: Path) -> None:
    at(page, "#chart=voice&select=idle/start/0&panel=notes")
    page.get_by_label("Note", exact=True).fill("Should <b>anybody</b> start it?")
    page.get_by_label("Your name").fill("Ann")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".notes")).to_contain_text(["Should <b>anybody</b> start it?"])
    page.reload()
    expect(page.locator(".notes li").first).to_contain_text("Ann")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save a copy with notes").click()
    saved.value.save_as(tmp_path / "copy.html")
    context = browser.new_context()  # knows nothing of the notes but what is in the file
    copy = context.new_page()
    copy.goto((tmp_path / "copy.html").as_uri() + "#chart=voice&panel=notes")
    expect(copy.locator(".notes").last).to_contain_text("Should <b>anybody</b> start it?")
    context.close()
    page.get_by_role("button", name="Remove the note").click()
    expect(page.locator(".notes li")).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "file", "begins"),
    [
        ("SVG", "voice.svg", b"<svg"),
        ("PNG", "voice.png", b"\x89PNG"),
        ("Mermaid", "voice.mmd", b"stateDiagram-v2"),
        ("SCXML", "voice.scxml", b"<?xml"),
        ("XState", "voice.xstate.json", b"{"),
        ("JSON", "voice.json", b"{"),
    ],
)
def test_a_chart_is_exported(page: Page, tmp_path: Path, label: str, file: str, begins: bytes) -> None:
    at(page, f"{LISTENING}&panel=export")
    with page.expect_download() as saved:
        page.get_by_role("button", name=label, exact=True).click()
    assert saved.value.suggested_filename == file
    saved.value.save_as(tmp_path / file)
    content = (tmp_path / file).read_bytes()
    assert content.startswith(begins)
    if label == "SVG":
        root = ElementTree.fromstring(content)
        active = [group.get("data-state") for group in root.iter() if "is-active" in group.get("class", "").split()]
        assert "recording" in active
        assert b"<style>" in content
    if label == "PNG":
        assert len(content) > 20_000


def test_a_trace_is_gone_through_back_and_forth(page: Page) -> None:
    at(page, "#chart=voice&panel=sessions")
    page.get_by_role("button", name=f"session {SESSION[:8]}").click()
    slider = page.get_by_role("slider", name="Step")
    slider.press("End")
    assert {"live", "microphone", "listening", "cooldown"} == lit(page)
    slider.press("ArrowLeft")
    assert "recording" in lit(page)
    at(page, f"#chart=voice&session={SESSION}&step=2&panel=overlay")
    page.get_by_label("the sessions open here").check()
    expect(page.locator("#panel")).to_contain_text("3 of ")
    expect(page.locator(".log .is-shown")).to_contain_text("speech start")
    at(page, "#chart=voice&panel=step")
    assert "idle" in lit(page)


def test_a_simulators_trace_is_gone_through(page: Page, tmp_path: Path) -> None:
    trace = tmp_path / "run.jsonl"
    done = CliRunner().invoke(run_story, [str(STORIES / "a_remark_becomes_a_note.yaml"), "--trace", str(trace)])
    assert done.exit_code == 0, done.output
    at(page, "#chart=agent&panel=sessions")
    page.get_by_label("Open a trace").set_input_files(trace)
    slider = page.get_by_role("slider", name="Step")
    slider.press("End")
    shown = page.locator(".log .is-shown")
    last = shown.inner_text()
    slider.press("Home")
    expect(shown).to_contain_text("begins")
    assert shown.inner_text() != last
    slider.press("End")
    page.get_by_role("tab", name="Effects").click()
    expect(page.locator("#drawer svg")).to_contain_text("save note")
    page.get_by_role("tab", name="Coverage").click()
    page.get_by_label("the sessions open here").check()
    expect(page.locator("#picture g.is-level-4").first).to_be_attached()


def test_what_is_no_trace_is_told_with_its_line(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(
        '{"event": "start", "at": 1, "taken": [], "states": null, "session": "a"}\n{"nothing": 1}\n', encoding="utf-8"
    )
    at(page, "#chart=voice&panel=sessions")
    page.get_by_label("Open a trace").set_input_files(bad)
    expect(page.get_by_role("alert")).to_have_text("line 2 is no step of a trace")


def test_two_versions_are_compared_in_colours_and_words(browser: Browser, tmp_path: Path) -> None:
    old = tmp_path / "ownership.yaml"
    text = (folder("statecharts") / "ownership.yaml").read_text(encoding="utf-8")
    old.write_text(text.replace("if: gives_up", "if: by_owner"), encoding="utf-8")
    page = browser.new_page()
    page.goto(written(tmp_path / "diff.html", "ownership", "--against", str(old)).as_uri() + "#drawer=changes")
    expect(page.locator(".changes li").first).to_contain_text("if gives_up instead of by_owner")
    expect(page.locator("#picture .is-changed").first).to_be_attached()
    page.locator(".changes button").first.click()
    assert "select=" in page.url
    page.close()


# -- keyboard, screens, axe -------------------------------------------------------------------------------------------


def test_the_keyboard_alone_goes_all_the_way(page: Page) -> None:
    at(page, "#chart=voice")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.locator(":focus").wait_for()
    reach(page, "way start owner")
    page.keyboard.press("Enter")
    assert "observing" in lit(page)
    assert focus(page) != ""
    reach(page, "event speech_start")
    page.keyboard.press("Space")
    assert "recording" in lit(page)
    reach(page, "panel step")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="About")).to_have_attribute("aria-selected", "true")
    page.locator("#picture").focus()
    page.keyboard.press("ArrowDown")
    assert "select=" in page.url
    page.keyboard.press("m")
    expect(page.locator("#note-text")).to_be_focused()


def focus(page: Page) -> str:
    return str(page.evaluate("() => document.activeElement?.getAttribute('data-key') ?? ''"))


def reach(page: Page, key: str) -> None:
    """By the tab key alone."""
    for _ in range(300):
        if focus(page) == key:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key never reaches {key}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", WIDTHS, ids=lambda size: str(size[0]))
def test_the_page_fits_its_screen(browser: Browser, review: Path, scheme: str, size: tuple[int, int]) -> None:
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{review.as_uri()}{LISTENING}&select=recording&panel=about")
    expect(page.locator("#panel h2")).to_contain_text("Recording")
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"charts-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_axe_finds_nothing(browser: Browser, review: Path) -> None:
    page, found = browser.new_page(viewport={"width": 1440, "height": 900}), {}
    for panel, drawer in zip(
        ("step", "about", "notes", "overlay", "sessions", "export"),
        ("log", "sequence", "table", "timers", "changes", "log"),
        strict=True,
    ):
        page.goto(f"{review.as_uri()}{LISTENING}&select=recording&panel={panel}&drawer={drawer}")
        page.locator("#panel").wait_for()
        found[panel] = violations(page)
    page.emulate_media(color_scheme="dark")
    found["dark"] = violations(page, "['color-contrast']")
    page.close()
    assert {name: faults for name, faults in found.items() if faults} == {}
