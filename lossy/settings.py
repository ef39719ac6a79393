"""Settings: frozen, one class per concern, read once from LOSSY_* variables and passed down.

The name of a variable is LOSSY_, the concern and the field: `LOSSY_VOICE_COOLDOWN_MS`. A field's unit is the end
of its name.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import attrs
import cattrs
from attrs import field, frozen
from attrs.validators import ge, le

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "LOSSY_"


class SettingsError(ValueError):
    """A variable does not hold a value of its kind, or names no setting."""


def _about(help: str, *, secret: bool = False) -> dict[str, Any]:
    return {"help": help, "secret": secret}


def _setting(default: Any, help: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata=_about(help, secret=secret))


def _number(default: float, least: float, most: float, help: str) -> Any:
    return field(default=default, validator=[ge(least), le(most)], metadata=_about(help))


def _data_folder() -> Path:
    # PostgreSQL does not run as root: another user has to reach the folder, and root's home is closed to others.
    if os.geteuid() == 0 and "XDG_DATA_HOME" not in os.environ:
        return Path("/var/lib/lossy")
    root = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(root) / "lossy"


DAY_MS = 24 * 3_600_000
# The id of our own extension, which follows from the key in its manifest. Nobody holds the private half of that key, so
# no store can have an extension of this id; only who loads it from a folder has it.
EXTENSION = "flkmgjdddcnfhljcnicgpdjpehjjinhh"


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@frozen
class Server:
    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _number(4000, 0, 65_535, "port to listen on; 0 takes any that is free")
    public_url: str = _setting("", "where browsers reach the server, when that is not http://HOST:PORT")
    extension_ids: str = _setting(EXTENSION, "ids of Chrome extensions that may connect, separated by commas")
    extension_zip: str = _setting("", "zip of the extension to hand out; without one, that of `make extension`")
    secret: str = _setting("", "key that signs tokens; without one, it is kept in the data folder", secret=True)
    heartbeat_ms: int = _number(20_000, 1_000, 60_000, "how often a client says that it is there; it is told at join")
    drain_s: float = _number(3.0, 0, 60, "how long sessions and requests may take to end when the server stops")
    node: str = _setting("", "name of this process among those on its database; without one, its host and port")
    lease_s: float = _number(10.0, 0.3, 600, "after this long without a sign of it, others take its sessions up")
    limit_scale: float = _number(1.0, 0.001, 1e6, "multiplies how often users may do what")
    metrics_token: str = _setting("", "bearer token that lets Prometheus read /metrics; admins may anyway", secret=True)
    audit_days: int = _number(90, 1, 3_650, "how long it is kept who joined what")
    token_minutes: int = _number(15, 1, 60, "life of an extension's token")
    sign_in_link_minutes: int = _number(60, 1, 24 * 60, "life of a one-time sign-in link")
    proxies: int = _number(0, 0, 10, "proxies in front that each add to X-Forwarded-For; else it is not believed")

    @property
    def link_life(self) -> timedelta:
        return timedelta(minutes=self.sign_in_link_minutes)

    @property
    def url(self) -> str:
        """Where a client on this machine finds the server."""
        return url_of(self.host, self.port)

    @property
    def is_https(self) -> bool:
        """TLS ends in front of us: that browsers use it is known by the public address alone."""
        return self.public_url.startswith("https:")


# Memory and passes are those of RFC 9106 for where memory is scarce; a guess takes 0.15 s of a core here. Two at once
# leave a core of a small machine's to the voices, and take 128 MiB.
@frozen
class Accounts:
    hash_memory_kib: int = _number(65_536, 32, 4_194_304, "memory that hashing a password takes")
    hash_passes: int = _number(3, 1, 100, "passes over that memory")
    hash_parallel: int = _number(2, 1, 64, "passwords that are hashed at once")
    invitation_hours: int = _number(72, 1, 24 * 30, "life of an invitation's link")
    reset_hours: int = _number(24, 1, 24 * 30, "life of a link to choose another password")

    @property
    def invitation_life(self) -> timedelta:
        return timedelta(hours=self.invitation_hours)

    @property
    def reset_life(self) -> timedelta:
        return timedelta(hours=self.reset_hours)


@frozen
class Database:
    url: str = _setting("", "PostgreSQL to use, or DATABASE_URL; without one, an embedded server", secret=True)
    data: Path = field(factory=_data_folder, metadata=_about("folder of the embedded server and of the secret key"))
    pool_size: int = _number(8, 2, 100, "connections to PostgreSQL")


@frozen
class Voice:
    cooldown_ms: int = _number(500, 0, DAY_MS, "after a remark, shorter sounds are not another one")
    guard_ms: int = _number(250, 0, DAY_MS, "a sound shorter than this is no remark")
    max_recording_ms: int = _number(60_000, 0, DAY_MS, "a remark longer than this is split")
    idle_pause_ms: int = _number(15 * 60_000, 0, DAY_MS, "silence after which the microphone pauses by itself")
    session_end_ms: int = _number(4 * 3_600_000, 0, DAY_MS, "a paused session ends after this long without anything")
    noise_floor: float = _number(0.4, 0, 1, "0 to 1: a segment less probably speech than this is noise")
    breaker_errors: int = _number(3, 1, 100, "so many errors within the window open the circuit breaker")
    breaker_window_ms: int = _number(60_000, 0, DAY_MS, "the time within which errors count together")
    breaker_first_ms: int = _number(5_000, 0, DAY_MS, "the breaker's first back-off; it doubles")
    breaker_max_ms: int = _number(60_000, 0, DAY_MS, "the breaker's longest back-off")
    heartbeat_lost_ms: int = _number(45_000, 0, DAY_MS, "a browser unheard of for this long is gone")


@frozen
class Agent:
    transcript_wait_ms: int = _number(10_000, 0, DAY_MS, "how long the words of a remark are waited for")
    structuring_ms: int = _number(20_000, 0, DAY_MS, "how long a remark may take to become a draft")
    confirming_ms: int = _number(3_000, 0, DAY_MS, "how long a new note can be taken back by a word")
    retries: int = _number(3, 0, 10, "how often a remark is tried again before it is given up")
    retry_first_ms: int = _number(500, 0, DAY_MS, "the wait before the first of these; it doubles")
    min_confidence: float = _number(0.3, 0, 1, "0 to 1: a draft less sure than this makes no note")


@frozen
class Stt:
    model: str = _setting("", "folder of a Whisper model for ctranslate2, to transcribe what users let the server hear")
    browser_model: str = _setting("", "folder of a Whisper model as ONNX, for browsers to transcribe by themselves")
    language: str = _setting("en", "what is spoken, as an ISO 639-1 code; `auto` finds out")
    threads: int = _number(2, 1, 64, "threads of one transcription")
    parallel: int = _number(1, 1, 16, "transcriptions at once")
    waiting: int = _number(32, 0, 1_000, "pieces of speech that may wait for one of these; one more has to try again")
    timeout_ms: int = _number(60_000, 1_000, DAY_MS, "how long a transcription may take, its wait for others included")
    memory_mb: int = _number(256, 1, 65_536, "audio that all sessions together hold in memory")


@frozen
class Ownership:
    grace_ms: int = _number(30_000, 0, DAY_MS, "how long a tab that lost its connection keeps the microphone")


@frozen
class Reconnect:
    grace_ms: int = _number(30_000, 0, DAY_MS, "how long a session waits for a device that lost its connection")
    replay_wait_ms: int = _number(10_000, 0, DAY_MS, "how long a returning device may take to send what it kept")
    ring: int = _number(512, 1, 10_000, "latest pushes held for a device that is away; missing more it gets all anew")


@frozen
class Posting:
    tool_ms: int = _number(120_000, 1_000, DAY_MS, "how long a job may act on a platform to post a note")
    attempts: int = _number(3, 1, 10, "how often a job may try to post a note before a person decides")


@frozen
class Telemetry:
    keep_days: int = _number(30, 0, 3_650, "how long it is kept what browsers measure; 0 takes nothing of them")


# The first bound of errors is what Flagger's documentation asks of a canary (99 % success), the second what that of
# Argo Rollouts does (95 %). Half a second is what the product promises of a note, and a second is about as long as a
# thought goes on uninterrupted (Nielsen). A connection is lost more easily, by a lid that is shut: so one in twenty,
# and one in five, the share at which fallbacks raise an alert too.
@frozen
class Rollout:
    dwell_ms: int = _number(DAY_MS, DAY_MS, 28 * DAY_MS, "how long a step of a ramp lasts at least")
    worrying_disconnect_rate: float = _number(0.05, 0, 1, "0 to 1: sessions losing their connection that pause a ramp")
    worrying_error_rate: float = _number(0.01, 0, 1, "0 to 1: sessions with an error that pause a ramp")
    worrying_p95_ms: int = _number(500, 1, DAY_MS, "95th percentile from speech to note that pauses a ramp")
    alarming_disconnect_rate: float = _number(0.2, 0, 1, "0 to 1: sessions losing their connection that roll it back")
    alarming_error_rate: float = _number(0.05, 0, 1, "0 to 1: sessions with an error that roll it back")
    alarming_p95_ms: int = _number(1_000, 1, DAY_MS, "95th percentile from speech to note that rolls it back")


@frozen
class Llm:
    """Without a `url` the rules structure every remark."""

    url: str = _setting("", "where an OpenAI-compatible server answers: http://HOST:PORT/v1; without one, the rules do")
    key: str = _setting("", "key that server wants; without one, none is sent", secret=True)
    model: str = _setting("", "name of the model to ask")
    timeout_ms: int = _number(8_000, 100, 60_000, "how long one answer may take; then the rules step in")
    silence_ms: int = _number(2_000, 100, 60_000, "how long the server may say nothing, and how long to connect to it")
    parallel: int = _number(16, 1, 1_000, "remarks that may be with the model; with more, the rules structure them")

    def __attrs_post_init__(self) -> None:
        """Raises ValueError, without the address or the key: either may hold a secret."""
        if self.url:
            _check_http(self.url)
        if self.url and not self.model:
            raise ValueError("'model' must name the model to ask at LOSSY_LLM_URL")
        if not (self.key.isascii() and self.key.isprintable() and " " not in self.key):
            raise ValueError("'key' must be printable ASCII without spaces")


def _check_http(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # which raises where the port is none
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise ValueError("'url' must be an address like http://127.0.0.1:11434/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("'url' must hold no user, no `?` and no `#`; a key goes to LOSSY_LLM_KEY")


@frozen
class Settings:
    server: Server = Server()
    accounts: Accounts = Accounts()
    database: Database = field(factory=Database)
    voice: Voice = Voice()
    agent: Agent = Agent()
    stt: Stt = Stt()
    ownership: Ownership = Ownership()
    reconnect: Reconnect = Reconnect()
    posting: Posting = Posting()
    telemetry: Telemetry = Telemetry()
    rollout: Rollout = Rollout()
    llm: Llm = Llm()

    def alone(self, folder: Path) -> Settings:
        """These settings for a server that meets no other: any free port, and what it keeps in `folder`."""
        server = attrs.evolve(self.server, port=0, public_url="")
        return attrs.evolve(self, server=server, database=attrs.evolve(self.database, url="", data=folder))


@frozen
class Listed:
    """One row of `lossy settings`."""

    variable: str
    value: Any
    default: Any
    source: str
    help: str
    secret: bool


def read(environ: Mapping[str, str]) -> Settings:
    """Raises SettingsError for a value that does not fit, or a LOSSY_ variable nobody reads."""
    concerns = {name: _concern(name, kind, environ) for name, kind in _concerns()}
    known = {row.variable for row in listed(environ)} | {PREFIX + "NIGHTLY"}
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        raise SettingsError(f"no such setting: {', '.join(unknown)}; `lossy settings` lists them")
    return Settings(**concerns)


def listed(environ: Mapping[str, str]) -> Iterator[Listed]:
    for name, kind in _concerns():
        value, default = _concern(name, kind, environ), kind()
        for attribute in attrs.fields(kind):
            variable, source = _source(name, attribute.name, environ)
            chosen, usual = getattr(value, attribute.name), getattr(default, attribute.name)
            yield Listed(variable, chosen, usual, source, attribute.metadata["help"], attribute.metadata["secret"])


def _concerns() -> Iterator[tuple[str, Any]]:
    usual = Settings()
    for concern in attrs.fields(Settings):
        yield concern.name, type(getattr(usual, concern.name))


T = TypeVar("T")


def _concern(name: str, kind: type[T], environ: Mapping[str, str]) -> T:
    given: dict[str, Any] = {}
    for attribute in attrs.fields(kind):  # type: ignore[arg-type]
        variable, source = _source(name, attribute.name, environ)
        if source == "default":
            continue
        try:
            given[attribute.name] = cattrs.structure(environ[source], type(getattr(kind(), attribute.name)))
        except ValueError:
            raise SettingsError(f"{variable}={environ[source]!r} does not fit: {attribute.metadata['help']}") from None
    try:
        return kind(**given)
    except ValueError as error:  # attrs says: 'port' must be <= 65535: 99999
        _, field, words = str(error).split("'", 2)
        raise SettingsError(_source(name, field, environ)[0] + words) from None


def _source(concern: str, field: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable's name, and the one it was found under (or "default")."""
    variable = f"{PREFIX}{concern}_{field}".upper()
    aliases = [variable, "DATABASE_URL"] if variable == "LOSSY_DATABASE_URL" else [variable]
    return variable, next((name for name in aliases if environ.get(name)), "default")
