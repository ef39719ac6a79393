"""From the last sound of a remark to its note in the panel, in a real Chromium: `python -m tools.bench.extension`.

The parts are told apart: from the acoustic end until `speech_end` is sent (the wait for the end of speech), until the
words are sent (the transcription), and until the note is drawn in the panel (server, network, screen). The voice is
espeak-ng's, the server and its database are real; the Whisper is the tests' tiny one, so what the transcription takes
says how long everything but the model takes.

With `--cuts N` the network is cut N times instead for each of the lengths in `--away`, and a remark is made meanwhile.
The steps are told from the network's return to the first event that the server accepted, and to the remark's words.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tests.e2e.cut_wire import wire_to
from tests.e2e.extension_notes import LOUDEST, SHORTER, TEXTS
from tests.e2e.film import films
from tests.e2e.known_extension import listen_to, make_known
from tests.e2e.live_extension import Server, chromium, free_port, until
from tests.e2e.lossy_process import environment
from tests.e2e.onnx_whisper import write_whisper
from tests.e2e.spoken import spoken
from tests.postgres import server_folder
from tools.bench.extension_cuts import cuts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.e2e.cut_wire import Wire
    from tests.e2e.live_extension import Live

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


def remarks(live: Live, count: int, seconds: float) -> Iterator[dict[str, float]]:
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


@contextmanager
def listening(folder: Path) -> Iterator[tuple[Live, Wire]]:
    """A browser that listens to somebody who watches a film, and the wire between it and its server."""
    write_whisper(folder / "whisper", TEXTS, LOUDEST)
    (folder / "films").mkdir()
    with ExitStack() as held:
        data = held.enter_context(server_folder())
        urls = held.enter_context(films(folder / "films", "Film"))
        given = {"LOSSY_SERVER_PORT": str(free_port()), "LOSSY_STT_BROWSER_MODEL": str(folder / "whisper")}
        server = Server(int(given["LOSSY_SERVER_PORT"]), environment(data / "data", **given))
        held.callback(server.stop)
        server.start()
        wire = held.enter_context(wire_to(server.port))
        live = held.enter_context(chromium(folder))
        make_known(live, server, wire.url)
        listen_to(live, urls[0])
        yield live, wire


Figures = dict[str, dict[str, float]]


def figures(rows: Sequence[dict[str, float]]) -> Figures:
    """By part of the way: the median, P95, the longest, in ms, and of how many."""
    found = {}
    for part in rows[0]:
        values = sorted(row[part] for row in rows)
        p95 = values[min(len(values) - 1, int(0.95 * len(values)))]
        ms = {"median": statistics.median(values), "p95": p95, "longest": values[-1]}
        found[part] = {**{name: round(value, 1) for name, value in ms.items()}, "count": len(values)}
    return found


def show(title: str, found: Figures) -> None:
    table = Table(title=f"{title}, ms")
    for name in ("", "median", "P95", "longest", "of"):
        table.add_column(name, justify="left" if name == "" else "right")
    for part, ms in found.items():
        table.add_row(part, *(f"{value:.0f}" for value in ms.values()))
    Console().print(table)


def measured(asked: argparse.Namespace) -> dict[str, list[dict[str, float]]]:
    """Rows by what they are of."""
    with tempfile.TemporaryDirectory() as folder, listening(Path(folder)) as (live, wire):
        if not asked.cuts:
            return {"remark": [*remarks(live, asked.remarks, asked.seconds)]}
        found: dict[str, list[dict[str, float]]] = {}
        kind = "silent_cut" if asked.silently else "cut"
        for row in cuts(live, wire, asked.cuts, asked.away, silently=asked.silently):
            found.setdefault(f"{kind}_of_{row.pop('away'):g}_s", []).append(row)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remarks", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=600, help="how long to go on with remarks at most")
    parser.add_argument("--cuts", type=int, default=0, help="how many cuts of each length to measure instead")
    parser.add_argument("--away", type=float, nargs="+", default=[5.0, 40.0], help="the lengths of cuts, in seconds")
    parser.add_argument("--silently", action="store_true", help="cuts that end no connection: what is sent is lost")
    parser.add_argument("--keep", type=Path, help="a file to which the rows are added, to be counted with those before")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    asked = parser.parse_args()
    rows = measured(asked)
    if asked.keep is not None:
        before = json.loads(asked.keep.read_text()) if asked.keep.exists() else {}
        rows = {name: before.get(name, []) + rows.get(name, []) for name in {**before, **rows}}
        asked.keep.write_text(json.dumps(rows))
    found = {name: figures(each) for name, each in rows.items()}
    if asked.json:
        print(json.dumps(found))
        return
    for name, each in found.items():
        show(name, each)


if __name__ == "__main__":
    main()
