"""The distribution of waits as a picture: how long the slowest of ten, of a hundred, of a thousand took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from lossy.sim.load.figures import UNIT_S

if TYPE_CHECKING:
    from pathlib import Path

    from lossy.sim.load.figures import Figures
    from lossy.sim.load.schedule import Load

ONE_IN = [10 ** (i / 50) for i in range(170)]  # from all of them to one in 2,400
PROMISED_MS = 500  # at the 95th percentile, of a hundred sessions


def draw(load: Load, figures: Figures, path: Path) -> None:
    """Writes a PNG, or whatever the name's ending says."""
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for label, histogram in (("to the note", figures.waits), ("late in the client", figures.late)):
        waits = [histogram.get_value_at_percentile(100 - 100 / one) * UNIT_S * 1_000 for one in ONE_IN]
        axes.step(ONE_IN, waits, where="post", label=label)
    axes.axhline(PROMISED_MS, color="0.6", linestyle="--", linewidth=1)
    axes.plot(20, PROMISED_MS, "v", color="0.4", label=f"{PROMISED_MS} ms at the 95th percentile")
    axes.set(xscale="log", yscale="log", ylabel="ms from the end of speech")
    ticks = {"50 %": 2, "90 %": 10, "95 %": 20, "99 %": 100, "99.9 %": 1_000}
    axes.set_xticks([*ticks.values()], labels=[*ticks])
    axes.set_xlim(ONE_IN[0], ONE_IN[-1])
    axes.yaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.set_title(f"{load.sessions} sessions, {load.rate:g} remarks a second, {load.seconds:g} s")
    axes.legend()
    figure.savefig(path)
