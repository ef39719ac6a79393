"""Plans as files: what a campaign found is kept as one, and run again by the tests once it is mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from lossy.sim.script.reading import read_story, write_story
from lossy.sim.script.story import StoryError
from lossy.sim.virtual.faults import FAULTS
from lossy.sim.virtual.run import Plan

if TYPE_CHECKING:
    from pathlib import Path

_OTHER = {"seed": int, "model": bool, "tick_s": float, "lease_s": float, "lenient": bool}


def write_plan(plan: Plan, failure: str = "") -> str:
    """YAML: what failed as a comment, the story, and beside it what else the run is made of."""
    facts: dict[str, Any] = {"faults": dict(plan.rates)}
    facts |= {name: getattr(plan, name) for name in _OTHER}
    head = "".join(f"# {line}\n" for line in failure.splitlines())
    story = yaml.safe_dump({"story": yaml.safe_load(write_story(plan.story))}, sort_keys=False, width=110)
    return f"{head}{yaml.safe_dump(facts, sort_keys=False)}{story}"


def load_plan(path: Path) -> Plan:
    """Raises StoryError, which names the file."""
    try:
        written = yaml.safe_load(path.read_bytes())
        facts = {name: written[name] for name in _OTHER if written.get(name) is not None}
        rates = {name: float(rate) for name, rate in written["faults"].items()}
        story = read_story(yaml.safe_dump(written["story"], sort_keys=False))
    except OSError as error:
        raise StoryError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise StoryError(f"{path}: no plan: {error!r}") from error
    except StoryError as error:
        raise StoryError(*(f"{path}: {fault}" for fault in error.args)) from None
    unknown = rates.keys() - FAULTS.keys()
    if unknown:
        raise StoryError(f"{path}: there is no fault {', '.join(sorted(unknown))} @ $.faults")
    return Plan(story=story, rates=rates, **facts)
