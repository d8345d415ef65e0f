"""Monitoring of talks (MC-05, OC-05): supervisors listen at their telephones, whisper to the operator, or join.

ChanSpy follows the operator's leg through transfers, and ends with it. The listeners and their modes are read from Asterisk: the ids of
their legs contain conversation and login, and the options of ChanSpy the mode. A hub that has just started therefore knows them too.
"""

import asyncio
import logging
from collections.abc import Sequence

from msgspec import Struct

from channels.voice import ami, events
from channels.voice.agi import FailedError, Session
from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.call_originator import HERE_S, OPERATOR_S, DialSettings
from channels.voice.consultations.consultation_legs import AT_HUB
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, UnavailableError
from hub.telephony.ports import MonitorMode

log = logging.getLogger(__name__)

PREFIX = "okno-ear-"
OPTIONS = {MonitorMode.LISTEN: "qE", MonitorMode.WHISPER: "qEw", MonitorMode.JOIN: "qEB"}
"""Silent, and ends with the operator's leg; w: the operator hears the listener, B: both sides do."""


class Listener(Struct):
    """`channel` is the operator's end of the call, `uniqueid` that of the listener's own leg."""

    conversation: int
    login: str
    ear: MonitorMode
    channel: str

    @property
    def uniqueid(self) -> str:
        return f"{PREFIX}{self.conversation}-{self.login}"


class CallSupervision:
    def __init__(self, line: Ami, ways: DialSettings, intake: Intake) -> None:
        self._ami, self._ways, self._intake = line, ways, intake
        self._listeners: dict[str, Listener] = {}
        """By the uniqueids of the legs."""
        self._here: dict[str, asyncio.Event] = {}
        """Legs at the hub, or expected."""

    def listeners(self, conversation: int) -> dict[str, MonitorMode]:
        """hub.telephony.ports.MonitoringChannel."""
        return {each.login: each.ear for each in self._listeners.values() if each.conversation == conversation}

    async def listen(self, conversation: int, login: str, ear: MonitorMode, channel: str) -> None:
        """Listen to the operator's `channel` at the user's telephone; raises RefusedError where it is unanswered, and UnavailableError."""
        wanted = Listener(conversation, login, ear, channel)
        known = self._listeners.get(wanted.uniqueid)
        self._listeners[wanted.uniqueid] = wanted
        here = self._here[wanted.uniqueid] = asyncio.Event()
        try:
            await (self._ring(wanted) if known is None else self._again(wanted))
            async with asyncio.timeout(HERE_S):
                await here.wait()
        except (ActionRefusedError, UnavailableError, TimeoutError) as error:
            self._gone(wanted.uniqueid)
            raise RefusedError("not_answered", "Ваш телефон не ответил.") from error
        self._intake.stirred(conversation)

    async def leave(self, conversation: int, login: str) -> None:
        await self._ami.wish("Hangup", Channel=Listener(conversation, login, MonitorMode.LISTEN, "").uniqueid)

    async def take(self, session: Session) -> bool:
        """A listener's telephone was picked up, or the mode has changed: listen until the end of the call."""
        listener = self._listeners.get(session.uniqueid)
        if listener is None:
            return False
        if (here := self._here.pop(session.uniqueid, None)) is not None:
            here.set()
        try:
            await session.exec("ChanSpy", listener.channel, OPTIONS[listener.ear])
        except FailedError as error:
            log.info("call monitoring failed: no call to listen to", extra={"conversation": listener.conversation, "why": str(error)})
        await session.go("hub-bye")
        return True

    def told(self, event: events.Event) -> None:
        if isinstance(event, events.Hangup):
            self._gone(event.uniqueid)

    def resume(self, live: Sequence[events.Live]) -> None:
        """Asterisk is connected (again): find current listeners."""
        there = {leg.uniqueid: leg for leg in live if leg.uniqueid.startswith(PREFIX)}
        for gone in self._listeners.keys() - there.keys():
            self._gone(gone)
        for uniqueid, leg in there.items():
            channel, _, options = leg.data.rpartition(",")
            ear = next((ear for ear, known in OPTIONS.items() if known == options), None)
            conversation, _, login = uniqueid.removeprefix(PREFIX).partition("-")
            if uniqueid not in self._listeners and ear is not None:
                self._listeners[uniqueid] = Listener(int(conversation), login, ear, channel)
                self._intake.stirred(int(conversation))

    async def _ring(self, listener: Listener) -> None:
        phone = self._ways.phone.format(login=listener.login)
        answer = await self._ami.originate(ami.Call(phone, AT_HUB, OPERATOR_S, uniqueid=listener.uniqueid))
        if not answer.answered:
            message = f"{phone}: {answer.reason}"
            raise UnavailableError(message)

    async def _again(self, listener: Listener) -> None:
        await self._ami.action("Redirect", Channel=listener.uniqueid, Context=AT_HUB, Exten="s", Priority=1)

    def _gone(self, uniqueid: str) -> None:
        if (listener := self._listeners.pop(uniqueid, None)) is not None:
            self._intake.stirred(listener.conversation)
