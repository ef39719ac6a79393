"""The commands that run a server, and those that look after one."""

from __future__ import annotations

import gc
import os
import resource
import signal

import click
import trio

from lossy import settings as settings_module
from lossy.app import migrate_pool, open_app, open_database, sign_in_url_beside
from lossy.cli.heap import keep_in_huge_pages
from lossy.cli.running import console, fail, run
from lossy.settings import Settings, SettingsError
from lossy.store.pool import open_pool

# Objects more than at the last look, before the collector looks for cycles again. It finds nothing of a remark, as
# there are none (a test holds that) and what is no cycle goes by itself; but it takes 60 to 120 ms. A note leaves none
# but those of caches until these are full, so it looks once a thousand have joined, and hardly ever again. At Python's
# own 700 it took a quarter of the time of a thousand sessions.
COLLECT_AFTER = 200_000


@click.command()
def serve() -> None:
    """Run the server, with a PostgreSQL of its own unless DATABASE_URL names one.

    Prints where it is and a link that signs you in. Ctrl-C lets sessions finish what they have in hand and stops
    within 5 seconds; a second Ctrl-C stops at once. `lossy settings` lists what can be set.
    """
    run(_serve)


async def _serve(settings: Settings) -> None:
    raise_descriptor_limit()
    spare_the_collector()
    async with trio.open_nursery() as nursery:
        stop = trio.Event()
        await nursery.start(_listen_for_signals, nursery.cancel_scope, stop)
        nursery.start_soon(keep_in_huge_pages)
        async with open_app(settings) as app:
            console.print(f"Lossy is at {app.url}", soft_wrap=True)
            console.print(f"Sign in, once:  {await app.sign_in_url()}", soft_wrap=True)
            console.print("Ctrl-C stops it.")
            await stop.wait()
            console.print("Stopping.")
        nursery.cancel_scope.cancel()


def raise_descriptor_limit() -> None:
    """Each client is a file descriptor, and the usual limit is 1024; what the system allows is ours to take."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def spare_the_collector() -> None:
    """What is loaded by now stays; nobody needs to look through it again. No session is among it yet."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


async def _listen_for_signals(
    everything: trio.CancelScope, stop: trio.Event, *, task_status: trio.TaskStatus[None]
) -> None:
    """The first signal asks, the second cuts. A receiver of our own: `&` in a shell leaves SIGINT ignored."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        async for _ in signals:
            if stop.is_set():
                everything.cancel()
            stop.set()


@click.command("sign-in")
def sign_in() -> None:
    """Print a new one-time sign-in link of the server that runs on this machine."""
    run(_sign_in)


async def _sign_in(settings: Settings) -> None:
    console.print(await sign_in_url_beside(settings, settings.server.url), soft_wrap=True)


@click.command()
def migrate() -> None:
    """Bring the database up to date with this version, and say what was done. `serve` does it by itself."""
    run(_migrate)


async def _migrate(settings: Settings) -> None:
    async with open_database(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
        applied = await migrate_pool(pool)
    for migration in applied:
        console.print(f"applied {migration.name}")
    if not applied:
        console.print("nothing to do")


@click.command("settings")
def list_settings() -> None:
    """List every setting: its variable, value, default, where the value came from, and what it is for."""
    try:
        settings_module.read(os.environ)  # refuses a variable that is none of these
        rows = [*settings_module.listed(os.environ)]
    except SettingsError as error:
        return fail(error)
    for row in rows:
        value = "(hidden)" if row.secret and row.value else row.value
        source = "default" if row.source == "default" else f"from {row.source}, default {row.default!s}"
        click.echo(f"{row.variable}={value}\n    {row.help} ({source})")
