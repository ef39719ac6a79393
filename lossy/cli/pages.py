"""`lossy charts docs`: a page and a picture of each chart, in docs/statecharts."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from lossy.charts.draw.scene import Scene
from lossy.charts.draw.svg import svg
from lossy.charts.model import Chart, ChartError
from lossy.charts.page import COMMAND, Facts, page
from lossy.charts.page_seal import is_sealed, sealed
from lossy.cli.running import fail
from lossy.layout import lay_out
from lossy.resources import folder
from lossy.sessions.catalog import load_all
from lossy.sessions.facts import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What decides how a picture looks, besides its chart.
DRAWING = ("lossy/charts/draw/*.py", "tools/draw/*.mjs", "tools/draw/package-lock.json")


GOOD = "docs/statecharts is up to date."


@frozen
class Doc:
    """A chart's page and picture: the page as it has to be, and the digest that the picture has to carry."""

    chart: Chart
    facts: Facts
    digest: str
    page_path: Path
    svg_path: Path

    @property
    def page(self) -> str:
        return page(self.chart, self.facts, self.digest)

    @property
    def is_page_old(self) -> bool:
        return _read(self.page_path) != self.page

    @property
    def is_picture_old(self) -> bool:
        text = _read(self.svg_path)
        return f'data-digest="{self.digest}"' not in text or not is_sealed(text)


@click.command("docs")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when a page or a picture is older than its chart.")
@click.pass_context
def write_docs(context: click.Context, check: bool) -> None:
    """Write docs/statecharts: a page of each chart, and a picture where the one there is older than its chart.

    Pictures need Node and `npm ci` in tools/draw, pages and --check do not.
    """
    try:
        root = folder("statecharts").parent
        if not check:
            return _write([*docs(root)])
        old = [*outdated(root)]
    except (ChartError, OSError) as error:
        return fail(error)
    for path in old:
        click.echo(f"{path.relative_to(root)} is older than its chart or than what writes it: run `{COMMAND}`")
    if not old:
        click.echo(GOOD)
    context.exit(int(bool(old)))


def docs(root: Path) -> Iterator[Doc]:
    """One for each chart in `root`, a checkout. Raises ChartError when one does not load."""
    drawing = _digest(*(path.read_bytes() for pattern in DRAWING for path in sorted(root.glob(pattern))))
    pages = root / "docs" / "statecharts"
    for name, chart in load_all(root / "statecharts").items():
        about = facts(chart)
        parts = [(root / "statecharts" / f"{name}.yaml").read_bytes(), json.dumps(about.delays).encode()]
        digest = _digest(*parts, drawing.encode())
        yield Doc(chart, about, digest, pages / f"{name}.md", pages / f"{name}.svg")


def outdated(root: Path) -> Iterator[Path]:
    """Pages and pictures that are not those of today's charts, or of no chart at all."""
    known = {root / "docs" / "statecharts" / "README.md"}
    for doc in docs(root):
        known |= {doc.page_path, doc.svg_path}
        yield from [doc.page_path] if doc.is_page_old else []
        yield from [doc.svg_path] if doc.is_picture_old else []
    yield from sorted({*(root / "docs" / "statecharts").iterdir()} - known)


def _write(every: Sequence[Doc]) -> None:
    old = [doc for doc in every if doc.is_picture_old]
    scenes = [Scene(doc.chart, doc.facts.delays, {}) for doc in old]
    for doc, scene, places in zip(old, scenes, lay_out(scenes) if old else [], strict=True):
        _replace(doc.svg_path, sealed(svg(scene, places, doc.digest)))
    pages = [doc for doc in every if doc.is_page_old]
    for doc in pages:
        _replace(doc.page_path, doc.page)
    if not old and not pages:
        click.echo(GOOD)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    click.echo(path)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _digest(*parts: bytes) -> str:
    """Short, since it guards against forgetting and not against forgery."""
    whole = sha256()
    for part in parts:
        whole.update(sha256(part).digest())
    return whole.hexdigest()[:16]
