"""`lossy sim run --url` and `lossy sim load`: people of stories, and crowds of them, on a server that is there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from lossy.cli.running import console, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Beyond it what a client and a server take for themselves is longer than the story.
FASTEST = 1_000

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


def play_on_server(story: Path, url: str, link: str | None, speed: float, *, skip: bool) -> None:
    from lossy.sim.live.run import Live, play_live

    run(partial(play_live, Live(story, url, link, speed, skip), console))
