from __future__ import annotations

import errno
import socket
import struct
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import h2.connection
import pytest
import trio
from attrs import evolve, frozen
from hypercorn.utils import LifespanFailureError
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked
from trio_websocket import open_websocket

from lossy.web import arrivals
from lossy.web.front import Address, AddressInUse, FrontSettings, serve_front
from lossy.web.http1 import SEND_PIECE, DeadlineStream
from lossy.web.poller import Poller
from tests.web.front_app import Probe, build_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.integration

TEST_S = 10  # no test comes near it: it turns a hang into a failure
NEVER_S = 600  # a deadline that the test must not need
SOON_S = 0.2  # a deadline that the test waits for

# With no deadline that could help, a server which returns has no connection left behind.
PATIENT = FrontSettings(
    port=0, send_deadline_s=NEVER_S, head_deadline_s=NEVER_S, graceful_s=NEVER_S, lifespan_s=NEVER_S
)

QUIET = 0.05  # seconds without any task running, after which a peer's buffers are taken to be full


def get(path: str, *headers: str, version: str = "1.1") -> bytes:
    return "\r\n".join([f"GET {path} HTTP/{version}", "Host: x", *headers, "", ""]).encode()


LAST_GET = get("/", "Connection: close")
END_OF_HEAD = b"\r\n\r\n"
KEY = "Sec-WebSocket-Key: " + "A" * 22 + "=="
WEBSOCKET = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", KEY)
PATH = "/socket/websocket"
FLOODS = (get("/flood"), get("/flood", *WEBSOCKET))
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")


def frame(text: bytes) -> bytes:
    """A text message of at most 125 bytes from a client, masked with zeros."""
    return b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text


def http2_post() -> bytes:
    client = h2.connection.H2Connection()
    client.initiate_connection()
    head = [(":method", "POST"), (":path", "/early"), (":scheme", "http"), (":authority", "x")]
    client.send_headers(1, head)
    client.send_data(1, bytes(10_000))
    return client.data_to_send()


@frozen
class Server:
    address: Address
    probe: Probe
    stop: trio.Event
    cancel_scope: trio.CancelScope

    async def connect(self, data: bytes = b"") -> trio.SocketStream:
        stream = await trio.open_tcp_stream(*self.address)
        await stream.send_all(data)
        return stream

    async def ask(self, data: bytes) -> bytes:
        """Sends on a fresh connection, and returns all that comes until the server closes it."""
        async with await self.connect(data) as stream:
            return await read_all(stream)

    async def assert_well(self) -> None:
        answer = await self.ask(LAST_GET)
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"\r\n\r\nhello")


@asynccontextmanager
async def running(settings: FrontSettings = PATIENT) -> AsyncIterator[Server]:
    """A server that is stopped after the test, and has to return in time."""
    probe, stop = Probe(), trio.Event()
    with trio.fail_after(TEST_S):
        async with trio.open_nursery() as nursery:
            (address,) = await nursery.start(partial(serve_front, build_app(probe), probe.admit, settings, stop=stop))
            yield Server(address, probe, stop, nursery.cancel_scope)
            stop.set()


@asynccontextmanager
async def surviving(settings: FrontSettings = PATIENT) -> AsyncIterator[Server]:
    """A server that after the test answers a normal request, stops in time, and shuts its app down."""
    async with running(settings) as server:
        yield server
        await server.assert_well()
    assert server.probe.shut_down.is_set()


async def read_all(stream: trio.SocketStream) -> bytes:
    return b"".join([data async for data in stream])


async def read_answer(stream: trio.SocketStream, end: bytes = b"hello") -> bytes:
    answer = b""
    while not answer.endswith(end):
        data = await stream.receive_some()
        assert data, answer
        answer += data
    return answer


class TestHttp1:
    async def test_keep_alive(self) -> None:
        async with surviving() as server, await server.connect() as stream:
            for _ in range(3):
                await stream.send_all(get("/"))
                assert (await read_answer(stream)).startswith(b"HTTP/1.1 200")

    async def test_pipelining(self) -> None:
        async with surviving() as server:
            assert (await server.ask(get("/") + get("/") + LAST_GET)).count(b"HTTP/1.1 200") == 3

    async def test_byte_by_byte(self) -> None:
        async with surviving() as server, await server.connect() as stream:
            for byte in LAST_GET:
                await stream.send_all(bytes([byte]))
            assert (await read_all(stream)).endswith(b"hello")

    async def test_http_1_0_ends_with_the_answer(self) -> None:
        async with surviving() as server:
            assert (await server.ask(get("/", version="1.0"))).endswith(b"hello")

    async def test_a_crash_in_a_handler_answers_500_and_keeps_the_connection(self) -> None:
        async with surviving() as server:
            answer = await server.ask(get("/crash") + LAST_GET)
            assert answer.startswith(b"HTTP/1.1 500")
            assert answer.endswith(b"hello")

    async def test_a_post_answered_before_its_body_was_read(self) -> None:
        async with surviving() as server, await server.connect() as stream:
            head = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n"
            with suppress(trio.BrokenResourceError):  # the server closes while we send
                await stream.send_all(head + bytes(50_000_000))
            assert (await read_all(stream)).startswith(b"HTTP/1.1 413")


class TestHttp2IsNotSpoken:
    async def test_a_post_by_prior_knowledge(self) -> None:
        async with surviving() as server:
            assert (await server.ask(http2_post())).startswith(b"HTTP/1.1 505")

    async def test_the_preface_after_a_normal_request(self) -> None:
        async with surviving() as server:
            assert b"helloHTTP/1.1 505" in await server.ask(get("/") + http2_post())

    async def test_an_offer_to_upgrade_is_ignored(self) -> None:
        async with surviving() as server:
            answer = await server.ask(get("/", *H2C) + LAST_GET)
            assert answer.count(b"HTTP/1.1 200") == 2
            assert b"101" not in answer


class TestOneBadConnection:
    async def test_an_error_out_of_hypercorn_is_logged_and_ends_only_its_connection(self) -> None:
        async with surviving() as server, await server.connect(get("/wait")) as other:
            with capture_logs() as logs:
                assert await server.ask(get("/illegal")) == b""
                await wait_all_tasks_blocked()
            assert [entry["event"] for entry in logs] == ["connection_failed"]
            server.probe.release.set()
            await read_answer(other, b"waited")

    @pytest.mark.parametrize("request_", FLOODS, ids=["answer", "websocket"])
    async def test_a_client_that_does_not_read_is_cut(self, request_: bytes) -> None:
        async with surviving(evolve(PATIENT, send_deadline_s=SOON_S)) as server, await server.connect(request_):
            await server.probe.ended.wait()

    @pytest.mark.parametrize("request_", FLOODS, ids=["answer", "websocket"])
    async def test_a_client_that_leaves_within_what_is_sent_to_it(self, request_: bytes) -> None:
        async with surviving() as server:
            async with await server.connect(request_) as stream:
                await stream.receive_some(1)
            await server.probe.ended.wait()

    @pytest.mark.parametrize("before", [b"", get("/")], ids=["first", "kept alive"])
    async def test_a_head_that_takes_too_long(self, before: bytes) -> None:
        async with surviving(evolve(PATIENT, head_deadline_s=SOON_S)) as server:
            answer = await server.ask(before + LAST_GET[:-1])
            assert answer.count(b"HTTP/1.1") == bool(before)

    async def test_one_connection_too_many(self) -> None:
        async with surviving(evolve(PATIENT, max_connections=1)) as server:
            async with await server.connect(get("/")) as admitted:
                await read_answer(admitted)
                assert (await server.ask(b"")).startswith(b"HTTP/1.1 503")
                await admitted.send_all(LAST_GET)
                await read_all(admitted)
            await wait_all_tasks_blocked()


class TestWebsocket:
    async def test_echo(self) -> None:
        async with surviving() as server, open_websocket(*server.address, "/echo", use_ssl=False) as client:
            await client.send_message("hello")
            assert await client.get_message() == "hello"

    async def test_a_client_that_talks_before_it_is_accepted(self) -> None:
        async with surviving() as server:
            assert (await server.ask(get("/echo", *WEBSOCKET) + frame(b"early"))).startswith(b"HTTP/1.1 400")

    async def test_a_message_over_the_limit(self) -> None:
        async with (
            surviving(evolve(PATIENT, max_message_bytes=100)) as server,
            await server.connect(get("/echo", *WEBSOCKET)) as stream,
        ):
            await read_answer(stream, end=END_OF_HEAD)
            await stream.send_all(frame(bytes(101)))
            ended = await read_all(stream)  # and no more is read of what the client would go on to send
            assert ended == b"\x88\x02" + (1009).to_bytes(2, "big")

    async def test_compression_is_not_taken_up(self) -> None:
        """A compressed message may be a thousand times as long as what was sent of it."""
        offer = "Sec-WebSocket-Extensions: permessage-deflate"
        async with surviving() as server, await server.connect(get("/echo", *WEBSOCKET, offer)) as stream:
            answer = await read_answer(stream, end=END_OF_HEAD)
            assert b"101" in answer
            assert b"extensions" not in answer.lower()

    async def test_a_client_that_talks_to_a_handler_which_has_left(self) -> None:
        async with surviving() as server, await server.connect(get("/leave", *WEBSOCKET)) as stream:
            await read_answer(stream, end=END_OF_HEAD)
            await stream.send_all(frame(b"x") * 100)
            await wait_all_tasks_blocked()
            server.probe.release.set()
            await read_all(stream)

    async def test_a_client_that_only_talks_is_cut(self) -> None:
        async with (
            surviving(evolve(PATIENT, send_deadline_s=SOON_S)) as server,
            await server.connect(get("/flood", *WEBSOCKET)) as stream,
        ):
            await stream.receive_some(1)
            await stream.send_all(frame(b"x") * 100)  # more than is queued for the handler, which reads none
            await server.probe.ended.wait()


class TestOurOwnWebsocket:
    """What is under the socket's path, where it is the first request of its connection."""

    async def test_echo(self) -> None:
        async with surviving() as server, open_websocket(*server.address, PATH, use_ssl=False) as client:
            for message in ("hello", b"\0\xff", "x" * 70_000):
                await client.send_message(message)
                assert await client.get_message() == message

    async def test_what_is_sent_with_the_request_is_read(self) -> None:
        async with surviving() as server, await server.connect(get(PATH, *WEBSOCKET) + frame(b"early")) as stream:
            assert (await read_answer(stream, b"early")).startswith(b"HTTP/1.1 101")

    async def test_byte_by_byte(self) -> None:
        async with surviving() as server, await server.connect() as stream:
            for byte in get(f"{PATH}?vsn=2.0.0", *WEBSOCKET) + frame(b"slow"):
                await stream.send_all(bytes([byte]))
            await read_answer(stream, b"slow")

    async def test_nothing_of_hypercorn_serves_it(self) -> None:
        async with surviving() as server, await server.connect(get(PATH, *WEBSOCKET)) as stream:
            answer = await read_answer(stream, END_OF_HEAD)
            assert b"Date:" not in answer
            assert b"extensions" not in answer.lower()

    @pytest.mark.parametrize("path", ["/socket/websocketx", "/socket/websocket/", "/socket", "/socket/websocke"])
    async def test_another_path_is_not_ours(self, path: str) -> None:
        async with surviving() as server:
            assert (await server.ask(get(path, *WEBSOCKET, "Connection: close"))).startswith(b"HTTP/1.1 404")

    async def test_behind_another_request_the_app_serves_it(self) -> None:
        async with surviving() as server, await server.connect(get("/")) as stream:
            await read_answer(stream)
            await stream.send_all(get(PATH, *WEBSOCKET))
            assert (await read_answer(stream, END_OF_HEAD)).startswith(b"HTTP/1.1 101")
            await stream.send_all(frame(b"by Quart"))
            await read_answer(stream, b"by Quart")

    @pytest.mark.parametrize(
        ("request_", "status"),
        [
            (get(PATH), b"400"),
            (get(PATH, *WEBSOCKET, version="1.0"), b"400"),
            (get(PATH, *WEBSOCKET[:-1]), b"400"),
            (get(PATH, *WEBSOCKET[:2], WEBSOCKET[3], "Sec-WebSocket-Version: 8"), b"426"),
            (get(f"{PATH}?refuse", *WEBSOCKET), b"403"),
        ],
    )
    async def test_what_is_not_opened(self, request_: bytes, status: bytes) -> None:
        async with surviving() as server:
            assert (await server.ask(request_)).startswith(b"HTTP/1.1 " + status)

    async def test_a_head_that_is_too_long(self) -> None:
        async with surviving() as server:
            answer = await server.ask(get(PATH, *WEBSOCKET, "X: " + "x" * 16_384))
            assert answer.startswith(b"HTTP/1.1 431")

    async def test_a_head_that_takes_too_long(self) -> None:
        async with surviving(evolve(PATIENT, head_deadline_s=SOON_S)) as server:
            assert await server.ask(get(PATH, *WEBSOCKET)[:-1]) == b""

    async def test_an_error_of_ours_is_logged_and_ends_only_its_connection(self) -> None:
        async with surviving() as server, await server.connect(get(PATH, *WEBSOCKET)) as other:
            await read_answer(other, END_OF_HEAD)
            with capture_logs() as logs:
                assert await server.ask(get(f"{PATH}?crash", *WEBSOCKET)) == b""
            assert [entry["event"] for entry in logs] == ["connection_failed"]
            await other.send_all(frame(b"well"))
            await read_answer(other, b"well")

    async def test_a_client_that_leaves_within_its_request(self) -> None:
        async with surviving() as server:
            async with await server.connect(get(PATH, *WEBSOCKET)[:-1]):
                pass
            await wait_all_tasks_blocked()

    async def test_it_counts_as_a_connection(self) -> None:
        async with running(evolve(PATIENT, max_connections=1)) as server:
            async with await server.connect(get(PATH, *WEBSOCKET)) as stream:
                await read_answer(stream, END_OF_HEAD)
                assert (await server.ask(b"")).startswith(b"HTTP/1.1 503")
            await wait_all_tasks_blocked()
            await server.assert_well()

    async def test_a_client_that_does_not_read_is_cut(self) -> None:
        settings, flood = evolve(PATIENT, send_deadline_s=SOON_S), get(f"{PATH}?flood", *WEBSOCKET)
        async with surviving(settings) as server, await server.connect(flood):
            await server.probe.ended.wait()

    async def test_one_that_is_open_is_cut_after_the_grace(self) -> None:
        settings = evolve(PATIENT, graceful_s=SOON_S)
        async with running(settings) as server, await server.connect(get(PATH, *WEBSOCKET)) as stream:
            await read_answer(stream, END_OF_HEAD)
            server.stop.set()
            await server.probe.shut_down.wait()

    async def test_cancelling_cuts_at_once(self) -> None:
        async with AsyncExitStack() as clients:
            with capture_logs() as logs:
                async with running() as server:
                    streams = [await clients.enter_async_context(await server.connect()) for _ in range(10)]
                    for stream in streams[1:]:
                        await stream.send_all(get(PATH, *WEBSOCKET))
                        await read_answer(stream, END_OF_HEAD)
                    server.cancel_scope.cancel()
            assert [await read_all(stream) for stream in streams] == [b""] * 10
        assert logs == []


class TestStopping:
    async def test_a_request_in_flight_ends_and_nobody_new_is_let_in(self) -> None:
        async with running() as server, await server.connect(get("/wait")) as stream:
            await server.probe.entered.wait()
            server.stop.set()
            await wait_all_tasks_blocked()
            with pytest.raises(OSError, match="failed"):
                await server.connect()
            server.probe.release.set()
            await read_answer(stream, b"waited")
        assert server.probe.shut_down.is_set()

    async def test_idle_connections_do_not_delay_it(self) -> None:
        async with running() as server, await server.connect() as silent, await server.connect(get("/")) as kept_alive:
            await read_answer(kept_alive)
            server.stop.set()
            assert await read_all(kept_alive) == await read_all(silent) == b""

    @pytest.mark.parametrize(
        "request_",
        [get("/wait"), *FLOODS],
        ids=["a slow handler", "an unread answer", "an unread websocket"],
    )
    async def test_what_does_not_end_is_cut_after_the_grace(self, request_: bytes) -> None:
        async with running(evolve(PATIENT, graceful_s=SOON_S)) as server, await server.connect(request_):
            await server.probe.entered.wait()
            await wait_all_tasks_blocked(QUIET)
            server.stop.set()
            await server.probe.shut_down.wait()

    async def test_an_open_websocket_is_cut_after_the_grace(self) -> None:
        settings = evolve(PATIENT, graceful_s=SOON_S)
        async with running(settings) as server, await server.connect(get("/echo", *WEBSOCKET)) as stream:
            await read_answer(stream, END_OF_HEAD)
            server.stop.set()
            await server.probe.shut_down.wait()

    @pytest.mark.parametrize(
        "request_",
        [get("/wait"), *FLOODS],
        ids=["a slow handler", "an unread answer", "an unread websocket"],
    )
    async def test_cancelling_cuts_at_once(self, request_: bytes) -> None:
        async with running() as server:
            stream = await server.connect(request_)
            await server.probe.entered.wait()
            await wait_all_tasks_blocked(QUIET)
            server.cancel_scope.cancel()
        await stream.aclose()
        assert not server.probe.shut_down.is_set()


class TestStarting:
    async def test_a_port_in_use(self) -> None:
        async with surviving() as server:
            host, port = server.address
            with pytest.raises(AddressInUse, match=f"{host} port {port}"):
                await serve_front(build_app(Probe()), Probe().admit, evolve(PATIENT, port=port), stop=trio.Event())

    async def test_an_app_that_cannot_start(self) -> None:
        app = build_app(Probe())

        @app.before_serving
        async def fail() -> None:
            raise RuntimeError("no database")

        with pytest.RaisesGroup(pytest.RaisesExc(LifespanFailureError, match="no database"), flatten_subgroups=True):
            await serve_front(app, Probe().admit, PATIENT, stop=trio.Event())


class TestDeadlineStream:
    async def test_a_slow_reader_is_served_while_it_reads(self, mock_clock: MockClock) -> None:
        ours, theirs = (trio.SocketStream(end) for end in trio.socket.socketpair())
        pieces = 40  # more than the kernel keeps for us
        async with ours, theirs, trio.open_nursery() as nursery:
            nursery.start_soon(DeadlineStream(ours, 5, nursery.cancel_scope).send_all, bytes(pieces * SEND_PIECE))
            start, left = trio.current_time(), pieces * SEND_PIECE
            while left:
                await wait_all_tasks_blocked()
                mock_clock.jump(4)
                left -= len(await theirs.receive_some(left))
            assert trio.current_time() - start > 20

    async def test_a_peer_that_takes_nothing_is_cut(self, mock_clock: MockClock) -> None:
        ours, theirs = (trio.SocketStream(end) for end in trio.socket.socketpair())
        async with ours, theirs, trio.open_nursery() as nursery:

            @nursery.start_soon
            async def send() -> None:
                with pytest.raises(trio.BrokenResourceError, match="does not read"):
                    await DeadlineStream(ours, 5, nursery.cancel_scope).send_all(bytes(40 * SEND_PIECE))

            await wait_all_tasks_blocked()
            mock_clock.jump(5)
        assert ours.socket.fileno() == -1


class TestAccepting:
    @pytest.mark.parametrize(
        ("code", "logged"), [(errno.EMFILE, 1), (errno.EOPNOTSUPP, 1), (errno.ECONNABORTED, 0), (errno.ECONNRESET, 0)]
    )
    async def test_what_cannot_be_accepted_keeps_nobody_else_out(
        self, code: int, logged: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where there are no descriptors left, who comes waits until there are some."""
        accept, failures = socket.socket.accept, [code]

        def fail_at_first(listener: socket.socket) -> tuple[socket.socket, Address]:
            sock, address = accept(listener)
            if failures:
                sock.close()
                raise OSError(failures.pop(), "it is not")
            return sock, address

        monkeypatch.setattr(socket.socket, "accept", fail_at_first)
        monkeypatch.setattr(arrivals, "AGAIN_S", 0.01)
        with capture_logs() as logs:
            async with surviving() as server:
                assert await server.ask(b"") == b""
        assert [entry["event"] for entry in logs] == ["accept_failed"] * logged

    async def test_who_says_nothing_has_no_task(self) -> None:
        async with surviving() as server:
            await wait_all_tasks_blocked()
            before = trio.lowlevel.current_statistics().tasks_living
            async with await server.connect(), await server.connect(get(PATH, *WEBSOCKET)[:-1]):
                await wait_all_tasks_blocked()
                assert trio.lowlevel.current_statistics().tasks_living == before

    async def test_one_that_cannot_be_watched_is_closed_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        watch, failures = Poller.watch, [OSError(errno.ENOSPC, "no more watches")]

        def fail_at_first(poller: Poller, sock: socket.socket, ready: Callable[[], None]) -> None:
            if failures:
                raise failures.pop()
            watch(poller, sock, ready)

        monkeypatch.setattr(Poller, "watch", fail_at_first)
        async with surviving() as server:
            with capture_logs() as logs:
                assert await server.ask(b"") == b""
            assert [entry["event"] for entry in logs] == ["connection_failed"]

    async def test_a_connection_has_what_is_set_on_its_listener(self) -> None:
        """Small messages do not wait for one another, and the system takes no more than it is about to send."""
        async with surviving() as server, await server.connect(get(PATH, *WEBSOCKET)) as stream:
            await read_answer(stream, END_OF_HEAD)
            ours = server.probe.line.socket
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 2**14

    async def test_the_number_of_a_socket_that_was_cut_is_the_next_ones(self) -> None:
        """A push to a peer that has reset cuts it; another is accepted before its task has run."""
        async with surviving() as server:
            first = await server.connect(get(PATH, *WEBSOCKET))
            await read_answer(first, END_OF_HEAD)
            first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            first.socket.close()  # no task runs from here until the second is there
            line = server.probe.line
            number = line.socket.fileno()
            second = socket.create_connection(server.address)
            line.put(frame(b"unheard"))
            line.flush()
            assert line.is_cut
            async with trio.SocketStream(trio.socket.from_stdlib_socket(second)) as stream:
                await stream.send_all(get(PATH, *WEBSOCKET))
                await read_answer(stream, END_OF_HEAD)
                assert server.probe.line.socket.fileno() == number
