"""What may happen in a story, one class for each step; a script names them in lower case.

`tab` may be left out of whatever is done in one: it is done in the tab that was opened or turned to last.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from attrs import field, frozen

from lossy.sim.script.units import Lasts, Place

SPOKEN_MS, WORDS_MS, COMMAND_MS = Lasts(2_000), Lasts(300), Lasts(900)
PATIENCE_MS = Lasts(5_000)
START = Place(0)

Button = Literal["start", "stop", "pause", "resume", "cancel", "confirm", "undo", "post", "close"]


# -- what a reviewer does -----------------------------------------------------------------------------------------


@frozen
class Open:
    """Opens a tab on its video. The microphone is its where nobody has it."""

    tab: str


@frozen
class Close:
    """Closes a tab for good."""

    tab: str | None = None


@frozen
class Switch:
    """Turns to another tab, which has the microphone from then on."""

    tab: str


@frozen
class Show:
    """The page goes on to another video without being loaded anew. A review of that one begins in the tab."""

    video: str
    tab: str | None = None


@frozen
class Press:
    """Clicks a button of the panel. `note` is the remark whose note it is on."""

    button: Button
    note: str | None = None
    tab: str | None = None


@frozen
class Speak:
    """Says something aloud for as long as it `lasts`; its words are there `heard_after` its end.

    Without words it is a noise. `sure` is how sure the detector is that it was speech. A recording, `wav`, is listened
    to by the detector itself, and its words are those of the JSON beside it; `each` are names of what is said in it,
    in that order.
    """

    words: str = ""
    called: str | None = None
    lasts: Lasts = SPOKEN_MS
    heard_after: Lasts = WORDS_MS
    sure: float | None = None
    tab: str | None = None
    wav: str | None = None  # from the folder of the story
    each: tuple[str, ...] = ()


@frozen
class Say:
    """Says a command aloud: scratch that, post it, keep it, undo, pause, resume."""

    command: str
    called: str | None = None
    lasts: Lasts = COMMAND_MS
    tab: str | None = None


@frozen
class Play:
    """The film runs."""

    tab: str | None = None


@frozen
class Still:
    """The film stands still."""

    tab: str | None = None


@frozen
class Seek:
    """The player jumps to a place of the film."""

    to: Place
    tab: str | None = None


@frozen
class Silence:
    """The detector has heard nothing for long, and says so."""

    tab: str | None = None


@frozen
class Trouble:
    """The microphone or the detector fails."""

    reason: str = "the microphone is gone"
    tab: str | None = None


# -- what people do to notes and settings -------------------------------------------------------------------------


@frozen
class Edit:
    """Changes the text of the note that a remark became. `person` is the reviewer where nobody is named."""

    note: str
    text: str
    person: str | None = None


@frozen
class Delete:
    note: str
    person: str | None = None


@frozen
class Restore:
    """Undoes what was done last to a note."""

    note: str
    person: str | None = None


@frozen
class Write:
    """Types a note, at a place of the film."""

    text: str
    called: str
    at: Place = START
    video: str | None = None
    person: str | None = None


@frozen
class Choose:
    """Changes settings of one's own, by their names."""

    settings: dict[str, Any]
    person: str | None = None


@frozen
class Flag:
    """An admin turns a capability on or off for everybody."""

    name: str
    on: bool


# -- what befalls devices and servers -----------------------------------------------------------------------------


@frozen
class Sleep:
    """The laptop is closed, and opened again: meanwhile nothing on it runs and its sockets stay half open."""

    device: str
    lasts: Lasts


@frozen
class Reload:
    """The extension is reloaded: it has its queue of words still, and has forgotten numbers and what it has seen."""

    tab: str | None = None


@frozen
class Evict:
    """The browser stops the extension's worker, and starts it again."""

    tab: str | None = None


@frozen
class Network:
    """What is wrong between a device and the server, and for how long.

    `down` cuts what is open and refuses the rest, `half_open` loses what is sent without a word.
    """

    device: str
    fault: Literal["down", "half_open", "slow"]
    lasts: Lasts


@frozen
class Deploy:
    """The next version takes over: the old node drains, the new one brings the sessions back."""


@frozen
class Rollback:
    """The version before takes over again."""


@frozen
class Crash:
    """The server dies and is back when this is over: at once, or after so many awaits of its own."""

    lasts: Lasts
    awaits: int = 0


@frozen
class Model:
    """The language model is in trouble for a while. `wrong` answers are no drafts; `silent` ones never come."""

    fault: Literal["slow", "silent", "wrong"]
    lasts: Lasts


@frozen
class Store:
    """The database is in trouble for a while."""

    fault: Literal["away", "slow"]
    lasts: Lasts


# -- the script itself --------------------------------------------------------------------------------------------


@frozen
class Wait:
    lasts: Lasts


@frozen
class Expect:
    """Something that is to be so within a time: of a remark, a note, the notes of a video, or what a tab is told.

    With `absent` it must not come to be so within that time.
    """

    remark: str | None = None
    becomes: Literal["note", "refused", "command", "amended"] | None = None
    because: str | None = None
    note: str | None = None
    text: str | None = None
    status: str | None = None
    category: str | None = None
    at: Place | None = None
    notes: int | None = None
    video: str | None = None
    state: str | None = None
    told: str | None = None
    tab: str | None = None
    within: Lasts = PATIENCE_MS
    absent: bool = False


@frozen
class Together:
    """Steps that begin at the same moment. It is over when all of them are."""

    steps: tuple[Step, ...] = field(factory=tuple)


@frozen
class Repeat:
    """The same steps, one after the other, so many times. What is said in them has no name."""

    times: int
    steps: tuple[Step, ...] = field(factory=tuple)


Deed = (
    Open | Close | Switch | Show | Press | Speak | Say | Play | Still | Seek | Silence | Trouble
    | Edit | Delete | Restore | Write | Choose | Flag
    | Sleep | Reload | Evict | Network | Deploy | Rollback | Crash | Model | Store
)  # fmt: skip
Step = Deed | Wait | Expect | Together | Repeat

DEEDS: tuple[type, ...] = Deed.__args__


def name_of(kind: type) -> str:
    """As scripts call a step of that class."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
