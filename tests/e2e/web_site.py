"""The web app as people have it: `lossy serve` in a process of its own, a film that was reviewed, and Chromium."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio
from attrs import define, field

from lossy.store.pool import open_pool
from tests.e2e.demo import PASSWORD, Demo, make_demo, new_film, somebody_new
from tests.e2e.lossy_process import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from playwright.sync_api import BrowserContext, Page

CHEAP = {"LOSSY_ACCOUNTS_HASH_MEMORY_KIB": "32", "LOSSY_ACCOUNTS_HASH_PASSES": "1", "LOSSY_SERVER_LIMIT_SCALE": "100"}


@define(eq=False)
class Site:
    """The server can be stopped and started again at the same address."""

    url: str
    conninfo: str
    demo: Demo
    folder: Path
    _server: subprocess.Popen[str]
    cookies: dict[str, list[Any]] = field(factory=dict)  # of those who have signed in, by their names

    def new_film(self) -> UUID:
        """One that was reviewed, for a test that changes it."""
        return trio.run(_new_film, self.conninfo, self.demo.people)

    def link_for_somebody_new(self) -> str:
        return self.url + trio.run(_somebody_new, self.conninfo)

    def stop(self) -> None:
        self._server.kill()
        self._server.wait()
        if self._server.stdout is not None:
            self._server.stdout.close()

    def start(self) -> None:
        self._server, _ = _serve(self.conninfo, self.folder, self.url.rpartition(":")[2])


@contextmanager
def open_site(conninfo: str, folder: Path) -> Iterator[Site]:
    demo = trio.run(_demo, conninfo)
    server, url = _serve(conninfo, folder, "0")
    site = Site(url, conninfo, demo, folder, server)
    try:
        yield site
    finally:
        site.stop()


async def _demo(conninfo: str) -> Demo:
    async with open_pool(conninfo, size=1) as pool:
        return await make_demo(pool)


async def _somebody_new(conninfo: str) -> str:
    async with open_pool(conninfo, size=1) as pool:
        return await somebody_new(pool)


async def _new_film(conninfo: str, people: Mapping[str, UUID]) -> UUID:
    async with open_pool(conninfo, size=1) as pool:
        return await new_film(pool, people)


def _serve(conninfo: str, folder: Path, port: str) -> tuple[subprocess.Popen[str], str]:
    """The process, and where it is."""
    env = environment(folder, DATABASE_URL=conninfo, **CHEAP) | {"LOSSY_SERVER_PORT": port}
    server = subprocess.Popen(
        [sys.executable, "-m", "lossy", "serve"], env=env, cwd="/", text=True, stdout=subprocess.PIPE
    )
    assert server.stdout is not None, "opened with a pipe"
    printed = ""
    for line in server.stdout:
        printed += line
        if "Ctrl-C" in line:
            return server, printed.splitlines()[0].split()[-1]
    raise AssertionError(f"it did not start: {printed}")


def sign_in(site: Site, context: BrowserContext, name: str) -> Page:
    """A page of that person's, at the first one of the app. Their first sign-in is by its form; nobody makes none."""
    page = context.new_page()
    page.set_default_timeout(5_000)
    if name == "nobody":
        return page
    if name in site.cookies:
        context.add_cookies(site.cookies[name])
        page.goto(f"{site.url}/")
        return page
    page.goto(f"{site.url}/sign-in")
    page.get_by_label("Email").fill(f"{name}@studio.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")
    site.cookies[name] = context.cookies()
    return page
