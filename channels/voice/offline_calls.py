"""Calls that Asterisk handled while the hub was down.

Asterisk writes a file at the end of each such call (docker/asterisk/etc/extensions.conf, hub-away); the file is deleted only after the
hub has stored the call.
"""

import asyncio
import logging
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from channels.voice.context import VoiceContext
from hub.telephony.offline_calls import OfflineCall

log = logging.getLogger(__name__)


class OfflineCallRecord(Struct, frozen=True):
    """`began` is the beginning of the downtime; `operator` is who answered, "" for nobody."""

    uniqueid: str
    began: datetime
    ended: datetime
    number: str
    dialled: str
    operator: str = ""
    answered: datetime | None = None


class OfflineCallFolder:
    """`phone` is the dial string of operators' telephones, which contains the login."""

    def __init__(self, folder: Path, phone: str) -> None:
        self._folder = folder
        before, _, after = phone.partition("{login}")
        self._phone = re.compile(f"{re.escape(before)}(.+){re.escape(after)}")

    def calls(self) -> list[OfflineCallRecord]:
        """Ended calls, the oldest first; unreadable files stay."""
        found = []
        for path in self._folder.glob("*.call"):
            try:
                found.append(self._read(path.stem, path.read_text(encoding="utf8").strip()))
            except (OSError, ValueError) as error:
                log.warning("invalid record of an offline call: ignored", extra={"file": path.name, "why": str(error)})
        return sorted(found, key=lambda call: call.began)

    def forget(self, call: OfflineCallRecord) -> None:
        (self._folder / f"{call.uniqueid}.call").unlink(missing_ok=True)

    def _read(self, uniqueid: str, line: str) -> OfflineCallRecord:
        """Raises ValueError, also for an incomplete line."""
        began_s, queued_s, waited_s, phone, ended_s, number, dialled, end = line.split("|")
        if end != "end":
            raise ValueError(line)
        began = _moment(began_s)
        ended = max(_moment(ended_s), began)
        telephone = self._phone.fullmatch(phone)
        if telephone is None:
            return OfflineCallRecord(uniqueid, began, ended, number, dialled)
        answered = min(max(_moment(queued_s) + timedelta(seconds=int(waited_s)), began), ended)
        return OfflineCallRecord(uniqueid, began, ended, number, dialled, telephone[1], answered)


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


class OfflineCallImport:
    """Adds offline calls to the journal, each once."""

    def __init__(self, folder: OfflineCallFolder, exchange: str, shared: VoiceContext) -> None:
        self._folder, self._exchange, self._shared = folder, exchange, shared
        self._one = asyncio.Lock()

    async def bring_in(self) -> None:
        """Import one call; a call known before the downtime loses its bookmark. Raises StoreError."""
        async with self._one:
            marks = await self._shared.stored_calls.of(self._exchange)
            for call in await asyncio.to_thread(self._folder.calls):
                conversation = marks.get(call.uniqueid, 0)
                await self._shared.intake.bygone(await self._bygone(call, conversation))
                if conversation:
                    await self._shared.stored_calls.end(conversation)
                await asyncio.to_thread(self._folder.forget, call)

    async def _bygone(self, call: OfflineCallRecord, conversation: int) -> OfflineCall:
        key = f"{self._exchange}-{call.uniqueid}"
        head = await self._shared.store.conversation(conversation) if conversation else None
        address = head.address if head else self._shared.address(call.number, key)
        again = self._shared.calls.at(address) is not None
        return OfflineCall(address, key, call.began, call.ended, call.operator, call.answered, self._shared.place(call.dialled),
                      conversation if head else 0, again)
