"""The driver of faults: that it finds what it is to find, and in its short form, that there is nothing to find."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import pytest
import trio
import trio.testing
from attrs import evolve
from click.testing import CliRunner
from wsproto.frame_protocol import FrameProtocol

from lossy.sim.account import Account
from lossy.sim.reviewer import Reviewer
from tools.chaos import __main__ as command
from tools.chaos import outcome, run
from tools.chaos.frames import Frames
from tools.chaos.outcome import Outcome, differences, faults_of_device, faults_of_log
from tools.chaos.places import NAMES, PLACES, Passages, watch
from tools.chaos.proxy import DOWN, UP, Cut, any_cut, open_proxy
from tools.chaos.recovery import Distribution, Recovery
from tools.chaos.scenarios import SCENARIOS
from tools.chaos.script import BLIP_MS, script

if TYPE_CHECKING:
    from trio.testing import MockClock

    from lossy.sim.kept import Said

# -- the script -----------------------------------------------------------------------------------------------------


def test_the_same_seed_says_the_same() -> None:
    assert [*islice(script(5), 50)] == [*islice(script(5), 50)]
    assert [*islice(script(5), 50)] != [*islice(script(6), 50)]


def test_a_script_has_remarks_commands_blips_and_empty_talk() -> None:
    lines = [*islice(script(1), 300)]
    assert len({line.id for line in lines}) == 300
    assert sum("take" in line.text for line in lines) > 200
    assert {"scratch that", "undo", "um"} <= {line.text for line in lines}
    assert sum(line.duration_ms <= BLIP_MS[1] for line in lines) > 10
    ends = [line.at_ms + line.duration_ms for line in lines]
    assert all(end < nxt.at_ms for end, nxt in zip(ends, lines[1:], strict=False))


# -- what it finds --------------------------------------------------------------------------------------------------

NOTE = ("1", "The logo is too dark.", "the logo is too dark", "graphics", 24, None, 24, 1, "ghost")
CALM = Outcome((NOTE,), {"r1": {"note_id": "1"}})


@pytest.mark.parametrize(
    "disturbed",
    [
        Outcome((), {"r1": {"note_id": "1"}}),
        Outcome((NOTE, NOTE), {"r1": {"note_id": "1"}}),
        Outcome((("2", *NOTE[1:]),), {"r1": {"note_id": "1"}}),
        Outcome(((*NOTE[:4], 25, *NOTE[5:]),), {"r1": {"note_id": "1"}}),
        Outcome((NOTE,), {"r1": {"refused": "low_confidence"}}),
        Outcome((NOTE,), {}),
    ],
)
def test_a_note_or_an_answer_that_differs_is_told(disturbed: Outcome) -> None:
    assert not [*differences(CALM, CALM)]
    assert [*differences(CALM, disturbed)]


@pytest.mark.parametrize("line", ["[error] invariant broken", "Traceback (most recent", "[error] session failed  id=1"])
def test_what_a_log_may_not_say_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    log = tmp_path / "server.log"
    log.write_text(f"all is well\n{line}\nall is well\n")
    (told,) = faults_of_log(log)
    assert "line 2" in told
    assert line in told


def make_device() -> Reviewer:
    return Reviewer(Account("http://127.0.0.1:1"), uuid4(), uuid4(), {}, lambda: 0)


def test_a_device_that_holds_or_lost_something_is_told() -> None:
    assert not [*faults_of_device(make_device())]
    holding, dropping = make_device(), make_device()
    holding.kept.hear({})
    assert [*faults_of_device(holding)] == ["the device still holds 1 things"]
    for _ in range(101):
        dropping.kept.hear({})
    assert "the device had to drop 1 events" in [*faults_of_device(dropping)]


async def test_recovery_is_from_the_return_to_the_first_accepted(autojump_clock: MockClock) -> None:
    recovery = Recovery()
    recovery.accepted()
    for seconds in (0.1, 0.3, 0.2):
        recovery.returned(f"a break of {seconds} s")
        await trio.sleep(seconds)
        recovery.accepted()
        await trio.sleep(1)
        recovery.accepted()
    assert recovery.times_ms == [100.0, 300.0, 200.0]
    assert recovery.recovered.is_set()
    assert recovery.slowest == "a break of 0.3 s"
    assert Distribution.of(recovery.times_ms) == Distribution(3, 200.0, 300.0, 300.0)
    assert Distribution.of([]) == Distribution(0, 0.0, 0.0, 0.0)


# -- the places -----------------------------------------------------------------------------------------------------


def test_every_place_is_one_of_the_product() -> None:
    for place in PLACES:
        module, _, path = place.at.partition(":")
        owner, _, name = path.partition(".")
        assert hasattr(getattr(__import__(module, fromlist=[owner]), owner), name), place


def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(LookupError, match="there is no place 'nowhere'"):
        watch(Passages("nowhere", 1))


# -- the network ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
@pytest.mark.parametrize("client", [True, False])
def test_frames_are_found_whole_however_they_arrive(size: int, client: bool) -> None:
    head = b"GET /socket/websocket HTTP/1.1\r\nHost: a\r\n\r\n"
    protocol = FrameProtocol(client=client, extensions=[])
    frames = [protocol.send_data(b"x" * size, fin=True), protocol.send_data(b"y", fin=True), protocol.close(1000)]
    sent = [head, *map(bytes, frames)]
    stream = b"".join(sent)
    for step in (1, 7, len(stream)) if size < 1000 else (1000, len(stream)):
        found = Frames()
        chunks = [stream[i : i + step] for i in range(0, len(stream), step)]
        assert [piece for chunk in chunks for piece in found.feed(chunk)] == sent


@pytest.mark.integration
@pytest.mark.parametrize("direction", [UP, DOWN])
async def test_a_cut_leaves_a_part_of_a_frame(direction: str) -> None:
    protocol = FrameProtocol(client=True, extensions=[])
    first, second = (bytes(protocol.send_data(text, fin=True)) for text in ("first", "the second one"))
    head = b"GET /socket/websocket HTTP/1.1\r\n\r\n"
    received: dict[str, bytes] = {UP: b"", DOWN: b""}

    async def serve(stream: trio.SocketStream) -> None:
        received[UP] += await stream.receive_some()  # a server answers
        with suppress(trio.BrokenResourceError):
            await stream.send_all(head + first)
            await stream.send_all(second)
        await read(stream, UP)

    async def read(stream: trio.SocketStream, name: str) -> None:
        with suppress(trio.BrokenResourceError):
            async for chunk in stream:
                received[name] += chunk

    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, serve, [listener])
            async with open_proxy(listener.socket.getsockname()[1]) as proxy:
                nursery.start_soon(proxy.cut, Cut(direction, 2, 0.5))
                await trio.testing.wait_all_tasks_blocked()
                async with await trio.open_tcp_stream("127.0.0.1", proxy.port) as client:
                    await client.send_all(head + first)
                    await client.send_all(second)
                    await read(client, DOWN)
                assert not proxy.is_up
            nursery.cancel_scope.cancel()
    assert received[direction] == head + first + second[: round(len(second) / 2)]


def test_cuts_are_of_both_directions_and_within_a_frame() -> None:
    cuts = [any_cut(Random(seed)) for seed in range(50)]
    assert {cut.direction for cut in cuts} == {UP, DOWN}
    assert all(0 < cut.share < 1 for cut in cuts)


# -- all of it ------------------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_no_note_is_the_worse_for_any_trouble(tmp_path: Path) -> None:
    seed = Random().randrange(1_000_000) if os.environ.get("LOSSY_NIGHTLY") else 11
    figures = tmp_path / "chaos.json"
    done = CliRunner().invoke(command.chaos, ["--seed", str(seed), "--quick", "--json", str(figures)])
    assert done.exit_code == 0, done.output
    report = orjson.loads(figures.read_bytes())
    assert report["ok"]
    assert set(report["kills"]["by_place"]) == {*NAMES, "at any moment"}
    assert report["kills"]["named"] >= report["kills"]["total"] * 3 // 4
    assert set(report["scenarios"]) == {scenario.name for scenario in SCENARIOS}
    assert all(len(scenario["recovery_ms"]) == 4 for scenario in report["scenarios"].values())


@pytest.mark.integration
def test_a_lost_note_is_found_and_the_logs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes: list[Outcome] = []

    def outcome_of(conninfo: str, said: list[Said]) -> Outcome:
        """The disturbed run is the first: its first note is taken away."""
        outcomes.append(outcome.outcome_of(conninfo, said))
        return evolve(outcomes[0], notes=outcomes[0].notes[1:]) if len(outcomes) == 1 else outcomes[-1]

    monkeypatch.setattr(run, "outcome_of", outcome_of)
    done = CliRunner().invoke(command.chaos, ["--seed", "3", "--quick", "--only", "clock ahead"])
    assert done.exit_code == 1
    assert "seed 3" in done.output
    assert "note: undisturbed" in done.output
    logs = Path(done.output.partition("the logs are in ")[2].strip())
    assert (logs / "clock-ahead.log").exists()
    shutil.rmtree(logs)
