"""The frame that is reported is the frame that was drawn: each frame of the film has its number burnt in."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.burnt_film import BITS, CELL, STRIP, make_film, number_in
from tests.e2e.lookalike_site import lookalikes
from tests.e2e.staged_extension import NEEDS_BROWSER, Staged, staged
from tests.e2e.watched_page import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = NEEDS_BROWSER

URL = "https://bare.example/"
RATES = {"film.mp4": Fraction(24), "film.webm": Fraction(24_000, 1001)}
SECONDS = 5
PLAYED_S = 3.2
ENOUGH = 30  # of the 76 frames that this shows at most: a machine with work to do leaves some out
SAME = 0.9
BATCHES_A_SECOND = 8
SENT_MS = 250  # a batch is 125 ms

# In the page's own world, at its own callback: the number that the picture of that media time has.
DRAWN = """([bits, cell, strip]) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: bits * cell, height: strip });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    window.drawn = [];
    const look = (_, { mediaTime }) => {
        context.drawImage(video, 0, 0, video.videoWidth, strip, 0, 0, bits * cell, strip);
        const { data } = context.getImageData(0, strip / 2, bits * cell, 1);
        let number = 0;
        for (let bit = 0; bit < bits; bit += 1)
            number = number * 2 + (data[4 * Math.round((bit + 0.5) * cell)] > 127 ? 1 : 0);
        window.drawn.push([mediaTime, number]);
        video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
}"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    films = tmp_path_factory.mktemp("films")
    for name, rate in RATES.items():
        make_film(films / name, rate, round(SECONDS * rate))
    with (
        lookalikes(films) as hosts,
        staged(tmp_path_factory.mktemp("frames"), hosts=hosts, pages=["https://*.example/*"]) as stage,
    ):
        yield stage


@pytest.fixture(params=RATES)
def film(request: pytest.FixtureRequest, stage: Staged) -> Iterator[tuple[Watched, Fraction]]:
    watched = Watched.open(stage, URL)
    watched.page.evaluate(f"video.src = '/{request.param}'")
    watched.until("video", duration_ms=round(1000 * round(SECONDS * RATES[request.param]) / RATES[request.param]))
    watched.page.evaluate(DRAWN, [BITS, CELL, STRIP])
    yield watched, RATES[request.param]
    watched.page.close()


def test_every_frame_of_a_film_that_plays_is_told_by_its_true_number(film: tuple[Watched, Fraction]) -> None:
    watched, rate = film
    watched.page.evaluate("video.play()")
    watched.page.wait_for_timeout(1000 * PLAYED_S)
    watched.page.evaluate("video.pause()")
    watched.page.wait_for_timeout(SENT_MS)
    watched.listen()
    samples = [sample for report in watched.reports if report["name"] == "frames" for sample in report["samples"]]
    drawn = dict(watched.page.evaluate("window.drawn"))
    told = [(frame_of(sample, rate), drawn[sample["media_s"]]) for sample in samples if sample["media_s"] in drawn]
    assert len(told) >= ENOUGH
    assert [pair for pair in told if abs(pair[0] - pair[1]) > 1] == []
    same = sum(one == other for one, other in told)
    assert same >= SAME * len(told), "drawn a moment later, it may be the next one"
    batches = sum(report["name"] == "frames" for report in watched.reports)
    seen_s = (samples[-1]["shown_at"] - samples[0]["shown_at"]) / 1000
    assert batches <= BATCHES_A_SECOND * seen_s + 3
    found = [report["rate"] for report in watched.reports if report["name"] == "video" and "rate" in report]
    assert found[:1] == [str(rate)]


def test_the_frame_on_the_screen_after_a_seek_is_the_one_that_was_told(film: tuple[Watched, Fraction]) -> None:
    watched, rate = film
    for frame in (1, 23, 24, 59, 97):
        time = float((frame + Fraction(1, 4)) / rate)
        watched.page.evaluate(
            """(time) => new Promise((seen) => {
                video.requestVideoFrameCallback(() => requestAnimationFrame(() => requestAnimationFrame(seen)));
                video.currentTime = time;
            })""",
            time,
        )
        watched.page.wait_for_timeout(SENT_MS)
        watched.listen()
        told = [sample for report in watched.reports if report["name"] == "frames" for sample in report["samples"]]
        assert frame_of(told[-1], rate) == on_screen(watched.page) == frame


def frame_of(sample: dict[str, Any], rate: Fraction) -> int:
    return round(Fraction(sample["media_s"]) * rate)


def on_screen(page: Page) -> int:
    return number_in(page.screenshot(clip={"x": 0, "y": 0, "width": 960, "height": 540}))
