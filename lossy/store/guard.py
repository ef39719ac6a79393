"""The end of an embedded server: stopped by us, or by a guard process when we are killed."""

import signal
import subprocess
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import attrs
import psutil
import trio

# Fast shutdown, then immediate, which lets the server kill its own processes after 5 s, then what nothing survives.
_STOP = ((signal.SIGINT, 3.0), (signal.SIGQUIT, 6.0), (signal.SIGKILL, 1.0))
# Reads the server's process id, then waits for the end of the pipe: our death, also by kill -9. It ends when the
# server has removed its pid file, because where nobody reaps orphans the process itself stays as a zombie.
_GUARD = """
pid_file=$1
read server && read end_of_pipe
[ -n "$server" ] || exit
ended() {
    [ ! -e "$pid_file" ] || ! kill -0 "$server" 2>/dev/null
}
stop_by() {
    kill -"$1" "$server" 2>/dev/null
    for _ in $(seq "$2"); do
        ended && exit
        sleep 0.05
    done
}
stop_by INT 60
stop_by QUIT 120
"""


@attrs.frozen
class Server:
    process: psutil.Process  # it sends no signal to a process that was given an old number
    wait: Callable[[], Awaitable[object]]  # until it has ended


@asynccontextmanager
async def open_guard(data: Path, lock: int) -> AsyncGenerator[trio.abc.SendStream]:
    """A process that stops the server when we die; it waits for the server's number on the stream.

    It is killed, not told: at the end of the pipe it would signal a number that may belong to another by then.
    """
    command = ["sh", "-c", _GUARD, "lossy-guard", str(data / "postmaster.pid")]
    guard = await trio.lowlevel.open_process(command, stdin=subprocess.PIPE, pass_fds=[lock], start_new_session=True)
    assert guard.stdin is not None
    try:
        yield guard.stdin
    finally:
        with trio.CancelScope(shield=True):
            guard.kill()
            await guard.wait()
            await guard.stdin.aclose()


async def stop(server: Server) -> None:
    with trio.CancelScope(shield=True):
        for number, seconds in _STOP:
            with suppress(psutil.NoSuchProcess):
                server.process.send_signal(number)
            with trio.move_on_after(seconds):
                await server.wait()
                return
