"""`lossy flags`: who has which capability."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from lossy.cli.flag_desk import Desk, open_desk
from lossy.cli.flag_groups import groups
from lossy.cli.flag_words import USERS, because, brief, gates, history_line, listed
from lossy.cli.running import console, run
from lossy.domain.buckets import BUCKETS
from lossy.domain.capabilities import BUILT, CATALOGUE, Capability
from lossy.domain.flag_change import Change, Kind

if TYPE_CHECKING:
    from lossy.domain.flags import Flag
    from lossy.settings import Settings

Parts = dict[str, Any] | None
LISTED = 50
VALUES = {"on": True, "off": False}

KEY = click.argument("key", type=click.Choice([capability.value for capability in BUILT]))
USER = click.option("--user", help="Only for this user: their address or id.")
GROUP = click.option("--group", help="Only for who is in this group.")


@click.group()
def flags() -> None:
    """Say who has which capability.

    A server that runs meanwhile goes by a change within a second, and so do the clients that are connected to it.
    """


flags.add_command(groups)


@flags.command("list")
def list_flags() -> None:
    """List every flag, and for whom it is on."""
    run(_list)


async def _list(settings: Settings) -> None:
    async with open_desk(settings) as desk:
        rules = await desk.store.read()
    width = max(map(len, CATALOGUE))
    for capability, declared in CATALOGUE.items():
        console.print(f"{capability:<{width}}  {brief(rules.flag(capability))}", soft_wrap=True, markup=False)
        console.print(f"{'':<{width}}  {declared.title}", style="dim", soft_wrap=True, markup=False)


@flags.command()
@KEY
@click.option("--user", help="Say what it is for this user, and why: their address or id.")
def show(key: str, user: str | None) -> None:
    """Show what is set of a flag, in the order in which it is asked."""
    run(partial(_show, key, user))


async def _show(key: str, user: str | None, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        rules = await desk.store.read()
        await _print(desk, rules.flag(key))
        if user is not None:
            evaluation = rules.evaluate(Capability(key), await desk.user(user))
            console.print(f"For {user} it is {because(evaluation)}.", soft_wrap=True, markup=False)


async def _print(desk: Desk, flag: Flag) -> None:
    declared = CATALOGUE[Capability(flag.key)]
    console.print(f"{flag.key} ({declared.letter}): {declared.why}", soft_wrap=True, markup=False)
    for line in gates(flag, listed(await desk.names(flag.actors))):
        console.print(f"  {line}", soft_wrap=True, markup=False)


@flags.command("set")
@KEY
@click.argument("value")
@USER
@GROUP
def set_flag(key: str, value: str, user: str | None, group: str | None) -> None:
    """Set a flag to VALUE: on, off, or a percentage as in 2.5%.

    Without --user and --group it is for everybody. A percentage takes away what is set for everybody, and only ever
    grows by those who are new: who has it at 10% has it at 50%.
    """
    if value in VALUES:
        return _set(key, user, group, VALUES[value])
    if user or group:
        raise click.UsageError("a percentage is of everybody; for a user or a group it is on or off")
    _run(key, {"share": _share(value)})


def _share(value: str) -> int:
    try:
        share = Decimal(value.removesuffix("%").strip()) * BUCKETS / 100
        if share == int(share) and 0 <= share <= BUCKETS:
            return int(share)
    except (InvalidOperation, OverflowError, ValueError):  # no number, infinite, none at all
        pass
    raise click.UsageError(f"{value!r} is not on, off, or a percentage from 0% to 100% in steps of 0.01%")


@flags.command()
@KEY
@USER
@GROUP
@click.option("--everybody", is_flag=True, help="Only what is set for everybody, on, off or a percentage.")
def clear(key: str, user: str | None, group: str | None, everybody: bool) -> None:
    """Take away what is set of a flag: all of it, or one part. A flag that is killed stays so."""
    if everybody and (user or group):
        raise click.UsageError("--everybody goes without --user and --group")
    if everybody:
        return _run(key, {"boolean": None, "share": None})
    if not user and not group:
        return _run(key, None)
    _set(key, user, group, None)


@flags.command()
@KEY
def kill(key: str) -> None:
    """Switch a flag off for everybody at once, whatever is set; that is kept for `revive`."""
    _run(key, {"killed": True})


@flags.command()
@KEY
def revive(key: str) -> None:
    """Take `kill` back: what is set holds again."""
    _run(key, {"killed": False})


@flags.command()
@click.argument("name", required=False)
def history(name: str | None) -> None:
    """Tell who changed what and when: the latest changes of all flags and groups, or of the one with this NAME."""
    run(partial(_history, name))


async def _history(name: str | None, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        recorded = await desk.store.history(None, name, LISTED)
        parts = [part.partition(".")[2] for each in recorded for part in each.differences if part.startswith(USERS)]
        names = await desk.names([*parts, *(str(each.by.user_id) for each in recorded if each.by.user_id)])
    for each in recorded:
        console.print(history_line(each, names), soft_wrap=True, markup=False)
    if not recorded:
        console.print("Nothing was changed.")


# -- changing -----------------------------------------------------------------------------------------------------


def _set(key: str, user: str | None, group: str | None, value: bool | None) -> None:
    if user and group:
        raise click.UsageError("--user and --group are two changes")
    if user:
        return run(partial(_change_for, key, user, value))
    _run(key, {"groups": {group: value}} if group else {"boolean": value})


def _run(key: str, parts: Parts) -> None:
    run(partial(_change, key, parts))


async def _change(key: str, parts: Parts, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        await _make(desk, key, parts)


async def _change_for(key: str, user: str, value: bool | None, settings: Settings) -> None:
    async with open_desk(settings) as desk:
        await _make(desk, key, {"actors": {str(await desk.user(user)): value}})


async def _make(desk: Desk, key: str, parts: Parts) -> None:
    rules = await desk.change(Change(Kind.FLAG, key, parts))
    await _print(desk, rules.flag(key))
