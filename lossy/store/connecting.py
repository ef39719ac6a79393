"""Opening a connection: names are resolved, and hosts are tried in turn."""

from collections.abc import Callable
from typing import TypeVar

import psycopg
import trio
from psycopg.abc import ConnDict, PQGenConn
from psycopg.conninfo import conninfo_attempts, make_conninfo, timeout_from_conninfo
from psycopg.errors import ConnectionTimeout

from lossy.store.waiting import drive_connecting

T = TypeVar("T")


async def connect_first(start: Callable[[str], PQGenConn[T]], params: ConnDict) -> T:
    """Connect to the first host that answers; `start` is given the conninfo of one address.

    The name servers and each address have `connect_timeout` seconds. Raises psycopg.OperationalError with what
    each address said.
    """
    timeout = timeout_from_conninfo(params)
    failures: list[psycopg.Error] = []
    for attempt in await _resolve(params, timeout):
        try:
            with trio.fail_after(timeout):
                return await drive_connecting(start(make_conninfo("", **attempt)))
        except trio.TooSlowError:
            host = attempt.get("host") or attempt.get("hostaddr")
            failures.append(ConnectionTimeout(f"{host} did not answer within {timeout} s"))
        except psycopg.Error as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    raise psycopg.OperationalError("; ".join(str(failure).strip() for failure in failures)) from failures[-1]


async def _resolve(params: ConnDict, timeout: float) -> list[ConnDict]:
    """One set of parameters for each address, in the order in which to try them. Never empty."""
    try:
        with trio.fail_after(timeout):
            # A thread that still waits for a name server is left behind.
            return await trio.to_thread.run_sync(conninfo_attempts, params, abandon_on_cancel=True)
    except trio.TooSlowError:
        raise ConnectionTimeout(f"{params.get('host')} was not resolved within {timeout} s") from None
