"""What an adapter is: the addresses under which one platform shows a video, as data.

An adapter is data and nothing else, so that `export.py` gives it to a browser as JSON, where a page of code reads it
as `detect.py` does. Its patterns mean the same in Python and in JavaScript: `tests/domain/test_platforms.py` says which
constructs they may use. Whatever has braces in it is a template: `{id}` stands for the word of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen


class Platform(StrEnum):
    """Whose player shows the video (E3)."""

    YOUTUBE = "youtube"
    VIMEO = "vimeo"
    FRAME_IO = "frame_io"
    ICONIK = "iconik"
    GENERIC = "generic"


class Kind(StrEnum):
    """What kind of page an address leads to."""

    WATCH = "watch"
    SHORT = "short"  # an upright clip
    LIVE = "live"
    EMBED = "embed"  # a player in somebody else's page
    SHARE = "share"  # a link that was given out
    REVIEW = "review"  # a page on which people are asked for remarks
    EDIT = "edit"  # the platform's own workshop
    FILE = "file"  # the film itself
    COLLECTION = "collection"
    PAGE = "page"  # any page with a player in it


@frozen
class Form:
    """A shape of address.

    `path` is a template for the whole path but a last slash; one that ends in `/*` fits what is below it too. `hosts`
    are those of the adapter where there are none. `follow` names a parameter that holds the address that is meant.
    """

    kind: Kind
    path: str
    hosts: tuple[str, ...] = ()
    query: Mapping[str, str] = field(factory=dict)  # parameters that must be there, and the words that they are
    also: Mapping[str, str] = field(factory=dict)  # those that are taken where they fit
    shows: str = "video"
    follow: str = ""


@frozen
class Subject:
    """Something that has an id of its own. Its address is the first of `urls` whose words are all known."""

    id: str
    urls: tuple[str, ...]


@frozen
class Player:
    """Where the extension finds things in a page: CSS selectors, of which the first that finds something counts."""

    video: tuple[str, ...] = ("video",)
    frame: tuple[str, ...] = ()  # what stands around the picture and moves with it; else what contains the video
    title: tuple[str, ...] = ()  # else the title of the document
    moved: tuple[str, ...] = ()  # events of the document after which another video may be there


@frozen
class Adapter:
    """A host is a name, or `*.` and a name for all below it. The first form that fits is the one.

    `key` is a word without which the address may not open: whoever knows one does not forget it. `titles` are
    patterns of what is no part of a title.
    """

    platform: Platform
    hosts: tuple[str, ...]
    words: Mapping[str, str]
    forms: tuple[Form, ...]
    subjects: Mapping[str, Subject]
    titles: tuple[str, ...] = ()
    player: Player = Player()
    key: str = ""


@frozen
class Noise:
    """A parameter of any page that says nothing about which video it shows. Patterns, of the whole name and value."""

    name: str
    value: str = ".*"


@frozen
class Generic:
    """Any other page: its address without noise is what the video is known by."""

    noise: tuple[Noise, ...]
    route: str  # pattern of a fragment that leads to another page
    player: Player = Player()


@frozen
class Detected:
    """What an address shows. `canonical_id` is the same for every form; `url` is such an address again."""

    platform: Platform
    kind: Kind
    canonical_id: str
    url: str
    key: str | None = None
