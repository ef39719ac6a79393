"""The voice chart with the product's own names and defaults."""

from pathlib import Path

from lossy.charts.model import Chart, Data
from lossy.domain import voice
from lossy.sessions.catalog import delays, limits, load_charts
from lossy.settings import Voice

STATECHARTS = Path(__file__).parents[2] / "statecharts"


def voice_chart() -> Chart:
    return load_charts(STATECHARTS)["voice"]


def voice_data(*, auto_pause: bool = True, auto_resume: bool = True) -> Data:
    return voice.initial(delays(Voice()), limits(Voice()), auto_pause=auto_pause, auto_resume=auto_resume)
