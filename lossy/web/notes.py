"""`notes:video:<id>`: the first page of a video's notes, then each as it comes."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from attrs import define, field

from lossy.bus.memory import Published
from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.domain.access import Role
from lossy.domain.notes import as_payload
from lossy.store.notes import Page
from lossy.web.early import Early
from lossy.web.sockets import Answer, Join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


async def join_notes(join: Join) -> NotesChannel:
    """Raises Refusal: not_found when this user does not reach the video."""
    assert isinstance(join.topic, topics.VideoNotes), "routed here by its type"
    reach = await join.node.videos.reach(join.topic.video, join.identity.user_id)
    if reach is None:
        raise not_found()
    channel = NotesChannel(join, reach.role)
    with ExitStack() as subscription:
        # Subscribed before the page is read: a note made meanwhile comes twice rather than never.
        subscription.enter_context(join.node.bus.subscribe(str(join.topic), channel.deliver))
        channel.page = await join.node.notes.first_page(join.topic.video)
        channel.subscription = subscription.pop_all()
    return channel


@define(eq=False)
class NotesChannel:
    join: Join
    role: Role
    subscription: ExitStack = field(factory=ExitStack, init=False)
    page: Page = field(default=Page((), None, 0), init=False)
    _early: Early[Published] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._early = Early(self.join.deliver, lambda: self.join.end(True))

    def response(self) -> Mapping[str, Any]:
        return {
            "notes": [as_payload(note) for note in self.page.notes],
            "cursor": self.page.cursor,
            "counts": {"total": self.page.total},
        }

    def begin(self) -> None:
        self.page = Page((), None, 0)  # it has been sent, and the channel may live for hours
        self._early.begin()

    def deliver(self, published: Published) -> None:
        self._early(published)

    async def handle(self, event: str, payload: Any, answer: Callable[[Answer], None]) -> None:
        raise NotImplementedError  # the table has no event here yet that is not for later

    def leave(self) -> None:
        self.subscription.close()
