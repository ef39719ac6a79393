"""The commands."""

from __future__ import annotations

import click

from lossy.cli import adapters, charts, flags, notes, server, sim, users, why


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="lossy")
def main() -> None:
    """Lossy: review a video by talking. Each remark becomes a note at the frame you saw.

    \b
    Start here:  lossy serve
    Then, in another terminal:  lossy sim speak lossy/sim/voices/first_cut.wav
    """


for command in (
    server.serve,
    server.sign_in,
    server.migrate,
    server.list_settings,
    charts.charts,
    flags.flags,
    adapters.adapters,
    sim.sim,
    notes.notes,
    users.users,
    why.why,
):
    main.add_command(command)
