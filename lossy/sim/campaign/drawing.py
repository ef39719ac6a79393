"""What a seed stands for: a story of the library or one made up, and what goes wrong in it. Drawn without a world."""

from __future__ import annotations

from math import exp, log
from random import Random
from typing import TYPE_CHECKING

from lossy.sim.script import steps
from lossy.sim.script.story import Device, Person, Story, Tab, Video
from lossy.sim.script.units import Lasts, Place
from lossy.sim.virtual.faults import FAULTS
from lossy.sim.virtual.knobs import TICKS_S
from lossy.sim.virtual.run import Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# Each on or off for a whole run: what never goes wrong in one leaves room for what only then can happen.
SWARM = 0.25
CALM = 0.1  # of all runs nothing goes wrong
FROM_LIBRARY = 0.3
STEPS = (6, 30)

SUBSTANCE = (
    "The logo is too dark here.",
    "The music is too loud in this scene.",
    "Cut this shot two seconds earlier.",
    "The subtitle covers her face.",
    "Brighten the whole sequence.",
    "The voice is out of sync with the lips.",
    "Please make the title bigger.",
    "I love the colours of this sunset.",
)
OTHER_WORDS = (
    "Hmm.",
    "Okay so.",
    "Thanks for watching!",
    "Make that red.",
    "No, I meant the second shot.",
    "At one minute ten the logo jumps.",
)
COMMANDS = ("scratch that", "undo", "post it", "keep it", "pause", "resume", "Lossy, scratch that please")
BUTTONS: Sequence[steps.Button] = ("start", "start", "stop", "pause", "resume", "cancel", "confirm", "undo", "post")
CHOICES: Sequence[Mapping[str, object]] = (
    {"auto_post": True},
    {"auto_pause": False},
    {"auto_resume": False},
    {"min_confidence": 0.6},
    {"commands": False},
    {"cooldown_ms": 0},
    {"self_firming": ["color"]},
    {"idle_pause_ms": 30_000},
)
URLS = ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://vimeo.com/76979871")


def draw(seed: int, library: Sequence[Story]) -> Plan:
    """The same plan for the same seed and library."""
    random = Random(f"plan {seed}")
    made_up = not library or random.random() >= FROM_LIBRARY
    story = make_up(random) if made_up else random.choice(library)
    rates = draw_rates(random)
    return Plan(
        seed,
        story,
        rates,
        model=made_up and (random.random() < 0.3 or any(name.startswith("model") for name in rates)),
        tick_s=random.choice(TICKS_S),
        lenient=made_up or bool(rates),
    )


def draw_rates(random: Random) -> dict[str, float]:
    if random.random() < CALM:
        return {}
    return {
        name: exp(random.uniform(log(kind.least), log(kind.most)))
        for name, kind in FAULTS.items()
        if random.random() < SWARM
    }


# -- a story that is made up --------------------------------------------------------------------------------------


class _Author:
    """Has a cast, and goes on with what may happen next."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.tabs = ["first", "second", "third"][: random.choice((1, 1, 2, 3))]
        self.devices = ["laptop", "phone"][: random.choice((1, 1, 2))]
        self.videos = ["cut", "trailer"][: random.choice((1, 1, 2))]
        self.has_editor = random.random() < 0.3
        self.remarks: list[str] = []

    def story(self) -> Story:
        random = self.random
        shared = ("ed",) if self.has_editor else ()
        begun: list[steps.Step] = [steps.Open(self.tabs[0]), steps.Press("start")]
        later = [self._step() for _ in range(random.randint(*STEPS))]
        return Story(
            name="made up",
            people={"ann": Person(), **({"ed": Person("editor")} if self.has_editor else {})},
            videos={name: Video(url=url, shared=shared) for name, url in zip(self.videos, URLS, strict=False)},
            devices={name: Device() for name in self.devices},
            tabs={name: Tab(random.choice(self.devices), random.choice(self.videos)) for name in self.tabs},
            steps=(*begun, *later),
        )

    def _step(self) -> steps.Step:
        (make,) = self.random.choices([*_STEPS], [*_STEPS.values()])
        return make(self)

    def tab(self) -> str | None:
        """Mostly the one where they are."""
        return self.random.choice(self.tabs) if self.random.random() < 0.1 else None

    def speak(self) -> steps.Step:
        called = f"remark {len(self.remarks) + 1}"
        self.remarks.append(called)
        words = self.random.choice(SUBSTANCE if self.random.random() < 0.8 else OTHER_WORDS)
        lasts = self.random.choice(
            (2_000, 2_500, 4_000, 1_600, 600, 65_000) if self.random.random() < 0.3 else (2_000,)
        )
        after = self.random.choice((300, 300, 900, 0, 12_000) if self.random.random() < 0.2 else (300,))
        sure = self.random.choice((0.1, 0.9)) if self.random.random() < 0.05 else None
        return steps.Speak(words, called, Lasts(lasts), Lasts(after), sure, self.tab())

    def noise(self) -> steps.Step:
        return steps.Speak("", None, Lasts(self.random.choice((100, 240, 300, 2_000))), tab=self.tab())

    def several(self) -> steps.Step:
        return steps.Together(tuple(self._step() for _ in range(self.random.randint(2, 3))))

    def note(self) -> str:
        return self.random.choice(self.remarks) if self.remarks else "none"

    def person(self) -> str | None:
        return "ed" if self.has_editor and self.random.random() < 0.5 else None

    def about_a_note(self) -> steps.Step:
        if not self.remarks:
            return self.speak()
        deed = self.random.choice((steps.Delete, steps.Restore))
        if self.random.random() < 0.4:
            return steps.Edit(self.note(), self.random.choice(SUBSTANCE), self.person())
        return deed(self.note(), self.person())

    def write(self) -> steps.Step:
        called = f"remark {len(self.remarks) + 1}"
        self.remarks.append(called)
        at = Place(self.random.randrange(0, 600_000, 500))
        return steps.Write("The fade begins too late.", called, at, self.random.choice(self.videos), None)

    def press(self) -> steps.Step:
        button = self.random.choice(BUTTONS)
        on_a_note = button in ("confirm", "cancel", "undo", "post") and self.remarks and self.random.random() < 0.5
        return steps.Press(button, self.note() if on_a_note else None, self.tab())

    def wait(self) -> steps.Step:
        longest = self.random.choice((1, 3, 10, 40, 120))
        return steps.Wait(Lasts(round(self.random.uniform(100, longest * 1_000))))

    def lasting(self, longest_s: float) -> Lasts:
        return Lasts(round(self.random.uniform(100, longest_s * 1_000)))

    def move(self) -> steps.Step:
        tab = self.random.choice(self.tabs)
        if len(self.videos) > 1 and self.random.random() < 0.3:
            return steps.Show(self.random.choice(self.videos), tab)
        return self.random.choice((steps.Open(tab), steps.Open(tab), steps.Switch(tab), steps.Close(tab)))

    def at_the_player(self) -> steps.Step:
        seek = steps.Seek(Place(self.random.randrange(0, 3_600_000, 250)), self.tab())
        return self.random.choice((seek, steps.Play(self.tab()), steps.Still(self.tab())))

    def detector(self) -> steps.Step:
        return self.random.choice((steps.Silence(self.tab()), steps.Trouble(tab=self.tab())))

    def device(self) -> steps.Step:
        device = self.random.choice(self.devices)
        return self.random.choice(
            (
                steps.Sleep(device, self.lasting(70)),
                steps.Network(device, "down", self.lasting(50)),
                steps.Network(device, "half_open", self.lasting(5)),
                steps.Network(device, "slow", self.lasting(20)),
                steps.Evict(self.tab()),
                steps.Reload(self.tab()),
            )
        )

    def server(self) -> steps.Step:
        return self.random.choice(
            (steps.Deploy(), steps.Rollback(), steps.Crash(self.lasting(10)), steps.Store("slow", self.lasting(5)))
        )

    def flag(self) -> steps.Step:
        return steps.Flag("language_model", self.random.random() < 0.5)

    def choose(self) -> steps.Step:
        return steps.Choose(dict(self.random.choice(CHOICES)))

    def burst(self) -> steps.Step:
        """More than a device can keep the numbers of, while it is cut off or not."""
        return steps.Repeat(55, (steps.Speak("", None, Lasts(300), Lasts(600)),))


_STEPS: Mapping[Callable[[_Author], steps.Step], float] = {
    _Author.speak: 10,
    _Author.noise: 1,
    lambda author: steps.Say(author.random.choice(COMMANDS), tab=author.tab()): 3,
    _Author.press: 3,
    _Author.wait: 5,
    _Author.about_a_note: 2,
    _Author.write: 0.5,
    _Author.move: 2,
    _Author.at_the_player: 1,
    _Author.detector: 1,
    _Author.device: 1.5,
    _Author.server: 1,
    _Author.choose: 0.7,
    _Author.flag: 0.2,
    _Author.several: 0.5,
    _Author.burst: 0.1,
}


def make_up(random: Random) -> Story:
    return _Author(random).story()
