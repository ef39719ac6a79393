"""`lossy adapters`: which video an address shows, and what tells the extension."""

from __future__ import annotations

import click

from lossy.domain.platforms.detect import detect
from lossy.domain.platforms.export import as_text, manifest


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


@adapters.command("export")
def export_manifest() -> None:
    """Print platform_adapters.json as this version has it."""
    click.echo(as_text(manifest()), nl=False)
