"""Operators' telephones at one exchange: ring, pick-up, stop."""

import asyncio
import logging
import re
from uuid import uuid4

from msgspec import Struct

from channels.voice import ami
from channels.voice.agi import Session
from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.call_events import LegEnded, PickedUp
from channels.voice.call_originator import headers
from channels.voice.call_runner import CallRunner
from hub.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

RINGS_S = 60.0
"""Longer than any offer: the hub cancels first."""
AGAIN_S = 2.0
"""Pause between two calls to the telephone of an operator who has accepted."""


class Leg(Struct, eq=False):
    """An operator's end of a call, from the first ring to the end."""

    line: CallRunner
    operator: str


class Phones:
    def __init__(self, line: Ami, phone: str) -> None:
        self._ami, self._phone = line, phone
        before, _, after = phone.partition("{login}")
        self._whose = re.compile(f"{re.escape(before)}(.+){re.escape(after)}-[0-9a-f]+")
        self._legs: dict[str, Leg] = {}
        """By the uniqueid assigned in advance."""

    async def ring(self, line: CallRunner, operator: str, *, offered: bool) -> None:
        """Ring until the pick-up, or a failure; a call only `offered` then goes to the next operator."""
        uniqueid = f"okno-{uuid4().hex}"
        self._legs[uniqueid] = Leg(line, operator)
        call = ami.Call(self._phone.format(login=operator), "hub-operator", RINGS_S, caller_id=line.address.value, uniqueid=uniqueid,
                        headers=headers(line.conversation))
        try:
            outcome = await self._ami.originate(call)
        except (UnavailableError, ActionRefusedError) as error:
            log.warning("ringing an operator's telephone failed", extra={"operator": operator, "why": str(error)})
            outcome = None
        if (outcome is None or not outcome.answered) and self._legs.pop(uniqueid, None) is not None:
            if not offered:
                await asyncio.sleep(AGAIN_S)
            line.happened(LegEnded(operator))

    def whose(self, channel: str) -> str:
        """Login of the operator of this channel's telephone; "" for none."""
        found = self._whose.fullmatch(channel)
        return found[1] if found else ""

    def knows(self, uniqueid: str) -> bool:
        """Whether the leg is a telephone that rings or talks for a call here."""
        return uniqueid in self._legs

    async def hush(self, line: CallRunner, operator: str) -> None:
        for uniqueid in [name for name, leg in self._legs.items() if leg.line is line and leg.operator == operator]:
            del self._legs[uniqueid]
            await self._ami.wish("Hangup", Channel=uniqueid)

    def joined(self, uniqueid: str, line: CallRunner, operator: str) -> None:
        """Whether it was picked up before the caller was connected."""
        self._legs[uniqueid] = Leg(line, operator)

    async def picked_up(self, session: Session) -> bool:
        """Keep a leg in silence until it is joined to the caller, or hangs up; False for a foreign leg."""
        leg = self._legs.get(session.uniqueid)
        if leg is None:
            return False
        leg.line.happened(PickedUp(leg.operator, session.channel))
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
