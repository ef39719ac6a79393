"""A bounded pool of connections: first come, first served, and nothing wrong is ever lent."""

from collections import deque
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import attrs
import psycopg
import structlog
import trio
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from lossy.store.connection import Connection
from lossy.store.fitness import find_fault, has_input

# libpq's own default is more than two minutes, and a person waits for the answer.
_CONNECT_TIMEOUT_S = 5
# How long the end of the pool waits for the connections that are lent.
_CLOSE_S = 5.0
# At 1 ms a query and 10 connections the last of them waits 0.1 s. More callers mean a database that is behind.
_MAX_WAITING = 1000

_log = structlog.get_logger()


class StoreError(Exception):
    pass


class StoreUnavailable(StoreError):
    """The server cannot be reached, does not take connections, or went away in the middle."""


class PoolExhausted(StoreError):
    """As many callers wait for a connection as may; try again later."""


class PoolClosed(StoreError):
    pass


# By SQLSTATE. Other OperationalErrors (deadlock, serialization, disk full) are about the query and stay as they are.
_UNAVAILABLE = (
    errors.ConnectionException,
    errors.ConnectionTimeout,
    errors.TooManyConnections,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleSessionTimeout,
)


@contextmanager
def _translate_errors() -> Generator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        # libpq's own errors, such as a refused or lost connection, are OperationalError itself.
        if type(error) is psycopg.OperationalError or isinstance(error, _UNAVAILABLE):
            raise StoreUnavailable(str(error)) from error
        raise


@attrs.frozen
class PoolStats:
    """Waits are in milliseconds, since the pool was opened."""

    size: int
    lent: int
    idle: int
    waiting: int
    waited_ms_max: int
    waited_ms_total: int
    replaced: int  # lost while they lay idle or were lent
    discarded: int  # closed because they came back in the middle of something


@asynccontextmanager
async def open_pool(
    conninfo: str, *, size: int, max_waiting: int = _MAX_WAITING, close_timeout: float = _CLOSE_S
) -> AsyncGenerator["Pool"]:
    """A pool of at most `size` connections, opened as they are needed.

    At the end of the block nothing more is lent; what is lent has `close_timeout` seconds to come back and is cut
    then. That is shielded from cancellation. Raises StoreError where `conninfo` is none.
    """
    try:
        params = {"connect_timeout": _CONNECT_TIMEOUT_S, **conninfo_to_dict(conninfo)}
    except psycopg.ProgrammingError:
        # Not chained: the cause holds what was given, and there may be a password in it.
        raise StoreError("that is no address of a PostgreSQL database") from None
    pool = Pool(make_conninfo("", **params), size, max_waiting)
    try:
        yield pool
    finally:
        await pool.close(close_timeout)


@attrs.define(eq=False)
class Pool:
    _conninfo: str
    _size: int
    _max_waiting: int
    _slots: trio.Semaphore = attrs.field(init=False)  # hands a slot to who has waited longest
    _idle: deque[Connection[TupleRow]] = attrs.field(init=False, factory=deque)
    _lent: set[Connection[TupleRow]] = attrs.field(init=False, factory=set)
    _borrowers: int = attrs.field(init=False, default=0)  # who holds a slot: with a connection, or still opening one
    _closed: bool = attrs.field(init=False, default=False)
    _all_returned: trio.Event = attrs.field(init=False, factory=trio.Event)
    _waited_s_max: float = attrs.field(init=False, default=0.0)
    _waited_s_total: float = attrs.field(init=False, default=0.0)
    _replaced: int = attrs.field(init=False, default=0)
    _discarded: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self._slots = trio.Semaphore(self._size)

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[Connection[TupleRow]]:
        """Lend a connection in autocommit mode, for one task.

        Raises PoolExhausted, PoolClosed, and StoreUnavailable, which also takes the place of psycopg's error when
        the server goes away inside the block.
        """
        await self._take_slot()
        self._borrowers += 1
        try:
            with _translate_errors():
                conn = self._take_idle() or await self._connect()
                self._lent.add(conn)
                try:
                    yield conn
                finally:
                    self._take_back(conn)
        finally:
            self._borrowers -= 1
            self._slots.release()
            if self._closed and self._borrowers == 0:
                self._all_returned.set()

    def stats(self) -> PoolStats:
        return PoolStats(
            size=self._size,
            lent=len(self._lent),
            idle=len(self._idle),
            waiting=self._slots.statistics().tasks_waiting,
            waited_ms_max=round(self._waited_s_max * 1000),
            waited_ms_total=round(self._waited_s_total * 1000),
            replaced=self._replaced,
            discarded=self._discarded,
        )

    async def close(self, timeout: float) -> None:
        """Wait `timeout` seconds for what is lent, then cut it. Shielded from cancellation."""
        self._closed = True
        for _ in range(self._slots.statistics().tasks_waiting):
            self._slots.release()  # each wakes up and finds the pool closed
        while self._idle:
            self._idle.pop().cut()
        if self._borrowers == 0:
            return
        with trio.CancelScope(shield=True, deadline=trio.current_time() + timeout):
            await self._all_returned.wait()
        for conn in self._lent:
            _log.warning("connection_cut", backend=conn.info.backend_pid)
            conn.cut()

    async def _take_slot(self) -> None:
        if self._closed:
            raise PoolClosed("the pool is closed")
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._slots.value > 0:
            self._slots.acquire_nowait()  # not a turn of the scheduler: the query waits in any case
        else:
            await self._wait_for_slot()

    async def _wait_for_slot(self) -> None:
        if self._slots.statistics().tasks_waiting >= self._max_waiting:
            raise PoolExhausted(f"{self._size} connections are lent and {self._max_waiting} callers wait for one")
        asked = trio.current_time()
        await self._slots.acquire()
        waited = trio.current_time() - asked
        self._waited_s_total += waited
        self._waited_s_max = max(self._waited_s_max, waited)
        if self._closed:
            raise PoolClosed("the pool was closed while this caller waited")

    def _take_idle(self) -> Connection[TupleRow] | None:
        """The one that was used last, so that its statements are still prepared and warm."""
        while self._idle:
            conn = self._idle.pop()
            if not conn.closed and not has_input(conn):
                return conn
            self._replaced += 1
            conn.cut()
        return None

    async def _connect(self) -> Connection[TupleRow]:
        conn = await Connection.connect(self._conninfo, autocommit=True)
        if self._closed:
            conn.cut()
            raise PoolClosed("the pool was closed while this caller's connection was opened")
        return conn

    def _take_back(self, conn: Connection[TupleRow]) -> None:
        self._lent.discard(conn)
        if conn.closed:
            self._replaced += 1
        elif fault := find_fault(conn):
            self._discarded += 1
            _log.warning("connection_discarded", fault=fault, backend=conn.info.backend_pid)
            conn.cut()
        elif self._closed:
            conn.cut()
        else:
            self._idle.append(conn)
