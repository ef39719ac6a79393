"""Pages that look like those of the platforms, on their host names, over TLS with a certificate of ours."""

from __future__ import annotations

import re
import ssl
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOKALIKES = Path(__file__).parent / "lookalikes"
# The first path of each host, or none: all of its pages are one.
PAGES = {
    "www.youtube.com": "youtube.html",
    "vimeo.com": "vimeo.html",
    "player.vimeo.com": "vimeo_player.html",
    "next.frame.io": "frame_io.html",
    "app.iconik.io": "iconik.html",
    "bare.example": "bare.html",
    "many.example": "many.html",
    "around.example": "around.html",
    "between.example": "between.html",
    "within.example": "within.html",
}
# Of films alone: without a word about who may read them.
ELSEWHERE = "films.example"
TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Handler(BaseHTTPRequestHandler):
    """`films` is a folder; its files are at every host."""

    protocol_version = "HTTP/1.1"

    def __init__(self, films: Path, *arguments: object) -> None:
        self.films = films
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        host = (self.headers["Host"] or "").split(":")[0]
        film = self.films / Path(self.path.split("?")[0]).name
        if film.suffix in TYPES and film.is_file():
            self._send_film(film)
        elif host in PAGES:
            self._send((LOOKALIKES / PAGES[host]).read_bytes(), "text/html; charset=utf-8")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _send_film(self, film: Path) -> None:
        """With ranges, without which a browser does not seek."""
        content, asked = film.read_bytes(), _RANGE.fullmatch(self.headers["Range"] or "")
        if asked is None:
            self._send(content, TYPES[film.suffix])
            return
        first, last = int(asked[1]), int(asked[2] or len(content) - 1)
        where = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        self._send(content[first : last + 1], TYPES[film.suffix], HTTPStatus.PARTIAL_CONTENT, where)

    def _send(
        self, content: bytes, media_type: str, status: int = HTTPStatus.OK, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {"Content-Type": media_type, "Content-Length": str(len(content)), "Accept-Ranges": "bytes"}
        for name, value in (headers | (more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True  # a browser that has seen enough of a film hangs up

    def log_message(self, format: str, *arguments: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser opens connections that it does not use, and leaves in the middle of others."""


@contextmanager
def lookalikes(films: Path) -> Iterator[list[str]]:
    """Yields the rules by which a browser finds them."""
    names = [*PAGES, ELSEWHERE]
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert(*names).configure_cert(context)
    with Server(("127.0.0.1", 0), partial(Handler, films)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield [f"MAP {name}:443 127.0.0.1:{server.server_address[1]}" for name in names]
        finally:
            server.shutdown()
            thread.join()
