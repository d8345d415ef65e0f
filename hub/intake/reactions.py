"""Reacts to what is stored: the robot's turn, and what must be carried to the citizen.

A reaction that is owed survives a restart: it is marked as done by the very change that it consists of.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from msgspec.structs import replace

from hub.cases.ports import RegisterCase
from hub.conversations.address import Address
from hub.conversations.callback_promise import not_reached, promise
from hub.conversations.conversation import (
    Closed,
    Conversation,
    InQueue,
    Promised,
    SetAside,
    WithBot,
    WithOperator,
    WithRemoteCentre,
    hand_over,
    proves,
    robot_of,
    with_robot,
)
from hub.conversations.danger import EMERGENCY, Step, endangered
from hub.conversations.delivery import FIRST_RETRY_S, LAST_RETRY_S, Deliveries, Leading
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried, ConversationEvent, Deleted, HandedOver, SpeechRecognised, StoredEvent, shown_to_citizen
from hub.conversations.merge import continued, lives, reopen_separately
from hub.conversations.message import CITIZEN, Author, Message
from hub.conversations.ports import AwaitingChannel, Commit, Correspondence, HubAnswers, ReplayingChannel, Store
from hub.conversations.promise_creation import open_promise, promise_message
from hub.conversations.redaction import HIDDEN, Redacted, SecretRedactor
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, to_be_sent
from hub.intake.backlog import Backlog
from hub.intake.message_intake import bot_message, greeting, opening
from hub.intake.ports import CsatAnswers
from hub.intake.redeliveries import Redeliveries
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError, StoreError
from hub.kernel.retry import growing_pauses, retry
from hub.notifications.announcement import Occasion
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notice import Wish
from hub.notifications.opt_outs import OptOuts
from hub.robot.dialogue_turns import Dialogues, Said
from hub.robot.ports import Bot, CallbackWish, DialogueAnswer, DialogueEngine, HandOff, Reply, topic_of
from hub.telephony.speech_to_text import SpeechToText, spoken

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"\d")
"""What the hub answers by itself names one, which few messages do."""

NOT_HEARD = "Не удалось разобрать, что вы сказали. Соединяю с оператором."
STILL_OWED = "Обещание ответить остаётся в силе."
FOR_THE_OPERATOR = "Это сообщение увидит оператор, который готовит вам ответ. Чтобы вернуться в очередь, напишите «оператор»."
"""Said to whom an answer is owed, where the robot does not understand."""
TO_A_PERSON = "Передаю ваше письмо сотруднику."
SET_ASIDE = "Передаю ваше сообщение сотруднику."
STALLED = ("Узел дважды останавливался, когда робот разбирал последнее сообщение этого обращения. Робот его больше не разбирает: "
           "прочитайте и ответьте сами. Что произошло, записано в журнале узла.")
NOT_CARRIED = "не отправлено: узел дважды останавливался на этом сообщении"
BY_A_PERSON = "Передаю оператору для регистрации. Он назовёт вам номер и скажет, кто рассмотрит обращение."


class Reactions:
    """The reactions to committed records: a listener of the lanes."""

    def __init__(
        self, sequencer: ConversationSequencer, store: Store, bot: Bot, talker: DialogueEngine, *, showers: Mapping[str, ReplayingChannel],
        awaiting: Mapping[str, AwaitingChannel], deliveries: Deliveries, robot: str, queue: str, announcement_service: AnnouncementService,
        opt_outs: OptOuts,
        speech_to_text: SpeechToText, asks: Sequence[HubAnswers], register: RegisterCase, lead: Leading, redeliveries: Redeliveries,
        yields: Callable[[Address], bool] = lambda _: False, letters: Correspondence | None = None,
        csat_service: CsatAnswers | None = None, afar: Callable[[StoredEvent], None] = lambda _: None, first_retry_s: float = FIRST_RETRY_S,
    ) -> None:
        """`register` registers what the robot was told and has read back.

        `lead` gives what begins to wait in `queue` to the line that it belongs to; `yields` tells who lets others go first there.
        `letters` awaits what answers the centre's own; `csat_service` counts how content citizens were; `afar` tells other centres.
        """
        self._sequencer, self._store, self._bot, self._talker = sequencer, store, bot, talker
        self._showers, self._awaiting, self._deliveries = showers, awaiting, deliveries
        self._robot, self._queue, self._announcement_service = robot, queue, announcement_service
        self._lead, self._first_retry_s = lead, first_retry_s
        self._opt_outs, self._speech_to_text, self._asks, self._yields = opt_outs, speech_to_text, tuple(asks), yields
        self._letters, self._csat_service = letters, csat_service
        self._afar, self._register, self._codes = afar, register, SecretRedactor()
        self._dialogues = Dialogues(
            sequencer, store, talker, answer=self._answered,
            again=lambda live, said: self._turn(live, said.record, said.told, said.heard),
            registered=self._registered, failed=self._told)
        self._redeliveries = redeliveries
        self._backlog = Backlog(redeliveries, sequencer, self.react, self._set_aside)
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """React to everything that was stored and not reacted to before the hub stopped."""
        owed = await self._store.owed()
        if self._redeliveries.wary:
            self._backlog.hold(owed)
            return
        for record in owed:
            self.react(await self._sequencer.load(record.conversation), record)

    def catch_up(self) -> None:
        """The hub has started: what a stall has left is taken up with care, while everybody else is served."""
        self._tasks.spawn(self._backlog.work())

    def committed(self, live: LiveConversation, change: Commit) -> None:
        shower = self._showers.get(live.head.address.channel)
        if shower is not None and (shown := [r for r in change.records if shown_to_citizen(r.entry)]):
            shower.show(live.head, shown)
        if (awaiting := self._awaiting.get(live.head.address.channel)) is not None and (over := tuple(_reacted_to(change))):
            awaiting.reacted(live.head, over)
        if change.settled:
            self._settled(change.conversation, change.settled)
        if change.owed:
            for record in change.records:
                if record.id in change.owed and not self._backlog.takes(record):
                    self.react(live, record)

    def react(self, live: LiveConversation, record: StoredEvent) -> None:
        """What is to be carried, refuses notices, or must be listened to first; else it is somebody's turn."""
        match record.entry:
            case HandedOver():
                self._afar(record)
            case _ if live.head.address.is_remote:
                self._afar(record)
            case entry if to_be_sent(entry):
                self._deliveries.deliver(live, record)
            case entry if (wish := self._opt_outs.wish(live.head.address, entry)) is not None:
                self._tasks.spawn(self._obey(live, record, wish))
            case Message() if self._csat_service is not None and self._csat_service.answers(record):
                self._tasks.spawn(self._graded(live, record, self._csat_service))
            case Message() if self.awaits(live.head.address):
                self._tasks.spawn(self._correspond(live, record))
            case Message() as entry if (ask := self._asked(entry)) is not None:
                self._tasks.spawn(self._tell(live, record, entry, *ask))
            case Message() as message if self._speech_to_text.concerns(message):
                self._tasks.spawn(self._listen(record, message))
            case Message() as message:
                self._turn(live, record, self._codes.told(message))

    def _turn(self, live: LiveConversation, record: StoredEvent, told: Redacted,
              heard: tuple[SpeechRecognised | Deleted, ...] = ()) -> None:
        """One `match` over the holder tells whose turn it is. What was `told` was written, or `heard`."""
        if live.head.merged is not None:
            self._tasks.spawn(self._continue(live.head.merged.into, record, told, heard))
            return
        if not isinstance(live.head.holder, WithBot | WithRemoteCentre) and self._hears_of_danger(live, record, told.words, heard):
            return
        match live.head.holder:
            case WithBot() as robot:
                self._robots_turn(live, Said(record, told, heard), robot)
            case Promised(queue=queue) if live.head.promise and not_reached(live.head.promise):
                self._found_again(live, record, queue, heard)
            case Promised(robot=robot) if told.words and not self._sequencer.traits.of(live.head.address).letters:
                self._robots_turn(live, Said(record, told, heard), robot)
            case WithRemoteCentre():
                self._afar(record)
            case InQueue() | WithOperator() | Promised() | Closed() | SetAside():
                # A person has it, or will: he sees the message, and nothing more is owed.
                if heard:
                    self._react_by(live, record, heard)
                else:
                    self._tasks.spawn(self._settle(live, record))
            case _ as never:
                assert_never(never)

    def _robots_turn(self, live: LiveConversation, said: Said, robot: WithBot) -> None:
        if said.told.words and self._dialogues.talks(robot):
            self._dialogues.say(said)
        else:
            self._answer(live, said.record, said.told.words, robot.misses, said.heard)

    def _hears_of_danger(self, live: LiveConversation, record: StoredEvent, words: str,
                         heard: tuple[SpeechRecognised | Deleted, ...]) -> bool:
        """Whether life is in danger by what is said to a person; what was written is looked at as it comes in (message_intake.py)."""
        step = self._endangered(live.head, words)
        if step is None:
            return False
        self._react_by(live, record, (*heard, *step[0]), step[1])
        return True

    def _endangered(self, head: Conversation, words: str) -> Step | None:
        said = self._bot.danger(words) if words and head.danger is None else None
        return endangered(head, said.text, self._robot, self._sequencer.now()) if said else None

    async def _continue(self, into: int, record: StoredEvent, told: Redacted, heard: tuple[SpeechRecognised | Deleted, ...]) -> None:
        """What is said where it goes on in another conversation is that one's; where that is over, it begins anew itself."""
        try:
            kept, live, now = await self._sequencer.load(into), await self._sequencer.load(record.conversation), self._sequencer.now()
            if live.head.merged is None or live.head.merged.into != into:  # it was parted meanwhile
                self._turn(live, record, told, heard)
            elif not lives(kept.head, now, self._sequencer.traits):
                entries, head = reopen_separately(live.head, kept.head, now)
                await self._sequencer.committed_step(live, entries, head=head)
                self._turn(live, record, told, heard)
            else:
                if (step := continued(kept.head, now, self._sequencer.traits)) is not None:
                    await self._sequencer.committed_step(kept, step[0], head=step[1])
                if (alarm := self._endangered(kept.head, told.words)) is not None:
                    await self._sequencer.committed_step(kept, alarm[0], head=alarm[1])
                if heard:
                    self._react_by(live, record, heard)
                else:
                    await self._settle(live, record)
        except StoreError as error:
            self._told(record, error)

    def awaits(self, address: Address) -> bool:
        """Whether what comes from there is owed to whoever awaits an answer, whoever holds the conversation."""
        return self._letters is not None and self._letters.awaits(address)

    async def _correspond(self, live: LiveConversation, record: StoredEvent) -> None:
        try:
            taken = self._letters is not None and await self._letters.replied(live.head.address, record)
            live = await self._sequencer.load(record.conversation)
            if taken or not isinstance(live.head.holder, WithBot):
                await self._settle(live, record)
            else:
                text = record.entry.text if isinstance(record.entry, Message) else ""
                entries, head = self._gave_up(live.head, self._bot.danger(text) or HandOff("letter", TO_A_PERSON))
                self._react_by(live, record, entries, head)
        except StoreError as error:
            self._told(record, error)

    async def _listen(self, record: StoredEvent, message: Message) -> None:
        try:
            words = await self._speech_to_text.words(message)
            live = await self._sequencer.load(record.conversation)
        except StoreError as error:
            self._told(record, error)
            return
        stored, now = words, self._sequencer.now()
        gone: tuple[Deleted, ...] = ()
        if proves(live.head) and (recording := await self._speech_to_text.forget(message)) is not None:
            stored, gone = HIDDEN, (Deleted(now, record.id, recording.file),)
        told = Redacted(words, stored, () if words == stored else (words,))
        self._turn(live, record, told, (*((SpeechRecognised(now, record.id, stored),) if words else ()), *gone))

    def _answer(self, live: LiveConversation, record: StoredEvent, words: str, misses: int,
                heard: tuple[SpeechRecognised | Deleted, ...]) -> None:
        if words:
            said = self._bot.answer(words, misses, live.head.address.channel, live.head.place)
        else:
            recorded = isinstance(record.entry, Message) and spoken(record.entry) is not None
            said = HandOff("files", NOT_HEARD if recorded else "Передаю ваш файл оператору.")
        if isinstance(live.head.holder, Promised) and _is_lost(said):
            self._react_by(live, record, (*heard, self._for_the_operator()))
            return
        entries, head = self._replied(live.head, said) if isinstance(said, Reply) else self._gave_up(live.head, said)
        self._react_by(live, record, (*heard, *entries), head)

    def _answered(self, live: LiveConversation, said: Said, answered: DialogueAnswer) -> None:
        """A turn of a dialogue: what was said, the thought behind it, and what becomes of the conversation, in one step."""
        now, head, thought = self._sequencer.now(), live.head, answered.thought
        thoughts = (thought,) if thought else ()
        replies = [bot_message(reply, now, self._robot) for reply in answered.replies]
        missed, version = thought is not None and thought.missed, thought.version if thought else ""
        if isinstance(head.holder, Promised) and (missed or (answered.gives_up is not None and _is_lost(answered.gives_up))):
            self._react_by(live, said.record, (*said.heard, *thoughts, self._for_the_operator()))
            return
        if answered.gives_up is not None:
            note = (Message(Author.SYSTEM, answered.note, now, internal=True),) if answered.note else ()
            topic = answered.gives_up.topic or topic_of(answered.replies) or head.topic  # what it came to last is what it is about
            entries, after = self._gave_up(replace(head, topic=topic), answered.gives_up, before=replies)
            self._react_by(live, said.record, (*said.heard, *thoughts, *note, *entries), after)
            return
        before = (robot_of(head.holder) or WithBot()).misses
        topic = topic_of(answered.replies) or head.topic
        holder = with_robot(head.holder, WithBot(before + 1 if missed else 0, dialogue=version, proving=answered.proving))
        changed = None if (holder, topic) == (head.holder, head.topic) else replace(hand_over(head, holder), topic=topic)
        self._react_by(live, said.record, (*said.heard, *thoughts, *self._greeting(head, now), *replies), changed)

    async def _registered(self, head: Conversation, said: Said, answered: DialogueAnswer) -> DialogueAnswer:
        """A case is registered before its number is told; where a person must, he does it with what was gathered. Raises StoreError."""
        wanted = answered.registers
        assert wanted is not None  # noqa: S101 - else nobody asks
        topic = topic_of(answered.replies) or head.topic
        after, _ = self._lead(replace(hand_over(head, InQueue(self._queue, self._sequencer.now())), topic=topic))
        try:
            await self._register(head.id, after.queue, topic, f"robot/{said.record.id}", wanted)
        except RefusedError:
            note = "\n".join(filter(None, ("Робот записал и прочитал заявителю:", wanted.authority, wanted.text)))
            return replace(answered, replies=(), gives_up=HandOff("dialogue", BY_A_PERSON, topic), note=note)
        return answered

    def _react_by(self, live: LiveConversation, record: StoredEvent, entries: tuple[ConversationEvent, ...],
                  head: Conversation | None = None) -> None:
        """The reaction to a record is this step."""
        try:
            self._sequencer.step(live, entries, lambda error, _: self._told(record, error), head=head, settled=(record.id,))
        except OknoError as error:
            self._told(record, error)

    async def _obey(self, live: LiveConversation, record: StoredEvent, wish: Wish) -> None:
        """He wants no notices, or wants them again: stored first, then told, whoever holds the conversation (CH-15)."""
        try:
            if said := await self._opt_outs.obey(live.head.address, record, wish):
                live = await self._sequencer.load(record.conversation)
                await self._sequencer.committed_step(live, (Message(Author.SYSTEM, said, self._sequencer.now()),), settled=(record.id,))
            else:
                await self._settle_alone(record)
        except StoreError as error:
            self._told(record, error)

    async def _graded(self, live: LiveConversation, record: StoredEvent, csat_service: CsatAnswers) -> None:
        """He has said how content he was: counted first, then thanked for (OC-03)."""
        try:
            if said := await csat_service.answered(live.head, record):
                live = await self._sequencer.load(record.conversation)
                await self._sequencer.committed_step(live, (Message(Author.SYSTEM, said, self._sequencer.now()),), settled=(record.id,))
            else:
                await self._settle_alone(record)
        except StoreError as error:
            self._told(record, error)

    def asks(self, message: Message) -> Message | None:
        """What is stored of a message that the hub answers by itself, whoever holds the conversation; None for any other."""
        return self._codes.hide(message, found[1][-1]) if (found := self._asked(message)) is not None else None

    def hides(self, head: Conversation, message: Message) -> Message:
        """What is stored of what is said to the robot: nothing while it asks who he is, and a СНИЛС never (ST-04).

        A cry for help, or for a person, is no proof: whoever comes must read it.
        """
        if proves(head) and not self._dialogues.steers(message.text):
            return self._codes.hide_all(message)
        if not _NUMBER.search(message.text):
            return message
        robot = robot_of(head.holder)
        return self._codes.hide_snils(message) if robot is not None and self._dialogues.talks(robot) else message

    def _asked(self, entry: ConversationEvent) -> tuple[HubAnswers, tuple[str, ...]] | None:
        if not (isinstance(entry, Message) and entry.author is CITIZEN and not entry.attachments and _NUMBER.search(entry.text)):
            return None
        message = self._codes.whole(entry)
        return next(((asks, found) for asks in self._asks if (found := asks.asked(message)) is not None), None)

    async def _tell(self, live: LiveConversation, record: StoredEvent, message: Message, asks: HubAnswers, asked: tuple[str, ...]) -> None:
        """Whoever names a number is answered by the hub itself, whoever holds the conversation (RQ-04, BK-01)."""
        try:
            if (told := await asks.answer(live.head, *asked)) is not None:
                live = await self._sequencer.load(record.conversation)
                said = Message(Author.SYSTEM, told.text, self._sequencer.now(), choices=told.choices)
                await self._sequencer.committed_step(live, (said,), settled=(record.id,))
            else:
                await self._settle_alone(record)
        except StoreError as error:
            self._told(record, error)
        else:
            self._codes.answered(message)

    def _found_again(self, live: LiveConversation, record: StoredEvent, queue: str, heard: tuple[SpeechRecognised | Deleted, ...]) -> None:
        """Whom nobody could reach has come by himself: now somebody can answer him."""
        now = self._sequencer.now()
        after = InQueue(queue, now)
        self._react_by(live, record, (*heard, HandedOver(now, after, "found_again")), hand_over(live.head, after))

    def _replied(self, head: Conversation, reply: Reply) -> tuple[tuple[ConversationEvent, ...], Conversation | None]:
        before = (robot_of(head.holder) or WithBot()).misses
        holder = with_robot(head.holder, WithBot(before + 1 if reply.miss else 0))
        changed = holder != head.holder or bool(reply.topic and not head.topic)
        after = replace(hand_over(head, holder), topic=head.topic or reply.topic) if changed else None
        now = self._sequencer.now()
        return (*self._greeting(head, now), bot_message(reply, now, self._robot)), after

    def _gave_up(self, head: Conversation, gave_up: HandOff, before: Sequence[Message] = ()) -> tuple[tuple[ConversationEvent, ...],
                                                                                                      Conversation]:
        """Into the line. What was said `before` stands before it."""
        now, urgent = self._sequencer.now(), gave_up.why == EMERGENCY
        if urgent:
            head = replace(head, danger=head.danger or now)
        owed = isinstance(head.holder, Promised)
        waiting = InQueue(head.holder.queue if isinstance(head.holder, Promised) else self._queue, now,
                          yields=not urgent and self._yields(head.address))
        waits = replace(hand_over(head, waiting), topic=head.topic or gave_up.topic)
        after, led = (waits, ()) if owed else self._lead(waits)
        if gave_up.call_back is not None and isinstance(after.holder, WithRemoteCentre):
            after, led = waits, ()  # whoever is to be called is owed it here
        queue = after.holder.queue if isinstance(after.holder, InQueue) else self._queue
        handed, begun = (HandedOver(now, waiting, gave_up.why), *led), (*self._greeting(head, now), *before)
        if gave_up.call_back is not None:
            calls, after = self._owed(after, gave_up.call_back, queue, now)
            return (*begun, Message(Author.BOT, gave_up.text, now, name=self._robot), *handed, *calls), after
        if urgent:  # nothing else is said, and nothing announced
            return (*begun, Message(Author.BOT, gave_up.text, now, name=self._robot), *handed), after
        said = Message(Author.BOT, f"{gave_up.text}\n{STILL_OWED if owed else f'Номер обращения: {head.number}.'}", now, name=self._robot)
        return (*begun, said, *self._announcement_service.says(Occasion.JOINING, queue, now), *handed), after

    def _owed(self, head: Conversation, wanted: CallbackWish, queue: str, now: datetime) -> tuple[tuple[ConversationEvent, ...],
                                                                                                  Conversation]:
        """He does not wait in the line that he belongs to: the hub promises a call out of it (SL-05). What is owed already stays so."""
        address = Address("voice", wanted.number) if wanted.number else head.address
        owed = head.promise or promise(now, address, f"Просит позвонить: {wanted.when}" if wanted.when else "Просит позвонить")
        entries, after = open_promise(head, owed, queue, now)
        return (promise_message(head, owed, self._sequencer.traits), *(entries if head.promise is None else entries[1:])), after

    def _for_the_operator(self) -> Message:
        return Message(Author.BOT, FOR_THE_OPERATOR, self._sequencer.now(), name=self._robot)

    def _greeting(self, head: Conversation, now: datetime) -> tuple[Message, ...]:
        """Said with the first answer to whom a carrier brings everything that is said at once."""
        if not (isinstance(head.holder, WithBot) and head.holder.greets):
            return ()
        return greeting(opening(self._talker, self._bot, head.address), self._announcement_service, self._queue, self._robot, now)

    def _told(self, record: StoredEvent, error: OknoError | None) -> None:
        if error is not None:
            self._tasks.spawn(self._again(record))
        elif isinstance(record.entry, Message):
            self._codes.answered(record.entry)

    async def _again(self, record: StoredEvent) -> None:
        """The answer was not stored: the reaction is still owed, so try until the store is back."""
        async def react() -> None:
            self.react(await self._sequencer.load(record.conversation), record)

        pauses = growing_pauses(self._first_retry_s, LAST_RETRY_S)
        await asyncio.sleep(next(pauses))
        await retry(react, pauses, StoreError, lambda _error, _attempt: None)  # the failed commit was logged

    async def _settle(self, live: LiveConversation, record: StoredEvent) -> None:
        try:
            await self._settle_alone(record)
            self._told(record, None)
        except StoreError as error:
            log.warning("a reaction stays owed", extra={"record": record.id, "why": str(error)})
        if (awaiting := self._awaiting.get(live.head.address.channel)) is not None:
            awaiting.reacted(live.head, (record.id,))

    async def _settle_alone(self, record: StoredEvent) -> None:
        """Nothing follows from it, and nothing more is owed. Raises StoreError."""
        await self._store.settle((record.id,))
        self._settled(record.conversation, (record.id,))

    def _settled(self, conversation: int, records: Sequence[int]) -> None:
        if self._backlog.waits_for(conversation):
            self._tasks.spawn(self._backlog.settled(conversation, records))

    async def _set_aside(self, live: LiveConversation, records: Sequence[StoredEvent]) -> None:
        """What has ended the hub twice is a person's; nothing of it is looked at again. Raises StoreError."""
        now, head = self._sequencer.now(), live.head
        lost = tuple(Carried(now, each.id, Delivery.FAILED, NOT_CARRIED) for each in records if to_be_sent(each.entry))
        note = Message(Author.SYSTEM, STALLED, now, internal=True)
        entries, after = tuple[ConversationEvent, ...](), None
        match head.holder:
            case WithBot():
                entries, after = self._gave_up(head, HandOff("robot_failed", SET_ASIDE))
            case WithRemoteCentre() | Closed():
                waiting = InQueue(self._queue, now)
                after, led = self._lead(hand_over(head, waiting))
                entries = (HandedOver(now, waiting, "robot_failed"), *led)
            case InQueue() | WithOperator() | Promised() | SetAside():
                pass
        await self._sequencer.committed_step(live, (note, *lost, *entries), head=after, settled=tuple(each.id for each in records))
        self._redeliveries.aside()
        log.critical("a message that has ended the hub twice was set aside", extra={"conversation": head.number, "records": len(records)})

    async def stop_talking(self) -> None:
        """Begin no turn of a dialogue any more, and give up those under way: all of them are owed, and had after the next start."""
        await self._dialogues.close()

    async def close(self) -> None:
        await self._dialogues.close()
        await self._tasks.cancel()


def _proving(head: Conversation) -> bool:
    return (robot_of(head.holder) or WithBot()).proving


def _is_lost(said: Reply | HandOff) -> bool:
    """Whether the robot has no answer, and nobody asked for a person."""
    return said.miss if isinstance(said, Reply) else said.why in {"not_understood", "robot_failed"}


def _reacted_to(change: Commit) -> Iterator[int]:
    """What a citizen has written, and is answered by this change or is owed nothing."""
    yield from change.settled
    for record in change.records:
        if isinstance(record.entry, Message) and record.entry.author is Author.CITIZEN and record.id not in change.owed:
            yield record.id
