"""The content script in pages like those of the platforms, on their host names: it finds the player, harms nothing."""

from __future__ import annotations

from base64 import b64decode
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.burnt_film import make_film, number_in
from tests.e2e.lookalike_site import lookalikes
from tests.e2e.shown import note
from tests.e2e.staged_extension import NEEDS_BROWSER, Staged, staged
from tests.e2e.watched_page import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = NEEDS_BROWSER

YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
AROUND = "https://around.example/"
SEEK = """(time) => new Promise((seen) => {
    video.requestVideoFrameCallback(() => requestAnimationFrame(() => requestAnimationFrame(seen)));
    video.currentTime = time;
})"""
VIMEO = "https://vimeo.com/76979871/8272103f6e"
FRAME_IO = (
    "https://next.frame.io/project/aa83c2a0-1111-4414-84bd-0c67b3f9f571/view/bb83c2a0-2222-4414-84bd-0c67b3f9f571"
)
ICONIK = "https://app.iconik.io/asset/cc83c2a0-3333-4414-84bd-0c67b3f9f571"
BARE = "https://bare.example/watch/here"
MANY = "https://many.example/"
FPS = 24
PICTURES = Path(__file__).parents[2] / "build/screens"  # where they can be looked at


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    films = tmp_path_factory.mktemp("films")
    make_film(films / "film.mp4", Fraction(FPS), 10 * FPS)
    make_film(films / "film.webm", Fraction(24_000, 1001), 4 * FPS)
    make_film(films / "advert.mp4", Fraction(25), 25)
    with (
        lookalikes(films) as hosts,
        staged(tmp_path_factory.mktemp("content"), hosts=hosts, pages=["https://*.example/*"]) as stage,
    ):
        yield stage


@pytest.fixture
def watched(stage: Staged, url: str) -> Iterator[Watched]:
    watched = Watched.open(stage, url)
    yield watched
    assert watched.faults == []
    watched.page.close()


def picture(watched: Watched, name: str) -> None:
    watched.page.screenshot(path=PICTURES / f"{name}.png")


@pytest.mark.parametrize(
    ("url", "title"),
    [(YOUTUBE, "Spring campaign"), (FRAME_IO, "cut_04.mov"), (ICONIK, "Spring campaign"), (BARE, "A film")],
)
def test_the_player_of_a_page_is_found(watched: Watched, title: str, url: str) -> None:
    told = watched.until("video")
    assert (told["url"], told["title"]) == (url, title)
    if "duration_ms" not in told:  # known a moment later
        told = watched.until("video", player=told["player"])
    assert told["duration_ms"] == pytest.approx(4_004 if url == ICONIK else 10_000, abs=50)


@pytest.mark.parametrize("url", [VIMEO])
def test_a_player_in_a_frame_is_meant_once_it_plays(watched: Watched) -> None:
    frame = watched.page.frame_locator("iframe")
    frame.locator("#play").click()
    told = watched.until("video")
    assert told["url"] == "https://player.vimeo.com/video/76979871?h=8272103f6e"
    assert told["title"] == "Spring campaign from Ada"
    assert watched.until("frames")["player"] == told["player"]


@pytest.mark.parametrize("url", [YOUTUBE])
def test_what_is_pressed_over_a_player_does_not_reach_its_page(watched: Watched, url: str) -> None:
    watched.until("video")
    watched.review(url)
    assert watched.page.evaluate("document.querySelector('lossy-overlay').shadowRoot") is None
    picture(watched, "over-youtube-light")
    watched.press("Pause or resume the microphone")
    assert watched.until_command("toggle_microphone")
    watched.page.keyboard.press(" ")
    assert watched.until_command("toggle_microphone")
    assert watched.page.evaluate("[window.pressed, document.querySelector('.html5-main-video').paused]") == [[], True]
    watched.page.click("#search")
    watched.page.keyboard.type("jx ")
    assert watched.page.evaluate("[window.pressed.slice(1), document.querySelector('#search').value]") == [
        ["j", "x", " "],
        "jx ",
    ]
    watched.page.click("#play")
    watched.until("player", event="play")


@pytest.mark.parametrize("url", [YOUTUBE])
def test_a_reaction_is_a_note_of_one_press(watched: Watched, url: str) -> None:
    watched.until("video")
    watched.review(url)
    watched.page.mouse.move(*watched.place_of("Pause or resume the microphone"))
    watched.page.wait_for_timeout(200)
    picture(watched, "over-reactions-light")
    watched.press("Too long")
    asked = watched.until_command("create_note")
    assert asked["category"] == "pacing"
    assert asked["text"].endswith("Too long")


@pytest.mark.parametrize("url", [YOUTUBE])
def test_a_note_that_comes_lies_over_the_film_for_a_while(watched: Watched, url: str, stage: Staged) -> None:
    watched.until("video")
    watched.review(url)
    assert not watched.shows("Confirm: The cut comes too late.")
    new = note(50, 100, "The cut comes too late.", status="ghost")
    hearing = {"remark_id": None, "text": "and the music", "stage": "speaking"}
    stage.patch(notes={"put": [new], "drop": []}, hearing=hearing)
    watched.page.wait_for_timeout(300)
    picture(watched, "over-ghost-light")
    watched.page.emulate_media(color_scheme="dark")
    picture(watched, "over-ghost-dark")
    watched.page.emulate_media(color_scheme="light")
    watched.press("Confirm: The cut comes too late.")
    assert watched.until_command("confirm")["note_id"] == new["id"]
    watched.press("Delete: The cut comes too late.")
    assert watched.until_command("delete_note")["note_id"] == new["id"]


@pytest.mark.parametrize("url", [YOUTUBE])
def test_markers_over_a_player_lead_into_the_film(watched: Watched, url: str) -> None:
    watched.until("video")
    watched.review(url, notes={note(1, 120, "Half way.")["id"]: note(1, 120, "Half way.")})
    watched.press("5 seconds, frame 0: Half way.")
    watched.until("player", event="seeked", media_s=5)


@pytest.mark.parametrize("url", [YOUTUBE])
def test_another_video_in_the_same_page_is_another_video(watched: Watched) -> None:
    player = watched.until("video")["player"]
    watched.page.click("#next")
    told = watched.until("video", url="https://www.youtube.com/watch?v=9bZkp7q19f0", duration_ms=4_004)
    assert (told["title"], told["player"]) == ("Autumn campaign", player)


@pytest.mark.parametrize("url", [YOUTUBE])
def test_it_goes_along_into_full_screen(watched: Watched, url: str) -> None:
    watched.until("video")
    watched.review(url)
    watched.page.click("#full")
    watched.page.wait_for_function("document.querySelector('#movie_player > lossy-overlay:popover-open')")
    picture(watched, "over-full-screen-light")
    watched.press("Pause or resume the microphone")
    assert watched.until_command("toggle_microphone")
    watched.page.evaluate("document.exitFullscreen()")
    watched.page.wait_for_function("document.querySelector('html > lossy-overlay:not(:popover-open)')")


@pytest.mark.parametrize("url", [BARE])
def test_it_is_seen_over_a_video_that_is_full_screen_by_itself(watched: Watched, url: str) -> None:
    watched.until("video")
    watched.review(url)
    watched.page.mouse.click(5, 700)
    watched.page.evaluate("window.video.requestFullscreen()")
    watched.page.locator("html > lossy-overlay:popover-open").wait_for(state="attached")


@pytest.mark.parametrize("url", [ICONIK])
def test_a_player_that_is_built_anew_is_followed(watched: Watched, url: str) -> None:
    first = watched.until("video")["player"]
    watched.review(url)
    watched.page.evaluate("build()")
    watched.until("video_gone", player=first)
    assert watched.until("video")["player"] != first
    watched.page.evaluate("document.querySelector('lossy-overlay').remove()")
    watched.page.wait_for_selector("lossy-overlay", state="attached")
    watched.page.evaluate("scrollTo(0, 150)")
    watched.page.wait_for_function("document.querySelector('lossy-overlay').getBoundingClientRect().top === -150")


@pytest.mark.parametrize("url", [MANY])
def test_of_many_videos_one_is_meant(watched: Watched) -> None:
    first = watched.until("video")["player"]
    watched.page.evaluate("document.querySelector('#large').play()")
    assert watched.until("player", event="play")["player"] == first, "the largest that can be seen"
    watched.page.evaluate("document.querySelector('#large').pause()")
    watched.page.evaluate("document.querySelector('#small').play()")
    second = watched.until("video")["player"]
    assert second != first, "the one that plays"
    watched.page.click("#large", position={"x": 300, "y": 200})
    third = watched.until("video")["player"]
    assert third != second, "the one that was touched"


@pytest.mark.parametrize("url", [YOUTUBE])
def test_a_picture_shows_the_frame(watched: Watched, stage: Staged) -> None:
    watched.until("video")
    watched.seek("document.querySelector('.html5-main-video')", 3.02)
    stage.to_content({"kind": "capture", "request": "r1", "at": None})
    taken = watched.until("captured", request="r1")
    assert number_in(b64decode(taken["image"].split(",")[1])) == 72
    assert taken["media_s"] == 3.02


@pytest.mark.parametrize("url", [AROUND])
def test_a_film_in_another_sites_frame_is_found_within_the_tab(watched: Watched, stage: Staged) -> None:
    frame = next(frame for frame in watched.page.frames if frame.url == "https://within.example/")
    watched.page.bring_to_front()
    box = frame.locator("video").bounding_box()
    assert box is not None
    watched.page.mouse.click(box["x"] + 100, box["y"] + 100)
    watched.until("video", url="https://within.example/")
    frame.evaluate(SEEK, 3.02)
    stage.to_content({"kind": "capture", "request": "r1", "at": None})
    taken = watched.until("captured", request="r1")
    assert taken["why"] is None
    assert number_in(b64decode(taken["image"].split(",")[1])) == 72


@pytest.mark.parametrize("url", [FRAME_IO])
def test_a_film_that_may_not_be_read_is_seen_in_the_tab_without_us(watched: Watched, url: str, stage: Staged) -> None:
    watched.until("video")
    watched.page.bring_to_front()
    watched.review(url)
    watched.seek("window.video", 4.02)
    picture(watched, "over-frame-io-light")
    for request in ("r1", "r2"):
        stage.to_content({"kind": "capture", "request": request, "at": None})
    taken = {each["request"]: each for each in (watched.until("captured"), watched.until("captured"))}
    assert taken["r2"]["why"] == "cross_origin", "two a second are too many for the browser"
    image = b64decode(taken["r1"]["image"].split(",")[1])
    (PICTURES / "captured.webp").write_bytes(image)
    assert number_in(image) == 96
    assert watched.page.evaluate("document.querySelector('lossy-overlay').checkVisibility()")
