"""`lossy sim run --url` and `lossy sim load`: people of stories, and crowds of them, on a server that is there."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from lossy.cli.running import console, fail, run
from lossy.sim.load.schedule import TooFast

if TYPE_CHECKING:
    from collections.abc import Callable


class NotInstalled(Exception):
    """What measures and draws is an extra of ours, and it is not here."""


# Beyond it what a client and a server take for themselves is longer than the story.
FASTEST = 1_000

OF_A_SERVER = frozenset({"link", "speed", "skip"})
OF_VIRTUAL_TIME = frozenset({"seed", "faults", "only_hash", "trace"})

sign_in_option = click.option(
    "--sign-in", "link", help="A one-time sign-in link of an admin, when the server is not this machine's own."
)


def live_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option(
            "--skip", is_flag=True, help="With --url: leave out what cannot be done on a server that is there."
        ),
        click.option(
            "--speed",
            default=1.0,
            show_default=True,
            type=click.FloatRange(1, FASTEST),
            help="With --url: how many times faster people are. The server's own timers are not.",
        ),
        sign_in_option,
        click.option("--url", help="A running server, to play it there in real time."),
    ):
        command = option(command)
    return command


def refuse_mixed(url: str | None) -> None:
    """Raises click.UsageError for an option that makes no difference to where the story is played."""
    context = click.get_current_context()
    for parameter in context.command.params:
        given = context.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
        if given and url is None and parameter.name in OF_A_SERVER:
            raise click.UsageError(f"{parameter.opts[0]} is of a story on a server: --url says which")
        if given and url is not None and parameter.name in OF_VIRTUAL_TIME:
            raise click.UsageError(f"{parameter.opts[0]} is of virtual time, not of a server")


def play_on_server(story: Path, url: str, link: str | None, speed: float, *, skip: bool) -> None:
    from lossy.sim.live.run import Live, play_live

    run(partial(play_live, Live(story, url, link, speed, skip), console))


@click.command()
@click.option("--sessions", default=100, show_default=True, type=click.IntRange(1, 5_000), help="People who speak.")
@click.option(
    "--rate", default=10.0, show_default=True, type=click.FloatRange(0, min_open=True), help="Remarks a second of all."
)
@click.option(
    "--seconds", default=60.0, show_default=True, type=click.FloatRange(1, 86_400), help="For how long they speak."
)
@click.option("--url", help="A running server. Without one, the address in the settings.")
@sign_in_option
@click.option("--within", "within_ms", type=click.FloatRange(min=1), help="Fail where the 95th percentile is more, ms.")
@click.option("--json", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the figures there.")
@click.option("--png", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Draw them there.")
def load(sessions: int, rate: float, seconds: float, **where: Any) -> None:
    """Let many people speak at once on a running server, and see how long their notes take.

    An open loop: a remark is said when it is due, and how long its note takes is counted from then, whether or not the
    server keeps up. Each person is a new user of that server.
    """
    from lossy.sim.load.run import Asked, measure
    from lossy.sim.load.schedule import Load

    for needed in ("hdrh", *(["matplotlib"] if where["png"] else [])):
        if find_spec(needed) is None:
            return fail(NotInstalled(f"{needed} is not installed: pip install 'lossy[sim]'"))
    try:
        asked = Asked(Load(sessions, rate, seconds), **where)
    except TooFast as error:
        return fail(error)
    run(partial(measure, asked, console))
