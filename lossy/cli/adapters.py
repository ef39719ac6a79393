"""`lossy adapters`: which video an address shows, and the file that tells the extension."""

from __future__ import annotations

import json
from pathlib import Path

import click

from lossy.domain.platforms.detect import detect
from lossy.domain.platforms.export import as_text, manifest
from lossy.resources import folder

USUAL = folder("extension") / "generated" / "platform_adapters.json"


@click.group()
def adapters() -> None:
    """Tell which video an address shows, on YouTube, Vimeo, Frame.io, Iconik or any other page."""


@adapters.command("detect")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
def detect_urls(urls: tuple[str, ...]) -> None:
    """Say what each address shows."""
    for url in urls:
        detected = detect(url)
        if detected is None:
            click.echo(f"{url}\n  no address of the web")
        else:
            click.echo(f"{url}\n  {detected.platform} {detected.kind}  {detected.canonical_id}\n  {detected.url}")


@adapters.command("write")
@click.option("--to", "path", type=click.Path(path_type=Path, dir_okay=False), default=USUAL, help="Another file.")
@click.option("--force", is_flag=True, help="Change a version: only for one that no extension was built with.")
def write_manifest(path: Path, force: bool) -> None:
    """Write extension/generated/platform_adapters.json anew.

    What is there already under the same version is left as it is, and refused when the adapters are others by now:
    an extension knows them by that number. Raise VERSION in lossy/domain/platforms/catalog.py then.
    """
    today = manifest()
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else today
    same_version = (before["format"], before["version"]) == (today["format"], today["version"])
    if before["hash"] != today["hash"] and same_version and not force:
        raise click.ClickException(f"the adapters are not those of version {today['version']} any more: raise VERSION")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text(today), encoding="utf-8")
    click.echo(f"{path.name}: version {today['version']}, {today['hash'][:12]}")
