"""`lossy charts mutate` breaks the charts of a checkout, with the tests of that checkout."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from lossy.cli.running import fail
from lossy.resources import folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class NoCheckout(RuntimeError):
    """This is no tree that the charts are developed in; the message says what is missing."""


def mutate(arguments: Sequence[str]) -> int:
    """Runs it in a process of its own, which imports the tests; its exit status. Raises NoCheckout."""
    root = checkout(folder("statecharts").parent)
    return subprocess.run([sys.executable, "-m", "tools.mutation", *arguments], cwd=root, check=False).returncode


def checkout(root: Path) -> Path:
    missing = [f"{name}/" for name in ("tests", "tools/mutation") if not (root / name).is_dir()]
    missing += [name for name in ("pytest", "hypothesis") if find_spec(name) is None]
    if missing:
        raise NoCheckout(
            f"`lossy charts mutate` runs the tests of a checkout with its development packages; {root} lacks "
            f"{', '.join(missing)}"
        )
    return root


@click.command("mutate", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[NAME]... [OPTIONS]")
@click.pass_context
def mutate_charts(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Break the charts NAME, or all, one place at a time, and see whether the tests notice.

    \b
    --quick     a fixed sample of every change of every chart, less than a minute
    --only ID   one mutant, as the list of survivors names it, and who notices it
    --json      print JSON: score, charts, survivors
    --jobs N    how many mutants at a time; 2 unless said otherwise
    """
    try:
        context.exit(mutate(arguments))
    except NoCheckout as error:
        fail(error)
