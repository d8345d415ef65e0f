"""Outbound calls: the operator's telephone first, then the citizen's (SL-05).

The ids of these legs are derived from the conversation and the record of the call. A leg found after a restart is therefore assigned to
its conversation, and Asterisk itself refuses a second leg of the same call.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec import Struct, field

from channels.voice import ami, events
from channels.voice.agi import FailedError, HungUpError, Session
from channels.voice.ami import ActionRefusedError, Ami
from hub.conversations.conversation import Conversation
from hub.kernel.errors import UnavailableError
from hub.telephony.ports import CallOutcome, OutboundCall

log = logging.getLogger(__name__)

OPERATOR_S, CITIZEN_S = 25.0, 40.0
"""Ringing time of either telephone."""
HERE_S = 10.0
"""Time limit for an answered leg to reach the hub."""

TOLD_S = 2.0
"""Time limit for Asterisk's cause of a leg's end."""
HEARD_S = 1.0
"""Time limit for the news of a leg: an attempt's result may overtake it."""

CAUSES = {17: CallOutcome.BUSY, 18: CallOutcome.NO_ANSWER, 19: CallOutcome.NO_ANSWER, 21: CallOutcome.BUSY}
"""Q.850 causes of the citizen's leg: busy, no answer, refused; all others mean unreachable."""
TRUNK = {0, 3, 27, 34, 38, 41, 42, 44, 47, 63, 66, 102, 127}
"""Q.850 causes of a trunk's failure or lack of capacity, not of the number; 0 where there is no route."""
ENDED = {CallOutcome.TALKED, CallOutcome.MACHINE, CallOutcome.GIVEN_UP, CallOutcome.CUT}
"""After these no other trunk is tried."""
MACHINE = "LONGGREETING", "MAXWORDS"
"""AMD's causes for a machine. Its others mean silence, which a person may keep, too."""
RANG, RANG_OUT = 3, 19
"""OriginateResponse: it rang for the maximum time; and its cause."""


class NothingDialledError(UnavailableError):
    """Asterisk called nobody: another one may."""


class DialSettings(Struct, frozen=True):
    """Dial strings, and the number shown to the citizen."""

    phone: str
    trunks: Sequence[str]
    caller_id: Callable[[Conversation], str]


class PlacedCall(Struct, eq=False):
    """A call under way. `operator` is their session once they picked up."""

    dial: OutboundCall
    answered: Callable[[], None]
    operator: asyncio.Future[Session]
    over: asyncio.Future[CallOutcome]
    cause: asyncio.Future[int]
    """The cause of the end of the citizen's leg (Q.850)."""
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """The operator's telephone was called."""
    trunk: int = 0
    """Index of the trunk to the citizen."""
    way: asyncio.Event = field(default_factory=asyncio.Event)
    """That trunk has accepted the call."""
    rang: bool = False
    """The citizen's telephone rings, or has."""
    reached: bool = False
    """The citizen has answered."""

    @property
    def operator_leg(self) -> str:
        return self.dial.leg.partition("/")[2] or f"okno-{self.dial.record}"

    @property
    def citizen_leg(self) -> str:
        return f"okno-{self.dial.conversation.id}-{self.dial.record}" + (f"-{self.trunk}" if self.trunk else "")

    def again(self, trunk: int) -> None:
        """Call the citizen by another trunk; later news of the last attempt is ignored."""
        self.trunk, self.way, self.rang, self.cause = trunk, asyncio.Event(), False, asyncio.get_running_loop().create_future()


def headers(conversation: int) -> dict[str, str]:
    """SIP headers to an operator's telephone: a softphone answers an accepted call automatically."""
    return {"X-Okno-Conversation": str(conversation)}


def placed_for(uniqueid: str) -> int:
    """The conversation of an outbound call; 0 for an incoming one."""
    match uniqueid.split("-"):
        case ["okno", conversation, record, *_] if conversation.isdecimal() and record.isdecimal():
            return int(conversation)
        case _:
            return 0


async def _heard(news: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARD_S):
            await news.wait()
    return news.is_set()


class CallOriginator:
    def __init__(self, line: Ami, ways: DialSettings) -> None:
        self._ami, self._ways = line, ways
        self._placed: dict[str, PlacedCall] = {}
        """By the ids of both legs."""
        self.in_hand: dict[str, Session] = {}
        """Legs of operators who dialled at their telephone, by uniqueid."""

    async def dial(self, dial: OutboundCall, answered: Callable[[], None]) -> CallOutcome:
        """DiallingChannel; raises NothingDialledError where nobody was called, otherwise UnavailableError when this is unknown."""
        loop = asyncio.get_running_loop()
        placed = PlacedCall(dial, answered, loop.create_future(), loop.create_future(), loop.create_future())
        self._placed |= {placed.operator_leg: placed, placed.citizen_leg: placed}
        try:
            return await self._both(placed)
        finally:
            for leg in [name for name, each in self._placed.items() if each is placed]:
                del self._placed[leg]
            if not placed.reached:
                await self._ami.wish("Hangup", Channel=placed.operator_leg)

    def under_way(self, conversation: int) -> bool:
        return any(placed.dial.conversation.id == conversation for placed in self._placed.values())

    def knows(self, uniqueid: str) -> bool:
        """Whether it is a leg of a call in progress."""
        return uniqueid in self._placed

    async def picked_up(self, session: Session) -> None:
        """An operator's leg: keep it until it is joined, or hangs up. The leg of a cancelled call is released."""
        placed = self._placed.get(session.uniqueid)
        if placed is None or placed.operator.done():
            return
        placed.operator.set_result(session)
        await session.hung_up()

    async def is_machine(self, session: Session) -> bool:
        """Whether an answering machine has answered: the call is over then. A person is joined some second later."""
        placed = self._placed.get(session.uniqueid)
        if placed is None or placed.dial.inside or placed.over.done():
            return False
        how = None
        try:
            await session.exec("AMD")
            if (await session.get_variable("AMDCAUSE") or "").startswith(MACHINE):
                how = CallOutcome.MACHINE
        except HungUpError:
            how = CallOutcome.NO_ANSWER
            raise
        except FailedError as error:
            log.warning("answering machines not recognised: load app_amd.so in Asterisk", extra={"why": str(error)})
        finally:
            if how is not None and not placed.over.done():
                placed.over.set_result(how)
        return how is not None

    def reached(self, uniqueid: str) -> PlacedCall | None:
        """A citizen has answered: run the call, unless it was cancelled."""
        placed = self._placed.get(uniqueid)
        if placed is None or not placed.operator.done() or placed.over.done():
            return None
        placed.reached = True
        placed.answered()
        return placed

    def began(self, uniqueid: str) -> None:
        """A new leg."""
        placed = self._placed.get(uniqueid)
        if placed is not None and uniqueid == placed.operator_leg:
            placed.begun.set()
        elif placed is not None and uniqueid == placed.citizen_leg:
            placed.way.set()

    def rings(self, uniqueid: str) -> None:
        placed = self._placed.get(uniqueid)
        if placed is not None and uniqueid == placed.citizen_leg:
            placed.rang = True

    def ended(self, leg: events.Hangup) -> None:
        placed = self._placed.get(leg.uniqueid)
        if placed is not None and leg.uniqueid == placed.citizen_leg and not placed.cause.done():
            placed.cause.set_result(leg.cause)

    async def close(self) -> None:
        """Cancel all dialling; talks continue."""
        for placed in set(self._placed.values()):
            if not placed.over.done():
                placed.over.set_result(CallOutcome.CUT)
            if not placed.reached:
                await asyncio.gather(*(self._ami.wish("Hangup", Channel=leg) for leg in (placed.citizen_leg, placed.operator_leg)))

    async def _both(self, placed: PlacedCall) -> CallOutcome:
        if placed.dial.leg:
            return await self._from_hand(placed)
        phone = self._ways.phone.format(login=placed.dial.operator)
        operator = ami.Call(phone, "hub-operator", OPERATOR_S, caller_id=placed.dial.number, uniqueid=placed.operator_leg,
                            headers=headers(placed.dial.conversation.id))
        try:
            outcome = await self._ami.originate(operator)
        except ActionRefusedError as error:
            raise NothingDialledError(str(error)) from error
        if placed.over.done():
            return placed.over.result()
        if not outcome.answered:
            if not await _heard(placed.begun):
                message = f"телефона {phone} на этой станции нет"
                raise NothingDialledError(message)
            return CallOutcome.NOT_PICKED_UP
        try:
            async with asyncio.timeout(HERE_S):
                session = await asyncio.shield(placed.operator)
            await session.exec("PlayTones", "ring")
        except (TimeoutError, HungUpError):
            return placed.over.result() if placed.over.done() else CallOutcome.GIVEN_UP
        return placed.over.result() if placed.over.done() else await self._by_trunks(placed, session)

    async def _from_hand(self, placed: PlacedCall) -> CallOutcome:
        """The operator dialled at their telephone, and hears ringing."""
        session = self.in_hand.get(placed.operator_leg)
        if session is None or session.over:
            return CallOutcome.GIVEN_UP
        placed.operator.set_result(session)
        with suppress(HungUpError):
            await session.exec("PlayTones", "ring")
        return await self._by_trunks(placed, session)

    async def _by_trunks(self, placed: PlacedCall, session: Session) -> CallOutcome:
        """By one trunk after another, until one accepts the call; after ringing no other is tried."""
        how = CallOutcome.UNREACHABLE
        for number in range(1 if placed.dial.inside else len(self._ways.trunks)):
            if number:
                placed.again(number)
                self._placed[placed.citizen_leg] = placed
            how, cause = await self._citizen(placed, session)
            if how in ENDED or placed.rang or cause not in TRUNK:
                return how
        return how

    async def _citizen(self, placed: PlacedCall, session: Session) -> tuple[CallOutcome, int]:
        """The result, and the cause of a failure."""
        dial = placed.dial
        way = self._ways.phone.format(login=dial.number) if dial.inside else self._ways.trunks[placed.trunk].format(number=dial.number)
        shown = dial.operator if dial.inside else self._ways.caller_id(dial.conversation)
        call = ami.Call(way, "hub-called", CITIZEN_S, caller_id=shown, uniqueid=placed.citizen_leg)
        call_task = asyncio.create_task(self._originate(call))
        gone = asyncio.create_task(session.hung_up())
        try:
            await asyncio.wait((call_task, gone, placed.over), return_when=asyncio.FIRST_COMPLETED)
            # A leg joined to the citizen has left this session as well.
            if not placed.reached and not call_task.done():
                await self._ami.wish("Hangup", Channel=placed.citizen_leg)
                await call_task
                return (placed.over.result() if placed.over.done() else CallOutcome.GIVEN_UP), 0
            outcome = await call_task
            if not outcome.answered and not placed.reached:
                cause = RANG_OUT if outcome.reason == RANG else await self._why(placed)
                return CAUSES.get(cause, CallOutcome.UNREACHABLE), cause
            return await placed.over, 0
        finally:
            for task in (call_task, gone):
                task.cancel()
            await asyncio.gather(call_task, gone, return_exceptions=True)

    async def _why(self, placed: PlacedCall) -> int:
        """The cause may arrive after the end of the attempt; without a leg it never does."""
        cause = 0
        if await _heard(placed.way):
            with suppress(TimeoutError):
                async with asyncio.timeout(TOLD_S):
                    cause = await placed.cause
        log.info("outbound call to a citizen not answered", extra={"call": placed.citizen_leg, "cause": cause})
        return cause

    async def _originate(self, call: ami.Call) -> events.OriginateResponse:
        try:
            return await self._ami.originate(call)
        except ActionRefusedError as error:
            raise UnavailableError(str(error)) from error
