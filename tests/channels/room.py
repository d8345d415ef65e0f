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

from bots.knowledge.faq import FaqBot
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
from hub.conversations.opener import Opener
from hub.conversations.ports import AwaitingChannel, CarryingChannel, Channel, Commit, OnCommitted, ReplayingChannel, Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.dispatch.dispatcher import Dispatch, Patience
from hub.intake.acceptance import MessageAcceptance
from hub.intake.blocklist import Blocklist
from hub.intake.calls import CallEvents
from hub.intake.flood_control import FloodLimits
from hub.intake.intake_filter import IntakeFilter
from hub.intake.message_intake import MessageIntake
from hub.intake.message_secrets import MessageSecrets
from hub.intake.outlets import Outlets
from hub.intake.pipeline import IntakePipeline
from hub.intake.ports import Intake
from hub.intake.presence import CitizenPresence
from hub.intake.reactions import Reactions
from hub.intake.redeliveries import Redeliveries
from hub.intake.robot_replies import RobotReplies
from hub.intake.set_aside import HeldReview
from hub.kernel.errors import StoreError, UnavailableStoreError
from hub.kernel.health import ChannelCounters
from hub.kernel.ids import RecordIds, TicketNumbers
from hub.kernel.ports import Files
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notice import Words
from hub.notifications.opt_outs import OptOuts
from hub.organisation.queue import Lines
from hub.robot.ports import Bot
from hub.robot.voice import RobotVoice
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.recordings import CallRecordings
from hub.telephony.speech_to_text import SpeechToText
from okno.adapters.dialogue_engine import LocalDialogueEngine
from routing.assignment import Floor
from routing.ladder import Ladder
from storage.files import FileStore
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.authorization_rules import authorization_of
from tests.rig import by_a_person, no_visit, nobody_dials
from tests.rights import own_data_of
from tests.traits import TRAITS

Talks = tuple[FaqBot, LocalDialogueEngine]
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

    def __init__(self, store: ValvedStore, sequencer: ConversationSequencer, intake: MessageIntake, files: Files, sifting: HeldReview) -> None:
        self.store, self.sequencer, self.intake, self.files = store, sequencer, intake, files
        self.sifting, self.intake_filter = sifting, sifting.intake_filter
        self.channel: Channel
        self.bot: Bot
        self.opener: Opener

    async def said(self, conversation: int) -> list[str]:
        """What the citizen has said, as it is stored."""
        return [r.entry.text for r in await self.store.records(conversation, limit=10_000)
                if isinstance(r.entry, Message) and r.entry.author is Author.CITIZEN]

    async def hand_to_anna(self, conversation: int) -> None:
        """The robot is silent from now on."""
        live, now = await self.sequencer.load(conversation), self.sequencer.now()
        holder = WithOperator("anna", now, "general", now)
        await self.sequencer.committed_step(live, (HandedOver(now, holder, "taken", "anna"),), head=replace(live.head, holder=holder))

    async def anna_writes(self, conversation: int, text: str, *files: Attachment, internal: bool = False) -> None:
        live = await self.sequencer.load(conversation)
        message = Message(Author.OPERATOR, text, self.sequencer.now(), by="anna", name="Анна", internal=internal, attachments=files)
        await self.sequencer.committed_step(live, (message,))


@asynccontextmanager
async def room_with(connect: Connect, kind: type[ValvedStore], folder: Path, russian: Russian, talks: Talks | None = None,
                    flood_limits: FloodLimits | None = None) -> AsyncIterator[Room]:
    """Everything between a channel and the disk; the store is `kind`. The robot answers from knowledge, of which it has none, or `talks`."""
    async with AsyncExitStack() as stack:
        store = kind(folder / "okno.db", russian) if issubclass(kind, SqliteStore) else kind(russian)
        stack.push_async_callback(store.close)
        carriers: dict[str, CarryingChannel] = {}
        showers: dict[str, ReplayingChannel] = {}
        awaiting: dict[str, AwaitingChannel] = {}
        bot, talker = talks or (bot := FaqBot(russian, "Центр", TRAITS), LocalDialogueEngine(bot))
        sequencer = ConversationSequencer(store, RecordIds(), lambda: datetime.now(UTC), carriers, TRAITS)
        dispatch = Dispatch(sequencer, store, Floor(), Lines(), Patience())
        stack.callback(dispatch.close)
        announcement_service = AnnouncementService(store, sequencer.now, "Робот", ())
        opt_outs = OptOuts(store, sequencer.carried, Words.of(("СТОП",), ("СТАРТ",)), stop="СТОП", start="СТАРТ")
        intake_filter = IntakeFilter(Blocklist(store, sequencer.now, TRAITS), flood_limits or FloodLimits(), queue="general", limited=flood_limits is not None)
        counters: defaultdict[str, ChannelCounters] = defaultdict(lambda: ChannelCounters(sequencer.now))
        deliveries = Deliveries(sequencer, store, carriers, counters, queue="general", lead=lambda head: (head, ()), quarantined=lambda *_: None)
        stack.push_async_callback(deliveries.close)
        speech_to_text = SpeechToText(FileStore(folder / "files"), None)
        await (redeliveries := Redeliveries(store, sequencer.now)).start()
        voice = RobotVoice(bot, talker, announcement_service, name="Робот", queue="general")
        secrets = MessageSecrets((Statuses(CaseTracking(store, sequencer.now, intake_filter.network), str, str, lambda _: False, no_visit),), talker)
        replies = RobotReplies(sequencer, voice, register=by_a_person, lead=lambda head: (head, ()), yields=intake_filter.yields)
        reactions = Reactions(sequencer, store, replies, Outlets(showers, awaiting, deliveries), opt_outs=opt_outs, speech_to_text=speech_to_text,
                              secrets=secrets, redeliveries=redeliveries)
        stack.push_async_callback(reactions.close)
        promise_actions = PromiseActions(sequencer, actions := Actions(sequencer, dispatch, store, Lines(), {}, authorization_of(())))
        talks = ConsultTransfer(sequencer, store, dispatch, actions, {}, (), CentreTransfer(sequencer, actions, Ladder({}), {}), list)
        subject, demands, consent_service = own_data_of(sequencer, store)
        await consent_service.start()
        await demands.start()
        stack.push_async_callback(demands.close)
        files, opener = FileStore(folder / "files"), Opener(sequencer, TicketNumbers("000"), lambda citizen: citizen)
        guard = Quarantine(sequencer, store, files, None, counters["scanner"])
        pipeline = IntakePipeline(sequencer, voice, opt_outs=opt_outs, intake_filter=intake_filter, secrets=secrets, speech_to_text=speech_to_text)
        intake = MessageIntake(
            MessageAcceptance(sequencer, opener, pipeline, voice, redeliveries=redeliveries, files=files, guard=guard),
            CitizenPresence(sequencer, store, opener, voice, promise=partial(promise_actions.offer_callback, gone=True), keeps=timedelta(minutes=5),
                            standing=dispatch.standing),
            CallEvents(sequencer, opener, queue="general", recorded=CallRecordings(sequencer, store, files, lambda _: None).keep, phoned=nobody_dials,
                       talks=talks),
            intake_filter=intake_filter, guard=guard, proofs=NoVerification(), subject=subject, delivered=deliveries.delivered)
        sequencer.on_commit.react.subscribe(reactions.committed, dispatch.committed)
        room = Room(store, sequencer, intake, files, HeldReview(sequencer, store, actions, intake_filter, "general"))
        room.bot, room.opener = bot, opener
        channel = room.channel = connect(intake, store, files)
        stack.push_async_callback(channel.close)
        if isinstance(channel, ReplayingChannel):
            showers[channel.name] = channel
            if isinstance(channel, AwaitingChannel):
                awaiting[channel.name] = channel
        elif isinstance(channel, CarryingChannel):
            carriers[channel.name] = channel
        yield room
