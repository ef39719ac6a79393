"""A join's hold on its topic, for as long as what it rests on is not taken away: the device, the share of a video."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from lossy.channels import topics
from lossy.channels.errors import not_found
from lossy.store.withdrawals import DeviceSignedOut, ShareChanged
from lossy.web.auth import Identity

if TYPE_CHECKING:
    from lossy.store.withdrawals import Withdrawal


@define(eq=False)
class Hold:
    """Told of withdrawals from before its user is let in, so that none falls between."""

    identity: Identity
    topic: topics.Topic
    close: Callable[[], None]  # the whole socket
    end: Callable[[bool], None]  # the channel, once it is joined: failed, to be joined anew, or for good
    lost: bool = field(default=False, init=False)

    def hear(self, withdrawal: Withdrawal) -> None:
        match withdrawal:
            case DeviceSignedOut(device_id=device, generation=last) if device == self.identity.device_id:
                if self.identity.generation <= last:
                    self.close()
            case ShareChanged(video_id=video, role=role) if self.topic == topics.VideoNotes(video):
                self.lost = True
                self.end(role is not None)
            case ShareChanged() if isinstance(self.topic, topics.UserNotes):
                self.lost = True
                self.end(True)  # the next join tells of those videos that are reached then

    def check(self) -> None:
        """At the end of a join. Raises Refusal (not_found); the next try finds what is left."""
        if self.lost:
            raise not_found()
