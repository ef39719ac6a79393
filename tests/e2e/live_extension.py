"""The built extension in a real Chromium against a real server: nothing of it is replaced but the sound card."""

from __future__ import annotations

import base64
import itertools
import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field
from playwright.sync_api import BrowserContext, Page, Playwright
from websockets.sync.client import ClientConnection, connect

from tests.e2e.lossy_process import environment
from tests.e2e.playing import one_playwright
from tests.e2e.staged_extension import BUILT, CHROMIUM, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.inference.vad import Pcm

# These wait for what happens, however busy the machine is; what is quick is not slowed by it.
WAIT_S = 40.0
LINE = re.compile(r"https?://\S+")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def until(check: Any, what: str, within_s: float = WAIT_S) -> Any:
    """Asks until the answer is true. These tests wait for a browser and a server, which no clock of ours drives."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {within_s} s")


# -- the server ------------------------------------------------------------------------------------------------------


@define(eq=False)
class Server:
    """`lossy serve` on a port that stays the same when it is killed and started again."""

    port: int
    environment: dict[str, str]
    link: str = field(default="", init=False)
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "lossy", "serve"]
        self._process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True, cwd="/")
        assert self._process.stdout is not None
        lines: list[str] = []
        for line in self._process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        found = [match.group() for text in lines if (match := LINE.search(text))]
        self.link = next((link for link in found if "/sign-in/" in link), self.link)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, by: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(by)
            process.communicate(timeout=WAIT_S)


@contextmanager
def serving(folder: Path, database: str, **variables: str) -> Iterator[Server]:
    port = free_port()
    given = {"LOSSY_SERVER_PORT": str(port), "LOSSY_DATABASE_URL": database, **variables}
    server = Server(port, environment(folder, **given))
    server.start()
    try:
        yield server
    finally:
        server.stop()


# -- the browser -----------------------------------------------------------------------------------------------------

# In the place of a sound card: a stream into which a test puts sound, and that says when it will have been heard.
SOUND_CARD = """(() => {
  const context = new AudioContext({ sampleRate: 16000 });
  const out = context.createMediaStreamDestination();
  const hush = new ConstantSourceNode(context, { offset: 0 });
  hush.connect(out);
  hush.start();
  globalThis.soundCard = { context, given: [] };
  navigator.mediaDevices.getUserMedia = async () => {
    const stream = out.stream.clone();
    soundCard.given.push(stream);
    return stream;
  };
  globalThis.speak = async (base64, gain) => {
    await context.resume();
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const samples = new Float32Array(bytes.buffer);
    const buffer = context.createBuffer(1, samples.length, 16000);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(context, { buffer });
    const level = new GainNode(context, { gain });
    source.connect(level).connect(out);
    const at = context.currentTime + 0.05;
    source.start(at);
    const now = performance.timeOrigin + performance.now();
    const from = now + (at - context.currentTime) * 1000;
    return { from, to: from + 1000 * buffer.duration };
  };
})()"""


@define(eq=False)
class Target:
    """One target of the browser by the DevTools protocol; Playwright knows nothing of offscreen documents."""

    connection: ClientConnection
    _ids: itertools.count[int] = field(factory=lambda: itertools.count(1), init=False)
    events: list[dict[str, Any]] = field(factory=list, init=False)

    def send(self, method: str, **parameters: Any) -> Any:
        id = next(self._ids)
        self.connection.send(json.dumps({"id": id, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.recv(WAIT_S))
            if message.get("id") == id:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def evaluate(self, expression: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")


@define(eq=False)
class Live:
    """A browser with the extension. `desk` is a page of the extension from which commands are given."""

    playwright: Playwright
    profile: Path
    flags: tuple[str, ...]
    id: str = field(factory=lambda: id_of(BUILT), init=False)
    devtools: int = field(init=False)
    context: BrowserContext = field(init=False)
    desk: Page = field(init=False)
    _browser: Target | None = field(default=None, init=False)
    _held: ExitStack = field(factory=ExitStack, init=False)

    def start_again(self) -> None:
        """The browser, with what its profile has of before."""
        self.devtools = free_port()
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=CHROMIUM,
            headless=True,
            args=[
                f"--load-extension={BUILT}",
                f"--disable-extensions-except={BUILT}",
                f"--remote-debugging-port={self.devtools}",
                "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE 127.0.0.1,EXCLUDE localhost",
                "--autoplay-policy=no-user-gesture-required",
                *self.flags,
            ],
        )
        self.desk = self.open("privacy.html")
        self.watch(self.desk)

    def open(self, name: str, width: int = 768, height: int = 720) -> Page:
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"chrome-extension://{self.id}/{name}")
        return page

    def watch(self, page: Page) -> None:
        """Keeps in the page what is shown, as a panel would have it, and gives commands for it."""
        page.evaluate("chrome.runtime.sendMessage({to: 'worker', name: 'ensure_offscreen'})")
        page.evaluate(WATCH)

    @property
    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.desk.evaluate("globalThis.shown ?? {}")
        return found

    def ask(self, name: str, **command: Any) -> dict[str, Any]:
        reply: dict[str, Any] = self.desk.evaluate("(command) => globalThis.ask(command)", {"name": name, **command})
        return reply

    def done(self, name: str, **command: Any) -> Any:
        reply = self.ask(name, **command)
        assert reply["ok"], reply
        return reply["value"]

    def until(self, check: Any, what: str, within_s: float = WAIT_S) -> dict[str, Any]:
        """The first picture of which `check` holds."""
        found: dict[str, Any] = {}

        def look() -> bool:
            nonlocal found
            found = self.shown
            return bool(found) and bool(check(found))

        try:
            until(look, what, within_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{json.dumps({k: v for k, v in found.items() if k != 'notes'})}") from None
        return found

    def targets(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.devtools}/json/list") as answer:
            found: list[dict[str, Any]] = json.loads(answer.read())
        return found

    def until_page(self, url: str) -> None:
        """Playwright hears of a page only when it is asked something."""
        until(lambda: any(each["url"].startswith(url) for each in self.targets()), f"a page at {url}")

    @contextmanager
    def attached(self, ends_with: str) -> Iterator[Target]:
        def find() -> str | None:
            urls = {each["url"]: each.get("webSocketDebuggerUrl") for each in self.targets()}
            return next((at for url, at in urls.items() if url.endswith(ends_with)), None)

        with connect(until(find, ends_with), max_size=None) as connection:
            yield Target(connection)

    def plug_in(self) -> None:
        """The sound card that tests speak into."""
        with self.attached("offscreen.html") as offscreen:
            offscreen.evaluate(SOUND_CARD)

    def speak(self, sound: Pcm, gain: float = 0.9) -> dict[str, float]:
        """When it will have been heard, by the browser's clock; returns at once."""
        with self.attached("offscreen.html") as offscreen:
            data = base64.b64encode(sound.tobytes()).decode()
            heard: dict[str, float] = offscreen.evaluate(f"speak({data!r}, {gain})")
            return heard

    def say(self, sound: Pcm, gain: float = 0.9) -> dict[str, float]:
        """As `speak`; returns when it was heard."""
        heard = self.speak(sound, gain)
        time.sleep(max(0.0, heard["to"] / 1000 - time.time()))
        return heard

    def unplug(self) -> None:
        with self.attached("offscreen.html") as offscreen:
            offscreen.evaluate("soundCard.given.at(-1).getAudioTracks()[0].dispatchEvent(new Event('ended'))")

    def stop_worker(self) -> None:
        """As the browser does after 30 s without an event; the next one starts it again."""
        worker = next(each for each in self.targets() if each["url"].endswith("worker.js"))
        with urllib.request.urlopen(f"http://127.0.0.1:{self.devtools}/json/close/{worker['id']}"):
            pass

    def set_permission(self, setting: str) -> None:
        """Of the microphone: `granted`, `denied` or `prompt`, for as long as this browser runs."""
        if self._browser is None:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.devtools}/json/version") as answer:
                at = json.loads(answer.read())["webSocketDebuggerUrl"]
            self._browser = Target(self._held.enter_context(connect(at)))  # what was set goes with the connection
        origin, microphone = f"chrome-extension://{self.id}", {"name": "microphone"}
        self._browser.send("Browser.setPermission", origin=origin, permission=microphone, setting=setting)

    def close(self) -> None:
        self._browser = None
        self._held.close()
        self.context.close()

    def film(self, url: str) -> Page:
        """A page that shows a film, with the content script in it, in front and playing."""
        page = self.context.new_page()
        page.goto(url)
        tab_id = self.desk.evaluate("async (url) => (await chrome.tabs.query({url}))[0].id", url)
        self.inject(tab_id)
        page.evaluate("document.querySelector('video').play()")
        return page

    def inject(self, tab_id: int) -> None:
        script = "(id) => chrome.scripting.executeScript({target: {tabId: id}, files: ['content.js']})"
        self.desk.evaluate(script, tab_id)


WATCH = """(() => {
  if (globalThis.ask !== undefined) return;
  let last = 0;
  const waiting = new Map();
  const patched = (shown, {notes, ...members}) => {
    const next = {...shown, ...members};
    if (notes === undefined) return next;
    const kept = notes.all ? {} : {...shown.notes};
    for (const id of notes.drop) delete kept[id];
    for (const note of notes.put) kept[note.id] = note;
    return {...next, notes: kept};
  };
  let port;
  const open = async () => {
    await chrome.runtime.sendMessage({to: 'worker', name: 'ensure_offscreen'});
    port = chrome.runtime.connect({name: 'lossy:options'});
    port.onMessage.addListener((down) => {
      if (down.kind === 'snapshot') globalThis.shown = down.shown;
      if (down.kind === 'patch') globalThis.shown = patched(globalThis.shown, down.patch);
      if (down.kind === 'reply') waiting.get(down.id)?.(down.reply);
    });
    port.onDisconnect.addListener(() => setTimeout(open, 200));
  };
  void open();
  globalThis.ask = (command) => new Promise((resolve) => {
    last += 1;
    waiting.set(last, resolve);
    port.postMessage({kind: 'command', id: last, command});
  });
})()"""


@contextmanager
def chromium(folder: Path, *flags: str) -> Iterator[Live]:
    with one_playwright() as playwright:
        live = Live(playwright, folder / "profile", flags)
        live.start_again()
        try:
            yield live
        finally:
            live.close()


def sign_in(live: Live, server: Server) -> None:
    """By the link that the server printed, as a person does."""
    page = live.context.new_page()
    page.goto(server.link)
    page.get_by_role("button").click()
    page.wait_for_url(f"{server.url}/**")
    page.close()
