"""Under /api, one's own account: who one is, signing in and out, and where one is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import attrs
import orjson
from quart import Response

from lossy.channels.errors import not_found
from lossy.web.account_pages import change_email, change_password, revoke_device, sign_out_browser
from lossy.web.api import Api, Asked, check_origin_of_change, no_content
from lossy.web.entrance import begin_session, check_password, forget_session, this_browser
from lossy.web.entrance_pages import end_session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.store.accounts import User
    from lossy.web.node import Node


def serve_account(node: Node) -> Api:
    api = Api.named("account_api", node)

    @api.handles("sign_in")
    async def sign_in(asked: Asked) -> Response:
        """No other site may sign a browser in either: what its user does then would be seen by somebody else."""
        check_origin_of_change(node)
        user = await check_password(node, asked.body.email, asked.body.password)
        return await begin_session(node, user, Response(orjson.dumps(_me(user)), content_type="application/json"))

    @api.handles("sign_out")
    async def sign_out(asked: Asked) -> Response:
        await end_session(node)
        return forget_session(node, no_content())

    @api.handles("sign_out_everywhere")
    async def sign_out_everywhere(asked: Asked) -> Response:
        await node.devices.sign_out_everywhere(asked.user.id)
        await node.letting_go.look()
        return forget_session(node, no_content())

    @api.handles("get_me")
    async def get_me(asked: Asked) -> Mapping[str, Any]:
        return _me(asked.user)

    @api.handles("change_email")
    async def email(asked: Asked) -> None:
        await change_email(node, asked.user, asked.body)

    @api.handles("change_password")
    async def password(asked: Asked) -> None:
        await change_password(node, asked.user, asked.body)

    return api


def serve_devices(node: Node) -> Api:
    api = Api.named("devices_api", node)

    @api.handles("list_devices")
    async def devices(asked: Asked) -> Mapping[str, Any]:
        return {"devices": [plain(device) for device in await node.devices.of(asked.user.id)]}

    @api.handles("rename_device")
    async def rename(asked: Asked) -> None:
        if not await node.devices.rename(asked.ids["device_id"], asked.user.id, asked.body.name):
            raise not_found()

    @api.handles("revoke_device")
    async def revoke(asked: Asked) -> None:
        await revoke_device(node, asked.user.id, asked.ids["device_id"], stays=await this_browser(node))

    @api.handles("list_browsers")
    async def browsers(asked: Asked) -> Mapping[str, Any]:
        here, found = await this_browser(node), await node.devices.browsers(asked.user.id)
        return {"browsers": [{**plain(browser), "here": browser.id == here} for browser in found]}

    @api.handles("sign_out_browser")
    async def sign_out_one(asked: Asked) -> None:
        await sign_out_browser(node, asked.user, asked.ids["browser_id"])

    return api


def _me(user: User) -> dict[str, Any]:
    return {"id": str(user.id), "email": user.email, "role": user.role}


def plain(value: Any) -> dict[str, Any]:
    """A value of the store as JSON has it."""
    return attrs.asdict(value, value_serializer=lambda _, __, each: str(each) if isinstance(each, UUID) else each)
