"""A token that runs out in the middle of a sentence, unknown to the browser: nobody notices, and nothing is lost."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from tests.e2e.cut_wire import Wire, wire_to
from tests.e2e.extension_notes import LOUDEST, SHORTER, TEXTS, noted
from tests.e2e.film import films
from tests.e2e.known_extension import listen_to, make_known
from tests.e2e.live_extension import Live, chromium, serving, until
from tests.e2e.onnx_whisper import write_whisper
from tests.e2e.spoken import spoken
from tests.e2e.staged_extension import NEEDS_BROWSER
from tests.postgres import fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.store.embedded import Postgres

pytestmark = [*NEEDS_BROWSER, pytest.mark.browser]

SECRET = "a secret that the test knows too, so that it can sign tokens of its own"
SENTENCE = spoken("Please make the intro a good deal shorter than it is at the moment, and the titles too.")
BEFORE_S = 1.5  # of the sentence, until the token has ended

# The next token after `shorten` is set ends in three seconds, and is said to be good for ten minutes, as to a browser
# whose clock is wrong. The others are good and said to be short, so that the next one is never far.
TOKENS = """((key64) => {
  const asked = globalThis.fetch;
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const plain = (text) => atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const url = (text) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  globalThis.tokens = { shorten: false, ends: null, asked: 0 };
  const signed = async (token, exp) => {
    const [head, claims] = token.split('.');
    const body = `${head}.${url(JSON.stringify({ ...JSON.parse(plain(claims)), exp }))}`;
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('raw', bytes(key64), algorithm, false, ['sign']);
    const made = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(body));
    return `${body}.${url(String.fromCharCode(...new Uint8Array(made)))}`;
  };
  globalThis.fetch = async (address, ...rest) => {
    const answer = await asked(address, ...rest);
    if (!String(address).endsWith('/extension_token') || !answer.ok) return answer;
    const { token } = await answer.json();
    tokens.asked += 1;
    if (!tokens.shorten) return Response.json({ token, expires_at: Date.now() + 12000 });
    tokens.shorten = false;
    const exp = Math.floor(Date.now() / 1000) + 3;
    tokens.ends = exp * 1000;
    return Response.json({ token: await signed(token, exp), expires_at: Date.now() + 600000 });
  };
})"""


@frozen(eq=False)
class Stage:
    live: Live
    wire: Wire
    database: str
    film: str

    def in_offscreen(self, expression: str) -> Any:
        with self.live.attached("offscreen.html") as offscreen:
            return offscreen.evaluate(expression)


@pytest.fixture
def stage(postgres: Postgres, migrated: str, tmp_path: Any) -> Iterator[Stage]:
    write_whisper(tmp_path / "whisper", TEXTS, LOUDEST)
    (tmp_path / "films").mkdir()
    variables = {"LOSSY_STT_BROWSER_MODEL": str(tmp_path / "whisper"), "LOSSY_SERVER_SECRET": SECRET}
    with (
        fresh_database(postgres, migrated) as database,
        serving(tmp_path, database, **variables) as server,
        wire_to(server.port) as wire,
        films(tmp_path / "films", "First") as urls,
        chromium(tmp_path) as live,
    ):
        stage = Stage(live, wire, database, urls[0])
        live.until(lambda s: s["connection"]["phase"] != "unset", "a server to be looked for")
        key = base64.b64encode(hashlib.sha256(SECRET.encode()).digest()).decode()
        stage.in_offscreen(f"void {TOKENS}({key!r})")
        make_known(live, server, wire.url)
        yield stage


def test_a_token_that_ends_in_the_middle_of_a_sentence_is_nobodys_concern(stage: Stage) -> None:
    live = stage.live
    listen_to(live, stage.film)
    live.desk.evaluate(
        """() => {
          globalThis.phases = [];
          setInterval(() => {
            const { phase } = shown.connection;
            if (phases.at(-1) !== phase) phases.push(phase);
          }, 20);
        }"""
    )
    pages = len(live.context.pages)
    stage.in_offscreen("void (tokens.shorten = true)")
    ends: float = until(lambda: stage.in_offscreen("tokens.ends"), "the token that ends soon") / 1000
    time.sleep(max(0.0, ends - BEFORE_S - time.time()))
    heard = live.speak(SENTENCE, SHORTER)
    assert heard["from"] / 1000 < ends < heard["to"] / 1000 - 1, "it ends while they speak"
    time.sleep(ends + 0.1 - time.time())
    asked = stage.in_offscreen("tokens.asked")
    stage.wire.cut()  # for a moment, so that the token has to be shown again
    live.until(lambda s: s["connection"]["phase"] == "offline", "to be away")
    stage.wire.mend()
    live.until(lambda _: len(noted(stage.database)) == 1, "the sentence to be a note")
    live.until(lambda s: s["queue"]["transcripts"] == 0 and s["queue"]["events"] == 0, "nothing to wait")
    (note,) = noted(stage.database)
    assert note.text == TEXTS[0]
    assert stage.in_offscreen("tokens.asked") > asked, "another token was fetched"
    shown = live.until(lambda s: s["session"] and s["session"]["mine"], "to be listened to still")
    assert shown["faults"] == []
    assert len(live.context.pages) == pages, "nobody was asked for anything"
    assert set(live.desk.evaluate("phases")) <= {"online", "offline", "connecting"}
