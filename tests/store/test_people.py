"""Accounts, devices, invitations and shares in PostgreSQL: who may come in, and what is taken from whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import trio
from attrs import define

from lossy.domain.access import Role
from lossy.domain.accounts import UserRole
from lossy.store.accounts import Accounts, User
from lossy.store.devices import Devices
from lossy.store.invitations import OPEN, EmailTaken, Invitations, NewInvitation, TooManyInvitations
from lossy.store.people import LastAdmin, People
from lossy.store.pool import Pool, open_pool
from lossy.store.shares import SHARED_WITH, Full, Shares
from lossy.store.shelves import Asked, Shelves
from lossy.store.videos import Videos
from lossy.store.withdrawals import DeviceSignedOut, ShareChanged, Withdrawal, Withdrawals
from tests.notes import make_video

pytestmark = pytest.mark.integration

SOON = datetime.now(UTC) + timedelta(hours=1)
PAST = datetime.now(UTC) - timedelta(seconds=1)


@define(eq=False)
class House:
    """`admin` is Mara, `user` is João, and all is there that a store offers."""

    pool: Pool
    accounts: Accounts
    people: People
    devices: Devices
    invitations: Invitations
    shares: Shares
    videos: Videos
    admin: User
    user: User
    cursor: int

    async def taken(self) -> list[Withdrawal]:
        """What was taken from anybody since the last time."""
        look = await Withdrawals(self.pool).since(self.cursor)
        self.cursor = look.cursor
        return [withdrawal for _, withdrawal in look.found]

    async def browser(self, user: User, hash: bytes) -> UUID:
        await self.devices.sign_in(user.id, hash, SOON, "Firefox/140.0 (Linux)", instead_of=b"")
        browser = await self.devices.browser(hash)
        assert browser is not None
        return browser

    async def invite(
        self, email: str, hash: bytes, *, by: User | None = None, role: UserRole = UserRole.USER,
        until: datetime = SOON, share: tuple[UUID, Role] | None = None,
    ) -> UUID:  # fmt: skip
        by = by or self.admin
        return await self.invitations.invite(NewInvitation(uuid4(), hash, email, role, by.id, until, share))


@pytest.fixture
async def house(pool: Pool) -> House:
    accounts = Accounts(pool)
    admin = await accounts.first_admin(uuid4(), "mara@studio.example")
    assert admin is not None
    invitations = Invitations(pool)
    await invitations.invite(NewInvitation(uuid4(), b"j", "joao@edit.example", UserRole.USER, admin.id, SOON))
    user = await invitations.accept(b"j", uuid4(), "a hash")
    assert user is not None
    cursor = (await Withdrawals(pool).since(None)).cursor
    return House(
        pool, accounts, People(pool), Devices(pool), invitations, Shares(pool), Videos(pool), admin, user, cursor
    )


# -- people ---------------------------------------------------------------------------------------------------------


async def test_the_last_admin_stays_one(house: House) -> None:
    with pytest.raises(LastAdmin):
        await house.people.deactivate(house.admin.id)
    with pytest.raises(LastAdmin):
        await house.people.change_role(house.admin.id, UserRole.USER)
    assert await house.people.change_role(house.user.id, UserRole.ADMIN)
    assert await house.people.deactivate(house.admin.id)
    with pytest.raises(LastAdmin):
        await house.people.change_role(house.user.id, UserRole.USER)


async def test_two_admins_who_demote_each_other_are_not_both_out(house: House) -> None:
    await house.people.change_role(house.user.id, UserRole.ADMIN)
    refused: list[UUID] = []

    async def demote(id: UUID) -> None:
        try:
            await house.people.change_role(id, UserRole.USER)
        except LastAdmin:
            refused.append(id)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(demote, house.user.id)
        nursery.start_soon(demote, house.admin.id)
    assert len(refused) == 1


async def test_who_is_deactivated_is_out_everywhere_and_may_come_back(house: House) -> None:
    device, user = uuid4(), house.user
    await house.browser(user, b"s")
    assert await house.accounts.add_device(device, user.id, b"s") == 1
    await house.accounts.add_sign_in_link(b"link", user.id, SOON)
    await house.people.add_reset(user.id, b"r", SOON)
    assert await house.people.deactivate(user.id)
    assert await house.taken() == [DeviceSignedOut(user.id, device, 1)]
    assert await house.accounts.signed_in(b"s") is None
    assert not await house.accounts.is_welcome(device, user.id)
    assert not await house.accounts.sign_in(b"link", b"t", SOON)
    assert await house.people.whose_reset(b"r") is None
    assert not await house.people.add_reset(user.id, b"r2", SOON)
    assert not await house.accounts.is_welcome(device, user.id, 2)
    await house.people.activate(user.id)
    assert await house.accounts.add_device(device, user.id) == 2
    assert await house.accounts.is_welcome(device, user.id, 2)
    assert not await house.accounts.is_welcome(device, user.id, 1), "a token of before is still refused"


async def test_another_password_signs_out_every_browser_but_the_one_that_stays(house: House) -> None:
    user, here, there = house.user, uuid4(), uuid4()
    stays = await house.browser(user, b"s")
    await house.browser(user, b"t")
    await house.accounts.add_device(here, user.id, b"s")
    await house.accounts.add_device(there, user.id, b"t")
    await house.people.add_reset(user.id, b"r", SOON)
    await house.people.change_password(user.id, "another hash", stays=stays)
    assert await house.taken() == [DeviceSignedOut(user.id, there, 1)]
    assert await house.accounts.signed_in(b"s") == user
    assert await house.accounts.signed_in(b"t") is None
    assert await house.people.whose_reset(b"r") is None
    credentials = await house.people.credentials(user.email)
    assert credentials is not None
    assert (credentials.password_hash, "another hash" in repr(credentials)) == ("another hash", False)
    await house.people.rehash(user.id, "an older hash", "lost")
    await house.people.rehash(user.id, "another hash", "renewed")
    renewed = await house.people.credentials(user.email)
    assert renewed is not None
    assert renewed.password_hash == "renewed"


async def test_an_address_is_one_persons(house: House) -> None:
    assert not await house.people.change_email(house.user.id, house.admin.email)
    await house.invite("boss@studio.example", b"theirs")
    assert not await house.people.change_email(house.user.id, "boss@studio.example"), "who was invited comes first"
    await house.invite("late@studio.example", b"void", until=PAST)
    assert await house.people.change_email(house.user.id, "late@studio.example")
    assert await house.people.change_email(house.user.id, "joao@new.example")
    assert await house.people.find("joao@edit.example") is None
    assert [person.email for person in await house.people.everybody()] == ["joao@new.example", "mara@studio.example"]


async def test_a_reset_is_of_the_latest_link_alone_and_spent_by_use(house: House) -> None:
    for hash, until in ((b"old", SOON), (b"expired", PAST), (b"new", SOON)):
        assert await house.people.add_reset(house.user.id, hash, until)
        assert (await house.people.whose_reset(hash) is None) == (until is PAST)
    assert await house.people.reset_password(b"old", "x") is None
    assert await house.people.reset_password(b"new", "x") == house.user
    assert await house.people.reset_password(b"new", "y") is None


# -- browsers and devices -------------------------------------------------------------------------------------------


async def test_a_device_that_is_revoked_takes_its_browser_with_it_unless_that_stays(house: House) -> None:
    user, lost, near = house.user, uuid4(), uuid4()
    here = await house.browser(user, b"here")
    await house.browser(user, b"lost")
    await house.accounts.add_device(lost, user.id, b"lost", "Chrome/139.0 (Windows)")
    await house.accounts.add_device(near, user.id, b"here", name="Desk")
    assert {device.name for device in await house.devices.of(user.id)} == {"Desk", "Chrome on Windows"}
    assert not await house.devices.revoke(lost, house.admin.id), "somebody else's"
    assert await house.devices.revoke(lost, user.id, stays=here)
    assert not await house.devices.revoke(lost, user.id, stays=here), "once"
    assert await house.devices.revoke(near, user.id, stays=here)
    assert await house.taken() == [DeviceSignedOut(user.id, lost, 1), DeviceSignedOut(user.id, near, 1)]
    assert await house.accounts.signed_in(b"lost") is None
    assert await house.accounts.signed_in(b"here") == user
    assert await house.accounts.add_device(lost, user.id) is None
    assert await house.devices.of(user.id) == []


async def test_a_browser_is_signed_out_with_the_devices_in_it(house: House) -> None:
    user, device = house.user, uuid4()
    browser = await house.browser(user, b"s")
    await house.accounts.add_device(device, user.id, b"s")
    assert not await house.devices.sign_out(browser, house.admin.id), "somebody else's"
    assert await house.devices.sign_out(browser, user.id)
    assert await house.taken() == [DeviceSignedOut(user.id, device, 1)]
    assert await house.accounts.add_device(device, user.id) == 2, "it may sign in again"
    assert await house.devices.rename(device, user.id, "Desk")
    assert not await house.devices.rename(device, house.admin.id, "Mine")
    assert [device.name for device in await house.devices.of(user.id)] == ["Desk"]


async def test_a_sign_in_takes_the_place_of_the_session_that_the_browser_had(house: House) -> None:
    await house.browser(house.user, b"known to somebody")
    await house.devices.sign_in(house.user.id, b"new", SOON, "", instead_of=b"known to somebody")
    assert await house.accounts.signed_in(b"known to somebody") is None
    assert len(await house.devices.browsers(house.user.id)) == 1
    await house.devices.sign_out_everywhere(house.user.id)
    assert await house.devices.browsers(house.user.id) == []


# -- invitations ----------------------------------------------------------------------------------------------------


async def test_an_invitation_is_accepted_once_and_in_time(house: House) -> None:
    await house.invite("ana@studio.example", b"a", role=UserRole.ADMIN)
    await house.invite("old@studio.example", b"o", until=PAST)
    assert await house.invitations.find(b"o") is None
    assert await house.invitations.accept(b"o", uuid4(), "x") is None
    ana = await house.invitations.accept(b"a", uuid4(), "x")
    assert ana is not None
    assert (ana.email, ana.role) == ("ana@studio.example", "admin")
    assert await house.invitations.accept(b"a", uuid4(), "x") is None
    assert await house.invitations.find(b"a") is None


async def test_inviting_again_makes_the_first_link_void_and_keeps_what_it_shared(house: House) -> None:
    first, second = [await house.videos.detect(make_video(house.admin.id, url=f"https://v/{n}")) for n in (1, 2)]
    one = await house.invite("ana@studio.example", b"a", role=UserRole.ADMIN, share=(first.id, Role.EDITOR))
    again = await house.invite("ana@studio.example", b"b", share=(second.id, Role.REVIEWER))
    assert one == again
    assert await house.invitations.find(b"a") is None
    (pending,) = await house.invitations.pending()
    assert (pending.role, pending.invited_by, len(pending.shares)) == (UserRole.ADMIN, house.admin.email, 2)
    ana = await house.invitations.accept(b"b", uuid4(), "x")
    assert ana is not None
    page = await Shelves(house.pool).page(ana.id, Asked())
    roles = {each.entry.id: each.role for each in page.videos}
    assert roles == {first.id: Role.EDITOR, second.id: Role.REVIEWER}


async def test_somebody_who_has_an_account_by_now_takes_what_is_shared_and_nobody_else_does(house: House) -> None:
    video = await house.videos.detect(make_video(house.admin.id))
    await house.invite("joao@edit.example", b"x", share=(video.id, Role.VIEWER))
    with pytest.raises(EmailTaken):
        await house.invitations.accept(b"x", uuid4(), "x")
    assert not await house.invitations.accept_as(b"x", house.admin)
    assert await house.invitations.accept_as(b"x", house.user)
    assert not await house.invitations.accept_as(b"x", house.user)
    reach = await house.videos.reach(video.id, house.user.id)
    assert reach is not None
    assert reach.role is Role.VIEWER


async def test_one_person_has_so_many_invitations_open_and_no_more(house: House) -> None:
    for n in range(OPEN):
        await house.invite(f"{n}@x.example", f"{n}".encode())
    with pytest.raises(TooManyInvitations):
        await house.invite("more@x.example", b"more")
    await house.invite("more@x.example", b"more", by=house.user)
    (first, *_) = await house.invitations.pending()
    assert await house.invitations.withdraw(first.id)
    assert not await house.invitations.withdraw(first.id)


# -- shares ---------------------------------------------------------------------------------------------------------


async def test_a_share_is_reached_in_its_role_changed_and_withdrawn(house: House) -> None:
    video, user = await house.videos.detect(make_video(house.admin.id)), house.user
    assert await house.videos.reach(video.id, user.id) is None
    for role in (Role.REVIEWER, Role.VIEWER):
        await house.shares.share(video.id, user.id, role)
        reach = await house.videos.reach(video.id, user.id)
        assert reach is not None
        assert (reach.video, reach.role) == (video, role)
    assert await house.shares.change(video.id, user.id, Role.EDITOR)
    assert [(share.email, share.role) for share in await house.shares.of(video.id)] == [(user.email, Role.EDITOR)]
    assert await house.shares.withdraw(video.id, user.id)
    assert not await house.shares.withdraw(video.id, user.id)
    assert not await house.shares.change(video.id, user.id, Role.EDITOR)
    assert await house.videos.reach(video.id, user.id) is None
    roles = [taken.role for taken in await house.taken() if isinstance(taken, ShareChanged)]
    assert roles == [Role.REVIEWER, Role.VIEWER, Role.EDITOR, None]


async def test_what_a_reviewer_sees_on_a_page_is_the_video_that_was_shared_for_review(house: House) -> None:
    """It comes before one of their own; a share to look on or to work notes off does not."""
    shared = await house.videos.detect(make_video(house.admin.id, title="cut"))
    seen = make_video(house.user.id, title="what the page calls it")
    await house.shares.share(shared.id, house.user.id, Role.EDITOR)
    assert (await house.videos.detect(seen)).owner_id == house.user.id
    await house.shares.change(shared.id, house.user.id, Role.REVIEWER)
    assert await house.videos.detect(seen) == shared


async def test_an_invitation_to_one_video_is_withdrawn_with_its_link_unless_an_admin_made_it(house: House) -> None:
    mine = await house.videos.detect(make_video(house.admin.id))
    theirs = await house.videos.detect(make_video(house.user.id))
    await house.invite("a@x.example", b"a", share=(mine.id, Role.VIEWER))
    await house.invite("b@x.example", b"b", by=house.user, share=(theirs.id, Role.VIEWER))
    for video in (mine, theirs):
        (invited,) = await house.shares.invited(video.id)
        assert invited.role is Role.VIEWER
        assert not await house.shares.withdraw_invitation(uuid4(), invited.invitation_id)
        assert await house.shares.withdraw_invitation(video.id, invited.invitation_id)
        assert await house.shares.invited(video.id) == []
    assert await house.invitations.find(b"a") is not None
    assert await house.invitations.find(b"b") is None


async def test_a_video_is_shared_with_so_many_and_no_more(house: House) -> None:
    video = await house.videos.detect(make_video(house.admin.id))
    async with house.pool.lend() as connection:
        await connection.execute(
            "WITH made AS (INSERT INTO users (id, email, role)"
            " SELECT gen_random_uuid(), n || '@x.example', 'user' FROM generate_series(1, %s) n RETURNING id)"
            " INSERT INTO shares (video_id, user_id, role) SELECT %s, id, 'viewer' FROM made",
            (SHARED_WITH - 1, video.id),
        )
    await house.shares.check_room(video.id)
    await house.invite("last@x.example", b"l", share=(video.id, Role.VIEWER))
    with pytest.raises(Full):
        await house.shares.check_room(video.id)


async def test_a_withdrawal_that_is_committed_late_is_found_all_the_same(house: House) -> None:
    """By a transaction that began before the last look and ended after it."""
    looked, committed = trio.Event(), trio.Event()
    device = uuid4()
    await house.accounts.add_device(device, house.user.id)

    async def revoke_slowly(pool: Pool) -> None:
        async with pool.lend() as connection, connection.transaction():
            await connection.execute(
                "INSERT INTO withdrawals (user_id, device_id, generation) VALUES (%s, %s, 1)", (house.user.id, device)
            )
            looked.set()
            await committed.wait()

    async with open_pool(house.pool._conninfo, size=1) as other, trio.open_nursery() as nursery:
        nursery.start_soon(revoke_slowly, other)
        await looked.wait()
        assert await house.taken() == []
        committed.set()
    assert await house.taken() == [DeviceSignedOut(house.user.id, device, 1)]
