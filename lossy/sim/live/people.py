"""The people of a story on a server that is there: an admin invites them, and they come in as anybody does.

They are new ones each time, so what a server knows of others makes no difference, and theirs to nobody.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from attrs import frozen

from lossy.sim.account import Account
from lossy.sim.client import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nobody can have an address there (RFC 2606).
DOMAIN = "sim.invalid"


class NotAdmin(Exception):
    """Whoever signed in may not invite people; the message says who may."""


@frozen(eq=False)
class Person:
    id: UUID
    email: str
    account: Account


@frozen(eq=False)
class Door:
    """`run` tells one run's people from another's."""

    admin: Account
    run: str

    async def let_in(self, name: str) -> Person:
        """Raises NotAdmin, Refused, SignInFailed, Unreachable."""
        email = f"{_plain(name)}.{self.run}@{DOMAIN}"
        try:
            invitation = await self.admin.ask("POST", "/api/invitations", {"email": email})
        except Refused as refused:
            if refused.response["code"] != "forbidden":
                raise
            raise NotAdmin(f"{self.admin.url}: only an admin may invite the people of a story") from None
        account = Account(self.admin.url)
        await account.accept(_at(self.admin.url, invitation["link"]), secrets.token_urlsafe(32))
        me = await account.ask("GET", "/api/me")
        return Person(UUID(me["id"]), email, account)

    async def flip(self, name: str, *, on: bool) -> None:
        """Turns a capability on or off for everybody. Raises Refused, Unreachable."""
        rules: Mapping[str, list[Mapping[str, int | str]]] = await self.admin.ask("GET", "/api/admin/flags")
        version = next((flag["version"] for flag in rules["flags"] if flag["key"] == name), 0)
        change = {"flag": name, "version": version, "changes": {"boolean": on}}
        await self.admin.ask("PATCH", "/api/admin/flags", change)


def _at(url: str, link: str) -> str:
    """A link as it is reached from here; the server may be known to others by another name."""
    return url + "/invitations/" + link.rpartition("/")[2]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "somebody"
