"""psycopg's blocks, whose ends are reached even when the task is cancelled: transaction and pipeline."""

from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import trio
from psycopg import AsyncPipeline, AsyncTransaction, pq

# A ROLLBACK or the end of a cancelled query takes milliseconds. A server that is silent for longer is lost.
CLEANUP_S = 5.0


@contextmanager
def clean_up(pgconn: pq.abc.PGconn) -> Generator[None]:
    """Shield what is awaited in the block, for CLEANUP_S; close the connection when that was not enough."""
    scope = trio.CancelScope(shield=True, deadline=trio.current_time() + CLEANUP_S)
    try:
        with scope:
            yield
    finally:
        if scope.cancel_called:
            pgconn.finish()


class Transaction(AsyncTransaction):
    """Commits can be cancelled and take their time; a rollback is always sent, or the connection is closed."""

    async def __aenter__(self) -> Self:
        try:
            return await super().__aenter__()
        except BaseException:
            # psycopg sends ROLLBACK here, and our cancellation may have stopped just that. An inner block's
            # failure is the outer block's to undo.
            if self._outer_transaction and self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
                self.pgconn.finish()
            raise

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if exc_type is not None:
            return await self._roll_back(exc_type, exc, traceback)
        try:
            return await super().__aexit__(None, None, None)
        except (trio.Cancelled, KeyboardInterrupt) as interruption:
            if self.status is self.Status.ACTIVE:  # while waiting for the lock: COMMIT was not sent
                await self._roll_back(type(interruption), interruption, interruption.__traceback__)
            raise

    async def _roll_back(
        self, exc_type: type[BaseException], exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        swallow = False
        with clean_up(self.pgconn):
            swallow = await super().__aexit__(exc_type, exc, traceback)
        return swallow


class Pipeline(AsyncPipeline):
    """Leaving the block reads every result that is still to come; that can be cancelled and takes its time."""

    async def __aenter__(self) -> Self:
        level = self.level
        try:
            return await super().__aenter__()
        except BaseException:
            # A cancelled generator is driven to its end, where it has counted a block that is not entered.
            self.level = level
            raise

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_type is not None:
            return await self._read_rest(exc_type, exc, traceback)
        try:
            async with self._lock:
                await self._conn.wait(self._exit_gen())
        except BaseException as error:  # psycopg would leave here, and what it has not read would be in the way
            await self._read_rest(type(error), error, error.__traceback__)
            raise
        self._exit(None)

    async def _read_rest(
        self, exc_type: type[BaseException], exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with clean_up(self.pgconn):
            await super().__aexit__(exc_type, exc, traceback)
