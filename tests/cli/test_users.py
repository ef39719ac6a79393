"""`lossy users`, beside a database as a person uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import trio
from click.testing import CliRunner

from lossy.app import migrate_pool
from lossy.cli import main
from lossy.clock import as_datetime
from lossy.store.accounts import Accounts
from lossy.store.devices import Devices
from lossy.store.invitations import Invitations
from lossy.store.people import People
from lossy.store.pool import open_pool
from lossy.store.withdrawals import Withdrawals
from lossy.web.auth import hashed
from tests.logs import plain_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

MARA, JOAO = "mara@studio.example", "joao@edit.example"
SOON = as_datetime(4_000_000_000_000)


@pytest.fixture(autouse=True)
def usual_logs() -> Iterator[None]:
    yield
    plain_logs()


async def prepare(database: str) -> None:
    """Mara is the admin."""
    async with open_pool(database, size=1) as pool:
        await migrate_pool(pool)
        await Accounts(pool).first_admin(uuid4(), MARA)


async def accept(database: str, secret: str) -> str:
    """Whoever was invited comes, on a device; its id."""
    async with open_pool(database, size=1) as pool:
        user = await Invitations(pool).accept(hashed(secret), uuid4(), "a hash")
        assert user is not None
        await Devices(pool).sign_in(user.id, b"session", SOON, "Firefox/140.0 (Linux)", instead_of=b"")
        device = uuid4()
        assert await Accounts(pool).add_device(device, user.id, b"session", name="Edit bay")
        return str(device)


async def withdrawals(database: str) -> int:
    async with open_pool(database, size=1) as pool:
        return len((await Withdrawals(pool).since(0)).found)


async def may_reset(database: str, secret: str) -> bool:
    async with open_pool(database, size=1) as pool:
        return await People(pool).whose_reset(hashed(secret)) is not None


def test_people_are_let_in_and_out_from_the_command_line(database: str) -> None:
    trio.run(prepare, database)

    def lossy(*arguments: str) -> list[str]:
        environ = {"DATABASE_URL": database, "LOSSY_SERVER_PUBLIC_URL": "https://lossy.example/"}
        result = CliRunner().invoke(main, ("users", *arguments), env=environ)
        return [*result.output.splitlines(), *([] if result.exit_code == 0 else [f"exit {result.exit_code}"])]

    def secret_of(lines: list[str], path: str) -> str:
        assert lines[0].startswith(f"https://lossy.example/{path}/")
        return lines[0].rpartition("/")[2]

    invitation = secret_of(lossy("invite", " Joao@Edit.example"), "invitations")
    assert any(line.startswith(f"{JOAO}  invited as user") for line in lossy("list"))
    device = trio.run(accept, database, invitation)
    assert lossy("list")[0].startswith(f"{JOAO}  user, last seen ")
    assert lossy("list")[1] == f"{MARA}  admin, no password yet, never seen"
    assert lossy("invite", JOAO)[0].startswith(f"lossy: {JOAO} has an account already")
    assert lossy("role", JOAO, "admin") == [f"{JOAO} is admin now."]
    assert lossy("role", MARA, "user") == [f"{MARA} is user now."]
    assert lossy("deactivate", JOAO) == ["lossy: they are the last admin; make somebody else one first", "exit 1"]
    assert trio.run(may_reset, database, secret_of(lossy("reset", JOAO), "passwords"))
    listed = lossy("devices", JOAO)
    assert [line.partition("  ")[2].partition(",")[0] for line in listed] == ["Edit bay", "Firefox on Linux"]
    assert lossy("revoke", JOAO, "00000000")[-1] == "exit 1"
    assert lossy("revoke", JOAO, device[:7])[-1] == "exit 1", "too short to be sure"
    assert lossy("revoke", JOAO)[-1] == "exit 2"
    assert lossy("revoke", JOAO, device[:8]) == [f"{device} is out."]
    assert lossy("devices", JOAO) == [], "the browser went with the device"
    assert lossy("revoke", JOAO, "--everywhere") == [f"{JOAO} is signed out everywhere."]
    assert trio.run(withdrawals, database) == 2, "a server that runs is told"
    assert lossy("deactivate", MARA) == [f"{MARA} is out, and stays out."]
    assert "deactivated" in lossy("list")[1]
    assert lossy("reset", MARA)[-1] == "exit 1"
    assert lossy("activate", MARA) == [f"{MARA} may come in again."]
    for lines in (lossy("devices", "nobody@x.example"), lossy("role", "no address", "user")):
        assert len(lines) == 2
        assert lines[0].startswith("lossy: ")
