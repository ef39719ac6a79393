"""What a user changed of the settings of a live session, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossy.sessions.restore import AGENT, VOICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lossy.why.replay import Step

DELAYS = "delays"


def chosen(step: Step) -> str:
    """What differs from before; all that was said where nobody knows what was."""
    lines = [*_differences(step)]
    return f"settings changed: {', '.join(lines)}" if lines else "settings told once more, and nothing is different"


def _differences(step: Step) -> Iterator[str]:
    payload = step.entry.payload
    said = {name: value for name, value in payload.items() if name != DELAYS} | payload.get(DELAYS, {})
    before = _before(step)
    for name, new in sorted(said.items()):
        words = name.replace("_", " ")
        if before is None or name not in before:
            yield f"{words} {_value(new, name in payload)}"
        elif before[name] != new:
            yield f"{words} {_value(before[name], name in payload)} → {_value(new, name in payload)}"


def _before(step: Step) -> dict[str, Any] | None:
    """By name, of both charts that go by the user's settings; the voice's delays are those that the user has."""
    if step.before is None:
        return None
    voice, agent = step.before[VOICE].data, step.before[AGENT].data
    return {**agent, **voice, **agent[DELAYS], **voice[DELAYS]}


def _value(value: Any, as_it_is: bool) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case list() | tuple():
            return " and ".join(map(str, value)) or "none"
    return f"{value}" if as_it_is else f"{value / 1000:g} s"
