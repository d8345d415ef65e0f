"""A hub without its front door, for a channel's contract: real parts around a store that can be held up and filled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
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
from hub.conversations.conversation import Conversation, WithOperator
from hub.conversations.journal import HandedOver
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.opener import Opener
from hub.conversations.ports import Channel, Commit, OnCommitted, Store
from hub.conversations.sequencer import ConversationSequencer
from hub.dispatch.dispatcher import Dispatch
from hub.dispatch.priority import Patience
from hub.federation.handover_receiver import HandoverPolicy
from hub.federation.remote_centres import RemoteCentres
from hub.intake.flood_control import FloodLimits
from hub.intake.message_intake import MessageIntake
from hub.intake.ports import Intake
from hub.intake.redeliveries import Redeliveries
from hub.intake.set_aside import HeldReview
from hub.kernel.errors import StoreError, UnavailableStoreError
from hub.kernel.health import ChannelCounters
from hub.kernel.ports import Files
from hub.organisation.level import Level
from hub.organisation.queue import Lines
from hub.robot.ports import Bot
from hub.robot.voice import endangered_by
from hub.telephony.consultations import ConsultTransfer
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.rooms.base import ROBOT, SCANNER, Doors, Storage, Timing, wire_base
from okno.rooms.conversations import CentreLookup, wire_conversations
from okno.rooms.way_in import CallParts, OperatorParts, OwnDataParts, RobotParts, wire_intake, wire_speech
from okno.rooms.way_out import wire_outbound
from routing.assignment import Floor
from routing.ladder import Ladder
from storage.erasure_register import ErasureList
from storage.files import FileStore
from storage.memory import MemoryStore
from storage.sqlite import SqliteStore
from tests.authorization_rules import authorization_of
from tests.rig import CONFIG, by_a_person, no_visit, nobody_dials
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
        bot, talker = talks or (bot := FaqBot(russian, "Центр", TRAITS), LocalDialogueEngine(bot))
        timing, config = Timing(lambda: datetime.now(UTC)), replace(CONFIG, flood_limits=flood_limits or FloodLimits(), limited=flood_limits is not None)
        base = wire_base(stack, config, Storage(store, FileStore(folder / "files"), ErasureList()), None, timing, Doors(TRAITS, (SCANNER,), timing.now),
                         (0, ""), lambda citizen: citizen)
        sequencer = base.sequencer
        await (redeliveries := Redeliveries(store, timing.now)).start()
        conversations = wire_conversations(base, redeliveries, Lines(), CentreLookup(lambda _: Level.REGIONAL, str), None)
        dispatch = Dispatch(sequencer, store, Floor(), Lines(), Patience())
        stack.callback(dispatch.close)
        actions = Actions(sequencer, dispatch, store, Lines(), {}, authorization_of(()))
        policy = HandoverPolicy(str, lambda _: Level.REGIONAL, str, lambda *_: "", lambda *_: "", base.doors.telephone)
        deliveries, _, _, handover_sender = wire_outbound(
            base, conversations, RemoteCentres(sequencer, None, str, lambda _: None, base.doors.connects), policy, {}, endangered=partial(endangered_by, bot, ROBOT),
            lead=led, zones=lambda _: (base.zone,))
        speech_to_text, _, recordings = wire_speech(base, None, None)
        subject, demands, consent_service = own_data_of(sequencer, store)
        await consent_service.start()
        await demands.start()
        stack.push_async_callback(demands.close)
        statuses = Statuses(CaseTracking(store, timing.now, conversations.intake_filter.network), str, str, lambda _: False, no_visit)
        talks_of_operators = ConsultTransfer(sequencer, store, dispatch, actions, {}, (), CentreTransfer(sequencer, actions, Ladder({}), {}), list)
        intake, _, sifting, _ = wire_intake(
            base, conversations, RobotParts(bot, talker, (statuses,), by_a_person),
            OperatorParts(dispatch, actions, PromiseActions(sequencer, actions), led),
            CallParts(speech_to_text, recordings.keep, nobody_dials, talks_of_operators), OwnDataParts(NoVerification(), subject), deliveries,
            handover_sender)
        sequencer.on_commit.react.subscribe(dispatch.committed)
        room = Room(store, sequencer, intake, base.files, sifting)
        room.bot, room.opener = bot, base.opener
        channel = room.channel = connect(intake, store, base.files)
        stack.push_async_callback(channel.close)
        base.doors.counters[channel.name] = ChannelCounters(timing.now)
        base.doors.open({channel.name: channel})
        yield room


def led(head: Conversation) -> tuple[Conversation, tuple[HandedOver, ...]]:
    """To the line in which it waits anyway."""
    return head, ()
