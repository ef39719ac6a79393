"""A TCP proxy that a test can cut: what a network does that goes and comes back."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 65_536


@define(eq=False)
class Wire:
    """`sent` counts bytes from clients, with what TCP adds left out."""

    port: int
    server_port: int
    sent: int = field(default=0, init=False)
    _up: bool = field(default=True, init=False)
    _silent: bool = field(default=False, init=False)
    _pairs: list[tuple[socket.socket, socket.socket]] = field(factory=list, init=False)
    _lost: list[socket.socket] = field(factory=list, init=False)  # what they send goes nowhere
    _unheard: list[socket.socket] = field(factory=list, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Every connection goes, and no new one gets through."""
        with self._lock:
            self._up, self._silent = False, False
            ends = [*self._unheard, *(end for pair in self._pairs for end in pair)]
            self._pairs, self._unheard, self._lost = [], [], []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def swallow(self) -> None:
        """As `cut`, but nobody is told: what is sent is lost, and nothing answers a new connection."""
        with self._lock:
            self._silent, self._up = True, False
            self._lost += [end for pair in self._pairs for end in pair]

    def mend(self) -> None:
        self._up = True

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self._up:
                self._join(client)
            elif self._silent:
                self._unheard.append(client)
            else:
                client.close()

    def _join(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port))
        except OSError:  # the server is down: so is the line
            client.close()
            return
        with self._lock:
            self._pairs.append((client, server))
        threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
        threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, outward: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                if source in self._lost:
                    continue
                self.sent += len(data) * outward
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # each is the source of one of the two


@contextmanager
def wire_to(server_port: int) -> Iterator[Wire]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(listener.getsockname()[1], server_port)
        thread = threading.Thread(target=wire.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            wire.cut()
            thread.join()
