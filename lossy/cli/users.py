"""`lossy users`: who may come in, in which role, and where they are signed in. It works beside a running server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click
from rich.text import Text

from lossy.app import open_database_beside
from lossy.cli.running import console, run
from lossy.cli.why_page import DIM
from lossy.clock import Clock
from lossy.domain.accounts import UserRole, read_email
from lossy.store.devices import Devices
from lossy.store.invitations import Invitations
from lossy.store.people import NoSuchPerson, People, PeopleError
from lossy.store.pool import open_pool
from lossy.web.inviting import invite as make_invitation
from lossy.web.inviting import offer_reset
from lossy.web.pages import moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from lossy.settings import Settings
    from lossy.store.people import Person
    from lossy.store.pool import Pool
    from lossy.web.inviting import Link

ROLES = click.Choice([role.value for role in UserRole])
# The first characters of a device's id that are enough, as elsewhere.
SHORT_ID = 8


@click.group()
def users() -> None:
    """Let people in and out: invite them, change their roles and passwords, sign their devices out.

    It works on the database of the server that runs on this machine, or the one that DATABASE_URL names. A server
    that runs lets go of whoever is out within a second.
    """


def _on_database(job: Callable[[Pool, Settings], Awaitable[None]]) -> None:
    async def open_and_do(settings: Settings) -> None:
        async with open_database_beside(settings.database) as conninfo, open_pool(conninfo, size=1) as pool:
            await job(pool, settings)

    run(open_and_do)


@users.command("list")
def list_users() -> None:
    """List everybody who has an account, and who was invited and has not come yet."""
    _on_database(_list)


async def _list(pool: Pool, _: Settings) -> None:
    for person in await People(pool).everybody():
        about = [
            person.role.value,
            *([] if person.active else ["deactivated"]),
            *([] if person.has_password else ["no password yet"]),
            f"last seen {moment(person.seen_at)}" if person.seen_at else "never seen",
        ]
        _line(person.email, ", ".join(about))
    for invitation in await Invitations(pool).pending():
        _line(invitation.email, f"invited as {invitation.role.value}, until {moment(invitation.expires_at)}")


@users.command()
@click.argument("email")
@click.option("--role", type=ROLES, default=UserRole.USER.value, show_default=True, help="What they will be.")
def invite(email: str, role: str) -> None:
    """Print a link with which the person at EMAIL makes an account. It works once.

    One that was made here for the same address before is void. Nothing is sent: hand the link on yourself.
    """
    _on_database(partial(_invite, email, UserRole(role)))


async def _invite(email: str, role: UserRole, pool: Pool, settings: Settings) -> None:
    address = read_email(email)
    if await People(pool).find(address) is not None:
        raise PeopleError(f"{address} has an account already; `lossy users reset` lets them in again")
    _show(
        await make_invitation(Invitations(pool), address, role, None, settings.accounts.invitation_life, Clock()),
        settings,
    )


@users.command()
@click.argument("email")
def reset(email: str) -> None:
    """Print a link with which the person at EMAIL chooses another password. It works once, and signs them out."""
    _on_database(partial(_reset, email))


async def _reset(email: str, pool: Pool, settings: Settings) -> None:
    people = People(pool)
    person = await _find(people, email)
    if not person.active:
        raise PeopleError(f"{person.email} is deactivated; `lossy users activate` comes first")
    _show(await offer_reset(people, person.id, settings.accounts.reset_life, Clock()), settings)


@users.command()
@click.argument("email")
@click.argument("role", type=ROLES)
def role(email: str, role: str) -> None:
    """Make the person at EMAIL an admin, or a user like others."""
    _on_database(partial(_change, email, partial(_change_role, UserRole(role)), f"is {role} now"))


async def _change_role(role: UserRole, people: People, id: UUID) -> None:
    await people.change_role(id, role)


@users.command()
@click.argument("email")
def deactivate(email: str) -> None:
    """Sign the person at EMAIL out everywhere and let them in no more. What they made stays."""
    _on_database(partial(_change, email, People.deactivate, "is out, and stays out"))


@users.command()
@click.argument("email")
def activate(email: str) -> None:
    """Let the person at EMAIL in again."""
    _on_database(partial(_change, email, People.activate, "may come in again"))


async def _change(
    email: str, change: Callable[[People, UUID], Awaitable[object]], done: str, pool: Pool, _: Settings
) -> None:
    people = People(pool)
    person = await _find(people, email)
    await change(people, person.id)
    console.print(f"{person.email} {done}.", soft_wrap=True)


@users.command()
@click.argument("email")
def devices(email: str) -> None:
    """List the browsers and devices in which the person at EMAIL is signed in."""
    _on_database(partial(_devices, email))


async def _devices(email: str, pool: Pool, _: Settings) -> None:
    person, devices = await _find(People(pool), email), Devices(pool)
    for device in await devices.of(person.id):
        _line(f"{device.id}", f"{device.name}, last seen {moment(device.seen_at)}")
    for browser in await devices.browsers(person.id):
        _line(f"{browser.id}", f"{browser.name}, a browser, last seen {moment(browser.seen_at)}")


@users.command()
@click.argument("email")
@click.argument("id", required=False)
@click.option("--everywhere", is_flag=True, help="Sign them out everywhere; they may sign in again.")
def revoke(email: str, id: str | None, everywhere: bool) -> None:
    """Sign out a device or a browser of the person at EMAIL.

    ID is one of `lossy users devices`, or its first 8 characters or more. A device is out for good; a browser may sign
    in again.
    """
    if everywhere == (id is not None):
        raise click.UsageError("say which device or browser it is, or --everywhere")
    _on_database(partial(_revoke, email, id))


async def _revoke(email: str, id: str | None, pool: Pool, _: Settings) -> None:
    person, devices = await _find(People(pool), email), Devices(pool)
    if id is None:
        await devices.sign_out_everywhere(person.id)
        return console.print(f"{person.email} is signed out everywhere.", soft_wrap=True)
    theirs = [device.id for device in await devices.of(person.id)]
    browsers = [browser.id for browser in await devices.browsers(person.id)]
    found = [known for known in (*theirs, *browsers) if _is_short_for(id, known)]
    if len(found) != 1:
        raise PeopleError(f"{len(found)} devices and browsers of {person.email} have an id that begins with {id}")
    await (devices.revoke(found[0], person.id) if found[0] in theirs else devices.sign_out(found[0], person.id))
    console.print(f"{found[0]} is out.", soft_wrap=True)


def _is_short_for(id: str, known: UUID) -> bool:
    digits = id.replace("-", "").lower()
    return len(digits) >= SHORT_ID and known.hex.startswith(digits)


async def _find(people: People, email: str) -> Person:
    """Raises NoSuchPerson, Unacceptable."""
    person = await people.find(read_email(email))
    if person is None:
        raise NoSuchPerson(f"nobody has an account with {email}; `lossy users list` lists them all")
    return person


def _show(link: Link, settings: Settings) -> None:
    server = settings.server
    console.print(f"{(server.public_url or server.url).rstrip('/')}{link.path}", soft_wrap=True)
    console.print(Text(f"It works once, until {moment(link.expires_at)}.", DIM), soft_wrap=True)


def _line(what: str, about: str) -> None:
    console.print(Text.assemble(what, "  ", (about, DIM)), soft_wrap=True)
