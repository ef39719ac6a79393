"""Everything a request can reach, as one typed value. `lossy.app` makes it."""

from __future__ import annotations

from attrs import field, frozen

from lossy.bus.memory import Bus
from lossy.charts.together import Charts
from lossy.clock import Clock
from lossy.sessions.librarian import Librarian
from lossy.sessions.owners import Owners
from lossy.sessions.roster import Roster
from lossy.sessions.settings_change import SettingsChange
from lossy.sessions.tabs import Tabs
from lossy.settings import Settings
from lossy.store.accounts import Accounts
from lossy.store.notes import Notes
from lossy.store.pool import Pool
from lossy.store.videos import Videos
from lossy.web.limits import Limits
from lossy.web.metrics import Metrics
from lossy.web.transport import Transport


@frozen
class Node:
    settings: Settings
    charts: Charts  # every one there is, by name
    clock: Clock
    pool: Pool
    accounts: Accounts
    videos: Videos
    notes: Notes
    roster: Roster
    owners: Owners
    library: Librarian
    tabs: Tabs
    user_settings: SettingsChange
    bus: Bus
    limits: Limits
    metrics: Metrics
    secret: bytes = field(repr=False)
    origins: set[str]  # of the web pages and extensions that may talk to us
    sockets: set[Transport]  # those that are open
