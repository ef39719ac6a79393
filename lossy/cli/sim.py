"""`lossy sim`: a reviewer without a browser, and whole stories of many in virtual time."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from lossy.cli import simulating
from lossy.cli.running import console, fail, run
from lossy.inference.vad import SpeechNotInstalled


@click.group()
def sim() -> None:
    """Be a reviewer without a browser, or play stories of many in virtual time."""


@sim.command()
@click.argument("wav", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--transcript",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What is said, as JSON. Without it the file beside the WAV, FILE.json, if there is one.",
)
@click.option(
    "--stt",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a Whisper model (ctranslate2) that transcribes, instead of a transcript.",
)
@click.option("--url", help="A running server. Without one, the address in the settings.")
@click.option("--sign-in", "link", help="A one-time sign-in link, when the server is not this machine's own.")
@click.option("--own-server", is_flag=True, help="Start a server for this run, on a data folder that goes away.")
@click.option("--fast", is_flag=True, help="As fast as it goes, instead of in the time it takes to say it.")
@click.option("--rate", default="25", show_default=True, help="Frames a second of the video: 25, 23.976, 30000/1001.")
@click.option(
    "--video", help="Address of a page with the video. Without one, each WAV is about a video of its own name."
)
def speak(wav: Path, **options: Any) -> None:
    """Review a video with a recorded voice.

    Listens to WAV as the extension listens to a microphone, sends what it hears to a server over a WebSocket, and
    prints each note as it arrives, with the time from the end of the speech to the note.
    """
    try:
        from lossy.sim.speak import Speech, speak_to
    except SpeechNotInstalled as error:
        return fail(error)
    run(partial(speak_to, Speech(wav=wav, **options), console))


for command in simulating.COMMANDS:
    sim.add_command(command)
