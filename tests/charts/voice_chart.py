"""The voice chart with its own rules, bound by what they say of themselves: a guard returns bool, an update Data."""

import inspect
from pathlib import Path

import attrs

from lossy.charts.load import load_file
from lossy.charts.model import Chart, Data, Names
from lossy.domain import voice
from lossy.settings import Voice

VOICE_YAML = Path(__file__).parents[2] / "statecharts" / "voice.yaml"
DELAYS = {name.removesuffix("_ms"): delay for name, delay in attrs.asdict(Voice()).items()}


def voice_chart() -> Chart:
    return load_file(VOICE_YAML, voice_names())


def voice_data(*, auto_pause: bool = True, auto_resume: bool = True) -> Data:
    return voice.initial(DELAYS, auto_pause=auto_pause, auto_resume=auto_resume)


def voice_names() -> Names:
    rules = inspect.getmembers(voice, inspect.isfunction)
    public = {name: rule for name, rule in rules if not name.startswith("_") and name != voice.initial.__name__}
    return Names(
        guards={name: rule for name, rule in public.items() if rule.__annotations__["return"] == "bool"},
        updates={name: rule for name, rule in public.items() if rule.__annotations__["return"] == "Data"},
        effects=frozenset({"status", "send", "refuse", "end_session"}),
        delays=frozenset({*DELAYS, "breaker_backoff"}),
    )
