"""Legs of consultations: the consulted party is called, and legs are brought to the hub."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from channels.voice import ami
from channels.voice.agi import FailedError, HungUpError, Session
from channels.voice.ami import ActionRefusedError, Ami
from channels.voice.call_originator import CAUSES, CITIZEN_S, HERE_S, OPERATOR_S, RANG, TOLD_S, DialSettings
from channels.voice.consultations.consultation import UNREACHABLE, LiveConsultation
from hub.conversations.ports import Store
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import UnavailableError
from hub.telephony.ports import CallOutcome

SOON_S = 3.0
"""Time limit for a redirected leg to arrive."""
AT_HUB = "hub-operator"
"""The dial plan's context where a leg waits for the hub."""
WHY = {CallOutcome.BUSY: "busy", CallOutcome.NO_ANSWER: "no_answer"}


class ConsultationLegs:
    def __init__(self, line: Ami, ways: DialSettings, store: Store, tasks: BackgroundTasks) -> None:
        self._ami, self._ways, self._store, self._tasks = line, ways, store, tasks

    async def call(self, table: LiveConsultation) -> str:
        """Why the consulted party was not reached; "" if it was."""
        ask = table.ask
        head = await self._store.conversation(ask.conversation)
        if ask.colleague:
            shown = head.address.value if head is not None else ""
            call = ami.Call(self._ways.phone.format(login=ask.colleague), AT_HUB, OPERATOR_S, caller_id=shown, uniqueid=table.legs.asked)
        else:
            trunk, shown = self._ways.trunks[0].format(number=ask.number), self._ways.caller_id(head) if head is not None else ""
            call = ami.Call(trunk, AT_HUB, CITIZEN_S, caller_id=shown, uniqueid=table.legs.asked)
        try:
            outcome = await self._ami.originate(call)
        except ActionRefusedError as error:
            raise UnavailableError(str(error)) from error
        if outcome.answered:
            return ""
        if outcome.reason == RANG:
            return WHY[CallOutcome.NO_ANSWER]
        with suppress(TimeoutError):
            async with asyncio.timeout(TOLD_S):
                return WHY.get(CAUSES.get(await asyncio.shield(table.cause), CallOutcome.UNREACHABLE), UNREACHABLE)
        return UNREACHABLE

    async def fetch(self, table: LiveConsultation, *legs: str) -> list[Session]:
        """Bring one or two legs to the hub, in any state; raises UnavailableError when one is gone."""
        try:
            # A leg being bridged may be taken back before it arrives: then redirect it again.
            sessions = await self._redirected(table, legs, SOON_S) or await self._redirected(table, legs, HERE_S)
        except ActionRefusedError as error:
            message = f"{legs}: {error}"
            raise UnavailableError(message) from error
        if sessions is None:
            message = f"{legs}: not here in time"
            raise UnavailableError(message)
        found = [session for session in sessions if session is not None]
        if len(found) < len(legs):
            message = f"{legs}: hung up"
            raise UnavailableError(message)
        return found

    async def _redirected(self, table: LiveConsultation, legs: Sequence[str], patience_s: float) -> list[Session | None] | None:
        """The sessions of redirected legs; None where they did not arrive in time. Raises ActionRefusedError."""
        loop = asyncio.get_running_loop()
        table.here |= {leg: loop.create_future() for leg in legs}
        where: dict[str, str | int] = {"Channel": legs[0], "Context": AT_HUB, "Exten": "s", "Priority": 1}
        for extra in legs[1:]:
            where |= {"ExtraChannel": extra, "ExtraContext": AT_HUB, "ExtraExten": "s", "ExtraPriority": 1}
        await self._ami.action("Redirect", **where)
        try:
            async with asyncio.timeout(patience_s):
                return [await table.here[leg] for leg in legs]
        except TimeoutError:
            return None

    def run(self, session: Session, application: str, *arguments: str) -> None:
        self._tasks.spawn(_until_taken(session, application, *arguments))


async def _until_taken(session: Session, application: str, *arguments: str) -> None:
    """A leg talks until it is redirected, or the others have left."""
    with suppress(HungUpError, FailedError):
        await session.exec(application, *arguments)
