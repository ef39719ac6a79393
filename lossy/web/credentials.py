"""Whose a socket is, and until when it may stay."""

from __future__ import annotations

from math import inf

import trio
from attrs import define, field

from lossy.channels.errors import Code, Refusal, forbidden
from lossy.web.auth import Identity, read_token
from lossy.web.limits import FIRST_JOIN
from lossy.web.node import Node

REFUSED_TOKEN_S = 10.0  # what a socket whose token was refused has to present another
EXPIRED_TOKEN_S = 60.0  # and one whose token has run out while it was at work
# Longer than a socket may be silent, so each is looked at in time. trio keeps a deadline that is far off long after its
# scope has ended.
SOON_S = 90.0


@define(eq=False)
class Credentials:
    """Of one device of one user, as soon as a good token was presented: by the connection, a join or an event.

    Of several the latest counts. `stay` is around what the socket does; its deadline is when the socket has to go.
    """

    node: Node
    address: str
    token: str | None = field(repr=False)
    identity: Identity | None = field(default=None, init=False)
    stay: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _goes_at: float = field(default=inf, init=False)
    _is_refused: bool = field(default=False, init=False)  # and has to go for that, unless it presents another

    def read(self, presented: object) -> Identity:
        """Whom the token names, the socket's own where none is presented; whether they are welcome is to be asked.

        Raises Refusal: rate_limited where too many come from that address of whom nobody knows who they are, and as
        `read_token`.
        """
        if self.identity is None:
            self.node.limits.spend(self.address, FIRST_JOIN)
        return read_token(self.node, presented or self.token)

    def settle(self, identity: Identity, presented: object, *, in_use: bool) -> None:
        """They are welcome. Raises Refusal (forbidden) for another device's token where something is joined: then the
        socket stays the one's that it is, and `in_use`.
        """
        known = self.identity
        if known is not None and in_use and identity != known:
            raise forbidden("The token was made for another device.")
        self._is_refused = False
        if known is None or identity != known or identity.expires_at >= known.expires_at:
            self.identity, self.token = identity, str(presented or self.token)
        assert self.identity is not None, "as it was, or just now"
        self._goes_at = self.node.clock.trio_time(self.identity.expires_at) + EXPIRED_TOKEN_S
        self.stay.deadline = inf
        self.watch()

    def watch(self) -> None:
        """To be called with each message."""
        if self._goes_at < trio.current_time() + SOON_S:
            self.stay.deadline = min(self.stay.deadline, self._goes_at)

    def refuse(self, refusal: Refusal, *, in_use: bool) -> None:
        """The join was refused. What is refused again does not put off its end."""
        unknown = refusal.code in (Code.UNAUTHENTICATED, Code.TOKEN_EXPIRED)
        if unknown and not in_use and not self._is_refused:
            self._is_refused = True
            self.stay.deadline = min(self.stay.deadline, trio.current_time() + REFUSED_TOKEN_S)
