"""Every topic and every event of the table, asked by whom it does not concern. On the real server.

A topic or an id that is new to these tables fails here until it is said whose it is.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID, uuid4

import pytest
import trio
from attrs import define, field, frozen

from lossy.channels import topics
from lossy.channels.document import document
from lossy.channels.events import TABLES, ClientEvent, TopicTable
from lossy.domain.access import Role, may
from lossy.sim.client import Client, Disconnected, Refused, connect
from lossy.web.auth import Identity, make_token
from lossy.web.sockets import Answer, Join, Route
from tests.notes import make_note, make_video, save
from tests.web.peers import DEVICE, open_peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from lossy.app import App
    from lossy.channels.topics import Topic

SCHEMAS = document()["$defs"]


@frozen
class Person:
    """Somebody with a device, a video, a session on it and a note in that."""

    user: UUID
    token: str = field(repr=False)
    device: UUID = field(factory=uuid4)
    video: UUID = field(factory=uuid4)
    session: UUID = field(factory=uuid4)
    note: UUID = field(factory=uuid4)


# Whose a topic is. Those of admins are told apart from nothing, those without an id are everybody's.
TOPIC_OF: Mapping[type, Callable[[Person], Topic]] = {
    topics.Voice: lambda person: topics.Voice(person.session),
    topics.Audio: lambda person: topics.Audio(person.session),
    topics.VideoMeta: lambda person: topics.VideoMeta(),
    topics.VideoNotes: lambda person: topics.VideoNotes(person.video),
    topics.UserNotes: lambda person: topics.UserNotes(person.user),
    topics.User: lambda person: topics.User(person.user),
    topics.Telemetry: lambda person: topics.Telemetry(person.device),
    topics.Dashboard: lambda person: topics.Dashboard(),
    topics.ChartActivity: lambda person: topics.ChartActivity("voice"),
}
EVERYBODYS = {topics.VideoMeta}
# What an id in a payload is of. None: it names nothing of anybody's, because the client makes it.
ID_OF: Mapping[str, Callable[[Person], UUID] | None] = {
    "video_id": lambda person: person.video,
    "session_id": lambda person: person.session,
    "note_id": lambda person: person.note,
    "device_id": lambda person: person.device,
    "into": lambda person: person.note,
    "session": None,  # whoever's, for an admin
    "follow": None,
    "id": None,
    "request_id": None,
    "author": None,  # a filter, of notes that one may read
}


# What makes the event be about what its ids name.
ABOUT_ONE: Mapping[str, Mapping[str, Any]] = {"command": {"name": "undo"}}


def example(schema: Mapping[str, Any]) -> Any:
    """The least that the schema allows."""
    match schema:
        case {"$ref": ref}:
            of_class = SCHEMAS[ref.rpartition("/")[2]]
            return {name: example(of_class["properties"][name]) for name in of_class["required"]}
        case {"anyOf": [first, *_]}:
            return example(first)
        case {"enum": [first, *_]}:
            return first
        case {"type": "string", "format": "uuid"}:
            return str(uuid4())
        case {"type": "string"}:
            return "x" * schema.get("minLength", 0)
        case {"type": "integer" | "number"}:
            return schema.get("minimum", 0)
        case {"type": "array"}:
            return []
        case _:
            return {}


def payload_of(row: ClientEvent, person: Person) -> dict[str, Any]:
    """Good for that person, on their own device and about what is theirs."""
    payload: dict[str, Any] = {**example({"$ref": row.payload.__name__}), **ABOUT_ONE.get(row.name, {})}
    for name in ids_in(row):
        find = ID_OF[name]
        if find is not None:
            payload[name] = str(find(person))
    if row.name == "phx_join":
        payload["token"] = person.token
    if "requested_version" in payload:
        payload["requested_version"] = 2
    return payload


def ids_in(row: ClientEvent) -> list[str]:
    """The names of the ids in a payload; what it remembers of its own session is looked at elsewhere."""
    if row.payload is bytes or row.payload is Any:
        return []
    fields = SCHEMAS[row.payload.__name__]["properties"]
    return [name for name, schema in fields.items() if "uuid" in str(schema)]


@asynccontextmanager
async def two_people(app: App) -> AsyncIterator[tuple[Person, Person]]:
    """Ann, who has reviewed something, and Ben, who has too; neither is an admin."""
    people = []
    for name in ("ann", "ben"):
        user, device = uuid4(), uuid4()
        async with app.node.pool.lend() as connection:
            await connection.execute(
                "INSERT INTO users (id, email, role) VALUES (%s, %s, 'user')", (user, f"{name}@localhost")
            )
        assert await app.node.accounts.add_device(device, user)
        video = make_video(user)
        note = make_note(video)
        await save(app.node.pool, video, note)
        token, _ = make_token(app.node, Identity(user, device))
        people.append(Person(user, token, device, video.id, note=note.id))
    async with connect(app.url) as client:
        await client.join(str(topics.Voice(people[0].session)), payload_of(TABLES[topics.Voice].join, people[0]))
        yield people[0], people[1]


async def asked_to_join(client: Client, topic: Topic, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return await client.join(str(topic), payload)
    except Refused as refusal:
        return refusal.response


@pytest.mark.integration
async def test_what_is_anothers_looks_like_what_does_not_exist(app: App) -> None:
    """Topics of Ann's, and ids of hers in what Ben sends, get the answer that an id of nobody's gets."""
    async with two_people(app) as (ann, ben), connect(app.url) as client:
        await client.join(str(topics.Voice(ben.session)), payload_of(TABLES[topics.Voice].join, ben))
        for kind, table in TABLES.items():
            mine = TOPIC_OF[kind](ben)
            if kind not in EVERYBODYS:
                await check_topic(client, table, ann, ben)
            await check_ids(table.join, ann, ben, partial(asked_to_join, client, mine))
            if table.join.later or table.who == "admins":
                continue  # Ben is none: its own tests say what an admin reaches
            await client.join(str(mine), payload_of(table.join, ben))
            for row in table.events.values():
                if not row.later:
                    await check_ids(row, ann, ben, partial(asked, client, mine, row.name))


async def check_topic(client: Client, table: TopicTable, ann: Person, ben: Person) -> None:
    """Joined by Ben, with his own device and all else that is good, about the video that the topic is of."""
    answers = []
    for whose in (ann, Person(uuid4(), "")):
        payload = payload_of(table.join, ben)
        if "video_id" in payload:
            payload["video_id"] = str(whose.video)
        answers.append(await asked_to_join(client, TOPIC_OF[table.kind](whose), payload))
    assert answers[0] == answers[1], table.shape
    assert answers[0]["code"] == "not_found", table.shape


async def check_ids(row: ClientEvent, ann: Person, ben: Person, ask: Any) -> None:
    for name in ids_in(row):
        find = ID_OF[name]
        if find is None:
            continue
        about_hers = await ask({**payload_of(row, ben), name: str(find(ann))})
        about_nobodys = await ask({**payload_of(row, ben), name: str(uuid4())})
        assert "code" in about_hers, f"{row.name} takes another's {name}"
        assert about_hers == about_nobodys, f"{row.name} tells another's {name} from nobody's"


async def asked(client: Client, topic: Topic, event: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return await (await client.push(str(topic), event, payload)).response()
    except Refused as refusal:
        return refusal.response


@pytest.mark.integration
async def test_nobody_joins_anything(app: App) -> None:
    async with two_people(app) as (ann, _):
        for kind, table in TABLES.items():
            async with connect(app.url) as client:
                for token in (None, "not a token", ann.token + "x"):
                    payload = {**payload_of(table.join, ann), "token": token}
                    refusal = await asked_to_join(client, TOPIC_OF[kind](ann), payload)
                    assert refusal["code"] == "unauthenticated", table.shape


@pytest.mark.integration
async def test_a_revoked_device_is_out_of_everything_within_a_second(app: App) -> None:
    async with two_people(app) as (_, ben), connect(app.url) as client:
        for kind, table in TABLES.items():
            if not table.join.later:
                await asked_to_join(client, TOPIC_OF[kind](ben), payload_of(table.join, ben))
        await app.node.devices.revoke(ben.device, ben.user)
        with trio.fail_after(1):
            with suppress(Disconnected):
                async for _ in client.pushes:
                    pass
        with pytest.raises(Disconnected):
            await asked(client, topics.VideoMeta(), "release", {"at": 0, "seq": 1})
        async with connect(app.url) as again:
            for kind, table in TABLES.items():
                refusal = await asked_to_join(again, TOPIC_OF[kind](ben), payload_of(table.join, ben))
                assert refusal["code"] == "unauthenticated", table.shape


# -- roles ----------------------------------------------------------------------------------------------------------


ROWS = [
    pytest.param(table, row, id=f"{table.shape} {row.name}")
    for table in TABLES.values()
    for row in table.events.values()
    if not (row.later or table.join.later)
]


@define(eq=False)
class Open:
    """A channel that takes whatever its role allows."""

    role: Role
    handled: ClassVar = {"handled": True}

    def response(self) -> Mapping[str, Any]:
        return {}

    def begin(self) -> None: ...
    def leave(self) -> None: ...

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        answer(self.handled)


@pytest.mark.parametrize(("table", "row"), ROWS)
async def test_a_role_does_what_the_table_lets_it(table: TopicTable, row: ClientEvent) -> None:
    ann = Person(uuid4(), "", device=DEVICE)
    topic = str(TOPIC_OF[table.kind](ann))
    for role in Role:

        async def open_one(join: Join, role: Role = role) -> Open:
            return Open(role)

        async with open_peer({table.kind: Route(table, open_one)}) as peer:
            peer._tables = {}
            await peer.join(topic, **{**payload_of(table.join, ann), "token": None})
            if row.payload is bytes:
                peer.transport.arrive(binary(topic, row.name))
            else:
                peer.say("1", "2", topic, row.name, {} if row.payload is Any else payload_of(row, ann))
            (reply,) = await peer.heard()
            refused = reply[4]["response"].get("code") == "forbidden"
            assert refused is not may(role, row.action), role
            assert refused or reply[4]["response"] == Open.handled, reply


def binary(topic: str, event: str) -> bytes:
    fields = ("1", "2", topic, event)
    return bytes([0, *map(len, fields)]) + "".join(fields).encode() + b"\1"


def test_every_topic_and_every_id_is_said_whose_it_is() -> None:
    assert TOPIC_OF.keys() >= TABLES.keys()
    named = {name for table in TABLES.values() for row in (table.join, *table.events.values()) for name in ids_in(row)}
    assert named <= ID_OF.keys() | {"last_known_state"}
