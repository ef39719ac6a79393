"""The scripts of the pages: strictly typed, and counting frames exactly as the server does."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

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


def test_the_types_fit() -> None:
    done = subprocess.run(["npm", "run", "--silent", "check"], cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_frames_and_times_are_those_of_the_server(tmp_path: Path) -> None:
    esbuild = FOLDER / "node_modules/.bin/esbuild"
    compiled = [str(esbuild), "src/film.ts", f"--outfile={tmp_path}/film.mjs", "--log-level=error"]
    subprocess.run(compiled, cwd=FOLDER, check=True, timeout=60)
    (tmp_path / "answers.mjs").write_text(ANSWERS)
    chance = random.Random(29)
    asked = [
        (chance.randrange(10 ** chance.randrange(1, 8)), chance.randrange(24 * 3_600_000), rate.num, rate.den)
        for rate in RATES
        for _ in range(100)
    ]
    command = ["node", str(tmp_path / "answers.mjs"), orjson.dumps(asked).decode()]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert orjson.loads(done.stdout) == [
        [ms_of(frame, Rate(num, den)), frame_at(ms, Rate(num, den)), media_text(ms), media_time(media_text(ms))]
        for frame, ms, num, den in asked
    ]
