"""Operators' telephones at one exchange: ring, pick-up, stop."""

import asyncio
import logging
import re
from uuid import uuid4

from msgspec import Struct

from channels.voice import ami
from channels.voice.agi import Session
from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.call import LegEnded, PickedUp
from channels.voice.call_originator import headers
from channels.voice.call_runner import CallRunner
from hub.kernel.errors import UnavailableError

log = logging.getLogger(__name__)

RINGS_S = 60.0
"""Longer than any offer: it is the hub that gives up first."""
AGAIN_S = 2.0
"""Between two calls to the telephone of an operator who has accepted."""


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
        """By the uniqueid that each was given beforehand."""

    async def ring(self, line: CallRunner, operator: str, *, offered: bool) -> None:
        """Until he picks up, or does not; what is only `offered` to him is then offered to the next."""
        uniqueid = f"okno-{uuid4().hex}"
        self._legs[uniqueid] = Leg(line, operator)
        call = ami.Call(self._phone.format(login=operator), "hub-operator", RINGS_S, caller_id=line.address.value, uniqueid=uniqueid,
                        headers=headers(line.conversation))
        try:
            outcome = await self._ami.originate(call)
        except (UnavailableError, ActionRefusedError) as error:
            log.warning("a telephone does not ring", extra={"operator": operator, "why": str(error)})
            outcome = None
        if (outcome is None or not outcome.answered) and self._legs.pop(uniqueid, None) is not None:
            if not offered:
                await asyncio.sleep(AGAIN_S)
            line.happened(LegEnded(operator))

    def whose(self, channel: str) -> str:
        """Login of the operator at whose telephone this channel is; "" where it is nobody's."""
        found = self._whose.fullmatch(channel)
        return found[1] if found else ""

    def knows(self, uniqueid: str) -> bool:
        """Whether it is a telephone that rings or talks for somebody here."""
        return uniqueid in self._legs

    async def hush(self, line: CallRunner, operator: str) -> None:
        for uniqueid in [name for name, leg in self._legs.items() if leg.line is line and leg.operator == operator]:
            del self._legs[uniqueid]
            await self._ami.wish("Hangup", Channel=uniqueid)

    def joined(self, uniqueid: str, line: CallRunner, operator: str) -> None:
        """He has picked up already, before there was a caller."""
        self._legs[uniqueid] = Leg(line, operator)

    async def picked_up(self, session: Session) -> bool:
        """His end waits in silence until it is joined to the caller, or put down; False where it is none of these."""
        leg = self._legs.get(session.uniqueid)
        if leg is None:
            return False
        leg.line.happened(PickedUp(leg.operator, session.channel))
        await session.hung_up()
        return True

    def leg(self, uniqueid: str) -> Leg | None:
        """Whose leg it is."""
        return self._legs.get(uniqueid)

    def ended(self, uniqueid: str) -> bool:
        """Whether it was one of these."""
        leg = self._legs.pop(uniqueid, None)
        if leg is not None:
            leg.line.happened(LegEnded(leg.operator))
        return leg is not None
