"""What the tabs of users show in memory, for tests and the simulator: it keeps what `PostgresContexts` does."""

from __future__ import annotations

from uuid import UUID

import trio
from attrs import define, field

from lossy.domain.contexts import CONTEXT_LIFE_MS, Change, Context, Report, Tab, begin, hear, kept, without


@define(eq=False)
class MemoryContexts:
    _of_user: dict[UUID, dict[Tab, Context]] = field(factory=dict, init=False)

    async def hear(self, user_id: UUID, report: Report, now: int) -> Change:
        await trio.lowlevel.checkpoint()
        change = hear(self._find(user_id, report.tab, now), report, now)
        if change.context is not change.before:
            contexts = {**self._of_user.get(user_id, {}), report.tab: change.context}
            self._of_user[user_id] = {context.tab: context for context in kept(contexts.values(), now)}
        return change

    async def begin(self, user_id: UUID, tab: Tab, session_id: UUID, video_id: UUID, now: int) -> Context | None:
        await trio.lowlevel.checkpoint()
        known = self._find(user_id, tab, now)
        begun = None if known is None else begin(known, session_id, video_id, now)
        if begun is None or begun is known:
            return known
        others = {each: without(context, session_id) for each, context in self._of_user[user_id].items()}
        self._of_user[user_id] = {**others, tab: begun}
        return begun

    async def of_tab(self, user_id: UUID, tab: Tab, now: int) -> Context | None:
        await trio.lowlevel.checkpoint()
        return self._find(user_id, tab, now)

    def _find(self, user_id: UUID, tab: Tab, now: int) -> Context | None:
        context = self._of_user.get(user_id, {}).get(tab)
        return context if context is not None and context.heard > now - CONTEXT_LIFE_MS else None
