"""What may go wrong, each by its name; a run has the rates of some of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

from attrs import define, field, frozen

FRAME, MINUTE, COMMIT, REMARK, RUN = "each frame", "each minute", "each commit", "each remark", "a run"


@frozen
class Kind:
    """`least` and `most` bound the rate that a seed may draw: how likely it is `of` each."""

    about: str
    of: str
    least: float
    most: float


FAULTS: Mapping[str, Kind] = {
    "drop": Kind("a frame is lost, and the connection with it before long", FRAME, 0.001, 0.02),
    "duplicate": Kind("a frame arrives twice", FRAME, 0.001, 0.1),
    "reorder": Kind("a numbered frame overtakes the one before it", FRAME, 0.001, 0.1),
    "delay": Kind("a frame and those after it take up to 3 s", FRAME, 0.001, 0.05),
    "cut": Kind("the connection is cut in the middle of a frame", FRAME, 0.001, 0.02),
    "partition": Kind("a device reaches no server, for up to 40 s", MINUTE, 0.05, 2.0),
    "half_open": Kind("a device's connections are silent for ever, and nobody is told", MINUTE, 0.05, 1.0),
    "slow_consumer": Kind("a device does not read, for up to 20 s", MINUTE, 0.05, 1.0),
    "eviction": Kind("the browser stops the extension's worker and starts it again", MINUTE, 0.05, 2.0),
    "reload": Kind("the extension is reloaded and forgets its numbers", MINUTE, 0.05, 1.0),
    "crash": Kind("the server dies, some awaits after something begins, and is back within 3 s", MINUTE, 0.05, 2.0),
    "deploy": Kind("another server takes over from this one", MINUTE, 0.05, 0.5),
    "takeover": Kind("another server is there as well, and clients go to that", MINUTE, 0.05, 0.5),
    "deaf": Kind("a server hears nothing of what the others changed, for up to 20 s", MINUTE, 0.05, 1.0),
    "store_away": Kind("the database is away, for up to 3 s", MINUTE, 0.05, 1.0),
    "commit_refused": Kind("a transaction cannot be serialized, and is not written", COMMIT, 0.001, 0.05),
    "commit_unanswered": Kind("a transaction is written, and its writer is told that it was not", COMMIT, 0.001, 0.05),
    "commit_slow": Kind("a transaction takes up to 2 s", COMMIT, 0.001, 0.1),
    "model_slow": Kind("the model takes up to 30 s, and does not stop for whoever gives it up", REMARK, 0.05, 0.5),
    "model_silent": Kind("the model never answers", REMARK, 0.05, 0.5),
    "model_wrong": Kind("the model answers with what is no draft, or was not said", REMARK, 0.05, 0.5),
    "hallucination": Kind("the recogniser hears words in what was a noise, or hears other words", REMARK, 0.05, 0.5),
    "clock_skew": Kind("devices' clocks are wrong, by up to an hour", RUN, 1.0, 1.0),
}

Rates = Mapping[str, float]


@define(eq=False)
class Chance:
    """Draws from the seed whether a fault is there, and counts what was. None is, once it `rests`."""

    random: Random
    rates: Rates
    hits: Counter[str] = field(factory=Counter, init=False)
    rests: bool = field(default=False, init=False)
    frames: float = field(init=False)  # how likely any of those is that befall a frame

    def __attrs_post_init__(self) -> None:
        self.frames = sum(self.rates.get(name, 0.0) for name, kind in FAULTS.items() if kind.of == FRAME)

    def strikes(self, name: str) -> bool:
        rate = self.rates.get(name)
        if rate is None or self.rests or self.random.random() >= rate:
            return False
        self.hits[name] += 1
        return True

    def befalls_frame(self) -> str | None:
        """One fault at most of those that befall a frame."""
        if not self.frames or self.rests:
            return None
        drawn = self.random.random()
        for name in ("drop", "duplicate", "reorder", "delay", "cut"):
            drawn -= self.rates.get(name, 0.0)
            if drawn < 0:
                return name
        return None
