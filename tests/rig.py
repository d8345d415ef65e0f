"""The hub's thinking part over a real store, with a clock to be set and doubles of the far ends only."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from hub.access.operator import Operator, Presence, Role
from hub.actions.centre_transfer import CentreTransfer
from hub.actions.conversation_actions import Actions
from hub.actions.promise_actions import PromiseActions
from hub.actions.promise_watch import PromiseWatch
from hub.cases.ports import CaseWish, RegisterCase
from hub.cases.status_by_message import Statuses
from hub.cases.tracking import CaseTracking
from hub.citizens.verification import NoVerification
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.delivery import Leading
from hub.conversations.journal import HandedOver, StoredEvent
from hub.conversations.live_signals import LiveSignal
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Correspondence, HubReply, Incoming, Scanner, Store, Stored
from hub.dispatch.dispatcher import Dispatch, OfferNews
from hub.dispatch.priority import Patience
from hub.federation.handover_receiver import Forbidding, HandoverPolicy, Refusing
from hub.federation.ports import Link
from hub.federation.remote_centres import RemoteCentres
from hub.intake.flood_control import FloodLimits
from hub.intake.redeliveries import Does, Redeliveries, unwatched
from hub.kernel.errors import OknoError, RefusedError, UnavailableError, UndeliverableError
from hub.kernel.health import Health
from hub.kernel.ports import Files
from hub.knowledge.article import Article
from hub.organisation.level import Level
from hub.organisation.queue import Lines, Queue, Topic
from hub.organisation.territory import Place
from hub.quality.csat_service import CsatService
from hub.robot.ports import DialogueAnswer, DialogueEngine, DialogueTurn, HandOff, Reply
from hub.robot.voice import endangered_by
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.speech_to_text import Recognise
from hub.telephony.transcripts import Transcribe
from okno.config import Centre, Config, LinkSettings
from okno.rooms.base import ROBOT, SCANNER, Doors, Storage, Timing, close_later, wire_base
from okno.rooms.conversations import CentreLookup, wire_conversations
from okno.rooms.way_in import CallParts, OperatorParts, OwnDataParts, RobotParts, wire_intake, wire_speech
from okno.rooms.way_out import outbound_attachments_of, wire_outbound
from routing.assignment import Floor
from routing.ladder import Ladder
from storage.erasure_register import ErasureList
from tests.authorization_rules import authorization_of
from tests.channels.line import PATIENCE_S
from tests.rights import own_data_of
from tests.traits import TRAITS

OFFER_S = 30
SOON_S = 0.005
"""Pause before a retry."""
MOSCOW = ZoneInfo("Europe/Moscow")
LEVELS = {"000": Level.FEDERAL, "001": Level.REGIONAL, "077": Level.MUNICIPAL}
QUEUES = (Queue("general", "Общая"), Queue("passports", "Паспорта"))
TOPICS = {"other": Topic("other", "Другое")}
CONFIG = Config(QUEUES, tuple(TOPICS.values()), channels=(), link=LinkSettings(file_limit=6 << 20))
KEEPS = timedelta(seconds=CONFIG.routing.queue_place_s)
"""How long a place in line is kept for whoever has left it."""
ANNA = Operator("anna", "Анна", Role.OPERATOR, ("general",))
OLGA = Operator("olga", "Ольга", Role.OPERATOR, ("general", "passports"))
BOSS = Operator("boss", "Борис", Role.SUPERVISOR, ("passports",))
PEOPLE = (ANNA, OLGA, BOSS)


async def by_a_person(conversation: int, line: str, topic: str, key: str, wanted: CaseWish) -> None:
    """Where no cases are registered."""
    del conversation, line, topic, key, wanted
    raise RefusedError("no_such_topic", "")


async def no_visit(head: Conversation, number: str) -> HubReply:
    """Where nobody is booked."""
    raise RefusedError("no_such_appointment", f"{head.number}: {number}")


class Clock:
    """The time is what the test says."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class NoDialogue:
    """hub.robot.ports.DialogueEngine where nothing is published: the bot has every turn."""

    def talks(self, dialogue: str) -> bool:
        return bool(dialogue)

    def steers(self, words: str) -> None:
        raise AssertionError(words)

    def greeting(self, channel: str) -> None:
        """Knowledge greets."""

    async def turn(self, asked: DialogueTurn) -> DialogueAnswer:
        raise AssertionError(asked)


class PlainBot:
    """hub.robot.ports.Bot in its smallest form: it repeats the question, and does not understand question marks alone."""

    def __init__(self) -> None:
        self.known: set[str] = set()

    def greeting(self, channel: str) -> Reply:
        del channel
        return Reply("Здравствуйте")

    def read_ahead(self, text: str) -> Iterator[None]:
        yield from (None for _ in text[:20])

    def recall(self, text: str, channel: str = "", place: Place | None = None) -> Reply | HandOff | None:
        del channel, place
        return self._decide(text, 0) if text in self.known else None

    def answer(self, text: str, misses: int, channel: str = "", place: Place | None = None) -> Reply | HandOff:
        del channel, place
        decision = self._decide(text, misses)
        if not (isinstance(decision, Reply) and decision.miss):
            self.known.add(text)
        return decision

    def _decide(self, text: str, misses: int) -> Reply | HandOff:
        if (danger := self.danger(text)) is not None:
            return danger
        if text == "оператор":
            return HandOff("asked", "Соединяю", "other")
        if not text.strip("?"):
            return HandOff("not_understood", "Передаю") if misses else Reply("Уточните", miss=True)
        return Reply(f"Ответ на «{text}»", topic="other")

    def danger(self, text: str) -> HandOff | None:
        return HandOff("emergency", "Позвоните 112") if text == "умираю" else None

    def private(self) -> "PlainBot":
        bot = PlainBot()
        bot.known = set(self.known)
        return bot

    def learn(self, articles: Iterable[Article]) -> None:
        """It knows nothing."""

    def search(self, text: str, limit: int) -> Future[list[Article]]:
        del text, limit
        found: Future[list[Article]] = Future()
        found.set_result([])
        return found


class Screen:
    """hub.conversations.ports.ReplayingChannel: shows what it is given."""

    name = "web.chat"

    def __init__(self) -> None:
        self.shown: list[StoredEvent] = []

    def show(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        del conversation
        self.shown += records

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Nobody looks."""

    def health(self) -> Health:
        return Health(True)

    async def close(self) -> None:
        """Nothing is open."""


class Carrier:
    """hub.conversations.ports.CarryingChannel: a carrier that takes, is away, or says that it never will, as told for each try in turn."""

    name = "sms.test"

    def __init__(self) -> None:
        self.faults: list[Callable[[str], Exception]] = []
        self.always: type[Exception] | None = None
        self.carried: list[StoredEvent] = []
        self.tries: list[int] = []
        self.times = 0
        """How often it was given something that it took."""
        self.given = 0
        """How often it was given something."""
        self.gate = asyncio.Event()
        self.gate.set()

    async def receive(self) -> AsyncGenerator[Incoming, None]:
        return
        yield

    async def send(self, conversation: Conversation, records: Sequence[StoredEvent]) -> None:
        del conversation
        self.given += 1
        await self.gate.wait()
        self.tries.append(records[0].id)
        if self.faults:
            raise self.faults.pop(0)("занято")
        if self.always:
            raise self.always("занято")
        self.carried += records
        self.times += 1

    def signal(self, conversation: int, signal: LiveSignal) -> None:
        """Carriers carry messages only."""

    def health(self) -> Health:
        return Health(True)

    async def close(self) -> None:
        """Nothing is open."""


class Drawer:
    """hub.kernel.ports.Files that are forgotten with the test."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def put(self, content: bytes | Path) -> str:
        content = content if isinstance(content, bytes) else content.read_bytes()
        file = sha256(content).hexdigest()
        self._contents[file] = content
        return file

    async def get(self, file: str) -> bytes | None:
        return self._contents.get(file)

    async def pieces(self, file: str) -> AsyncGenerator[bytes, None] | None:
        return self._piece(file) if file in self._contents else None

    async def _piece(self, file: str) -> AsyncGenerator[bytes, None]:
        yield self._contents[file]

    async def drop(self, file: str) -> None:
        self._contents.pop(file, None)


class Letters:
    """hub.conversations.ports.Correspondence of whoever writes letters in a test; nobody does unless it says so."""

    def __init__(self) -> None:
        self.by: Correspondence | None = None

    def awaits(self, address: Address) -> bool:
        return self.by is not None and self.by.awaits(address)

    async def replied(self, address: Address, record: StoredEvent) -> bool:
        return self.by is not None and await self.by.replied(address, record)


class Rig:
    """One start of a hub. `stop` ends it; another Rig over the same store is the next start."""

    def __init__(self, store: Store, clock: Clock, newest: tuple[int, str] = (0, ""), *,
                 files: Files | None = None, talker: DialogueEngine | None = None, recognise: Recognise | None = None, transcribe: Transcribe | None = None, scanner: Scanner | None = None,
                 flood_limits: FloodLimits | None = None, link: Link | None = None, code: str = "077", again_s: float = 0.05, crashed: bool = False, did: bytes = b"", does: Does = unwatched) -> None:
        self.store, self.clock, self.lines, self.files = store, clock, Lines(QUEUES), files or Drawer()
        self.bot, self.screen, self.carrier, self.letters = PlainBot(), Screen(), Carrier(), Letters()
        self.offers: list[OfferNews] = []
        self.levels = dict(LEVELS)
        self.lead: Leading = lambda head: (head, ())
        self.registers: RegisterCase = by_a_person
        self.forbids: Forbidding = lambda _queue, _source, _head: ""
        self.refuses: Refusing = lambda _queue, _passed: ""
        self.expected_s: Callable[[str], float | None] = lambda _: None
        self.redeliveries = Redeliveries(store, clock, crashed=crashed, did=did, does=does)  # not closed: its marks are a crash's
        doors = Doors(TRAITS, (Carrier.name, SCANNER), clock)
        doors.open({Screen.name: self.screen, Carrier.name: self.carrier})
        self.carriers, self.counters = doors.carriers, doors.counters
        self.base = base = wire_base(
            AsyncExitStack(), replace(CONFIG, centre=Centre(code), flood_limits=flood_limits or FloodLimits(), limited=flood_limits is not None),
            Storage(store, self.files, ErasureList()), link, Timing(clock, lambda: clock().timestamp(), SOON_S, SOON_S, SOON_S, again_s, SOON_S, SOON_S),
            doors, newest, lambda citizen: citizen)
        self.sequencer, self.opener = base.sequencer, base.opener
        conversations = wire_conversations(base, self.redeliveries, self.lines, CentreLookup(self._level, str), scanner)
        self.quarantine, self.intake_filter, (self.fetching, self.serving) = conversations.quarantine, conversations.intake_filter, conversations.enclosures
        self.announcement_service, self.opt_outs = conversations.announcement_service, conversations.opt_outs
        self._dispatch_and_actions()
        self.remote = RemoteCentres(self.sequencer, link, str, lambda centre: self.expected_s(centre), doors.connects)
        policy = HandoverPolicy(lambda _: "general", self._level, str, lambda *asked: self.forbids(*asked), lambda *asked: self.refuses(*asked), doors.telephone)
        self.deliveries, self.notification_sender, self.handover_receiver, self.handover_sender = wire_outbound(
            base, conversations, self.remote, policy, TOPICS, endangered=partial(endangered_by, self.bot, ROBOT), lead=self._led, zones=lambda _: (MOSCOW,))
        self.handover_sender.hand_on(conversations.enclosures.heard)
        self.outbound_attachments = outbound_attachments_of(base, conversations, self.actions, self._level)
        self.speech_to_text, self.transcripts, self.recordings = wire_speech(base, recognise, transcribe)
        # It asks nobody before its `committed` is subscribed.
        self.csat = CsatService(self.sequencer, store, self.opt_outs, centre=lambda _: "077", federal=lambda _: False, masked=str,
                                channels=("web.chat", "sms", "voice"), pause=timedelta(hours=24), least=3)
        self.own_data, self.demands, self.consent_service = own_data_of(self.sequencer, store)
        statuses = Statuses(CaseTracking(store, clock, self.intake_filter.network), str, str, lambda _: False, no_visit)
        self.message_intake, self.reactions, self.sifting, _ = wire_intake(
            base, conversations, RobotParts(self.bot, talker or NoDialogue(), (statuses,), lambda *told: self.registers(*told), self.letters, self.csat),
            OperatorParts(self.dispatch, self.actions, self.promise_actions, self._led),
            CallParts(self.speech_to_text, self.recordings.keep, nobody_dials, self.consulting), OwnDataParts(NoVerification(), self.own_data),
            self.deliveries, self.handover_sender)

    def _dispatch_and_actions(self) -> None:
        self.dispatch = Dispatch(self.sequencer, self.store, Floor(), self.lines, Patience(OFFER_S))
        self.base.stack.callback(self.dispatch.close)
        self.dispatch.on_offer.subscribe(self.offers.append)
        self.promises = PromiseWatch(self.sequencer, self.store, self.dispatch)
        close_later(self.base.stack, self.promises)
        self.dispatch.on_presence.subscribe(self.promises.presence)
        self.actions = Actions(self.sequencer, self.dispatch, self.store, self.lines, TOPICS, authorization_of(QUEUES))
        self.promise_actions = PromiseActions(self.sequencer, self.actions)
        self.consulting = ConsultTransfer(self.sequencer, self.store, self.dispatch, self.actions, {}, (),
                                          CentreTransfer(self.sequencer, self.actions, Ladder({}), TOPICS), list)

    def _level(self, centre: str) -> Level:
        return self.levels[centre]

    def _led(self, head: Conversation) -> tuple[Conversation, tuple[HandedOver, ...]]:
        return self.lead(head)

    async def start(self) -> "Rig":
        self.sequencer.on_commit.react.subscribe(self.dispatch.committed, self.promises.committed, self.notification_sender.committed)
        await self.redeliveries.start()
        await self.announcement_service.start()
        await self.intake_filter.blocks.start()
        await self.sifting.start()
        held, waiting = await self.store.held(""), await self.store.waiting((), limit=1000)
        await self.dispatch.start(held, waiting)
        await self.promises.start(held)
        await self.opt_outs.start()
        await self.reactions.start()
        await self.quarantine.start()
        await self.fetching.start()
        await self.handover_sender.start()
        await self.notification_sender.start()
        await self.transcripts.start()
        self.reactions.catch_up()
        return self

    async def stop(self) -> None:
        await self.base.stack.aclose()

    def ready(self, *operators: Operator) -> None:
        for operator in operators:
            self.dispatch.set_presence(operator, Presence.READY)

    async def say(
        self, text: str, key: str, *, who: str = "citizen", channel: str = Screen.name,
        attachments: tuple[Attachment, ...] = (), written: bool = False,
    ) -> Stored | OknoError:
        """A message of a citizen, and what its channel is told."""
        told: asyncio.Future[Stored | OknoError] = asyncio.get_running_loop().create_future()
        self.message_intake.accept(Incoming(Address(channel, who), key, text, attachments, citizen=Citizen("Иван"), written=written), told.set_result)
        return await asyncio.wait_for(told, PATIENCE_S)

    async def stored(self, text: str, key: str, *, who: str = "citizen", channel: str = Screen.name) -> int:
        """The conversation of a message that is stored."""
        outcome = await self.say(text, key, who=who, channel=channel)
        assert isinstance(outcome, Stored)
        return outcome.conversation

    async def holds(self, conversation: int) -> Conversation:
        head = await self.store.conversation(conversation)
        assert head is not None
        return head

    async def said(self, conversation: int, *authors: Author) -> list[str]:
        """The texts in a conversation, of some authors or of all."""
        messages = [r.entry for r in await self.store.records(conversation, limit=1000) if isinstance(r.entry, Message)]
        return [m.text for m in messages if not authors or m.author in authors]

    async def settled(self) -> None:
        """Wait until nothing is owed to anybody."""
        async def nothing() -> bool:
            return not await self.store.owed()
        await eventually(nothing)
        await self.told()

    async def waiting(self, *, who: str = "citizen", channel: str = Screen.name) -> int:
        """A conversation that waits for an operator."""
        conversation = await self.stored("оператор", "please", who=who, channel=channel)
        await eventually(lambda: self._waits(conversation))
        await self.told()
        return conversation

    async def told(self) -> None:
        """What is on the disk is not yet told to the hub; the writer tells in order, so it is when this is."""
        await self.store.settle(())

    async def _waits(self, conversation: int) -> bool:
        return conversation in {head.id for head in await self.store.waiting([])}


async def nobody_dials(operator: str, number: str, leg: str) -> None:
    """There is no telephone here."""
    raise RefusedError("no_telephone", f"{operator} {number} {leg}")


async def eventually(condition: Callable[[], Awaitable[bool]], patience_s: float = PATIENCE_S) -> None:
    """Look until it is so: at once, then less and less often, since who looks takes the processor from those who are waited for."""
    end, pause_s = monotonic() + patience_s, 0.002
    while not await condition():
        assert monotonic() < end, "it never came to be so"
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 1.2, 0.05)


AWAY, NEVER = UnavailableError, UndeliverableError
