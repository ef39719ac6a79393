"""TLS by conninfo. The embedded server has none, so a small proxy in front of it does what PostgreSQL would."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
import trio
import trustme
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lossy.store.connection import Connection

pytestmark = pytest.mark.integration

# The first message of a client that wants TLS; the answer S invites it to begin.
_SSL_REQUEST = bytes.fromhex("00000008 04d2162f")


@asynccontextmanager
async def tls_proxy(database: str, context: ssl.SSLContext) -> AsyncGenerator[str]:
    """Yields the conninfo of the database through the proxy, without any sslmode."""
    socket = f"{conninfo_to_dict(database)['host']}/.s.PGSQL.5432"
    serve = partial(trio.serve_tcp, partial(_serve, socket=socket, context=context), 0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        [listener] = await nursery.start(serve)
        port = listener.socket.getsockname()[1]
        yield make_conninfo(database, host="localhost", hostaddr="127.0.0.1", port=port)
        nursery.cancel_scope.cancel()


async def _serve(client: trio.SocketStream, *, socket: str, context: ssl.SSLContext) -> None:
    assert await client.receive_some(len(_SSL_REQUEST)) == _SSL_REQUEST
    await client.send_all(b"S")
    try:
        async with (
            trio.SSLStream(client, context, server_side=True) as tls,
            await trio.open_unix_socket(socket) as server,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(_forward, tls, server)
            await _forward(server, tls)
            nursery.cancel_scope.cancel()
    except* trio.BrokenResourceError:
        pass  # the client refused the certificate, or has gone


async def _forward(source: trio.abc.ReceiveStream, target: trio.abc.SendStream) -> None:
    async for data in source:
        await target.send_all(data)


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def root_certificate(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "root.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_require_encrypts(database: str, authority: trustme.CA) -> None:
    async with (
        tls_proxy(database, server_context(authority, "elsewhere.test")) as conninfo,
        await Connection.connect(conninfo, sslmode="require") as conn,
    ):
        assert conn.pgconn.ssl_in_use
        text = "x" * 1_000_000
        assert await (await conn.execute("select %s", (text,))).fetchone() == (text,)


async def test_verify_full_accepts_the_right_name(database: str, authority: trustme.CA, root_certificate: str) -> None:
    async with (
        tls_proxy(database, server_context(authority, "localhost")) as conninfo,
        await Connection.connect(conninfo, sslmode="verify-full", sslrootcert=root_certificate) as conn,
    ):
        assert conn.pgconn.ssl_in_use


async def test_verify_full_refuses_another_name(database: str, authority: trustme.CA, root_certificate: str) -> None:
    async with tls_proxy(database, server_context(authority, "elsewhere.test")) as conninfo:
        with pytest.raises(psycopg.OperationalError, match="does not match host name"):
            await Connection.connect(conninfo, sslmode="verify-full", sslrootcert=root_certificate)


async def test_verify_full_refuses_an_unknown_authority(database: str, root_certificate: str) -> None:
    async with tls_proxy(database, server_context(trustme.CA(), "localhost")) as conninfo:
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            await Connection.connect(conninfo, sslmode="verify-full", sslrootcert=root_certificate)


async def test_a_query_is_cancelled_through_tls(database: str, authority: trustme.CA) -> None:
    async with (
        tls_proxy(database, server_context(authority, "localhost")) as conninfo,
        await Connection.connect(conninfo, autocommit=True, sslmode="require") as conn,
    ):
        with trio.move_on_after(0.05):
            await conn.execute("select pg_sleep(60)")
        assert not conn.closed
        assert await (await conn.execute("select 1")).fetchone() == (1,)
