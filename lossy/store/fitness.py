"""Whether a connection is fit to be lent to the next borrower."""

import select
from typing import Any

from psycopg import pq

from lossy.store.connection import Connection


def has_input(conn: Connection[Any]) -> bool:
    """Whether an idle connection has something to read.

    Nobody asked it anything. It is the server's farewell, or news of its settings: both want a new connection.
    """
    poll = select.poll()
    poll.register(conn.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def find_fault(conn: Connection[Any]) -> str | None:
    """What would surprise the next borrower. The status alone looks idle with one of psycopg's blocks still open."""
    if conn.pgconn.transaction_status != pq.TransactionStatus.IDLE:
        return f"in status {pq.TransactionStatus(conn.pgconn.transaction_status).name}"
    if conn._num_transactions:
        return "inside a transaction block"
    if conn._pipeline or conn.pgconn.pipeline_status != pq.PipelineStatus.OFF:
        return "inside a pipeline"
    return None
