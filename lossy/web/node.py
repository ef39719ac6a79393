"""Everything a request can reach, as one typed value. `lossy.app` makes it."""

from __future__ import annotations

from attrs import field, frozen

from lossy.bus.memory import Bus
from lossy.charts.together import Charts
from lossy.clock import Clock
from lossy.sessions.flag_watch import FlagWatch
from lossy.sessions.flags import Flags
from lossy.sessions.letting_go import LettingGo
from lossy.sessions.librarian import Librarian
from lossy.sessions.notes_desk import NotesDesk
from lossy.sessions.notes_reading import NotesReading
from lossy.sessions.owners import Owners
from lossy.sessions.roster import Roster
from lossy.sessions.settings_change import SettingsChange
from lossy.sessions.summaries import Summaries
from lossy.sessions.tabs import Tabs
from lossy.settings import Settings
from lossy.store.accounts import Accounts
from lossy.store.attempts import Attempts
from lossy.store.attendance import Attendances
from lossy.store.chart_heat import ChartHeat
from lossy.store.chart_notes import ChartNotes
from lossy.store.devices import Devices
from lossy.store.invitations import Invitations
from lossy.store.journal_reading import JournalReading
from lossy.store.note_book import NoteBook
from lossy.store.people import People
from lossy.store.pool import Pool
from lossy.store.shares import Shares
from lossy.store.telemetry import Telemetry
from lossy.store.videos import Videos
from lossy.web.join_audit import JoinAudit
from lossy.web.limits import Limits
from lossy.web.metrics import Metrics
from lossy.web.passwords import Passwords
from lossy.web.presence import Lobby
from lossy.web.transport import Transport


@frozen
class Node:
    settings: Settings
    charts: Charts  # every one there is, by name
    chart_notes: ChartNotes
    chart_heat: ChartHeat
    journal: JournalReading
    clock: Clock
    pool: Pool
    accounts: Accounts
    people: People
    devices: Devices
    invitations: Invitations
    attempts: Attempts
    passwords: Passwords
    letting_go: LettingGo
    videos: Videos
    shares: Shares
    attendances: Attendances
    notes: NoteBook
    reading: NotesReading
    desk: NotesDesk
    summaries: Summaries
    roster: Roster
    owners: Owners
    library: Librarian
    tabs: Tabs
    user_settings: SettingsChange
    flags: Flags
    flag_watch: FlagWatch
    bus: Bus
    limits: Limits
    metrics: Metrics
    join_audit: JoinAudit
    telemetry: Telemetry
    lobby: Lobby
    secret: bytes = field(repr=False)
    origins: set[str]  # of the web pages and extensions that may talk to us
    sockets: set[Transport]  # those that are open
