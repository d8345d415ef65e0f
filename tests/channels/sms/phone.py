"""A citizen's telephone behind an SMSC, and what the tests of SMPP share."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from channels.intake import pump
from channels.sms.smpp import NAME, Smpp, connect
from hub.conversations.address import Address
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from tests.channels.room import Room
from tests.peers.smsc import Event, Peer

NUMBER, SHORT_CODE = "+79161234567", "7788"
FROM_CITIZEN = {"source_addr": NUMBER[1:], "source_addr_ton": 1, "source_addr_npi": 1, "destination_addr": SHORT_CODE}
ID_TAG = 0x1401


def ucs2(text: str) -> dict[str, object]:
    """The content of a short_message, in UCS-2."""
    return {"data_coding": 8, "short_message": {"hex": text.encode("utf-16-be").hex()}}


def smsc_settings(folder: Path, listens: int, **more: Any) -> dict[str, object]:
    password = folder / "smsc.password"
    password.write_text("secret\n")
    return {
        "name": "node", "host": "127.0.0.1", "port": listens, "system_id": "okno", "password_file": str(password), "source": SHORT_CODE,
        "reconnect_s": 0.02, "timeout_s": 3.0} | more


def driver(settings: dict[str, object], intake: Intake, store: Store, files: Files) -> Channel:
    return connect(settings, intake, store, files, limited=True)


@asynccontextmanager
async def pumped(room: Room) -> AsyncIterator[Smpp]:
    """The channel of a room, receiving."""
    channel = room.channel
    assert isinstance(channel, Smpp)
    task = asyncio.create_task(pump(channel, room.intake))
    try:
        yield channel
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def joined(submits: list[Event]) -> list[str]:
    """Texts as telephones show them: parts are joined by their headers or SAR parameters."""
    texts: list[str] = []
    parts: dict[tuple[object, ...], dict[int, str]] = {}
    for event in submits:
        text = event["payload"] if event.get("payload") is not None else event["text"]
        if event["udh"]:
            octets = bytes.fromhex(event["udh"][0])
            reference, total, seq = octets[2:-2].hex(), octets[-2], octets[-1]
        elif event.get("sar"):
            reference, total, seq = event["sar"]
        else:
            texts.append(text)
            continue
        whole = parts.setdefault((event["destination"], reference, total), {})
        whole[seq] = text
        if len(whole) == total:
            texts.append("".join(whole[n] for n in range(1, total + 1)))
            whole.clear()
    return texts


class Phone:
    """tests.channels.contract.FarEnd over node-smpp; the SMSC gives each message an id of its own."""

    def __init__(self, room: Room, peer: Peer) -> None:
        self._room, self._peer = room, peer
        self.submits: list[Event] = []
        self.conversation = 0

    async def say(self, key: str, text: str) -> None:
        self._peer.tell("deliver", key=key, pdu=FROM_CITIZEN | ucs2(text) | {"vendor_id": {"hex": key.encode().hex()}})

    async def acknowledged(self, key: str) -> None:
        answer = await self._peer.hear("answer", key=key)
        assert answer["status"] == 0
        head = await self._room.intake.find(Address(NAME, NUMBER))
        assert head is not None
        self.conversation = head.id

    async def refused(self, key: str) -> None:
        answer = await self._peer.hear("answer", key=key)
        assert answer["status"] == 0x64

    async def nothing_came(self) -> bool:
        self._peer.tell("enquire")
        await self._peer.hear("enquire_link_resp")
        return not self._peer.told("answer")

    async def hears(self, text: str) -> None:
        while text not in self.heard():
            self.submits.append(await self._peer.hear("submit"))

    async def leave(self) -> None:
        self._peer.tell("close")
        await self._peer.hear("away")
        await self._peer.hear("closed")

    async def come_back(self) -> None:
        self._peer.tell("listen", port=self._peer.port)
        await self._peer.hear("bound")

    def heard(self) -> list[str]:
        return joined(self.submits)
