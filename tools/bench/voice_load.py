"""A thousand reviewers on real WebSockets, from one process that is light on its core: epoll, and frames of bytes.

Open loop: what is said is due at its moment whether or not the server keeps up, so one that is behind cannot hide it.
A wait ends when the note of the remark is there, `note_created`.

`measure` is for whoever has a server. As a program it reads an `Asked` from its input as JSON, says when all have
joined, waits for a line, and prints the waits.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import select
import socket
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import cattrs
import orjson

from tools.bench.remarks import Said, Talk
from tools.bench.waits import Tally, Waits

if TYPE_CHECKING:
    from collections.abc import Callable

THERE = "there"
BATCH = 50  # who join at the same time
JOIN_S = 30.0
LATE_S = 5.0  # after the end, for what is still on its way
RECEIVE = 65_536
NOTE, ERROR = b'"note_created"', b'"status":"error"'


@attrs.frozen
class Reviewer:
    session: str
    video: str
    device: str
    token: str


@attrs.frozen
class Asked:
    """Where to go, who goes there, and how long: what comes within `warm_up_s` does not count."""

    host: str
    port: int
    reviewers: tuple[Reviewer, ...]
    warm_up_s: float
    seconds: float


def text_frame(text: bytes) -> bytes:
    """Masked by zero, which changes nothing here and costs a server what any other mask does."""
    length = len(text)
    if length < 126:
        return bytes((0x81, 0x80 | length)) + b"\0\0\0\0" + text
    return b"\x81\xfe" + length.to_bytes(2, "big") + b"\0\0\0\0" + text


def frames_of(data: bytes) -> tuple[list[bytes], bytes]:
    """The payloads of the whole frames in what a server has sent, and the rest."""
    found, at = [], 0
    while len(data) - at >= 2:
        length, head = data[at + 1], at + 2
        if length > 125:
            head += 2 if length == 126 else 8
            length = int.from_bytes(data[at + 2 : head], "big")
        if head + length > len(data):
            break
        found.append(data[head : head + length])
        at = head + length
    return found, data[at:]


@attrs.define(eq=False)
class Line:
    """One reviewer's socket."""

    socket: socket.socket
    unread: bytes = b""

    def send(self, texts: Sequence[bytes]) -> None:
        self.socket.sendall(b"".join(map(text_frame, texts)))

    def receive(self) -> list[bytes]:
        data = self.socket.recv(RECEIVE)
        if not data:
            raise ConnectionError("the server closed a socket")
        found, self.unread = frames_of(self.unread + data)
        return found

    def ask(self, topic: str, event: str, payload: dict[str, Any]) -> None:
        self.send([orjson.dumps(["1", "0", topic, event, payload])])

    def wait_for_answer(self) -> None:
        """To what was asked last; what is pushed meanwhile is passed over."""
        while True:
            for _, ref, _, event, payload in map(orjson.loads, self.receive()):
                if (ref, event) == ("0", "phx_reply"):
                    if payload["status"] != "ok":
                        raise ConnectionError(f"refused: {payload}")
                    return


def connect(host: str, port: int) -> Line:
    connection = socket.create_connection((host, port), timeout=JOIN_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /socket/websocket?vsn=2.0.0 HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(RECEIVE)
    status, _, _ = head.partition(b"\r\n")
    if b" 101 " not in status:
        raise ConnectionError(f"no WebSocket: {status.decode()}")
    return Line(connection, head.partition(b"\r\n\r\n")[2])


def join(host: str, port: int, reviewers: Sequence[Reviewer]) -> list[Line]:
    """Each has joined its session and the notes of its video, and turned the microphone on."""
    lines = [connect(host, port) for _ in reviewers]
    each = [*zip(lines, reviewers, strict=True)]
    for line, who in each:
        about = {"device_id": who.device, "video_id": who.video, "token": who.token}
        line.ask(f"voice:{who.session}", "phx_join", {**about, "requested_version": 2, "at": now_ms()})
    for line, who in each:
        line.wait_for_answer()
        line.ask(f"notes:video:{who.video}", "phx_join", {"token": who.token})
    for line, who in each:
        line.wait_for_answer()
        line.ask(f"voice:{who.session}", "command", {"name": "start", "at": now_ms()})
    for line in lines:
        line.wait_for_answer()
    return lines


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@attrs.define(eq=False)
class Load:
    lines: Sequence[Line]
    tally: Tally
    _began: float = attrs.field(factory=time.perf_counter, init=False)
    _poll: select.epoll = attrs.field(factory=select.epoll, init=False)
    _by_fd: dict[int, int] = attrs.field(factory=dict, init=False)

    def run(self, talk: Talk) -> None:
        for number, line in enumerate(self.lines):
            line.socket.setblocking(False)
            self._by_fd[line.socket.fileno()] = number
            self._poll.register(line.socket, select.EPOLLIN)
        self._began = time.perf_counter()
        for said in talk.until(self.tally.until_ms):
            while (early_ms := said.due_ms - self._now_ms()) > 0:
                self._hear(early_ms / 1_000)
            self._say(said)
        while self._now_ms() < self.tally.until_ms + LATE_S * 1_000 and not self.tally.is_complete:
            self._hear(0.1)

    def _now_ms(self) -> float:
        return (time.perf_counter() - self._began) * 1_000

    def _say(self, said: Said) -> None:
        if said.is_remark:
            self.tally.said(said.session, said.due_ms, self._now_ms())
        self.lines[said.session].send(said.frames)

    def _hear(self, within_s: float) -> None:
        for fd, _ in self._poll.poll(within_s):
            number = self._by_fd[fd]
            for frame in self.lines[number].receive():
                if NOTE in frame:
                    self.tally.noted(number, self._now_ms())
                elif ERROR in frame:
                    self.tally.refused += 1


def measure(asked: Asked, ready: Callable[[], None] = lambda: None) -> Waits:
    """`ready` is called once all have joined, and may take its time. Raises ConnectionError."""
    batches = [asked.reviewers[i : i + BATCH] for i in range(0, len(asked.reviewers), BATCH)]
    lines = [line for batch in batches for line in join(asked.host, asked.port, batch)]
    ready()
    load = Load(lines, Tally(asked.warm_up_s * 1_000, (asked.warm_up_s + asked.seconds) * 1_000))
    load.run(Talk([UUID(reviewer.session) for reviewer in asked.reviewers], now_ms()))
    for line in lines:
        line.socket.close()
    return load.tally.waits()


def wait_for_word() -> None:
    print(THERE, flush=True)
    sys.stdin.readline()


def main() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asked = cattrs.structure(json.loads(sys.stdin.readline()), Asked)
    print(json.dumps(attrs.asdict(measure(asked, wait_for_word))), flush=True)


if __name__ == "__main__":
    main()
