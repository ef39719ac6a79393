"""The scripts of the pages: strictly typed, and counting frames exactly as the server does."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest

from lossy.domain.timecode import Rate, frame_at, media_text, media_time, ms_of

FOLDER = Path(__file__).parents[2] / "webapp"
SET_UP = (FOLDER / "node_modules" / "esbuild").is_dir()
RATES = (Rate(24), Rate(25), Rate(24_000, 1_001), Rate(30_000, 1_001), Rate(60_000, 1_001), Rate(12_345, 678))

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SET_UP and os.environ.get("CI") != "true", reason="needs `npm ci` in webapp"),
]

ANSWERS = """
import { frameAt, msOf, readTime, timeText } from "./film.mjs";
const asked = JSON.parse(process.argv[2]);
const answer = ([frame, ms, ...rate]) => [msOf(frame, rate), frameAt(ms, rate), timeText(ms), readTime(timeText(ms))];
console.log(JSON.stringify(asked.map(answer)));
"""

RANGES = """
import { readRange, TIME } from "./film.mjs";
const pattern = new RegExp(`^(?:${TIME})$`, "v"); // as a browser takes a form's
const answer = ([from, to]) => {
  try {
    return readRange(from, to);
  } catch (error) {
    return error.message;
  }
};
const asked = JSON.parse(process.argv[2]);
console.log(JSON.stringify(asked.map((pair) => [answer(pair), pattern.test(pair[0])])));
"""
NO_TIME = "A time is written as 1:23.480."


def test_the_types_fit() -> None:
    done = subprocess.run(["npm", "run", "--silent", "check"], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_frames_and_times_are_those_of_the_server(tmp_path: Path) -> None:
    chance = random.Random(29)
    asked = [
        (chance.randrange(10 ** chance.randrange(1, 8)), chance.randrange(24 * 3_600_000), rate.num, rate.den)
        for rate in RATES
        for _ in range(100)
    ]
    assert answers(tmp_path, ANSWERS, asked) == [
        [ms_of(frame, Rate(num, den)), frame_at(ms, Rate(num, den)), media_text(ms), media_time(media_text(ms))]
        for frame, ms, num, den in asked
    ]


@pytest.mark.parametrize(
    ("times", "read", "first_fits"),
    [
        (("1:23.48", ""), [83_480, None], True),
        (("1:00:00", "1:00:01.5"), [3_600_000, 3_601_500], True),
        (("0:05", " "), [5_000, None], True),
        (("0:05", "0:70"), NO_TIME, True),
        (("0:05", "soon"), NO_TIME, True),
        (("0:75", ""), NO_TIME, False),
        (("1:60:00", ""), NO_TIME, False),
        (("", ""), NO_TIME, False),
        (("0:05", "0:04.999"), "It ends before it begins.", True),
    ],
)
def test_what_somebody_types_is_a_range_or_a_fault_and_never_half_of_it(
    tmp_path: Path, times: tuple[str, str], read: object, first_fits: bool
) -> None:
    assert answers(tmp_path, RANGES, [times]) == [[read, first_fits]]


def answers(folder: Path, script: str, asked: object) -> Any:
    """What a script that imports `film.ts` prints."""
    esbuild = FOLDER / "node_modules/.bin/esbuild"
    compiled = [str(esbuild), "src/film.ts", f"--outfile={folder}/film.mjs", "--log-level=error"]
    subprocess.run(compiled, cwd=FOLDER, check=True, timeout=60)
    (folder / "answers.mjs").write_text(script)
    command = ["node", str(folder / "answers.mjs"), orjson.dumps(asked).decode()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return orjson.loads(done.stdout)
