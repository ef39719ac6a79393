"""What the server's code makes of flags, for every other implementation to be held to.

Everything is fixed, so the file changes with the rules and with nothing else. A change of it is a change of who has
what: buckets must never move.
"""

from __future__ import annotations

import json
from itertools import product
from typing import Any
from uuid import UUID, uuid5

from attrs import asdict

from lossy.domain.buckets import bucket_of, murmur3
from lossy.domain.flags import Actor, Flag, evaluate

# Of each length from none to more than a block, and of each width that UTF-8 has.
TEXTS = ("", "a", "ab", "abc", "abcd", "hello, world", "\xe9", "\u20ac", "\U0001f3ac cut", "voice_session/ann")
PEOPLE = tuple(str(uuid5(UUID(int=0), f"person {n}")) for n in range(12))
# Names that an object of JavaScript has by itself, and one that is no id at all.
STRANGE = ("constructor", "__proto__", "")
KEYS = ("voice_session", "notes_channel", "v1_fallback")
BUCKETED = (*PEOPLE, *STRANGE)

ANN, BEN, CLEO = PEOPLE[:3]
FLAGS = (
    Flag("voice_session"),
    Flag("v1_fallback", default=True),
    Flag("voice_session", boolean=True),
    Flag("voice_session", default=True, boolean=False, share=10_000),
    *(Flag("voice_session", share=share) for share in (0, 1, 100, 1_000, 5_000, 9_999, 10_000)),
    Flag("notes_channel", share=5_000),
    Flag("voice_session", actors={ANN: True, BEN: False}, groups={"crew": True}, share=0),
    Flag("voice_session", groups={"crew": False, "beta": True, "alpha": True}, boolean=True),
    Flag("voice_session", groups={"constructor": True}, actors={"constructor": False}),
    Flag("voice_session", killed=True, actors={ANN: True}, groups={"crew": True}, boolean=True, share=10_000),
)
ACTORS = (
    Actor(ANN),
    Actor(BEN, frozenset({"crew"})),
    Actor(CLEO, frozenset({"crew", "beta"})),
    Actor(PEOPLE[3], frozenset({"beta", "alpha"})),
    Actor(PEOPLE[4], frozenset({"nobody_asks"})),
    Actor("constructor", frozenset({"toString"})),
    Actor("__proto__", frozenset({"constructor"})),
    *map(Actor, PEOPLE[5:]),
)


def vectors() -> dict[str, list[dict[str, Any]]]:
    return {
        "hashes": [{"text": text, "hash": murmur3(text.encode())} for text in TEXTS],
        "buckets": [{"key": key, "actor": id, "bucket": bucket_of(key, id)} for key, id in product(KEYS, BUCKETED)],
        "flags": [asdict(flag, filter=lambda field, _: field.name != "version") for flag in FLAGS],
        "actors": [{"id": actor.id, "groups": sorted(actor.groups)} for actor in ACTORS],
        "evaluations": [
            {"flag": i, "actor": j, **_evaluation(flag, actor)}
            for (i, flag), (j, actor) in product(enumerate(FLAGS), enumerate(ACTORS))
        ],
    }


def _evaluation(flag: Flag, actor: Actor) -> dict[str, Any]:
    evaluation = evaluate(flag, actor)
    return {**asdict(evaluation), "variant": evaluation.variant}


def as_text() -> str:
    """JSON with a line for each vector, so that a difference can be read."""
    parts = (
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows) + "\n]"
        for name, rows in vectors().items()
    )
    return "{\n" + ",\n".join(parts) + "\n}\n"
