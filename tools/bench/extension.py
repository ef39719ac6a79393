"""From the last sound of a remark to its note in the panel, in a real Chromium: `python -m tools.bench.extension`.

The parts are told apart: from the acoustic end until `speech_end` is sent (the wait for the end of speech), until the
words are sent (the transcription), and until the note is drawn in the panel (server, network, screen). The voice is
espeak-ng's, the server and its database are real; the Whisper is the tests' tiny one, so what the transcription takes
says how long everything but the model takes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tests.e2e.extension_notes import LOUDEST, SHORTER, TEXTS
from tests.e2e.film import films
from tests.e2e.live_extension import Live, Server, chromium, free_port, sign_in, until
from tests.e2e.lossy_process import environment
from tests.e2e.onnx_whisper import write_whisper
from tests.e2e.spoken import spoken
from tests.postgres import server_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REMARKS = ("Too dark.", "Make the intro shorter.", "The logo comes in too early.", "Fade it out.")
GAP_S = 0.7  # longer than the cooldown

SENT = """(() => {
  globalThis.sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    if (typeof data === 'string') {
      const [, , , event, payload] = JSON.parse(data);
      const kind = event === 'voice_event' ? payload.kind : event;
      sent.push([kind, performance.timeOrigin + performance.now()]);
    }
    return send.call(this, data);
  };
})()"""
DRAWN = """() => {
  globalThis.drawn = [];
  const known = new Set();
  new MutationObserver(() => requestAnimationFrame(() => {
    for (const note of document.querySelectorAll('.note')) {
      const id = note.dataset.note;
      if (known.has(id)) continue;
      known.add(id);
      drawn.push(performance.timeOrigin + performance.now());
    }
  })).observe(document.body, { childList: true, subtree: true });
}"""


def measured(live: Live, count: int, seconds: float) -> Iterator[dict[str, float]]:
    """One remark after the other, until there are so many or so long it took; each with the ms of its parts."""
    until_s = time.monotonic() + seconds
    panel = live.open("panel.html", 360, 720)
    panel.evaluate(DRAWN)
    with live.attached("offscreen.html") as offscreen:
        offscreen.evaluate(SENT)
    for n in range(count):
        if time.monotonic() > until_s:
            return
        before = len(panel.evaluate("drawn"))
        heard = live.say(spoken(REMARKS[n % len(REMARKS)]), SHORTER)
        until(lambda before=before: len(panel.evaluate("drawn")) > before, "a note", 30)
        with live.attached("offscreen.html") as offscreen:
            sent = offscreen.evaluate("sent.splice(0)")
        ended = [at for kind, at in sent if kind == "speech_end"]
        worded = [at for kind, at in sent if kind == "transcript_final"]
        drawn = panel.evaluate("drawn.at(-1)")
        if ended and worded:
            yield {
                "end of speech": ended[-1] - heard["to"],
                "transcription": worded[-1] - ended[-1],
                "words to panel": drawn - worded[-1],
                "speech_end to panel": drawn - ended[-1],
                "acoustic end to panel": drawn - heard["to"],
            }
        time.sleep(GAP_S)


def prepared(folder: Path, count: int, seconds: float) -> list[dict[str, float]]:
    write_whisper(folder / "whisper", TEXTS, LOUDEST)
    (folder / "films").mkdir()
    with server_folder() as data, films(folder / "films", "Film") as urls:
        given = {"LOSSY_SERVER_PORT": str(free_port()), "LOSSY_STT_BROWSER_MODEL": str(folder / "whisper")}
        server = Server(int(given["LOSSY_SERVER_PORT"]), environment(data / "data", **given))
        server.start()
        try:
            with chromium(folder) as live:
                live.until(lambda s: s["connection"]["phase"] != "unset", "a server to be looked for")
                live.done("set_server", server=server.url)
                live.until(lambda s: s["connection"]["phase"] == "signed_out", "to be nobody")
                sign_in(live, server)
                live.until(lambda s: s["recogniser"]["phase"] == "ready" and s["settings"], "the model", 60)
                live.plug_in()
                live.film(urls[0])
                live.until(lambda s: s["video"] and s["video"]["video_id"], "the film")
                live.done("start")
                live.until(lambda s: s["session"] and s["session"]["mine"], "listening")
                return [*measured(live, count, seconds)]
        finally:
            server.stop()


def show(rows: Sequence[dict[str, float]]) -> None:
    table = Table(title=f"{len(rows)} remarks, ms")
    for name in ("", "median", "P95", "longest"):
        table.add_column(name, justify="left" if name == "" else "right")
    for part in rows[0]:
        values = sorted(row[part] for row in rows)
        p95 = values[min(len(values) - 1, int(0.95 * len(values)))]
        table.add_row(part, *(f"{value:.0f}" for value in (statistics.median(values), p95, values[-1])))
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remarks", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=600, help="how long to go on at most")
    parser.add_argument("--keep", type=Path, help="a file to which the rows are added, to be shown with those before")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows: list[Any] = prepared(Path(folder), asked.remarks, asked.seconds)
    if asked.keep is not None:
        before = json.loads(asked.keep.read_text()) if asked.keep.exists() else []
        rows = before + rows
        asked.keep.write_text(json.dumps(rows))
    show(rows)


if __name__ == "__main__":
    main()
