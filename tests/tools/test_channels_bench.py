"""What the channels are measured with: clients that count what they should, and figures under the names they have."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import orjson
import pytest
from attrs import evolve

from tools.bench.channels import EVENT, MEASURES, SHOUT, WANTED, Figure, as_json, ratios
from tools.bench.load import Clients, compiled, measured, running

if TYPE_CHECKING:
    from pathlib import Path

FIGURE = Figure(rate=30_000.0, wall_rate=20_000.0, busy=0.7, share=0.1, failures=0)
TARGET = "/socket/websocket?vsn=2.0.0"


def test_the_figures_have_the_names_that_others_look_for() -> None:
    figures = {key: {"lossy": FIGURE, "uvicorn": evolve(FIGURE, rate=20_000.0)} for key in MEASURES}
    written = orjson.loads(as_json(ratios(figures, {"lossy": 12.34, "uvicorn": 30.0}, 41.5)))
    assert written == {**dict.fromkeys(MEASURES, 1.5), "kb_per_channel": 12.34, "voice_p95_ms": 41.5}
    assert set(WANTED) == set(written)


@pytest.mark.integration
@pytest.mark.parametrize(("mode", "event"), [("replies", EVENT), ("fanout", SHOUT), ("joins", EVENT)])
async def test_clients_count_what_a_server_does(mode: str, event: str, tmp_path: Path) -> None:
    file = tmp_path / "clients"
    file.write_text(f"{TARGET}\ta:0\t{{}}\tb:0\t{{}}\n" * 5)
    program, server_command = compiled(tmp_path), [sys.executable, "-m", "tools.bench.rivals", "quart"]
    async with running(server_command, 0) as server:
        command = Clients(mode, 5, file, event).command(program, int(await server.line()), warm_s=0.1)
        async with running(command, 0) as clients:
            assert await clients.line() == "measuring"
            await clients.end_input()
            counted = await measured(clients)
    assert counted.failures == 0
    assert counted.counted == 5 if mode == "joins" else counted.counted >= 5
    assert counted.seconds > 0
