"""A hub without its front door, for a channel's contract: real parts around a store that can be held up and filled."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bots.faq import FaqBot
from bots.russian import Russian
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions
from hub.actions.promise_actions import PromiseActions
from hub.cases.status_by_message import Statuses
from hub.cases.tracking import CaseTracking
from hub.citizens.verification import NoVerification
from hub.conversations.conversation import WithOperator
from hub.conversations.delivery import Deliveries
from hub.conversations.journal import HandedOver
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import AwaitingChannel, CarryingChannel, Channel, Commit, OnCommitted, ReplayingChannel, Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.dispatch.dispatcher import Dispatch, Patience
from hub.intake.blocklist import Blocklist
from hub.intake.flood_control import FloodLimits
from hub.intake.intake_filter import IntakeFilter
from hub.intake.message_intake import MessageIntake
from hub.intake.ports import Intake
from hub.intake.reactions import Reactions
from hub.intake.redeliveries import Redeliveries
from hub.intake.set_aside import HeldReview
from hub.kernel.errors import StoreError, UnavailableStoreError
from hub.kernel.health import ChannelCounters
from hub.kernel.ids import RecordIds, TicketNumbers
from hub.kernel.ports import Files
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notice import Words
from hub.notifications.opt_outs import OptOuts
from hub.organisation.queue import Lines
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.recordings import CallRecordings
from hub.telephony.speech_to_text import SpeechToText
from okno.adapters.talker import Talker
from routing.assign import Floor
from routing.ladder import Ladder
from storage.files import FileStore
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.admitting import admission_of
from tests.rig import by_a_person, no_visit, nobody_dials
from tests.rights import own_data_of

Talks = tuple[FaqBot, Talker]
Connect = Callable[[Intake, Store, Files], Channel]
CARRIED = "sms.paper"


class Valve:
    """Stands before a store: full, it refuses steps; shut, it keeps them until it is opened; hushed, it stores them and tells nobody."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.full = self.shut = self.hushed = False
        self.kept: list[tuple[Commit, OnCommitted]] = []
        self.untold: list[Callable[[], None]] = []
        self.reached = asyncio.Event()
        """Set when something stands before the shut valve, or is stored behind the hushed one."""

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        if self.full:
            asyncio.get_running_loop().call_soon(done, UnavailableStoreError("database or disk is full"))
        elif self.shut:
            self.kept.append((change, done))
            self.reached.set()
        else:
            super().submit(change, partial(self._stored, done) if self.hushed else done, patient=patient)  # type: ignore[misc]  # of the store behind it

    def _stored(self, done: OnCommitted, error: StoreError | None) -> None:
        self.untold.append(partial(done, error))
        self.reached.set()

    def open(self) -> None:
        self.full = self.shut = self.hushed = False
        untold, self.untold = self.untold, []
        for tell in untold:
            tell()
        kept, self.kept = self.kept, []
        for change, done in kept:
            self.submit(change, done)


class ValvedMemory(Valve, MemoryStore):
    pass


class ValvedSqlite(Valve, SqliteStore):
    pass


ValvedStore = ValvedMemory | ValvedSqlite


class Room:
    """One channel, and the hub behind it."""

    def __init__(self, store: ValvedStore, lanes: ConversationSequencer, intake: MessageIntake, files: Files, sifting: HeldReview) -> None:
        self.store, self.lanes, self.intake, self.files = store, lanes, intake, files
        self.sifting, self.screening = sifting, sifting.screening
        self.channel: Channel

    async def said(self, conversation: int) -> list[str]:
        """What the citizen has said, as it is stored."""
        return [r.entry.text for r in await self.store.records(conversation, limit=10_000)
                if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]

    async def hand_to_anna(self, conversation: int) -> None:
        """The robot is silent from now on."""
        lane, now = await self.lanes.load(conversation), self.lanes.now()
        holder = WithOperator("anna", now, "general", now)
        await self.lanes.committed_step(lane, (HandedOver(now, holder, "taken", "anna"),), head=replace(lane.head, holder=holder))

    async def anna_writes(self, conversation: int, text: str, *files: Attachment, internal: bool = False) -> None:
        lane = await self.lanes.load(conversation)
        message = Message(Author.OPERATOR, text, self.lanes.now(), by="anna", name="Анна", internal=internal, attachments=files)
        await self.lanes.committed_step(lane, (message,))


@asynccontextmanager
async def room_with(connect: Connect, kind: type[ValvedStore], folder: Path, russian: Russian, talks: Talks | None = None,
                    damping: FloodLimits | None = None) -> AsyncIterator[Room]:
    """Everything between a channel and the disk; the store is `kind`. The robot answers from knowledge, of which it has none, or `talks`."""
    async with AsyncExitStack() as stack:
        store = kind(folder / "okno.db", russian) if issubclass(kind, SqliteStore) else kind(russian)
        stack.push_async_callback(store.close)
        carriers: dict[str, CarryingChannel] = {}
        showers: dict[str, ReplayingChannel] = {}
        awaiting: dict[str, AwaitingChannel] = {}
        bot, talker = talks or (bot := FaqBot(russian, "Центр"), Talker(bot))
        lanes = ConversationSequencer(store, RecordIds(), lambda: datetime.now(UTC), carriers)
        dispatch = Dispatch(lanes, store, Floor(), Lines(), Patience())
        stack.callback(dispatch.close)
        informer = AnnouncementService(store, lanes.now, "Робот", ())
        opt_outs = OptOuts(store, lanes.carried, Words.of(("СТОП",), ("СТАРТ",)), stop="СТОП", start="СТАРТ")
        screening = IntakeFilter(Blocklist(store, lanes.now), damping or FloodLimits(), queue="general", limited=damping is not None)
        vitals: defaultdict[str, ChannelCounters] = defaultdict(lambda: ChannelCounters(lanes.now))
        deliveries = Deliveries(lanes, store, carriers, vitals, queue="general", lead=lambda head: (head, ()), quarantined=lambda *_: None)
        stack.push_async_callback(deliveries.close)
        hearing = SpeechToText(FileStore(folder / "files"), None)
        await (redeliveries := Redeliveries(store, lanes.now)).start()
        turns = Reactions(lanes, store, bot, talker, register=by_a_person, showers=showers, awaiting=awaiting, deliveries=deliveries, robot="Робот", queue="general", informer=informer,
                      opt_outs=opt_outs, hearing=hearing, asks=(Statuses(CaseTracking(store, lanes.now, screening.network), str, str, lambda _: False, no_visit),), lead=lambda head: (head, ()), redeliveries=redeliveries, yields=screening.yields)
        stack.push_async_callback(turns.close)
        keeping = PromiseActions(lanes, actions := Actions(lanes, dispatch, store, Lines(), {}, admission_of(())))
        talks = ConsultTransfer(lanes, store, dispatch, actions, {}, (), CentreTransfer(lanes, actions, Ladder({}), {}), list)
        subject, demands, consenting = own_data_of(lanes, store)
        await consenting.start()
        await demands.start()
        stack.push_async_callback(demands.close)
        intake = MessageIntake(lanes, store, bot, talker, TicketNumbers("000"), robot="Робот", queue="general", informer=informer,
                           promise=partial(keeping.offer_callback, gone=True), keeps=timedelta(minutes=5), told=lambda citizen: citizen,
                           opt_outs=opt_outs, hearing=hearing, standing=dispatch.standing, typing=lambda _: None, seen=lambda _: None,
                           delivered=deliveries.delivered, recorded=CallRecordings(lanes, store, FileStore(folder / "files"), lambda _: None).keep,
                           stirred=lambda _: None, phoned=nobody_dials, talks=talks, proofs=NoVerification(), subject=subject,
                           guard=Quarantine(lanes, store, FileStore(folder / "files"), None, vitals["scanner"]), screening=screening, redeliveries=redeliveries, files=FileStore(folder / "files"))
        lanes.listeners += [turns.committed, dispatch.committed]
        room = Room(store, lanes, intake, files := FileStore(folder / "files"), HeldReview(lanes, store, actions, screening, "general"))
        channel = room.channel = connect(intake, store, files)
        stack.push_async_callback(channel.close)
        if isinstance(channel, ReplayingChannel):
            showers[channel.name] = channel
            if isinstance(channel, AwaitingChannel):
                awaiting[channel.name] = channel
        elif isinstance(channel, CarryingChannel):
            carriers[channel.name] = channel
        yield room
