"""The same driver against SMSCs that were written by others: smpp.twisted, and Kannel's."""

from functools import partial
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.sms.smpp import NAME
from hub.conversations.address import Address
from hub.conversations.delivery_status import Delivery
from tests.channels.room import ValvedMemory, room_with
from tests.channels.sms.phone import NUMBER, driver, pumped, smsc_settings
from tests.channels.sms.wires import Wires
from tests.missing_programs import need_file
from tests.peers.smsc import DRIVE_SMPP, kannel_smsc, twisted_smsc
from tests.rig import eventually

pytestmark = pytest.mark.peers


@pytest.mark.smoke
async def test_smpp_twisted(tmp_path: Path, russian: Russian) -> None:
    # CH-05
    async with twisted_smsc() as smsc:
        wires = Wires(tmp_path, russian, smsc)
        async with wires.started(bound="") as hub:
            await smsc.hear("bound")
            smsc.tell("deliver", key="1", hex="Здравствуйте 👍".encode("utf-16-be").hex(), source=NUMBER[1:])
            await smsc.hear("answer", key="1", status=0)
            assert await hub.said() == ["Здравствуйте 👍"]
            conversation = await hub.conversation()
            await hub.room.hand_to_anna(conversation)
            await hub.settled()
            smsc.events.clear()
            await hub.room.anna_writes(conversation, "Ждём вас")
            submit = await smsc.hear("submit", hex="Ждём вас".encode("utf-16-be").hex())
            assert (submit["source"], submit["destination"], submit["coding"]) == ("7788", NUMBER[1:], "DataCodingDefault.UCS2")
            await hub.settled()
            smsc.tell("deliver", key="2", hex=f"id:{submit['id']} stat:DELIVRD err:000".encode().hex(), source=NUMBER[1:], receipt=True)
            await smsc.hear("answer", key="2", status=0)
            await hub.becomes(conversation, ("Ждём вас", Delivery.DELIVERED, ""))
            await hub.room.anna_writes(conversation, "я" * 100)
            parts = [await smsc.hear("submit", udh=True) for _ in range(2)]
            assert {part["hex"][6:8] for part in parts} == {parts[0]["hex"][6:8]}
            assert "".join(bytes.fromhex(part["hex"])[6:].decode("utf-16-be") for part in parts) == "я" * 100


@pytest.mark.smoke
async def test_kannels_smsc(tmp_path: Path, russian: Russian) -> None:
    need_file(Path(DRIVE_SMPP), "kannel-extras")
    async with kannel_smsc(tmp_path, messages=100) as port:
        settings: dict[str, object] = {"smscs": [smsc_settings(tmp_path, port, bind="receiver", system_id="foo")]}
        async with room_with(partial(driver, settings), ValvedMemory, tmp_path, russian) as room, pumped(room):
            async def all_came() -> bool:
                head = await room.intake.find(Address(NAME, "456"))
                return head is not None and await room.said(head.id) == [str(n) for n in range(1, 101)]
            await eventually(all_came)
