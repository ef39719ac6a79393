"""The rows of flags and groups, to and from their values."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from lossy.domain.flag_rules import Group, Rules, default_of
from lossy.domain.flags import Flag
from lossy.domain.user_settings import still_fit

if TYPE_CHECKING:
    from lossy.store.connection import Connection


async def read_rules(connection: Connection[Any], version: int) -> Rules:
    return Rules(version, await _flags(connection), await _groups(connection))


async def _flags(connection: Connection[Any]) -> dict[str, Flag]:
    actors = await _gates(connection, "SELECT flag, user_id::text, value FROM flag_actors")
    groups = await _gates(connection, "SELECT flag, name, value FROM flag_groups")
    cursor = await connection.execute("SELECT key, version, killed, everyone, share FROM flags")
    return {
        key: Flag(
            key,
            default_of(key),
            killed=killed,
            actors=actors[key],
            groups=groups[key],
            boolean=everyone,
            share=share,
            version=version,
        )
        for key, version, killed, everyone, share in await cursor.fetchall()
    }


async def _gates(connection: Connection[Any], query: str) -> defaultdict[str, dict[str, bool]]:
    gates = defaultdict[str, dict[str, bool]](dict)
    for flag, name, value in await (await connection.execute(query)).fetchall():
        gates[flag][name] = value
    return gates


async def _groups(connection: Connection[Any]) -> dict[str, Group]:
    cursor = await connection.execute(
        "SELECT name, version, defaults, array(SELECT user_id FROM user_group_members AS m WHERE m.name = g.name)"
        " FROM user_groups AS g"
    )
    rows = await cursor.fetchall()
    return {name: Group(frozenset(ids), still_fit(defaults), version) for name, version, defaults, ids in rows}


async def write_flag(connection: Connection[Any], flag: Flag) -> None:
    """Its gates are written anew: there are few."""
    await connection.execute(
        "INSERT INTO flags (key, version, killed, everyone, share) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (key)"
        " DO UPDATE SET version = excluded.version, killed = excluded.killed, everyone = excluded.everyone,"
        " share = excluded.share",
        (flag.key, flag.version, flag.killed, flag.boolean, flag.share),
    )
    await connection.execute("DELETE FROM flag_actors WHERE flag = %s", (flag.key,))
    await connection.execute("DELETE FROM flag_groups WHERE flag = %s", (flag.key,))
    await connection.execute(
        "INSERT INTO flag_actors SELECT %s, unnest(%s::uuid[]), unnest(%s::boolean[])",
        (flag.key, [*flag.actors.keys()], [*flag.actors.values()]),
    )
    await connection.execute(
        "INSERT INTO flag_groups SELECT %s, unnest(%s::text[]), unnest(%s::boolean[])",
        (flag.key, [*flag.groups.keys()], [*flag.groups.values()]),
    )


async def write_group(connection: Connection[Any], name: str, group: Group | None) -> None:
    """As `write_flag`; None takes it away."""
    if group is None:
        await connection.execute("DELETE FROM user_groups WHERE name = %s", (name,))
        return
    await connection.execute(
        "INSERT INTO user_groups (name, version, defaults) VALUES (%s, %s, %s) ON CONFLICT (name)"
        " DO UPDATE SET version = excluded.version, defaults = excluded.defaults",
        (name, group.version, Jsonb(group.defaults)),
    )
    await connection.execute("DELETE FROM user_group_members WHERE name = %s", (name,))
    await connection.execute("INSERT INTO user_group_members SELECT %s, unnest(%s::uuid[])", (name, [*group.members]))
