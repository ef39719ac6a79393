"""A PostgreSQL connection: psycopg 3, with its waiting done by trio.

psycopg itself waits with asyncio. Here the waiting is replaced (`wait`, `connect`, `cancel_safe`), and so is
what it does when a task is cancelled. trio's cancellation is level-triggered: it is raised again at every
checkpoint until its scope is left, so a ROLLBACK that is awaited in a cancelled scope is never sent. Clean-up is
shielded and bounded (`clean_up`), and a connection that could not be cleaned is closed: usable or closed, never
wrong.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self

import orjson
import psycopg
import trio
from psycopg import AsyncConnection, AsyncPipeline, AsyncTransaction, IsolationLevel, pq
from psycopg.abc import RV, AdaptContext, ConnParam, PQGen
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict
from psycopg.cursor_async import AsyncCursor
from psycopg.rows import AsyncRowFactory, Row, tuple_row
from psycopg.types.json import set_json_loads
from psycopg.waiting import Wait

from lossy.store.blocks import Pipeline, Transaction, clean_up
from lossy.store.connecting import connect_first
from lossy.store.waiting import drive, drive_connecting, wait_ready

# The private names in use: _connect_gen, _cancel_gen, _should_cancel, _check_connection_ok, _pipeline,
# _pipeline_nolock, _num_transactions, _adapters, _autocommit, _isolation_level, _closed, errors._WaitTimeout and
# AsyncTransaction._outer_transaction, and AsyncPipeline's _lock, _exit_gen and _exit. Another version may have moved
# any of them: run the cancellation storm before this number is changed.
_PSYCOPG = "3.3.9"
if psycopg.__version__ != _PSYCOPG:
    raise ImportError(f"lossy overrides private names of psycopg {_PSYCOPG}, but {psycopg.__version__} is installed")

# Snapshots and states are JSON of some kilobytes, and are read for every session that is brought to life.
set_json_loads(orjson.loads)

# trio looks at sockets before it looks at deadlines, so the least wait still finds what has arrived.
_LEAST_WAIT_S = 0.001

# Of a query what the system does not take at once is sent after a turn of the scheduler, and PostgreSQL waits for it. A
# batch of commits has half a megabyte, and Linux takes 200 KB unless it is asked for more; of this it counts the double
# and takes `net.core.wmem_max` at most.
SEND_BUFFER = 1 << 20

_ACTIVE = pq.TransactionStatus.ACTIVE
_UNKNOWN = pq.TransactionStatus.UNKNOWN


class Lock:
    """A `trio.Lock` that costs no turn of the scheduler while it is free.

    In such a turn all that can go on does: with a thousand sessions that takes longer than the query that waits for it.
    """

    def __init__(self) -> None:
        self._lock = trio.Lock()

    async def __aenter__(self) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            self._lock.acquire_nowait()
        except trio.WouldBlock:
            await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class Connection(AsyncConnection[Row]):
    """A connection that belongs to one trio run.

    Whatever is usual in the database, its transactions are READ COMMITTED unless they say otherwise: who waited for a
    lock sees what was committed meanwhile, where anything stricter fails.

    Cancelling a task that waits here stops its query on the server (by a cancel request) before the task goes on.
    Leave a loop over `notifies()` only by an exception or inside `contextlib.aclosing`: the loop holds the lock.
    """

    def __init__(
        self,
        pgconn: pq.abc.PGconn,
        row_factory: AsyncRowFactory[Row] = tuple_row,  # type: ignore[assignment]
    ) -> None:
        super().__init__(pgconn, row_factory)
        self.lock = Lock()  # type: ignore[assignment]

    @classmethod
    async def connect(
        cls,
        conninfo: str = "",
        *,
        autocommit: bool = False,
        prepare_threshold: int | None = 5,
        context: AdaptContext | None = None,
        row_factory: AsyncRowFactory[Row] | None = None,
        cursor_factory: type[AsyncCursor[Row]] | None = None,
        **kwargs: ConnParam,
    ) -> Self:
        """Connect to the first host that answers; each has `connect_timeout` seconds.

        Raises psycopg.OperationalError with what each host said.
        """
        self = await connect_first(cls._connect_gen, conninfo_to_dict(conninfo, **kwargs))
        _widen(self.pgconn.socket)
        self._autocommit = autocommit
        self._isolation_level = IsolationLevel.READ_COMMITTED
        self.prepare_threshold = prepare_threshold
        if context:
            self._adapters = AdaptersMap(context.adapters)
        if row_factory:
            self.row_factory = row_factory
        if cursor_factory:
            self.cursor_factory = cursor_factory
        return self

    async def wait(self, gen: PQGen[RV], interval: float = 0.0, timeout: float | None = None) -> RV:
        """Run one of psycopg's generators. `interval` is psycopg's polling, which trio does not need."""
        if timeout is not None:
            with trio.move_on_after(max(timeout, _LEAST_WAIT_S)):
                return await self.wait(gen)
            raise psycopg.errors._WaitTimeout("wait timeout expired")  # what notifies(timeout=) expects
        fd = self.pgconn.socket
        try:
            want = next(gen)
            while True:
                try:
                    ready = await wait_ready(fd, want)
                except (trio.Cancelled, KeyboardInterrupt):
                    await self._abandon(gen, want)
                    raise
                except psycopg.OperationalError as error:
                    want = gen.throw(error)
                else:
                    want = gen.send(ready)
        except StopIteration as end:
            value: RV = end.value
            return value

    async def _abandon(self, gen: PQGen[Any], want: Wait) -> None:
        """Stop the query on the server and read its end, so that nothing of it is left for the next query.

        The cancel request is answered after the server has signalled the query, so it cannot hit the next one.
        """
        pgconn = self.pgconn
        if pgconn.transaction_status != _ACTIVE:
            return
        with clean_up(pgconn), suppress(psycopg.Error):
            await drive_connecting(self._cancel_gen())
            await drive(gen, pgconn.socket, want)
        # In a pipeline more results may follow, and leaving its block reads them.
        if pgconn.pipeline_status == pq.PipelineStatus.OFF and pgconn.transaction_status in (_ACTIVE, _UNKNOWN):
            pgconn.finish()

    async def cancel_safe(self, *, timeout: float = 30.0) -> None:
        """Ask the server to stop the running query. Shielded: half a request helps nobody."""
        if not self._should_cancel():
            return
        with trio.CancelScope(shield=True, deadline=trio.current_time() + timeout) as scope:
            await drive_connecting(self._cancel_gen())
        if scope.cancelled_caught:
            raise psycopg.errors.CancellationTimeout("cancellation timeout expired")

    @asynccontextmanager
    async def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AsyncIterator[AsyncTransaction]:
        transaction = Transaction(self, savepoint_name, force_rollback)
        if self._pipeline:
            async with self.pipeline(), transaction, self.pipeline():
                yield transaction
        else:
            async with transaction:
                yield transaction

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[AsyncPipeline]:
        # psycopg takes the lock to set and to clear `_pipeline`: a cancelled task would leave it set.
        self._check_connection_ok()
        pipeline = self._pipeline = self._pipeline or Pipeline(self)
        try:
            async with pipeline:
                yield pipeline
        finally:
            if pipeline.level == 0:
                self._pipeline = None

    @asynccontextmanager
    async def _pipeline_nolock(self) -> AsyncIterator[AsyncPipeline]:
        """For executemany(), which holds the lock."""
        pipeline = self._pipeline = Pipeline(self, _no_lock=True)
        try:
            async with pipeline:
                yield pipeline
        finally:
            self._pipeline = None

    async def close(self) -> None:
        """Close at once. A task that waits on this connection gets psycopg.OperationalError."""
        self.cut()

    def cut(self) -> None:
        """`close` without a checkpoint."""
        if not self.closed:
            # The system forgets a closed socket without a word: whoever waits for it would wait for ever.
            trio.lowlevel.notify_closing(self.pgconn.socket)
            self._closed = True
            self.pgconn.finish()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if exc_type is None and not self.closed:
                await self.commit()
        finally:
            self.cut()  # the server rolls back by itself


def _widen(fd: int) -> None:
    its = socket.socket(fileno=fd)
    try:
        its.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    finally:
        its.detach()  # it is libpq's
