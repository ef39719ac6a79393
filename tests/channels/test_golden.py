"""Frames captured between the npm `phoenix` client and a server, replayed against ours.

Each file holds, by scenario, what one version of the client sent and received, as text or as hex.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import frozen

from lossy.channels.wire import V2, Frame, RemoteProtocolError, serializer_for

VERSIONS = ["1.7.21", "1.8.9", "1.8.16"]

# A client before 1.8.7 writes one byte per character and counts characters: the é of this topic is not UTF-8.
CORRUPT = bytes.fromhex("00010107043637766f6963653ae96563686fff00fe")


@frozen
class Captured:
    direction: str
    frame: Frame


def scenarios(version: str) -> dict[str, Any]:
    path = Path(__file__).parent / "golden" / f"phoenix-{version}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def frames(version: str) -> list[Captured]:
    entries = [entry for scenario in scenarios(version).values() for entry in scenario["frames"]]
    return [
        Captured(entry["dir"], entry["text"] if "text" in entry else bytes.fromhex(entry["bin"]))
        for entry in entries
        if entry["dir"] != "close"
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_client_asks_for_v2(version: str) -> None:
    upgrades = [upgrade["url"] for scenario in scenarios(version).values() for upgrade in scenario["upgrade"]]
    assert upgrades
    for url in upgrades:
        assert serializer_for(parse_qs(urlsplit(url).query)["vsn"][0]) == V2()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_frame_of_a_client_comes_out_as_it_went_in(version: str) -> None:
    sent = [captured.frame for captured in frames(version) if captured.direction == "c>s" and captured.frame != CORRUPT]
    assert len(sent) > 40
    for frame in sent:
        assert V2().encode_message(V2().decode(frame)) == frame


@pytest.mark.parametrize("version", VERSIONS)
def test_every_frame_of_a_server_comes_out_as_it_went_in(version: str) -> None:
    received = [captured.frame for captured in frames(version) if captured.direction == "s>c"]
    assert len(received) > 40
    for frame in received:
        assert V2().encode(V2().decode_server(frame)) == frame


def test_the_corrupt_frame_of_the_oldest_client_is_refused() -> None:
    assert CORRUPT in [captured.frame for captured in frames("1.7.21")]
    with pytest.raises(RemoteProtocolError) as refused:
        V2().decode(CORRUPT)
    assert refused.value.close_code == 1007
