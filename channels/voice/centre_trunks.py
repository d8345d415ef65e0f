"""Calls between centres on different deployments, over a SIP trunk (CH-17).

The conversation has gone over the link before (hub/federation); the trunk brings the sound, and a header that says which conversation it
belongs to.
"""

import logging
from uuid import uuid4

from channels.voice.agi import Session
from channels.voice.ami import ActionRefusedError, Ami, Call
from channels.voice.call_events import Reached, TrunkEnded
from channels.voice.call_runner import JOINED_AS, CallRunner
from channels.voice.context import VoiceContext
from channels.voice.events import Hangup
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue, WithOperator
from hub.kernel.errors import OknoError

log = logging.getLogger(__name__)

RINGS_S = 10.0
"""The other hub answers at once: the conversation waits there already."""
HUNG_UP = 16
"""Q.850: hung up. Every other cause is a fault of the line."""
ORIGIN = "X-Okno-Handover"


def way_to(centre: str) -> str:
    """The dial string of a centre's trunk (docker/asterisk/render)."""
    return f"PJSIP/okno@centre-{centre}"


class CentreTrunks:
    """Trunks of the calls of one exchange."""

    def __init__(self, line: Ami, shared: VoiceContext) -> None:
        self._ami, self._shared = line, shared
        self._legs: dict[str, CallRunner] = {}
        """By the uniqueid assigned in advance."""

    async def connect(self, line: CallRunner) -> None:
        """Call the centre that has accepted the conversation."""
        uniqueid = f"okno-{uuid4().hex}"
        self._legs[uniqueid] = line
        try:
            call = await self._shared.intake.handed_call(line.conversation)
            if call is None:  # it has come back at this moment, and the call hears of that
                self._legs.pop(uniqueid, None)
                return
            await line.session.set_variable(JOINED_AS, "")  # of a talk before
            outcome = await self._ami.originate(Call(way_to(call.centre), "hub-operator", RINGS_S, caller_id=call.caller or "anonymous",
                                                     uniqueid=uniqueid, headers={ORIGIN: call.origin}))
            reached = outcome.answered
        except (OknoError, ActionRefusedError) as error:
            log.warning("call not connected to another centre", extra={"call": line.key, "why": str(error)})
            reached = False
        if not reached and self._legs.pop(uniqueid, None) is not None:
            line.happened(TrunkEnded(lost=True))

    async def disconnect(self, line: CallRunner) -> None:
        for uniqueid in [name for name, each in self._legs.items() if each is line]:
            del self._legs[uniqueid]
            await self._ami.wish("Hangup", Channel=uniqueid)

    async def take(self, session: Session) -> bool:
        """The other centre has answered: keep the trunk until it is joined to the caller, or is over; False for another leg."""
        line = self._legs.get(session.uniqueid)
        if line is None:
            return False
        line.happened(Reached(session.channel))
        await session.hung_up()
        return True

    async def arriving(self, session: Session) -> Address | None:
        """The conversation that another centre connects a caller for; None, and the trunk is refused, unless it waits here."""
        centre, origin = await session.get_variable("HUB_CENTRE"), await session.get_variable("HUB_HANDOVER")
        address = self._shared.handed(centre or "", session.env.get("agi_callerid", ""), origin or "")
        head = await self._shared.store.at_address(address)
        if head is None or not isinstance(head.holder, InQueue | WithOperator) or self._shared.calls.at(address) is not None:
            log.warning("call of another centre refused: no such conversation waits here", extra={"centre": centre, "origin": origin})
            await session.go("hub-bye")
            return None
        await session.answer()
        await session.set_variable("HUB_HERE", "1")
        return address

    def ended(self, event: Hangup) -> bool:
        """Whether the leg belonged here."""
        line = self._legs.pop(event.uniqueid, None)
        if line is not None:
            line.happened(TrunkEnded(lost=event.cause != HUNG_UP))
        return line is not None
