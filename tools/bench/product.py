"""The whole product as one side of `channels.py`: a server with its database, users, devices, tokens and videos.

Run as `python -m tools.bench.product FOLDER USERS`: it writes what the clients are to send into FOLDER, a file for each
kind of them, prints its port, and ends with its input. A byte that is written to `shout` in FOLDER publishes a note.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import click
import orjson
import trio

from lossy.app import App, open_app
from lossy.cli.running import configure_logs
from lossy.cli.server import raise_descriptor_limit, spare_the_collector
from lossy.settings import Settings
from lossy.web.auth import Identity, make_token
from tools.bench.crowd import ids_of, joining

# Nobody may do as much as a benchmark; the limits are looked at all the same.
LIMIT_SCALE = 1e6
TOKEN_MINUTES = 60
FILLING = {"text": "The logo is too dark."}


async def sign_up(app: App, users: int) -> None:
    """Each with a device."""
    every = [ids_of(number) for number in range(users)]
    ids, devices = [user for _, user, _, _ in every], [device for *_, device in every]
    async with app.node.pool.lend() as connection:
        await connection.execute(
            "INSERT INTO users (id, email, role) SELECT id, id::text, 'user' FROM unnest(%s::uuid[]) AS id", (ids,)
        )
        await connection.execute(
            "INSERT INTO devices (id, user_id) SELECT * FROM unnest(%s::uuid[], %s::uuid[])", (devices, ids)
        )


async def show_videos(app: App, reviewers: int) -> None:
    """One to each."""
    every = [ids_of(number) for number in range(reviewers)]
    async with app.node.pool.lend() as connection:
        await connection.execute(
            "INSERT INTO videos (id, owner_id, url, title, rate_num, rate_den)"
            " SELECT id, owner, 'https://example.com/' || id, 'A cut', 24000, 1001"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS video (id, owner)",
            ([video for _, _, video, _ in every], [user for _, user, _, _ in every]),
        )


def target(app: App, number: int) -> str:
    _, user, _, device = ids_of(number)
    token, _ = make_token(app.node, Identity(user, device))
    return f"/socket/websocket?token={token}&vsn=2.0.0"


def reviewing(app: App, number: int) -> Iterator[str]:
    """In a session of their own, on the topic with the event that is answered at once."""
    session, _, _, device = ids_of(number)
    join = joining(number, app.node.clock.now_ms())
    yield from (f"voice:{session}", orjson.dumps(join).decode())
    yield from (f"audio:{session}", orjson.dumps({"device_id": str(device), "tab_id": join["tab_id"]}).decode())


def at_home(app: App, number: int) -> Iterator[str]:
    """On the topic of their own that a client joins first and leaves last."""
    yield from (f"user:{ids_of(number)[1]}", "{}")


def write(path: Path, lines: Iterator[list[str]]) -> None:
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


async def prepare(app: App, folder: Path, users: int, reviewers: int) -> str:
    """The topic that is published to."""
    await sign_up(app, users)
    await show_videos(app, reviewers)
    watched = f"notes:video:{ids_of(0)[2]}"
    write(folder / "replies", ([target(app, n), *reviewing(app, n)] for n in range(reviewers)))
    write(folder / "fanout", ([target(app, 0), watched, "{}"] for _ in range(reviewers)))
    for kind in ("joins", "hold"):
        write(folder / kind, ([target(app, n), *at_home(app, n)] for n in range(users)))
    return watched


async def publish(app: App, topic: str, shout: Path) -> None:
    async with trio.lowlevel.FdStream(os.open(shout, os.O_RDWR | os.O_NONBLOCK)) as asked:
        async for some in asked:
            for _ in some:
                app.node.bus.publish(topic, "note_created", FILLING)


async def serve(folder: Path, users: int, reviewers: int) -> None:
    settings = Settings().alone(folder / "data")
    server = attrs.evolve(settings.server, limit_scale=LIMIT_SCALE, token_minutes=TOKEN_MINUTES)
    async with open_app(attrs.evolve(settings, server=server)) as app, trio.open_nursery() as nursery:
        topic = await prepare(app, folder, users, reviewers)
        spare_the_collector()
        os.mkfifo(folder / "shout")
        nursery.start_soon(publish, app, topic, folder / "shout")
        print(app.url.rpartition(":")[2], flush=True)
        await trio.lowlevel.wait_readable(sys.stdin)
        nursery.cancel_scope.cancel()


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("users", type=int)
@click.argument("reviewers", type=int)
def main(folder: Path, users: int, reviewers: int) -> None:
    configure_logs()
    raise_descriptor_limit()
    trio.run(serve, folder, users, reviewers)


if __name__ == "__main__":
    main()
