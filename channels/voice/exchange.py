"""One Asterisk with its calls; a failure does not affect the others."""

import asyncio
import logging
from pathlib import Path
from time import monotonic

from msgspec.structs import replace

from channels.intake import taken
from channels.secret import secret
from channels.uploads import kept
from channels.voice import events
from channels.voice.agi import Agi, HungUpError, Session
from channels.voice.ami import Ami, AmiEndpoint
from channels.voice.call_actions import Deed
from channels.voice.call_deeds import CallDeeds
from channels.voice.call_detail import CallDetail
from channels.voice.call_events import (
    AtCentre,
    Chosen,
    Continued,
    Ended,
    Event,
    Heard,
    HungUp,
    Offered,
    Pressed,
    Silence,
    TrunkEnded,
)
from channels.voice.call_originator import CallOriginator, DialSettings, placed_for
from channels.voice.call_phrases import RECORDED
from channels.voice.call_runner import JOINED_AS, OURS, CallRunner
from channels.voice.call_sound import doing
from channels.voice.call_state import Call, Given
from channels.voice.call_supervision import CallSupervision
from channels.voice.caller_challenge import CallerChallenge
from channels.voice.caller_speech import CallerSpeech
from channels.voice.centre_trunks import CentreTrunks
from channels.voice.consultations.call_participants import CallParticipants
from channels.voice.context import VoiceContext
from channels.voice.conversation_events import moved
from channels.voice.loopback_call import LoopbackCall
from channels.voice.media.link import MediaLinks
from channels.voice.offline_calls import OfflineCallFolder, OfflineCallImport
from channels.voice.orphan_calls import OrphanCalls
from channels.voice.phones import Briefs, DialledCalls, Phones
from channels.voice.prompts import Prompts
from channels.voice.recorder import Recorder
from channels.voice.settings import Host
from channels.voice.stored_calls import NAME
from channels.voice.trunks.monitor import TrunkMonitor
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.message import Attachment
from hub.conversations.ports import Incoming
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError
from hub.kernel.health import Health
from hub.telephony.ports import CallOutcome

log = logging.getLogger(__name__)


class Exchange:
    """channels.voice.call_runner.CallHost."""

    def __init__(self, host: Host, shared: VoiceContext, prompts: Prompts) -> None:
        self.name, self.hold_s = host.system, float(shared.settings.hold_s)
        self._host, self._shared, self._prompts = host, shared, prompts
        self.sounds = prompts.each
        self._speech = CallerSpeech(Path(host.recordings), host.system, shared.intake)
        self.recording, self.complete = self._speech.recording, self._speech.complete
        self._door = AmiEndpoint(host.host, host.port, host.user, secret(host.password_file))
        self.ami = Ami(self._door, self._told, self._reconcile, self._forsaken)
        loopback = LoopbackCall(prompts, Path(host.recordings))
        ways = DialSettings(host.phone, host.trunks, shared.settings.caller_id)
        self.outgoing, self._phones = CallOriginator(self.ami, ways), Phones(self.ami, host.phone, Briefs(shared, prompts))
        self._trunks = CentreTrunks(self.ami, shared)
        self.trunks = TrunkMonitor(self.name, self.ami, host.trunks, shared.settings.region, shared.store)
        dialled = DialledCalls(self.name, shared, self.outgoing, self._phones, prompts)
        self._agi = Agi({"incoming": self._incoming, "operator": self._operator, "called": self._called, "phone": dialled.take,
                         "transferred": self._transferred, "handed": self._handed, "says": loopback.says, "hears": loopback.hears},
                        host.allowed, at_once={"incoming"})
        self.people = CallParticipants(self.name, self.ami, ways, shared.intake, shared.store, shared.calls, self._phones)
        self.supervision = CallSupervision(self.ami, ways, shared.intake)
        self._channels: dict[str, CallRunner] = {}
        """Calls by their channel names, which are unique at this Asterisk only."""
        self._challenge = CallerChallenge(shared.intake, prompts)
        self.recorder = Recorder(Path(host.recordings), shared.intake, self.ami)
        self._detail = CallDetail(self.name, shared.intake)
        self._offline_calls = OfflineCallImport(OfflineCallFolder(Path(host.away), host.phone), self.name, shared) if host.away else None
        self.orphans = OrphanCalls(self.name, shared, self._detail, self._offline_calls,
                                   lambda: {line.uniqueid for line in self._channels.values()})
        self._deeds = CallDeeds(shared, self._phones, self._trunks, self.orphans, say=self._say, failed=self.failed)
        self.faults = 0
        """Errors of the hub in calls since its start."""
        self._closing = False
        self._tasks = BackgroundTasks()

    async def work(self) -> None:
        """Runs until cancelled."""
        if not self._agi.listens:  # an error of the work below must not hang up calls
            await self._speech.forget_all()
            await asyncio.to_thread(self._prompts.share)
            await self._agi.start(self._host.listen_host, self._host.listen_port)
        await self.ami.keep()

    def health(self) -> Health:
        health = self.ami.health()
        faults = f", сбоев в звонках: {self.faults}" if self.faults else ""
        return Health(health.up, f"{self.name}: {health.words}, звонков: {len(self._channels)}{faults}")

    async def close(self) -> None:
        # A stopping hub drops no calls: callers wait in the dial plan, and talks continue.
        self._closing = True
        await asyncio.gather(self.outgoing.close(), self.people.close())
        # A sound would play to its end before Asterisk notices the missing session.
        await asyncio.gather(*(self.stop(channel) for channel in self._channels))
        await self._agi.close()
        await self._tasks.cancel()
        await asyncio.gather(self._detail.close(), self.trunks.close())
        self.ami.close()

    async def stop(self, channel: str) -> None:
        await self.ami.wish("ControlPlayback", Channel=channel, Control="stop")

    async def let_out(self, channel: str, room: str) -> None:
        await self.ami.wish("ConfbridgeKick", Conference=room, Channel=channel)

    async def press(self, channel: str) -> None:
        """Send the key that telephones do not have."""
        await self.ami.wish("PlayDTMF", Channel=channel, Digit=OURS, Receive="true")

    def tape(self, line: CallRunner) -> tuple[str, ...]:
        return self.recorder.begin(line.conversation, line.uniqueid)

    async def taped(self, line: CallRunner) -> None:
        # A closing hub leaves the talk alone, and the next one continues its recording.
        if not self._closing and await self.recorder.end(line.conversation):
            self._tasks.spawn(self.recorder.collect_soon())

    @property
    def media(self) -> MediaLinks | None:
        return self._shared.media

    async def heard(self, line: CallRunner, content: bytes) -> Heard | Continued | Chosen | Silence:
        """The recording is the message; speech recognition processes it (hub/telephony/speech_to_text.py)."""
        if (answer := await self._speech.answer(line, content)) is not None:
            return answer
        attachment = await kept(self._shared.files, f"Сказано {line.said + 1}.wav", content)
        await self._say(line, "", (attachment,))
        return Heard()

    def dropped(self, line: CallRunner) -> None:
        self.orphans.add(line.uniqueid, line.conversation)

    def failed(self, line: CallRunner, error: Exception) -> None:
        self.faults += 1
        log.error("unexpected error in a call", extra={"call": line.key, "doing": type(doing(line.call)).__name__}, exc_info=error)

    def do(self, line: CallRunner, deed: Deed) -> None:
        if not self._closing:
            self._tasks.spawn(self._deeds.do(line, deed))

    async def _say(self, line: CallRunner, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        line.said += 1
        await taken(self._shared.intake, Incoming(line.address, f"{line.key}:{line.said}", text, attachments))

    async def _incoming(self, session: Session) -> None:
        """A citizen calls, or is still on the line after a downtime of the hub (docker/asterisk/etc/extensions.conf)."""
        await session.answer()
        await session.set_variable("HUB_HERE", "1")
        key = self._named(session.uniqueid)
        known = self.orphans.conversation(session.uniqueid) or placed_for(session.uniqueid)
        address, listens, began_s = await self._address(session, key), self._shared.settings.listens, monotonic()
        caller = self._shared.address(session.env.get("agi_callerid", ""), key)  # also of a second simultaneous call
        try:
            # A call from before the hub's start, or an outbound one, needs no challenge.
            if known or await self._challenge.lets_in(session, caller, address):
                await self._goes_on(CallRunner(self, session, address, key, listens=listens, opens=not known, notice=self._notice))
        finally:
            if not known:
                self._shared.intake.called(caller, address, monotonic() - began_s)

    async def _handed(self, session: Session) -> None:
        """Another centre connects a caller whose conversation it has handed over."""
        if (address := await self._trunks.arriving(session)) is not None:
            await self._goes_on(CallRunner(self, session, address, self._named(session.uniqueid), listens=False, notice=self._notice))

    async def _operator(self, session: Session) -> None:
        """A telephone was picked up: for a consultation, a waiting caller, another centre, or an outbound call."""
        if not (await self.people.take(session) or await self.supervision.take(session) or await self._trunks.take(session)
                or await self._phones.picked_up(session)):
            await self.outgoing.picked_up(session)
            await session.go("hub-bye")

    async def _transferred(self, session: Session) -> None:
        """An operator has pressed the transfer key of their telephone (REFER): the desk's transfer (CH-09).

        Where it is refused, the operator's telephone rings again.
        """
        if (line := self._channels.get(session.channel)) is not None:
            await line.over.wait()
        conversation = self.orphans.conversation(session.uniqueid)
        if not conversation:  # no citizen: a consulted party, or a leg of a conference
            await session.go("hub-bye")
            return
        await session.set_variable(JOINED_AS, "")
        await self._shared.intake.passed_on(conversation, session.env.get("agi_extension", ""))
        await self._incoming(session)

    async def _called(self, session: Session) -> None:
        """A called citizen has answered; without the operator's leg it is an ordinary call (after a restart)."""
        if self._shared.settings.machines and await self.outgoing.is_machine(session):
            await session.go("hub-bye")
            return
        placed = self.outgoing.reached(session.uniqueid)
        if placed is None:
            await self._incoming(session)
            return
        line = CallRunner(self, session, placed.dial.conversation.address, self._named(session.uniqueid),
                          listens=False, notice=self._notice)
        operator = placed.dial.operator
        line.call = Call(Given(operator, placed.operator.result().channel), notice=self._notice)
        self._phones.joined(placed.operator_leg, line, operator)
        try:
            await self._goes_on(line)
        finally:
            if not placed.over.done():
                placed.over.set_result(CallOutcome.TALKED)

    async def _goes_on(self, line: CallRunner) -> None:
        """Run a call to its end."""
        calls = self._shared.calls
        self._channels[line.channel] = line
        calls.begin(line)
        try:
            head = await self._head(line)
            calls.belongs(line, head.id)
            if await self._shared.stored_calls.begin(head.id, self.name, line.uniqueid):
                self._detail.began(line, "" if isinstance(line.call.where, Given) else self._dialled(line))
            await self._takes_up(line, head.id)
            await line.run()
            await line.session.go("hub-bye")
        except HungUpError:
            # Hung up before the call ran: its partner is notified all the same.
            line.happened(HungUp())
        except Exception:
            if line.conversation:  # the dial plan returns the call, as after a restart of the hub, or reports its hang-up
                self.dropped(line)
            raise
        finally:
            del self._channels[line.channel]
            calls.end(line)
            line.over.set()
            if not self.orphans.conversation(line.uniqueid):
                self.people.over(line.conversation)
                self._detail.over(line.uniqueid, line.conversation)

    async def _takes_up(self, line: CallRunner, conversation: int) -> None:
        """Bring a call to the state of its conversation."""
        place, talked = self.people.place(conversation), await line.was_joined()
        if place is not None:
            line.call = replace(line.call, where=place)
        standing = moved(await self._shared.intake.standing(conversation))
        over: tuple[Event, ...] = (Ended(),) if talked and place is None else ()
        if over and isinstance(standing, AtCentre):
            standing, over = AtCentre(), (TrunkEnded(lost=False),)
        # The second: offers made while the caller was not connected yet.
        line.happened(standing, *map(Offered, self._shared.calls.asked(line)), *over)
        if talked:
            await self.taped(line)
        if place is not None:
            self.people.arrived(line)

    def _named(self, uniqueid: str) -> str:
        return f"{self.name}-{uniqueid}"

    @property
    def _notice(self) -> str:
        return RECORDED if self._shared.settings.records else ""

    async def _head(self, line: CallRunner) -> Conversation:
        """The conversation of a call; a citizen of another channel keeps theirs."""
        if line.address.channel != NAME and (head := await self._shared.store.at_address(line.address)) is not None:
            return head
        return await self._shared.intake.open(line.address, Citizen(), self._shared.place(self._dialled(line)))

    def _dialled(self, line: CallRunner) -> str:
        return line.session.env.get("agi_dnid", "")

    async def _address(self, session: Session, key: str) -> Address:
        """The caller's address: their number, or the call itself where it is withheld or in use by another call."""
        known = self.orphans.take(session.uniqueid) or placed_for(session.uniqueid)
        if known and (head := await self._shared.store.conversation(known)) is not None:
            return head.address
        address = self._shared.address(session.env.get("agi_callerid", ""), key)
        return Address(NAME, f"call:{key}") if self._shared.calls.at(address) is not None else address

    async def _reconcile(self) -> None:
        """Asterisk is connected (again): ended calls are left, and events of the others follow."""
        channels = await self.ami.live()
        self.trunks.resume(channels)
        live = {channel.uniqueid for channel in channels}
        await self._phones.silence(channels, self.outgoing)
        await self.recorder.salvage(live)
        self._tasks.spawn(self.recorder.collect_torn(live))
        await self.orphans.take_stock(live)
        await self.people.resume(channels)
        self.supervision.resume(channels)
        await self.trunks.declare()
        for channel in channels:
            if channel.context == "hub-away" and channel.application == "Queue" and not channel.bridge:
                # The caller waits in Asterisk's own queue: move the call to the hub's.
                await self.ami.wish("Redirect", Channel=channel.channel, Context="hub-away", Exten="s", Priority=1)

    async def _forsaken(self) -> None:
        """A long downtime: calls without a session here have ended."""
        self.recorder.forsake()
        await self.orphans.take_stock(frozenset())
        await self.people.resume(())
        self.supervision.resume(())
        self.trunks.resume(())

    async def _held(self, event: events.Hold | events.Unhold) -> None:
        """A telephone's own hold button: Asterisk plays music, the journal records the time."""
        if (leg := self._phones.leg(event.uniqueid)) is None:
            return
        try:
            await self._shared.intake.held(leg.line.conversation, leg.operator, on=isinstance(event, events.Hold))
        except OknoError as error:
            log.warning("hold not recorded in the journal", extra={"call": leg.line.key, "why": str(error)})

    def _told(self, event: events.Event) -> None:
        self.people.told(event)
        self.supervision.told(event)
        self.trunks.told(event)
        if isinstance(event, events.Hangup):
            self._hung_up(event)
            return
        match event:
            case events.Hold() | events.Unhold():
                self._tasks.spawn(self._held(event))
            case events.BridgeEnter(channel=channel) if (line := self._channels.get(channel)) is not None:
                self._detail.joined(line)
            case events.BridgeLeave(channel=channel):
                self._detail.parted(channel)
            case events.DTMFEnd(channel=channel, digit=digit, direction="Received") if (line := self._channels.get(channel)) is not None:
                if digit != OURS:
                    line.happened(Pressed(digit))
            case events.Newchannel(uniqueid=uniqueid):
                self.outgoing.began(uniqueid)
            case events.Newstate(uniqueid=uniqueid, state="Ringing"):
                self.outgoing.rings(uniqueid)
            case _:
                pass

    def _hung_up(self, event: events.Hangup) -> None:
        if (line := self._channels.get(event.channel)) is not None:
            line.gone = True
        if self.recorder.gone(event.uniqueid):
            self._tasks.spawn(self.recorder.collect_soon())
        orphan = self.orphans.take(event.uniqueid)
        self._detail.over(event.uniqueid, orphan)
        self._detail.ended(event.uniqueid, event.cause)
        if orphan:
            self._tasks.spawn(self.orphans.ended(orphan))
        elif event.context == "hub-away" and self._offline_calls is not None:
            self._tasks.spawn(self._offline_calls.bring_in())
        elif not (self._trunks.ended(event) or self._phones.ended(event.uniqueid)):
            self.outgoing.ended(event)
