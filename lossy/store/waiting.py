"""Waiting for psycopg's generators with trio.

psycopg writes its protocol as generators that yield what they wait for (`Wait`) and are sent what has become
ready (`Ready`). They do no I/O wait of their own, so this file is all there is between libpq and the loop.
"""

import select
from collections.abc import Awaitable, Callable

import psycopg
import trio
from psycopg.abc import RV, PQGen, PQGenConn
from psycopg.waiting import Ready, Wait


async def wait_ready(fd: int, want: Wait) -> Ready:
    """Wait until the socket is ready for one of the things in `want`.

    Raises OperationalError when the socket is closed by another task (which must call `notify_closing` first).
    """
    try:
        if want == Wait.R:
            await trio.lowlevel.wait_readable(fd)
            return Ready.R
        if want == Wait.W:
            await trio.lowlevel.wait_writable(fd)
            return Ready.W
        return await _wait_either(fd)
    except (trio.ClosedResourceError, OSError) as error:
        raise psycopg.OperationalError("the connection was closed while it was in use") from error


async def _wait_either(fd: int) -> Ready:
    """A socket is nearly always writable: asking costs a tenth of starting two tasks, and the query goes on at once."""
    await trio.lowlevel.checkpoint_if_cancelled()
    poll = select.poll()
    poll.register(fd, select.POLLIN | select.POLLOUT)
    if found := poll.poll(0):
        event = found[0][1]
        # An error or a hang-up reads as readable: libpq finds it when it reads.
        return Ready(bool(event & ~select.POLLOUT) * Ready.R | bool(event & select.POLLOUT) * Ready.W)
    return await _wait_first(fd)


async def _wait_first(fd: int) -> Ready:
    ready = Ready.NONE

    async def wait(side: Ready, wait_side: Callable[[int], Awaitable[None]]) -> None:
        nonlocal ready
        await wait_side(fd)
        ready = Ready(ready | side)
        nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait, Ready.R, trio.lowlevel.wait_readable)
        nursery.start_soon(wait, Ready.W, trio.lowlevel.wait_writable)
    return ready


async def drive(gen: PQGen[RV], fd: int, want: Wait) -> RV:
    """Go on with a generator that has yielded `want`, to its end."""
    try:
        while True:
            want = gen.send(await wait_ready(fd, want))
    except StopIteration as end:
        value: RV = end.value
        return value


async def drive_connecting(gen: PQGenConn[RV]) -> RV:
    """Run a generator that opens a connection: it names the socket each time, because it may take a new one."""
    try:
        fd, want = next(gen)
        while True:
            fd, want = gen.send(await wait_ready(fd, want))
    except StopIteration as end:
        value: RV = end.value
        return value
