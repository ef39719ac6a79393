"""`lossy flags groups`: named lists of users, and the defaults of those that are cohorts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
import orjson

from lossy.cli.flag_desk import FlagMistake, open_desk
from lossy.cli.flag_words import group_line
from lossy.cli.running import console, run
from lossy.domain.flag_change import Change, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lossy.settings import Settings

NAME = click.argument("name")
USERS = click.argument("users", nargs=-1, required=True)


@click.group(invoke_without_command=True)
@click.pass_context
def groups(context: click.Context) -> None:
    """List the groups of users, or change one: a flag may be set for a group.

    A group that has defaults is a cohort: they are the settings of its members who have chosen nothing else.
    """
    if context.invoked_subcommand is None:
        run(_list)


async def _list(settings: Settings) -> None:
    async with open_desk(settings) as desk:
        rules = await desk.store.read()
    for name, group in sorted(rules.groups.items()):
        console.print(group_line(name, group), soft_wrap=True, markup=False)
    if not rules.groups:
        console.print("There is no group yet; `lossy flags groups add NAME USER` makes one.")


@groups.command()
@NAME
def show(name: str) -> None:
    """Show who is in a group."""
    run(partial(_show, name))


async def _show(name: str, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        group = (await desk.store.read()).groups.get(name)
        if group is None:
            raise FlagMistake(f"there is no group {name}")
        emails = await desk.users.emails(group.members)
    console.print(group_line(name, group), soft_wrap=True, markup=False)
    for email in sorted(emails.values()):
        console.print(f"  {email}", soft_wrap=True, markup=False)


@groups.command()
@NAME
@USERS
def add(name: str, users: tuple[str, ...]) -> None:
    """Put USERS, by address or id, into a group; it is made where it is not there."""
    run(partial(_members, name, users, True))


@groups.command()
@NAME
@USERS
def remove(name: str, users: tuple[str, ...]) -> None:
    """Take USERS out of a group."""
    run(partial(_members, name, users, None))


async def _members(name: str, users: Sequence[str], value: bool | None, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        ids = [await desk.user(user) for user in users]
        change = Change(Kind.GROUP, name, {"members": {str(id): value for id in ids}})
        rules = await desk.change(change)
    console.print(group_line(name, rules.groups[name]), soft_wrap=True, markup=False)


@groups.command()
@NAME
@click.argument("settings", nargs=-1, required=True, metavar="SETTING=VALUE...")
def defaults(name: str, settings: tuple[str, ...]) -> None:
    """Make a group a cohort: what its members have who chose nothing else.

    A VALUE is JSON, as in auto_post=true, min_confidence=0.5 or self_firming='["audio"]'; null takes a default away.
    docs/reference/user-settings.md lists the settings.
    """
    run(partial(_defaults, name, dict(map(_setting, settings))))


def _setting(given: str) -> tuple[str, Any]:
    name, _, value = given.partition("=")
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        raise click.UsageError(f"{given!r} is not SETTING=VALUE, with a VALUE in JSON") from None


async def _defaults(name: str, given: dict[str, Any], settings: Settings) -> None:
    async with open_desk(settings) as desk:
        rules = await desk.change(Change(Kind.GROUP, name, {"defaults": given}))
    console.print(group_line(name, rules.groups[name]), soft_wrap=True, markup=False)


@groups.command()
@NAME
def drop(name: str) -> None:
    """Take a group away, with its defaults. One that a flag is set for stays, until that is cleared."""
    run(partial(_drop, name))


async def _drop(name: str, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        await desk.change(Change(Kind.GROUP, name, None))
    console.print(f"There is no group {name} any more.", markup=False)
