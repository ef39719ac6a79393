"""The bench of a restart: what its clients are given to say, and what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import orjson

from lossy.channels import topics
from lossy.channels.payloads import JoinVoice
from lossy.channels.reading import read
from tools.bench.crowd import ids_of
from tools.bench.restart import as_table, write

if TYPE_CHECKING:
    from pathlib import Path


def test_each_reviewer_joins_a_session_of_their_own(tmp_path: Path) -> None:
    sessions = [ids_of(number)[0] for number in range(3)]
    write(tmp_path / "them", [{"session": str(session), "token": f"t{session.int}"} for session in sessions])
    lines = [line.split("\t") for line in (tmp_path / "them").read_text(encoding="utf-8").splitlines()]
    assert [topics.parse(topic) for _, topic, _ in lines] == [topics.Voice(session) for session in sessions]
    assert [parse_qs(urlsplit(target).query)["token"] for target, _, _ in lines] == [[f"t{s.int}"] for s in sessions]
    asked = [read(JoinVoice, orjson.loads(payload)) for _, _, payload in lines]
    assert [(join.video_id, join.device_id) for join in asked] == [ids_of(number)[2:] for number in range(3)]


def test_its_table_has_a_row_for_each_figure() -> None:
    table = as_table({"up_s": 2.0, "joined_s": 4.25}, 3)
    assert [[*column.cells] for column in table.columns] == [["up", "joined"], ["2.00", "4.25"]]
