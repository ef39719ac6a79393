"""The voice of a reviewer on the real server: its own model, its own socket."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import attrs
import pytest
import trio

from lossy.app import open_app
from lossy.channels.audio import pack
from lossy.inference.stt import ModelError
from lossy.settings import Settings, Stt
from lossy.sim.account import Account
from tests.inference.test_samples import opus
from tests.inference.tiny_whisper import write_saying
from tests.web.devices import now_ms, open_device

if TYPE_CHECKING:
    import io
    from pathlib import Path

pytestmark = pytest.mark.integration


async def test_a_reviewer_who_lets_the_server_hear_gets_notes(
    settings: Settings, logs: io.StringIO, tmp_path: Path
) -> None:
    write_saying(tmp_path / "model", "Please make the intro shorter.")
    session_id = uuid4()
    async with open_app(attrs.evolve(settings, stt=Stt(model=str(tmp_path / "model")))) as app:
        account = Account(app.url)
        await account.sign_in(await app.sign_in_url())
        async with open_device(app, account) as device:
            await device.detect()
            await device.enter(session_id)
            user_id = app.node.roster._live[session_id].user_id
            await app.node.user_settings.make(user_id, 0, {"server_stt": True})
            await device.ask("command", {"name": "start", "at": now_ms()})
            topic = f"audio:{session_id}"
            joined = await device.client.join(topic, {"token": device.token, "device_id": str(device.id)})
            assert joined["accepted"]

            began = now_ms()
            await device.hear("speech_start", 1, began)
            for chunk in opus("mono", "60"):
                await (await device.client.push(topic, "audio", pack(chunk))).response()
            await trio.sleep(max(0, began + 400 - now_ms()) / 1_000)
            await device.hear("speech_end", 2)
            remark = await device.pushed("remark")
            assert "note_id" in remark
    assert "speech model loaded" in logs.getvalue()


async def test_a_server_whose_model_is_not_there_does_not_start(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"it lacks model\.bin"):
        async with open_app(attrs.evolve(settings, stt=Stt(model=str(tmp_path / "nothing")))):
            pass
