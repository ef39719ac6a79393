"""A program for the tests: runs an embedded server, says its process id, and stays until it is killed."""

import sys
from pathlib import Path

import trio

from lossy.store.embedded import open_postgres


async def main(data: Path) -> None:
    async with open_postgres(data) as server:
        print(server.pid, flush=True)
        await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
