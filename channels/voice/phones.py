"""Operators' telephones at one exchange: ring, pick-up, brief, stop; and what is dialled there."""

import asyncio
import logging
import re
from asyncio import Task
from collections.abc import Sequence
from contextlib import suppress
from uuid import uuid4

from msgspec import Struct

from channels.voice import ami
from channels.voice.agi import FailedError, Session
from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.call_events import Briefed, LegEnded, PickedUp
from channels.voice.call_originator import CallOriginator, headers
from channels.voice.call_phrases import brief
from channels.voice.call_runner import CallRunner
from channels.voice.context import VoiceContext
from channels.voice.events import Live
from channels.voice.numbers import dear, number_of
from channels.voice.prompts import Prompts
from hub.kernel.errors import OknoError, RefusedError, UnavailableError

log = logging.getLogger(__name__)

RINGS_S = 60.0
"""Longer than any offer: the hub cancels first."""
STILL_S, HUSHES = 0.5, 5
"""Pause after which a telephone that was hung up is looked for again, and how often."""
AGAIN_S = 2.0
"""Pause between two calls to the telephone of an operator who has accepted."""
BRIEFED = 30
"""Last records in which the robot's note is looked for."""
BRIEF_S = 4.0
"""Most of a brief that a caller waits for."""
_RUNG = re.compile(r"okno-([0-9a-f]{32}|\d+(-\d+)?)", re.ASCII)
"""Ids of legs made here and by call_originator.py."""
ANY_KEY = "0123456789*#"
"""Ends a brief."""


class Leg(Struct, eq=False):
    """An operator's end of a call, from the first ring to the end."""

    line: CallRunner
    operator: str
    brief: Task[list[str]] | None = None
    """The sounds of the brief, in preparation while the telephone rings."""


class Briefs:
    """What operators hear of a conversation before they hear the caller."""

    def __init__(self, shared: VoiceContext, prompts: Prompts) -> None:
        self._shared, self._prompts = shared, prompts

    async def sounds(self, conversation: int) -> list[str]:
        """None where the robot has noted nothing, or there is no synthesizer."""
        if not self._shared.settings.brief:
            return []
        try:
            text = brief(await self._shared.store.records(conversation, limit=BRIEFED))
            return await self._prompts.sounds(text) if text else []
        except OknoError as error:
            log.warning("brief for an operator not spoken", extra={"conversation": conversation, "why": str(error)})
            return []


class Phones:
    def __init__(self, line: Ami, phone: str, briefs: Briefs) -> None:
        self._ami, self._phone, self._briefs = line, phone, briefs
        before, _, after = phone.partition("{login}")
        self._whose = re.compile(f"{re.escape(before)}(.+){re.escape(after)}-[0-9a-f]+")
        self._legs: dict[str, Leg] = {}
        """By the uniqueid assigned in advance."""

    async def ring(self, line: CallRunner, operator: str, *, offered: bool) -> None:
        """Ring until the pick-up, or a failure; a call only `offered` then goes to the next operator."""
        uniqueid = f"okno-{uuid4().hex}"
        prepared = asyncio.create_task(self._briefs.sounds(line.conversation))
        self._legs[uniqueid] = Leg(line, operator, prepared)
        call = ami.Call(self._phone.format(login=operator), "hub-operator", RINGS_S, caller_id=line.address.value, uniqueid=uniqueid,
                        headers=headers(line.conversation))
        try:
            outcome = await self._ami.originate(call)
        except (UnavailableError, ActionRefusedError) as error:
            log.warning("ringing an operator's telephone failed", extra={"operator": operator, "why": str(error)})
            outcome = None
        if (outcome is None or not outcome.answered) and self._legs.pop(uniqueid, None) is not None:
            prepared.cancel()
            if not offered:
                await asyncio.sleep(AGAIN_S)
            line.happened(LegEnded(operator))

    def whose(self, channel: str) -> str:
        """Login of the operator of this channel's telephone; "" for none."""
        found = self._whose.fullmatch(channel)
        return found[1] if found else ""

    async def silence(self, channels: Sequence[Live], outgoing: CallOriginator) -> None:
        """Hang up telephones ringing for a crashed hub, or a lost connection, so that none rings twice."""
        for channel in channels:
            ours = _RUNG.fullmatch(channel.uniqueid) and not (channel.uniqueid in self._legs or outgoing.knows(channel.uniqueid))
            if ours and channel.state != "Up":
                await self._ami.wish("Hangup", Channel=channel.uniqueid)

    async def hush(self, line: CallRunner, operator: str) -> None:
        for uniqueid in [name for name, leg in self._legs.items() if leg.line is line and leg.operator == operator]:
            del self._legs[uniqueid]
            # Asterisk hangs up nothing of a leg that it moves to a caller who is gone at this moment: it stays, alone.
            for _ in range(HUSHES):
                if not await self._ami.wish("Hangup", Channel=uniqueid):
                    break
                await asyncio.sleep(STILL_S)

    def joined(self, uniqueid: str, line: CallRunner, operator: str) -> None:
        """Whether it was picked up before the caller was connected."""
        self._legs[uniqueid] = Leg(line, operator)

    async def picked_up(self, session: Session) -> bool:
        """Keep a leg in silence until it is joined to the caller, or hangs up; False for a foreign leg."""
        leg = self._legs.get(session.uniqueid)
        if leg is None:
            return False
        sounds = await leg.brief if leg.brief is not None and leg.brief.done() else []
        leg.line.happened(PickedUp(leg.operator, session.channel, briefed=bool(sounds)))
        try:
            with suppress(TimeoutError, FailedError):
                async with asyncio.timeout(BRIEF_S):
                    for sound in sounds:
                        await session.stream_file(sound, ANY_KEY)
        finally:
            leg.line.happened(Briefed(session.channel))
        await session.hung_up()
        return True

    def leg(self, uniqueid: str) -> Leg | None:
        """The operator of a leg."""
        return self._legs.get(uniqueid)

    def ended(self, uniqueid: str) -> bool:
        """Whether the leg belonged here."""
        leg = self._legs.pop(uniqueid, None)
        if leg is not None:
            leg.line.happened(LegEnded(leg.operator))
        return leg is not None


class DialledCalls:
    """What operators dial at their telephones (CH-01)."""

    def __init__(self, exchange: str, shared: VoiceContext, outgoing: CallOriginator, phones: Phones, prompts: Prompts) -> None:
        self._exchange, self._shared, self._outgoing, self._phones, self._prompts = exchange, shared, outgoing, phones, prompts

    async def take(self, session: Session) -> None:
        """Keep the leg until it is joined, or has failed."""
        await session.answer()
        login, dialled = self._phones.whose(session.channel), session.env.get("agi_extension", "")
        number = number_of(dialled, self._shared.settings.region)
        if number and not self._shared.settings.abroad and (why := dear(number, self._shared.settings.region)):
            await self._turn_away(session, login, f"Туда с этого телефона не звонят: {why}.")
            return
        self._outgoing.in_hand[session.uniqueid] = session
        try:
            await self._shared.intake.phoned(login, number or dialled, f"{self._exchange}/{session.uniqueid}")
            await session.hung_up()
        except (RefusedError, UnavailableError) as error:
            await self._turn_away(session, login, str(error))
        finally:
            del self._outgoing.in_hand[session.uniqueid]

    async def _turn_away(self, session: Session, operator: str, why: str) -> None:
        """Refuse the call, with an announcement."""
        log.info("call of an operator refused", extra={"operator": operator, "why": why})
        for sound in await self._prompts.sounds(why):
            await session.stream_file(sound, "")
        await session.go("hub-bye")
