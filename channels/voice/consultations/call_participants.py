"""Consultations in a call: an operator holds the caller, calls a third party, returns, transfers, or starts a conference (CH-09).

Redirect brings every leg back to the hub under the same uniqueid, whatever it does; so each change begins with fetching the legs that it
needs. The requested topology is stored before it is carried out, with the ids of all legs, which follow from the journal's record: after
a restart the hub finds them in Asterisk as they are, goes on from there, and dials nobody again.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress

import msgspec

from channels.voice import events
from channels.voice.agi import Session
from channels.voice.ami import Ami
from channels.voice.call_events import LegEnded, Passed, Rejoined, SetAside, Together
from channels.voice.call_originator import HERE_S, DialSettings
from channels.voice.call_runner import GUEST, CallRunner
from channels.voice.call_state import Given
from channels.voice.calls import Calls
from channels.voice.consultations.consultation import ASKED, CUT, GONE, LEFT, LOST, UNREACHABLE, Legs, LiveConsultation
from channels.voice.consultations.consultation_legs import ConsultationLegs
from channels.voice.consultations.stored_consultations import StoredConsultation, StoredConsultations
from channels.voice.phones import Phones
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError, StoreError
from hub.telephony.ports import CallTopology, Consultation, ConsultationNews

log = logging.getLogger(__name__)

OPERATOR = "default_bridge", "okno_operator"
"""The conference profile of an operator."""
AGAIN_S, PAIR = 0.2, 2


class CallParticipants:
    """Consultations of one exchange; `phones` are informed about legs."""

    def __init__(self, exchange: str, line: Ami, ways: DialSettings, intake: Intake, store: Store, calls: Calls, phones: Phones) -> None:
        self._ami, self._intake, self._store = line, intake, store
        self._stored = StoredConsultations(exchange, store)
        self._line_of, self._seat = calls.of, phones.joined
        self._tables: dict[int, LiveConsultation] = {}
        self._by_leg: dict[str, LiveConsultation] = {}
        self._tasks = BackgroundTasks()
        self._legs = ConsultationLegs(line, ways, store, self._tasks)
        self._closing = False

    def consulted(self, conversation: int) -> ConsultationNews | None:
        """hub.telephony.ports.ConsultingChannel."""
        table = self._tables.get(conversation)
        return ConsultationNews(table.ask, table.company) if table is not None and not table.decided else None

    async def consult(self, ask: Consultation, caller: str) -> None:
        """`caller` is the caller's uniqueid, "" for none."""
        if ask.conversation in self._tables:
            raise RefusedError("consulting", "Консультация уже идёт.")
        table = LiveConsultation(ask, Legs(caller, "", f"okno-{ask.conversation}-{ask.record}{ASKED}"), CallTopology.RINGS)
        # Before any await: two simultaneous requests would both find no consultation.
        self._tables[ask.conversation] = table
        try:
            table.legs = msgspec.structs.replace(table.legs, operator=(await self.operator_of(ask.conversation, caller)).uniqueid)
            await self._stored.put(table, CallTopology.RINGS)
        except BaseException:
            del self._tables[ask.conversation]
            raise
        self._sit(table)

    async def arrange(self, conversation: int, company: CallTopology) -> None:
        """hub.telephony.ports.ConsultingChannel."""
        table = self._tables.get(conversation)
        if table is None or table.decided:
            raise RefusedError("not_consulting", "Консультация уже окончена.")
        if table.company is CallTopology.RINGS and company is not CallTopology.BACK:
            raise RefusedError("not_answered", "Собеседник ещё не ответил.")
        await self._stored.put(table, company)
        table.wish(company)

    async def operator_of(self, conversation: int, caller: str) -> events.Live:
        """The leg connected with the caller; raises RefusedError where there is none, and UnavailableError."""
        live = await self._ami.live()
        there = next((leg for leg in live if leg.uniqueid == caller), None)
        line = self._line_of(conversation)
        where = line.call.where if line is not None else None
        if isinstance(where, Given) and where.leg:
            found = next((leg for leg in live if where.leg in {leg.channel, leg.uniqueid}), None)
        else:  # connected since before the hub's start
            found = next((leg for leg in live if there and there.bridge and leg.bridge == there.bridge and leg is not there), None)
        if there is None or found is None or found.uniqueid.endswith(ASKED):
            raise RefusedError("no_talk", "Сейчас по этому обращению никто не говорит по телефону.")
        return found

    def room(self, conversation: int) -> str:
        """The conference room, "" without one."""
        table = self._tables.get(conversation)
        return table.room if table is not None and table.company is CallTopology.TOGETHER else ""

    def place(self, conversation: int) -> Given | None:
        """The state of a caller who returns to the hub; None if unknown."""
        table = self._tables.get(conversation)
        if table is None or (table.wished is CallTopology.BACK and table.why == LEFT):
            return None
        if table.leg is not None:
            return Given(table.talks_on, table.leg)
        together = table.wished is CallTopology.TOGETHER
        # The leg's placeholder is never joined: the caller waits, or talks in the room.
        return Given(table.ask.operator, table.legs.operator, aside=not together, room=table.room if together else "")

    def arrived(self, line: CallRunner) -> None:
        """A caller has returned, in the state that `place` returned."""
        table = self._tables.get(line.conversation)
        if table is None:
            return
        self._seat(table.legs.operator, line, table.ask.operator)
        if table.leg is not None and table.wished is CallTopology.PASSED:
            self._seat_asked(table, line)
        if table.leg == "":
            self._tasks.spawn(self._forget(table))
            line.happened(LegEnded(table.talks_on))

    def moved(self, head: Conversation) -> bool:
        """Whether a hand-over of the conversation belongs to the consultation; any other one ends it."""
        table = self._tables.get(head.id)
        if table is None:
            return False
        holder = head.holder.operator if isinstance(head.holder, WithOperator) else ""
        if holder == table.ask.operator:
            return False
        if holder and holder == table.ask.colleague and table.company is not CallTopology.RINGS and table.leg is None:
            table.wish(CallTopology.PASSED)
        if holder and holder == table.talks_on:
            return True
        table.wish(CallTopology.BACK, LEFT)
        return False

    def over(self, conversation: int) -> None:
        """The caller is gone."""
        table = self._tables.get(conversation)
        if table is None or self._closing:
            return
        settled = table.leg is not None
        table.wish(CallTopology.BACK, LEFT)
        if settled:
            self._tasks.spawn(self._clear(table))

    async def take(self, session: Session) -> bool:
        """A leg arrives at the hub: hold it, if it belongs to a consultation, until it is taken."""
        table = self._by_leg.get(session.uniqueid)
        if table is None:
            return False
        arrival = table.here.get(session.uniqueid)
        if arrival is None or arrival.done():
            arrival = table.here[session.uniqueid] = asyncio.get_running_loop().create_future()
        arrival.set_result(session)
        await session.hung_up()
        return True

    def told(self, event: events.Event) -> None:
        match event:
            case events.Hangup(uniqueid=uniqueid) if (table := self._by_leg.get(uniqueid)) is not None:
                self._ended(table, uniqueid, event.cause)
            case events.Hangup(uniqueid=uniqueid):
                for table in [table for table in self._tables.values() if table.legs.caller == uniqueid]:
                    self.over(table.ask.conversation)
            case events.BridgeEnter(uniqueid=uniqueid, present=present):
                for table in [table for table in self._tables.values() if uniqueid in {table.legs.caller, table.legs.asked}]:
                    if uniqueid == table.legs.caller:
                        table.entered.set()
                    if table.leg and present == PAIR:
                        self._leave(table)  # from now on the end of a leg is the end of the talk
                        self._tasks.spawn(self._forget(table))
            case _:
                pass

    def _ended(self, table: LiveConsultation, leg: str, cause: int) -> None:
        if (arrival := table.here.get(leg)) is not None and not arrival.done():
            arrival.set_result(None)
        asked = leg == table.legs.asked
        if asked and not table.cause.done():
            table.cause.set_result(cause)
        if table.leg is not None:
            if asked == (table.wished is CallTopology.PASSED):
                if table.outward:
                    table.wished, table.why = CallTopology.BACK, GONE
                self._tasks.spawn(self._forget(table))
        elif asked:
            if table.company is not CallTopology.RINGS:  # otherwise the cause is still expected
                table.wish(CallTopology.BACK, GONE)
        elif table.wished is not CallTopology.PASSED:
            table.wish(CallTopology.BACK, LOST)

    async def resume(self, live: Sequence[events.Live]) -> None:
        """Asterisk is connected (again): resume consultations."""
        there = {leg.uniqueid: leg for leg in live}
        for table in list(self._tables.values()):
            awaited = {table.legs.asked} if table.company is CallTopology.RINGS else set[str]()
            for leg in {table.legs.caller, table.legs.operator, table.legs.asked} - there.keys() - awaited:
                self.told(events.Hangup(uniqueid=leg))
        async for kept in self._stored.all(but=self._tables):
            await self._restore(kept, there)

    async def _restore(self, kept: StoredConsultation, there: dict[str, events.Live]) -> None:
        table = LiveConsultation(kept.ask, kept.legs, kept.company)
        caller, operator, asked = (there.get(leg) for leg in (kept.legs.caller, kept.legs.operator, kept.legs.asked))
        head = await self._store.conversation(kept.ask.conversation)
        holder = head.holder.operator if head is not None and isinstance(head.holder, WithOperator) else ""
        if kept.ask.colleague and holder == kept.ask.colleague:
            table.wish(CallTopology.PASSED)
        if table.outward and caller and asked and caller.bridge and asked.bridge == caller.bridge:  # whether or not the hub knows it
            self._tables[kept.ask.conversation], table.leg = table, ""
            await self._forget(table)
            return
        if caller is None or holder != table.talks_on:
            table.wish(CallTopology.BACK, LEFT)
        elif table.decided and any(leg and caller.bridge and leg.bridge == caller.bridge for leg in (operator, asked)):
            self._tables[kept.ask.conversation], table.leg, table.told = table, "", True
            await self._forget(table)
            return
        elif kept.company is CallTopology.RINGS:
            table.wish(CallTopology.BACK, CUT)
        elif operator is None and table.wished is not CallTopology.PASSED:
            table.wish(CallTopology.BACK, LOST)
        elif asked is None:
            table.wish(CallTopology.BACK, GONE)
        else:
            talk = {operator.bridge if operator else "", asked.bridge,
                    caller.bridge if kept.company is CallTopology.TOGETHER else asked.bridge}
            table.stale = "" in talk or len(talk) > 1
        self._sit(table)
        self._intake.stirred(kept.ask.conversation)

    async def close(self) -> None:
        """Talks continue; dialling is cancelled."""
        self._closing = True
        await self._tasks.cancel()
        for table in self._tables.values():
            if table.company is CallTopology.RINGS:
                await self._ami.wish("Hangup", Channel=table.legs.asked)

    def _sit(self, table: LiveConsultation) -> None:
        self._tables[table.ask.conversation] = table
        self._by_leg |= {table.legs.operator: table, table.legs.asked: table}
        self._tasks.spawn(self._attend(table))

    async def _attend(self, table: LiveConsultation) -> None:
        """Runs until the caller is connected, or has hung up."""
        if table.wished is CallTopology.RINGS:
            await self._attempt(table, self._ring)
        while not table.decided:
            table.changed.clear()
            if table.stale or table.wished is not table.company:
                await self._attempt(table, self._bring_together)
            else:
                await table.changed.wait()
        await self._end(table)

    async def _attempt(self, table: LiveConsultation, deed: Callable[[LiveConsultation], Coroutine[None, None, None]]) -> None:
        """A failure returns the caller to the operator."""
        try:
            await deed(table)
        except OknoError as error:
            log.info("consultation failed: the caller returns to the operator", extra=table.log_fields(error))
            table.wish(CallTopology.BACK, UNREACHABLE if table.company is CallTopology.RINGS else GONE)

    async def _ring(self, table: LiveConsultation) -> None:
        self._set_aside(table)
        (operator,) = await self._legs.fetch(table, table.legs.operator)
        await operator.exec("PlayTones", "ring")
        call_task = asyncio.create_task(self._legs.call(table))
        try:
            while not call_task.done():
                table.changed.clear()
                if table.decided:  # repeatedly: a leg about to be dialled cannot be hung up yet
                    await self._ami.wish("Hangup", Channel=table.legs.asked)
                change = asyncio.create_task(table.changed.wait())
                await asyncio.wait((call_task, change), timeout=AGAIN_S if table.decided else None,
                                   return_when=asyncio.FIRST_COMPLETED)
                change.cancel()
        finally:
            call_task.cancel()
            with suppress(asyncio.CancelledError):
                why = await call_task
        if why:
            table.wish(CallTopology.BACK, why)
        elif not table.decided:
            company = CallTopology.PASSED if table.ask.at_once else CallTopology.ASIDE
            await self._stored.put(table, company)
            table.wish(company)

    async def _bring_together(self, table: LiveConsultation) -> None:
        company = table.wished
        self._set_aside(table)
        operator, asked = await self._legs.fetch(table, table.legs.operator, table.legs.asked)
        if company is CallTopology.TOGETHER:
            self._legs.run(operator, "ConfBridge", table.room, *OPERATOR)
            self._legs.run(asked, "ConfBridge", table.room, *GUEST)
            await self._let_in(table)
        else:
            self._legs.run(operator, "Bridge", asked.channel)
        table.company, table.stale = company, False
        await self._tell(table, company)

    async def _let_in(self, table: LiveConsultation) -> None:
        """The caller enters the room; reported when they are there, or the request has changed."""
        table.entered.clear()
        if (line := self._line_of(table.ask.conversation)) is not None:
            line.happened(Together(table.room))
        waits = [asyncio.ensure_future(each.wait()) for each in (table.entered, table.changed)]
        try:
            await asyncio.wait(waits, timeout=HERE_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()

    async def _end(self, table: LiveConsultation) -> None:
        """Connect the caller with the chosen party; the other legs are released."""
        if table.why == LEFT:
            await self._clear(table)
            return
        passed = table.wished is CallTopology.PASSED
        if table.why != LOST:
            self._set_aside(table)
        stays, goes = (table.legs.asked, table.legs.operator) if passed else (table.legs.operator, table.legs.asked)
        try:
            leg = (await self._legs.fetch(table, stays))[0].channel
        except OknoError as error:
            log.info("leg of a consultation hung up", extra=table.log_fields(error))
            leg = ""
        await self._ami.wish("Hangup", Channel=goes)
        if table.why == LEFT:  # meanwhile
            await self._clear(table)
        elif not leg and passed and not table.ask.colleague:
            table.wished, table.why = CallTopology.BACK, GONE
            await self._end(table)
        elif not leg and table.company is CallTopology.TOGETHER and not passed:
            # The operator's hang-up ended the talk: release the others from the room.
            await self._forget(table)
        else:
            await self._settle(table, leg)

    def _seat_asked(self, table: LiveConsultation, line: CallRunner) -> None:
        # An outside party has no operator's leg: the two continue when the operator closes the conversation.
        if table.ask.colleague:
            self._seat(table.legs.asked, line, table.ask.colleague)

    def _set_aside(self, table: LiveConsultation) -> None:
        """Called before the operator's leg is removed, or the end of their talk ends the call."""
        if (line := self._line_of(table.ask.conversation)) is not None:
            line.happened(SetAside())

    async def _settle(self, table: LiveConsultation, leg: str) -> None:
        line = self._line_of(table.ask.conversation)
        table.leg = leg
        if line is None:  # in the room or with music since before the hub's start: the leg returns by itself, or when it is released
            await self._ami.wish("ConfbridgeKick", Conference=table.room, Channel=table.legs.caller)
        elif table.wished is CallTopology.PASSED:
            line.happened(Passed(table.talks_on, leg))
            self._seat_asked(table, line)
        else:
            line.happened(Rejoined(leg))
        if not table.outward:
            table.told = True
            await self._tell(table, table.wished)
        if line is not None and not leg:
            await self._forget(table)

    async def _clear(self, table: LiveConsultation) -> None:
        """End a consultation without a caller."""
        for leg in (table.legs.asked, table.legs.operator):
            await self._ami.wish("Hangup", Channel=leg)
        await self._forget(table)

    async def _forget(self, table: LiveConsultation) -> None:
        """It is over."""
        if self._tables.get(table.ask.conversation) is not table:
            return
        del self._tables[table.ask.conversation]
        self._leave(table)
        if not table.told:
            await self._tell(table, CallTopology.PASSED if table.outward else CallTopology.BACK)
        try:
            await self._stored.drop(table)
        except StoreError as error:  # the next start detects the end
            log.warning("store unavailable: ended consultation is deleted at the next start", extra=table.log_fields(error))

    def _leave(self, table: LiveConsultation) -> None:
        for leg in (table.legs.operator, table.legs.asked):
            self._by_leg.pop(leg, None)

    async def _tell(self, table: LiveConsultation, company: CallTopology) -> None:
        try:
            await self._intake.consulted(ConsultationNews(table.ask, company, table.why if company is CallTopology.BACK else ""))
        except OknoError as error:
            log.warning("consultation not recorded in the journal", extra=table.log_fields(error))
