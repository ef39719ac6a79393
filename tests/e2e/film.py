"""A film of 25 frames a second for browsers, and a small web site that shows it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE = 25
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<body style="margin:0"><video src="film.webm" muted loop playsinline width="640" height="360"></video></body></html>"""


def write_film(path: Path, seconds: int = 30) -> None:
    """Each frame is a shade, so that two next to each other differ."""
    with av.open(str(path), "w", format="webm") as container:
        stream: Any = container.add_stream(
            "libvpx", rate=RATE, options={"deadline": "realtime", "cpu-used": "8", "g": "25"}
        )
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for n in range(seconds * RATE):
            picture = np.full((90, 160, 3), n % 200 + 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """A test's output is not for every request."""

    def send_head(self) -> Any:
        """Seeking asks for ranges, which the standard library's server does not know."""
        asked = self.headers.get("Range")
        if asked is None or not self.path.endswith(".webm"):
            return super().send_head()
        whole = (self.directory_path() / self.path.lstrip("/")).read_bytes()
        first, _, last = asked.removeprefix("bytes=").partition("-")
        begin, end = int(first), int(last) if last else len(whole) - 1
        self.send_response(206)
        self.send_header("Content-Type", "video/webm")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {begin}-{end}/{len(whole)}")
        self.send_header("Content-Length", str(end - begin + 1))
        self.end_headers()
        self.wfile.write(whole[begin : end + 1])
        return None

    def directory_path(self) -> Path:
        from pathlib import Path

        return Path(self.directory)


@contextmanager
def films(folder: Path, *titles: str) -> Iterator[list[str]]:
    """The addresses of pages that show the film, one for each title."""
    write_film(folder / "film.webm")
    for n, title in enumerate(titles):
        (folder / f"{n}.html").write_text(PAGE.format(title=title))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield [f"http://127.0.0.1:{server.server_port}/{n}.html" for n in range(len(titles))]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
