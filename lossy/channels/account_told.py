"""What is answered about accounts, devices and shares, as types."""

from __future__ import annotations

from attrs import frozen

from lossy.channels.account_payloads import AccountRole, ShareRole
from lossy.channels.payloads import At
from lossy.channels.reading import about
from lossy.channels.told import Id, Text
from lossy.domain.access import Role

SEEN = "when it was last heard of"


@frozen
class Me:
    id: Id = about("of the user")
    email: Text = about("of the account")
    role: AccountRole = about("an admin looks after the others")


# -- where one is signed in ---------------------------------------------------------------------------------------


@frozen
class DeviceListed:
    id: Id = about("made by the device")
    name: Text = about("that it was given, or what its browser calls itself")
    user_agent: Text = about("as it was sent")
    created_at: At = about("when it got its first token")
    seen_at: At = about("when it got its latest token")
    browser: Id | None = about("the browser it is in, while that is signed in")


@frozen
class DevicesListed:
    devices: list[DeviceListed] = about("without those revoked, the latest heard of first")


@frozen
class BrowserListed:
    id: Id = about("of this sign-in")
    name: Text = about("what it calls itself")
    user_agent: Text = about("as it was sent")
    created_at: At = about("when it was signed in")
    seen_at: At = about(SEEN)
    here: bool = about("whether it is the one that asks")


@frozen
class BrowsersListed:
    browsers: list[BrowserListed] = about("the latest heard of first")


# -- for admins ---------------------------------------------------------------------------------------------------


@frozen
class PersonListed(Me):
    created_at: At = about("since when there is the account")
    seen_at: At | None = about(SEEN)
    active: bool = about("whether they may come in")
    has_password: bool = about("whether they have chosen one")


@frozen
class PeopleListed:
    users: list[PersonListed] = about("by address")


@frozen
class InvitationListed:
    id: Id = about("of the invitation")
    email: Text = about("whom it is for")
    role: AccountRole = about("that they will have")
    invited_by: Text | None = about("an address; null for the command line")
    created_at: At = about("when it was made first")
    expires_at: At = about("its link is void from then on")
    shares: list[Text] = about("titles of the videos that come with it")


@frozen
class InvitationsListed:
    invitations: list[InvitationListed] = about("that nobody has accepted yet, the newest first")


@frozen
class LinkMade:
    """It works once, and nobody is told it again."""

    link: Text = about("to be handed on")
    expires_at: At = about("it is void from then on")


# -- sharing ------------------------------------------------------------------------------------------------------


@frozen
class ShareListed:
    user_id: Id = about("with whom")
    email: Text = about("of their account")
    role: ShareRole = about("what they may do with the video")
    created_at: At = about("since when")


@frozen
class InvitedListed:
    invitation_id: Id = about("of the invitation")
    email: Text = about("of somebody who has yet to accept")
    role: ShareRole = about("that they will have")
    expires_at: At = about("its link is void from then on")


@frozen
class SharesListed:
    role: Role = about("of whoever asks")
    shares: list[ShareListed] = about("by address")
    invited: list[InvitedListed] = about("by address; of whoever may not manage the video none")


@frozen
class Shared:
    """Without a link they have it already."""

    link: Text | None = about("to be handed on to somebody who has no account yet", None)
    expires_at: At | None = about("it is void from then on", None)


@frozen
class StayListed:
    since: At = about("when they came")
    until: At | None = about("when they went; null while they are there")


@frozen
class AttendanceListed:
    session_id: Id = about("of the review; each is one person's")
    user_id: Id = about("whose")
    email: Text = about("of their account")
    stays: list[StayListed] = about("breaks of a minute are none")


@frozen
class AttendancesListed:
    attendance: list[AttendanceListed] = about("the latest review first")
