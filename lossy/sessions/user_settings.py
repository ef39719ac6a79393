"""What a session starts with and goes by: the server's settings, those of the user's cohorts and the user's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import field, frozen

from lossy.charts.migrate import shared
from lossy.charts.model import Data, Event
from lossy.domain import agent, voice
from lossy.domain.quality import FLOOR
from lossy.domain.user_settings import Chosen, UserSettings, as_payload, for_session, settle
from lossy.sessions.catalog import initial_data
from lossy.sessions.restore import AGENT, VOICE
from lossy.settings import Settings
from lossy.store.user_settings import Kept, UserSettingsStore

if TYPE_CHECKING:
    from lossy.charts.together import States

CHANGED = "settings_changed"
APPLY = {VOICE: voice.apply_settings, AGENT: agent.apply_settings}


@frozen
class InForce:
    """The settings that a user has, and the version of what they chose."""

    version: int
    settings: UserSettings

    def as_payload(self) -> dict[str, Any]:
        return {"version": self.version, "settings": as_payload(self.settings)}


def _no_cohorts(user_id: UUID) -> Chosen:
    return {}


@frozen(eq=False)
class SettingsInForce:
    """`cohorts` knows what a user has in the place of the server's own, without asking anybody."""

    store: UserSettingsStore
    server: Settings
    cohorts: Callable[[UUID], Chosen] = _no_cohorts
    _defaults: UserSettings = field(init=False)
    _usual: Mapping[str, Data] = field(init=False)  # what a chart starts with whose user chose nothing

    @_defaults.default
    def _defaults_of_server(self) -> UserSettings:
        return defaults(self.server)

    @_usual.default
    def _of_server(self) -> Mapping[str, Data]:
        changed = Event(CHANGED, 0, for_session(self._defaults))
        return with_settings(initial_data(self.server), changed)

    async def of(self, user_id: UUID) -> InForce:
        return self.with_defaults(user_id, await self.store.of(user_id))

    def with_defaults(self, user_id: UUID, kept: Kept) -> InForce:
        return InForce(kept.version, settle(self._defaults, {**self.cohorts(user_id), **kept.chosen}))

    async def initial_data(self, user_id: UUID) -> dict[str, Data]:
        """What each chart of a new session of this user starts with; what nobody chose is the same for all."""
        payload = for_session((await self.of(user_id)).settings)
        chosen = with_settings(self._usual, Event(CHANGED, 0, payload))
        return {chart: shared(data, self._usual[chart]) for chart, data in chosen.items()}


def defaults(server: Settings) -> UserSettings:
    """What a user has who chose nothing and is in no cohort."""
    return UserSettings(
        min_confidence=max(server.agent.min_confidence, FLOOR),
        cooldown_ms=server.voice.cooldown_ms,
        idle_pause_ms=server.voice.idle_pause_ms,
    )


def with_settings(data: Mapping[str, Data], changed: Event) -> dict[str, Data]:
    """The charts' data after the event, as a live session would have it."""
    return {**data, **{chart: apply(data[chart], changed) for chart, apply in APPLY.items()}}


def news(initial: Mapping[str, Data], states: States, at: int) -> Event | None:
    """What a session that rested has to hear: its user's settings of now, which a new one would have as `initial`.

    None where it goes by them already.
    """
    of_voice, of_agent = initial[VOICE], initial[AGENT]
    names = for_session(UserSettings())
    payload = {name: (of_voice if name in of_voice else of_agent)[name] for name in names if name != "delays"}
    delays = {name: of_voice["delays"][name] for name in names["delays"]}
    changed = Event(CHANGED, at, {**payload, "delays": delays})
    held = {chart: states[chart].data for chart in APPLY}
    return None if with_settings(held, changed) == held else changed
