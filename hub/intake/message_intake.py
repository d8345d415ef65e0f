"""Takes in each message: find or open the conversation, add, commit; only then is the carrier acknowledged.

When the robot knows the answer at once, the answer commits together with the question: one fsync for both, and a crash
can never come between them. Whatever must be thought about is owed, and reactions.py reacts to it once it is stored.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.citizen_left import LEFT, call_again, on_disconnect, on_return
from hub.conversations.conversation import Conversation, InQueue, Promised, WithBot, WithRemoteCentre, hand_over, proves
from hub.conversations.danger import Step, endangered
from hub.conversations.journal import ConversationEvent, HandedOver, StoredEvent, Telephoned, shown_to_citizen
from hub.conversations.live_signals import Moved
from hub.conversations.message import BOT, CITIZEN, Attachment, Author, Message, whole
from hub.conversations.opener import Opener
from hub.conversations.ports import Incoming, OnAccepted, OnDelivered, PromiseAnswer, Store, Stored
from hub.conversations.redaction import HIDDEN
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.intake.intake_filter import IntakeFilter
from hub.intake.ports import CitizenProofs, CsatAnswers, FileGuard
from hub.intake.redeliveries import Redeliveries, digest_of, key_of
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, PoisonError, RefusedError, StoreError, UnavailableStoreError
from hub.kernel.ports import Files
from hub.kernel.signal import Signal
from hub.notifications.announcement import Occasion
from hub.notifications.announcer import AnnouncementService
from hub.notifications.opt_outs import OptOuts
from hub.organisation.territory import Place
from hub.privacy.ports import DataSubject
from hub.robot.ports import Bot, DialogueEngine, Reply
from hub.telephony.offline_calls import OfflineCall, retold, words
from hub.telephony.ports import OnDialled, OnRecorded, TalkEvents
from hub.telephony.speech_to_text import SpeechToText

log = logging.getLogger(__name__)

PAGE = 200
UNREAD_NAME, UNREAD_TYPE = "Сообщение.txt", "text/plain"
UNREAD = ("Узел дважды останавливался, принимая это сообщение, поэтому его слова приложены файлом, и робот их не разбирает: прочитайте и "
          "ответьте сами. Что произошло, записано в журнале узла.")


class MessageIntake:
    """hub.intake.ports.Intake."""

    def __init__(
        self, sequencer: ConversationSequencer, store: Store, bot: Bot, talker: DialogueEngine, opener: Opener, *,
        robot: str, queue: str, announcement_service: AnnouncementService, promise: PromiseAnswer, keeps: timedelta,
        opt_outs: OptOuts, speech_to_text: SpeechToText, standing: Callable[[Conversation], Moved],
        delivered: OnDelivered, recorded: OnRecorded, phoned: OnDialled, talks: TalkEvents, subject: DataSubject,
        guard: FileGuard, proofs: CitizenProofs, intake_filter: IntakeFilter, redeliveries: Redeliveries, files: Files,
        asks: Callable[[Message], Message | None] = lambda _: None, awaits: Callable[[Address], bool] = lambda _: False,
        hides: Callable[[Conversation, Message], Message] = lambda _, message: message,
        grades: CsatAnswers | None = None,
    ) -> None:
        """`queue` is where the robot hands over to, `keeps` for how long the place of whoever leaves a line is kept.

        `asks` gives what is stored of what reactions.py answers, whoever
        holds the conversation, and `hides` of anything else; `awaits` tells whether what comes from an address is reactions.py's, too.
        `grades` has asked citizens how content they were; an answer begins nothing anew.
        """
        self._sequencer, self._store, self._bot, self._opener = sequencer, store, bot, opener
        self._talker = talker
        self._robot, self._queue, self._standing = robot, queue, standing
        self._announcement_service, self._promise, self._keeps = announcement_service, promise, keeps
        self._opt_outs, self._speech_to_text = opt_outs, speech_to_text
        self.on_typing, self.on_seen, self.on_stir = Signal[[int]](), Signal[[LiveConversation]](), Signal[[int]]()
        """A citizen types, has seen what was said; something of a talk is shown otherwise."""
        self.delivered, self.recorded, self.phoned = delivered, recorded, phoned
        self.held, self.consulted, self.subject = talks.held, talks.consulted, subject
        self.provable, self.ticket, self.secure = proofs.provable, proofs.ticket, proofs.secure
        self._intake_filter, self._asks, self._awaits, self._hides, self._grades = intake_filter, asks, awaits, hides, grades
        self.admit, self.challenge, self.answered, self.called = (
            intake_filter.admit, intake_filter.challenge, intake_filter.answered, intake_filter.called)
        self.keep, self.quarantined = guard.keep, guard.quarantined
        self._redeliveries, self._files = redeliveries, files
        self._waiting: dict[Address, list[tuple[Incoming, OnAccepted]]] = {}
        """Messages whose lane is being read or opened; whatever comes meanwhile keeps its place behind them."""
        self._tasks = BackgroundTasks()

    def accept(self, incoming: Incoming, accepted: OnAccepted) -> None:
        if self._waiting and (waiting := self._waiting.get(incoming.address)) is not None:
            waiting.append((incoming, accepted))
            return
        live = self._sequencer.cached(incoming.address)
        if live is not None and not live.broken:
            self._add(live, incoming, accepted)
            return
        self._waiting[incoming.address] = [(incoming, accepted)]
        self._tasks.spawn(self._accept_slowly(incoming.address, incoming.citizen))

    async def _accept_slowly(self, address: Address, citizen: Citizen) -> None:
        try:
            # Not waited for: an opening and the first message are stored together.
            live, _ = await self._opener.begin(address, citizen, greeting=self._greeting)
        except OknoError as error:
            for _, accepted in self._waiting[address]:
                accepted(error)
        else:
            for incoming, accepted in self._waiting[address]:
                self._add(live, incoming, accepted)
        finally:
            del self._waiting[address]

    async def open(self, address: Address, citizen: Citizen, place: Place | None = None) -> Conversation:
        live = await self._opener.find_or_open(address, citizen, place, greeting=self._greeting)
        now = self._sequencer.now()
        if (back := call_again(live.head, now, self._keeps, self._sequencer.traits)) is not None:
            entries, head = back
            greeting = self._greeting(now, address) if isinstance(head.holder, WithBot) else ()
            await self._sequencer.committed_step(live, (*entries, *greeting), head=head)
        return live.head

    async def left(self, address: Address) -> None:
        live = await self._sequencer.at(address)
        if live is None:
            return
        live = await self._sequencer.load(live.head.id)
        head = live.head
        if isinstance(head.holder, InQueue) and head.promise is None and self._sequencer.traits.number_of(address):
            await self._promise(head.id, head.holder.queue, LEFT)
            if head.danger is not None:
                await self._call_back_now(head.id, head.holder)
        elif (step := on_disconnect(head, self._sequencer.now(), self._keeps, self._sequencer.traits)) is not None:
            await self._sequencer.committed_step(live, step[0], head=step[1])

    async def _call_back_now(self, conversation: int, line: InQueue) -> None:
        """Whose life is in danger and who has hung up is called before all others, not within a day."""
        live, now = await self._sequencer.load(conversation), self._sequencer.now()
        if isinstance(live.head.holder, Promised):
            await self._sequencer.committed_step(live, (HandedOver(now, line, "due"),), head=hand_over(live.head, line))

    async def parted(self, conversation: int) -> bool:
        return self._grades is not None and await self._grades.parted(conversation)

    async def graded(self, conversation: int, grade: int) -> None:
        if self._grades is not None:
            await self._grades.graded(conversation, grade)

    async def telephoned(self, conversation: int, entry: Telephoned) -> None:
        live = await self._sequencer.load(conversation)
        if live.head.erased is None:
            await self._sequencer.committed_step(live, (entry,))

    async def bygone(self, call: OfflineCall) -> None:
        number = call.conversation or (await self._opener.begin(call.address, Citizen(), call.place, call.began))[0].head.id
        live, key = await self._sequencer.load(number), f"away:{call.key}"
        if live.head.erased is not None:
            return
        if (known := live.keys.get(("", key))) is not None:
            await self._sequencer.stored(live, known)
            return
        entries, head = retold(live.head, call, self._queue, self._sequencer.traits)
        note = Message(Author.SYSTEM, words(call), self._sequencer.now(), key=key, internal=True)
        await self._sequencer.committed_step(live, (*entries, note), head=head)

    def _greeting(self, now: datetime, address: Address) -> tuple[Message, ...]:
        return greeting(opening(self._talker, self._bot, address), self._announcement_service, self._queue, self._robot, now)

    def _announced(self, now: datetime) -> tuple[Message, ...]:
        return self._announcement_service.says(Occasion.GREETING, self._queue, now)

    def _add(self, live: LiveConversation, incoming: Incoming, accepted: OnAccepted) -> None:
        if self._came_before(live, incoming.key, accepted):
            return
        try:
            with self._redeliveries.attempt(key_of(incoming)):
                self._take(live, incoming, accepted)
        except PoisonError:
            self._tasks.spawn(self._add_unread(live, incoming, accepted))

    async def _add_unread(self, live: LiveConversation, incoming: Incoming, accepted: OnAccepted) -> None:
        """What has ended the hub twice is a person's: its words are a file, which nothing here looks into.

        Of what may be a proof of who he is the file says only that it was there (ST-04).
        """
        words = (HIDDEN if proves(live.head) else incoming.text).encode(errors="replace")
        done = asyncio.get_running_loop().create_future()
        try:
            file = Attachment(await self._files.put(words), UNREAD_NAME, UNREAD_TYPE, len(words))
            live = await self._sequencer.load(live.head.id)
            if self._came_before(live, incoming.key, accepted):
                return
            self._take(live, replace(incoming, text="", folded="", attachments=(file, *incoming.attachments)), done.set_result)
            outcome: Stored | OknoError = await done
            if isinstance(outcome, Stored):
                await self.keep(outcome.conversation, file)
                await self._sequencer.committed_step(live, (Message(Author.SYSTEM, UNREAD, self._sequencer.now(), internal=True),))
                await self._redeliveries.end((digest_of(key_of(incoming)),))
                log.critical("a message that has ended the hub twice was stored unread", extra={"conversation": live.head.number})
        except (StoreError, OSError) as error:
            outcome = error if isinstance(error, StoreError) else UnavailableStoreError(str(error))
        accepted(outcome)

    def _take(self, live: LiveConversation, incoming: Incoming, accepted: OnAccepted) -> None:
        now = self._sequencer.now()
        text, folded = whole(incoming.text), incoming.folded and whole(incoming.folded)
        message = Message(CITIZEN, text, now, key=incoming.key, attachments=incoming.attachments, folded=folded)
        head = live.head
        # Obeyed in reactions.py, and none of the robot's business.
        if self._grades is not None and (grade := self._grades.takes(head, message)) is not None:
            self._step(live, (grade,), accepted, None, owe=True)
            return
        wishes = self._sequencer.carried(incoming.address) and self._opt_outs.wish(incoming.address, message) is not None
        asked = self._asks(message)
        message = asked if asked is not None else message if wishes else self._hides(head, message)
        note = (Message(Author.SYSTEM, incoming.note, now, internal=True),) if incoming.note else ()
        entries: list[ConversationEvent] = [message, *note]
        begins = not live.keys or not isinstance(head.holder, WithBot)
        if not wishes and head.merged is None and (aside := self._intake_filter.comes(head, now, begins=begins)) is not None:
            self._step(live, (*entries, *aside[0]), accepted, aside[1])
            return
        if not wishes and not isinstance(head.holder, WithBot) and (back := on_return(head, now, self._sequencer.traits)) is not None:
            entries += back[0]
            head = back[1]
            if isinstance(head.holder, WithBot):
                entries += self._announced(now)
        holder = head.holder
        if not wishes and isinstance(holder, WithBot):
            reply = self._recalled(incoming, head, holder) if asked is None else None
            owe = reply is None
            if reply is not None:
                said, head = self._replied(head, holder, reply, now)
                entries += said
            elif (alike := self._intake_filter.says_alike(head, incoming.text, now)) is not None:
                self._step(live, (*entries, *alike[0]), accepted, alike[1])
                return
            elif incoming.written:
                head = _asked_back(head, holder)
        else:
            owe = (wishes or isinstance(holder, Promised | WithRemoteCentre) or head.merged is not None or asked is not None
                   or self._awaits(incoming.address) or (bool(incoming.attachments) and self._speech_to_text.concerns(message)))
            said, head = self._endangered(head, "" if wishes or asked is not None else text, now)
            entries += said
        moved = head is not live.head
        # Who waits for the robot waits now; a person reads it some seconds later.
        patient = not (owe or moved or isinstance(holder, WithBot))
        self._step(live, entries, accepted, head if moved else None, owe=owe, patient=patient)

    def _endangered(self, head: Conversation, text: str, now: datetime) -> Step:
        """Life is in danger by what a person is told. What goes on elsewhere, or is owed, reactions.py looks at as it comes to it."""
        if head.merged is not None or isinstance(head.holder, Promised):
            return (), head
        said = self._bot.danger(text) if text and head.danger is None else None
        return (endangered(head, said.text, self._robot, now) if said else None) or ((), head)

    def _replied(self, head: Conversation, holder: WithBot, reply: Reply, now: datetime) -> tuple[tuple[ConversationEvent, ...],
                                                                                                  Conversation]:
        """What the robot says, introducing itself if it has not, and the head after it."""
        greets = self._greeting(now, head.address) if holder.greets else ()
        after = hand_over(head, WithBot()) if holder.greets else head
        topic = head.topic or reply.topic
        return (*greets, bot_message(reply, now, self._robot)), after if topic == head.topic else replace(after, topic=topic)

    def _came_before(self, live: LiveConversation, key: str, accepted: OnAccepted) -> bool:
        """Whether the carrier brings it once more: it is acknowledged as soon as it is stored."""
        stored = live.keys.get(("", key))
        if stored is None:
            return False
        told = Stored(live.head.id, stored)
        others = live.under_way.get(stored)
        accepted(told) if others is None else others.append(partial(_acknowledge, accepted, told))
        return True

    def _recalled(self, incoming: Incoming, head: Conversation, holder: WithBot) -> Reply | None:
        """What the robot knows to answer at once.

        Nobody waits beside a letter: whoever sends many is acknowledged first and answered afterwards.
        """
        thinks = incoming.attachments or incoming.written or holder.misses or self._talker.talks(holder.dialogue)
        reply = None if thinks else self._bot.recall(incoming.text, incoming.address.channel, head.place)
        return reply if isinstance(reply, Reply) else None

    def _step(self, live: LiveConversation, entries: Sequence[ConversationEvent], accepted: OnAccepted, head: Conversation | None, *,
              owe: bool = False,
              patient: bool = False) -> None:
        try:
            self._sequencer.step(live, entries, partial(_told, accepted), head=head, owe=owe, patient=patient)
        except UnavailableStoreError as error:
            accepted(error)

    async def find(self, address: Address) -> Conversation | None:
        live = await self._sequencer.at(address)
        return live.head if live else None

    async def transcript(self, conversation: int, after: int) -> list[StoredEvent]:
        found: list[StoredEvent] = []
        before = 0
        while page := await self._store.records(conversation, before=before, limit=PAGE):
            found[:0] = [r for r in page if r.id > after and shown_to_citizen(r.entry)]
            before = page[0].id
            if before <= after or len(page) < PAGE:
                break
        return found

    async def standing(self, conversation: int) -> Moved:
        live = await self._sequencer.load(conversation)
        if live.head.merged is not None:
            await self._sequencer.load(live.head.merged.into)
        return replace(self._standing(live.head), read=live.seen_by_operator)

    def typing(self, conversation: int) -> None:
        self.on_typing(conversation)

    def stirred(self, conversation: int) -> None:
        self.on_stir(conversation)

    def seen(self, conversation: int, record: int) -> None:
        live = self._sequencer.active(conversation)
        if live is None or record > live.head.last:
            raise RefusedError("bad_frame", "Такого сообщения нет.")
        if record > live.seen_by_citizen:
            live.seen_by_citizen = record
            self.on_seen(live)


def _asked_back(head: Conversation, holder: WithBot) -> Conversation:
    """As if the robot had asked back already: whoever has written a letter is not there to be asked."""
    return hand_over(head, replace(holder, misses=max(holder.misses, 1)))


def _told(accepted: OnAccepted, error: StoreError | None, records: Sequence[StoredEvent]) -> None:
    accepted(error or Stored(records[0].conversation, records[0].id))


def _acknowledge(accepted: OnAccepted, stored: Stored, error: StoreError | None) -> None:
    accepted(error or stored)


def opening(talker: DialogueEngine, bot: Bot, address: Address) -> Reply:
    """What the robot introduces itself with: in the project's words, where it has some for this channel alone."""
    return talker.greeting(address.channel) or bot.greeting(address.channel)


def greeting(said: Reply, announcement_service: AnnouncementService, queue: str, robot: str, now: datetime) -> tuple[Message, ...]:
    """The introduction, and what is announced with it to whoever may come into `queue`."""
    return bot_message(said, now, robot), *announcement_service.says(Occasion.GREETING, queue, now)


def bot_message(reply: Reply, now: datetime, robot: str) -> Message:
    return Message(BOT, reply.text, now, name=robot, choices=reply.choices, source=reply.source)
