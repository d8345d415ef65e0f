"""Calls over an Asterisk: it plays, records and connects (AMI, FastAGI); who talks to whom is decided by the hub.

A replaying channel: what is said in a conversation is spoken into the call that goes on, and nothing is owed to whoever has hung up.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, assert_never
from uuid import uuid4

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from channels.intake import taken
from channels.secret import secret
from channels.uploads import kept
from channels.voice import ami, events
from channels.voice.agi import Agi, HungUpError, Session
from channels.voice.ami import ActionRefusedError, Ami, Door
from channels.voice.call import (
    RECORDED,
    Accept,
    Call,
    Deed,
    Ended,
    Event,
    Given,
    HungUp,
    Hush,
    InLine,
    Leave,
    LegEnded,
    Offered,
    PickedUp,
    Pressed,
    Refuse,
    Ring,
    Said,
    Taken,
    Tell,
    Withdrawn,
    WithRobot,
)
from channels.voice.line import Line
from channels.voice.numbers import number_of
from channels.voice.outgoing import Outgoing, Ways, placed_for
from channels.voice.overhearing import Overhearing
from channels.voice.people import People
from channels.voice.prompts import Prompts
from channels.voice.recorder import Label, Recorder
from hub.carriage import Bookmark
from hub.contacts import Address, Citizen
from hub.conversation import Closed, Conversation, InQueue, Promised, WithBot, WithOperator
from hub.errors import OknoError, RefusedError, UnavailableError
from hub.journal import Record
from hub.message import Attachment, Author, Message
from hub.ports import Ask, Bid, Company, Consulted, Dial, Dialled, Ear, Files, Incoming, Intake, Store
from hub.signals import Moved, Signal
from hub.tasks import Tasks
from hub.territory import Place
from hub.vitals import Health

log = logging.getLogger(__name__)

NAME = "voice.asterisk"
RINGS_S = 60.0
"""Longer than any offer: it is the hub that gives up first."""
AGAIN_S = 2.0
"""Between two calls to the telephone of an operator who has accepted."""


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of ours, and the place that whoever dials it asks about."""

    dialled: str
    place: Place = Place()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`sounds` and `recordings` are folders that hub and Asterisk share."""

    password_file: str
    sounds: str
    recordings: str
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 5038
    user: str = "okno"
    listen_host: str = "127.0.0.1"
    listen_port: Annotated[int, Meta(ge=1, le=65535)] = 4573
    allowed: tuple[str, ...] = ("127.0.0.1", "::1")
    phone: str = "PJSIP/{login}"
    trunk: str = "PJSIP/{number}@trunk"
    """How a citizen is called."""
    label: Annotated[str, Meta(max_length=32, pattern=r'^[^"<>\\\r\n]*$')] = ""
    """Who calls, as the telephones of citizens show it (41-ФЗ: a name of up to 32 signs, and what the call is about)."""
    shown: Annotated[str, Meta(pattern=r"^\+?[0-9]*$")] = ""
    """Our number, as the telephones of citizens show it."""
    numbers: tuple[Number, ...] = ()
    region: str = "RU"
    records: bool = False
    """Whether talks with operators are recorded; every caller is told before."""
    listens: bool = False
    """Whether the robot listens to speech, not to digits alone: `[speech]` must have a model."""
    system: str = "a1"
    """The name of this Asterisk among all of ours: its ids are unique in it alone."""


class Leg(msgspec.Struct):
    """An operator's end of a call: his telephone, from the first ring to the end. `bid` is what he accepts by picking up."""

    line: Line
    operator: str
    bid: Bid | None


class Telephone:
    """hub.ports.Replaying, Ringing, Dialling, Consulting, Listening, Recording and Working."""

    name = NAME

    def __init__(self, settings: Settings, intake: Intake, store: Store, files: Files) -> None:
        self._settings, self._intake, self._store, self._files = settings, intake, store, files
        self._prompts = Prompts(Path(settings.sounds))
        self._places = {number.dialled: number.place for number in settings.numbers}
        self._door = Door(settings.host, settings.port, settings.user, secret(settings.password_file))
        self._ami = Ami(self._door, self._told, self._reconcile)
        self._agi = Agi({"incoming": self._incoming, "operator": self._operator, "called": self._called}, settings.allowed)
        ways = Ways(settings.phone, settings.trunk, caller_id(settings))
        self._outgoing = Outgoing(self._ami, ways)
        self._overhearing = Overhearing(self._ami, ways, intake)
        self._people = People(self._ami, ways, intake, store, self._line_of, self._seat)
        self._lines: dict[Address, Line] = {}
        self._conversations: dict[int, Line] = {}
        self._channels: dict[str, Line] = {}
        self._legs: dict[str, Leg] = {}
        """By the uniqueid that each was given beforehand."""
        self._bids: dict[tuple[int, str], Bid] = {}
        self._orphans: dict[str, Bookmark] = {}
        """Calls that go on in Asterisk since before the hub was started, by their uniqueids."""
        self._recorder = Recorder(Path(settings.recordings), intake)
        self._labels: dict[Line, Label] = {}
        """Talks that are being recorded."""
        self._closing = False
        self._tasks = Tasks()

    async def work(self) -> None:
        """hub.ports.Working."""
        if not self._agi.listens:  # an error of the work below hangs up nobody
            await self._agi.start(self._settings.listen_host, self._settings.listen_port)
        await self._ami.keep()

    def health(self) -> Health:
        health = self._ami.health()
        return Health(health.up, f"{health.words}, звонков: {len(self._lines)}")

    async def probe(self) -> Health:
        """hub.ports.Probing."""
        return await ami.probed(self._door)

    async def close(self) -> None:
        # Nobody leaves because the hub does: callers wait in the dial plan, and those who talk go on talking.
        self._closing = True
        await asyncio.gather(self._outgoing.close(), self._people.close())
        # What is being said would go on to its end before Asterisk notices that nobody is there.
        await asyncio.gather(*(self.stop(line.channel) for line in self._lines.values()))
        await self._agi.close()
        await self._tasks.cancel()
        self._ami.close()

    def show(self, conversation: Conversation, records: Sequence[Record]) -> None:
        """hub.ports.Replaying. An operator speaks himself: what he types is not for the ear."""
        if (line := self._lines.get(conversation.address)) is not None:
            line.happened(*spoken(records))

    def signal(self, conversation: int, signal: Signal) -> None:
        if not isinstance(signal, Moved) or self._people.moved(signal.head):
            return
        if (line := self._conversations.get(conversation)) is not None:
            line.happened(moved(signal))

    def ring(self, bid: Bid) -> None:
        """hub.ports.Ringing."""
        self._bids[bid.conversation, bid.operator] = bid
        if (line := self._conversations.get(bid.conversation)) is not None:
            line.happened(Offered(bid.operator))

    def hush(self, conversation: int, operator: str) -> None:
        self._bids.pop((conversation, operator), None)
        if (line := self._conversations.get(conversation)) is not None:
            line.happened(Withdrawn(operator))

    def talks(self, conversation: int) -> bool:
        """hub.ports.Dialling."""
        known = conversation in self._conversations or self._outgoing.under_way(conversation)
        return known or conversation in {conversation_of(mark) for mark in self._orphans.values()}

    async def dial(self, dial: Dial, answered: Callable[[], None]) -> Dialled:
        return await self._outgoing.dial(dial, answered)

    def consulted(self, conversation: int) -> Consulted | None:
        """hub.ports.Consulting."""
        return self._people.consulted(conversation)

    async def consult(self, ask: Ask) -> None:
        await self._people.consult(ask, await self._caller(ask.conversation))

    async def arrange(self, conversation: int, company: Company) -> None:
        await self._people.arrange(conversation, company)

    def listeners(self, conversation: int) -> dict[str, Ear]:
        """hub.ports.Listening."""
        return self._overhearing.listeners(conversation)

    async def listen(self, conversation: int, login: str, ear: Ear | None) -> None:
        if ear is None:
            await self._overhearing.leave(conversation, login)
            return
        operator = await self._people.operator_of(conversation, await self._caller(conversation))
        await self._overhearing.listen(conversation, login, ear, operator.channel)

    async def _caller(self, conversation: int) -> str:
        """The uniqueid of whoever calls, or was called; "" where nobody does."""
        mark = await self._store.get(Bookmark, mark_of(conversation, "").key)
        return mark.value if mark is not None else ""

    def _line_of(self, conversation: int) -> Line | None:
        return self._conversations.get(conversation)

    def _seat(self, uniqueid: str, line: Line, operator: str) -> None:
        self._legs[uniqueid] = Leg(line, operator, None)

    async def sound(self, text: str) -> str:
        return await self._prompts.sound(text)

    async def stop(self, channel: str) -> None:
        await self._ami.wish("ControlPlayback", Channel=channel, Control="stop")

    async def let_out(self, channel: str, room: str) -> None:
        await self._ami.wish("ConfbridgeKick", Conference=room, Channel=channel)

    async def press(self, channel: str) -> None:
        await self._ami.wish("PlayDTMF", Channel=channel, Digit="#", Receive="true")

    def recording(self, line: Line) -> Path:
        return Path(self._settings.recordings) / f"{line.key}-{line.said + 1}"

    def tape(self, line: Line) -> tuple[str, ...]:
        self._labels[line], arguments = self._recorder.begin(line.conversation, line.uniqueid)
        return arguments

    def taped(self, line: Line) -> None:
        label = self._labels.pop(line)
        if not self._closing:
            self._tasks.spawn(self._recorder.finished(label))

    async def pause(self, conversation: int, *, paused: bool) -> None:
        """hub.ports.Recording."""
        line = self._conversations.get(conversation)
        try:
            if line is None or not line.taping:
                raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")
            await self._ami.action("MixMonitorMute", Channel=line.channel, Direction="both", State="1" if paused else "0")
        except (ActionRefusedError, UnavailableError) as error:
            raise RefusedError("not_recorded", f"Записью сейчас нельзя управлять: {error}") from error

    async def heard(self, line: Line, recording: Path) -> None:
        """The recording is the message; the hub listens to it (hub/hearing.py)."""
        content = await asyncio.to_thread(recording.read_bytes)
        attachment = await kept(self._files, f"Сказано {line.said + 1}.wav", content)
        await self._say(line, "", (attachment,))
        await asyncio.to_thread(recording.unlink)

    def do(self, line: Line, deed: Deed) -> None:
        if not self._closing:
            self._tasks.spawn(self._do(line, deed))

    async def _do(self, line: Line, deed: Deed) -> None:
        try:
            match deed:
                case Tell(text=text):
                    await self._say(line, text)
                case Ring(operator=operator):
                    await self._ring(line, operator)
                case Hush(operator=operator):
                    await self._hush(line, operator)
                case Accept(operator=operator):
                    await self._bids[line.conversation, operator].accept()
                case Refuse(operator=operator):
                    await self._bids[line.conversation, operator].refuse()
                case Leave():
                    await self._left(mark_of(line.conversation, line.uniqueid), line.address)
        except (OknoError, KeyError) as error:
            # KeyError: the offer was withdrawn at this very moment, as the line is told, too.
            log.warning("a call could not be dealt with", extra={"call": line.key, "deed": type(deed).__name__, "why": str(error)})
            if isinstance(deed, Accept):
                line.happened(Withdrawn(deed.operator))

    async def _incoming(self, session: Session) -> None:
        """A citizen calls, or is still there after the hub was away (docker/asterisk/etc/extensions.conf)."""
        await session.answer()
        key = self._key(session)
        line = Line(self, session, await self._address(session, key), key, listens=self._settings.listens, notice=self._notice)
        await self._goes_on(line, session)

    def _key(self, session: Session) -> str:
        return f"{self._settings.system}-{session.uniqueid}"

    @property
    def _notice(self) -> str:
        return RECORDED if self._settings.records else ""

    async def _called(self, session: Session) -> None:
        """A citizen whom an operator calls has answered; without the operator's leg it is a call like any other (after a restart)."""
        placed = self._outgoing.reached(session.uniqueid)
        if placed is None:
            await self._incoming(session)
            return
        line = Line(self, session, placed.dial.conversation.address, self._key(session), listens=False, notice=self._notice)
        operator = placed.dial.operator
        line.call = Call(Given(operator, placed.operator.result().channel), notice=self._notice)
        self._legs[placed.operator_leg] = Leg(line, operator, None)
        try:
            await self._goes_on(line, session)
        finally:
            if not placed.over.done():
                placed.over.set_result(Dialled.TALKED)

    async def _goes_on(self, line: Line, session: Session) -> None:
        """A call from here to its end."""
        self._lines[line.address] = self._channels[session.channel] = line
        try:
            head = await self._head(line.address, session)
            line.conversation = head.id
            self._conversations[head.id] = line
            await self._store.put(mark_of(head.id, session.uniqueid))
            place = self._people.place(head.id)
            if place is not None:
                line.call = replace(line.call, where=place)
            line.happened(moved(await self._intake.standing(head.id)))
            # Offered while the hub was there already, and the caller not yet.
            line.happened(*(Offered(operator) for conversation, operator in self._bids if conversation == head.id))
            if place is not None:
                self._people.arrived(line)
            elif await line.was_joined():
                line.happened(Ended())
            await line.run()
            await session.go("hub-bye")
        except HungUpError:
            # Before the line began to run: whoever was to talk to him is told all the same.
            line.happened(HungUp())
        finally:
            del self._lines[line.address], self._channels[session.channel]
            self._conversations.pop(line.conversation, None)
            self._people.over(line.conversation)
            for known in [key for key in self._bids if key[0] == line.conversation]:
                del self._bids[known]

    async def _head(self, address: Address, session: Session) -> Conversation:
        """The conversation of a call; that of somebody who is called on behalf of another channel stands as it is."""
        if address.channel != NAME and (head := await self._store.at_address(address)) is not None:
            return head
        return await self._intake.open(address, Citizen(), self._places.get(session.env.get("agi_dnid", "")))

    async def _address(self, session: Session, key: str) -> Address:
        """Who calls: his number, or the call itself where it is withheld or calls already."""
        orphan = self._orphans.pop(session.uniqueid, None)
        if known := conversation_of(orphan) if orphan is not None else placed_for(session.uniqueid):
            head = await self._store.conversation(known)
            if head is not None:
                return head.address
        address = Address(NAME, number_of(session.env.get("agi_callerid", ""), self._settings.region) or f"call:{key}")
        return Address(NAME, f"call:{key}") if address in self._lines else address

    async def _operator(self, session: Session) -> None:
        """An operator has picked up. His end waits in silence until it is joined to the caller, or put down."""
        if await self._people.take(session) or await self._overhearing.take(session):
            return
        leg = self._legs.get(session.uniqueid)
        if leg is None:
            await self._outgoing.picked_up(session)
            await session.go("hub-bye")
            return
        leg.line.happened(PickedUp(leg.operator, session.channel))
        await session.hung_up()

    async def _ring(self, line: Line, operator: str) -> None:
        uniqueid = f"okno-{uuid4().hex}"
        leg = self._legs[uniqueid] = Leg(line, operator, self._bids.get((line.conversation, operator)))
        phone, caller = self._settings.phone.format(login=operator), line.address.value
        try:
            outcome = await self._ami.originate(ami.Call(phone, "hub-operator", RINGS_S, caller_id=caller, uniqueid=uniqueid))
        except (UnavailableError, ActionRefusedError) as error:
            log.warning("a telephone does not ring", extra={"operator": operator, "why": str(error)})
            outcome = None
        if (outcome is None or not outcome.answered) and self._legs.pop(uniqueid, None) is not None:
            if leg.bid is None:
                await asyncio.sleep(AGAIN_S)
            line.happened(LegEnded(operator))

    async def _hush(self, line: Line, operator: str) -> None:
        for uniqueid in [name for name, leg in self._legs.items() if leg.line is line and leg.operator == operator]:
            del self._legs[uniqueid]
            await self._ami.wish("Hangup", Channel=uniqueid)

    async def _say(self, line: Line, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        line.said += 1
        await taken(self._intake, self._store, Incoming(line.address, f"{line.key}:{line.said}", text, attachments))

    async def _reconcile(self) -> None:
        """Asterisk is there (again): who has hung up meanwhile has left, and of the others it will be told."""
        known = {line.uniqueid for line in self._conversations.values()}
        ours = [mark for mark in await self._store.all(Bookmark) if mark.key.startswith(f"{NAME}/")]
        marks = {mark.value: mark for mark in ours if mark.value not in known}
        channels = await self._ami.live()
        live = {channel.uniqueid for channel in channels}
        await self._recorder.salvage(live)
        self._orphans = {uniqueid: mark for uniqueid, mark in marks.items() if uniqueid in live}
        for uniqueid in marks.keys() - live:
            await self._gone(marks[uniqueid])
        await self._people.resume(channels)
        self._overhearing.resume(channels)

    async def _gone(self, mark: Bookmark) -> None:
        head = await self._store.conversation(conversation_of(mark))
        if head is not None and head.address not in self._lines:
            await self._left(mark, head.address)

    async def _left(self, mark: Bookmark, address: Address) -> None:
        if address.channel == NAME:
            await self._intake.left(address)
        await self._store.drop(Bookmark, mark.key)

    async def _held(self, event: events.Hold | events.Unhold) -> None:
        """A telephone's own button of hold: the music is Asterisk's, the time is the journal's."""
        leg = self._legs.get(event.uniqueid)
        if leg is None:
            return
        try:
            await self._intake.held(leg.line.conversation, leg.operator, on=isinstance(event, events.Hold))
        except OknoError as error:
            log.warning("a hold is not in the journal", extra={"call": leg.line.key, "why": str(error)})

    def _told(self, event: events.Event) -> None:
        self._people.told(event)
        self._overhearing.told(event)
        match event:
            case events.DTMFEnd(channel=channel, digit=digit, direction="Received") if (line := self._channels.get(channel)) is not None:
                line.happened(Pressed(digit))
            case events.Hangup(uniqueid=uniqueid) if (orphan := self._orphans.pop(uniqueid, None)) is not None:
                self._tasks.spawn(self._gone(orphan))
            case events.Hangup(uniqueid=uniqueid) if (leg := self._legs.get(uniqueid)) is not None:
                del self._legs[uniqueid]
                leg.line.happened(LegEnded(leg.operator))
            case events.Hangup():
                self._outgoing.ended(event)
            case events.Hold() | events.Unhold():
                self._tasks.spawn(self._held(event))
            case _:
                pass


def caller_id(settings: Settings) -> str:
    """As Asterisk takes it apart."""
    return f'"{settings.label}" <{settings.shown}>' if settings.label and settings.shown else settings.label or settings.shown


def mark_of(conversation: int, uniqueid: str) -> Bookmark:
    """A call that goes on: kept from its beginning until the hub knows that it is over."""
    return Bookmark(f"{NAME}/{conversation}", uniqueid)


def conversation_of(mark: Bookmark) -> int:
    return int(mark.key.partition("/")[2])


def spoken(records: Sequence[Record]) -> list[Said]:
    """What is read to the caller of what was said."""
    messages = [record.entry for record in records if isinstance(record.entry, Message)]
    return [Said(message.text, message.choices) for message in messages if message.author in {Author.BOT, Author.SYSTEM}]


def moved(signal: Moved) -> Event:
    match signal.head.holder:
        case WithBot():
            return WithRobot()
        case InQueue():
            return InLine(signal.place)
        case WithOperator(operator=operator):
            return Taken(operator)
        case Promised() | Closed():
            return Ended()
        case _ as never:
            assert_never(never)


def connect(settings: dict[str, object], intake: Intake, store: Store, files: Files, *, limited: bool) -> Telephone:
    """The driver; raises msgspec.ValidationError that names a bad setting."""
    del limited
    return Telephone(msgspec.convert(settings, Settings), intake, store, files)
