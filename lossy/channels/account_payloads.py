"""What is asked for about accounts and shares, by forms and by JSON alike, as types."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from lossy.channels.reading import Bounds, about
from lossy.domain.accounts import MAX_EMAIL, MAX_PASSWORD

# An address with blanks around it is longer than one that is kept.
Email = Annotated[str, Bounds(1, MAX_EMAIL + 20)]
Password = Annotated[str, Bounds(1, MAX_PASSWORD)]
PasswordOrNone = Annotated[str, Bounds(0, MAX_PASSWORD)]
DeviceName = Annotated[str, Bounds(1, 60)]
ShareRole = Literal["reviewer", "editor", "viewer"]
AccountRole = Literal["user", "admin"]

CURRENT = "the password of today, of whoever has one"


@frozen
class SignIn:
    email: Email = about("of the account")
    password: Password = about("of the account", secret=True)


@frozen
class NewPassword:
    """By a link, which says whose it is."""

    password: Password = about("the one that is chosen", secret=True)


@frozen
class ChangePassword:
    password: Password = about("the new one", secret=True)
    current: PasswordOrNone = about(CURRENT, "", secret=True)


@frozen
class ChangeEmail:
    email: Email = about("the new one")
    current: PasswordOrNone = about(CURRENT, "", secret=True)


@frozen
class RenameDevice:
    name: DeviceName = about("what its owner calls it")


@frozen
class Invite:
    email: Email = about("of somebody who has no account")
    role: AccountRole = about("that they will have", "user")


@frozen
class ChangePerson:
    """What is not given stays."""

    role: AccountRole | None = about("from now on", None)
    active: bool | None = about("whether they may come in", None)


@frozen
class ShareWith:
    email: Email = about("of anybody")
    role: ShareRole = about("what they may do with the video")


@frozen
class ChangeShare:
    role: ShareRole = about("what they may do with the video from now on")
