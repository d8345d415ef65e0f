"""Reacts to stored records: the robot's turn, and delivery to the citizen.

An owed reaction survives a restart: the commit that contains it also marks it as done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import assert_never

from hub.conversations.callback_promise import not_reached
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
)
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried, ConversationEvent, Deleted, HandedOver, SpeechRecognised, StoredEvent
from hub.conversations.merge import continued, lives, reopen_separately
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Correspondence, Store
from hub.conversations.promise_creation import to_be_called
from hub.conversations.redaction import HIDDEN, Redacted
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, to_be_sent
from hub.intake.backlog import Backlog
from hub.intake.message_secrets import MessageSecrets, NumberQuery
from hub.intake.outlets import Outlets
from hub.intake.ports import CsatAnswers
from hub.intake.redeliveries import Redeliveries
from hub.intake.robot_replies import TO_A_PERSON, RobotReplies
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, StoreError
from hub.kernel.retry import retry
from hub.notifications.notice import Wish
from hub.notifications.opt_outs import OptOuts
from hub.robot.dialogue_turns import Dialogues, Said
from hub.robot.ports import DialogueAnswer, HandOff
from hub.telephony.speech_to_text import SpeechToText

log = logging.getLogger(__name__)

STALLED = ("Узел дважды останавливался, когда робот разбирал последнее сообщение этого обращения. Робот его больше не разбирает: "
           "прочитайте и ответьте сами. Что произошло, записано в журнале узла.")
NOT_CARRIED = "не отправлено: узел дважды останавливался на этом сообщении"
Heard = tuple[SpeechRecognised | Deleted, ...]
"""What speech recognition adds to the journal."""


class Reactions:
    """Subscribes to commits. One `match` (`react`) shows every reaction to a record, another (`_turn`) whose turn it is."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, robot: RobotReplies, outlets: Outlets, *, opt_outs: OptOuts,
                 speech_to_text: SpeechToText, secrets: MessageSecrets, redeliveries: Redeliveries,
                 correspondence: Correspondence | None = None, csat: CsatAnswers | None = None) -> None:
        """`correspondence` takes answers to the centre's own letters; `csat` counts grades of citizens."""
        self._sequencer, self._store, self._robot, self._outlets = sequencer, store, robot, outlets
        self._opt_outs, self._speech_to_text, self._secrets = opt_outs, speech_to_text, secrets
        self._correspondence, self._csat, self._redeliveries = correspondence, csat, redeliveries
        self._dialogues = Dialogues(
            sequencer, store, robot.voice.engine, answer=self._answered,
            again=lambda live, said: self._turn(live, said.record, said.told, said.heard),
            registered=robot.register, failed=self._ended)
        self._backlog = Backlog(redeliveries, sequencer, self.react, self._set_aside)
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        """React to every record that the hub had stored and not reacted to when it stopped."""
        owed = await self._store.owed()
        if self._redeliveries.wary:
            self._backlog.hold(owed)
            return
        for record in owed:
            self.react(await self._sequencer.load(record.conversation), record)

    def catch_up(self) -> None:
        """After the start: work off what a stall left (backlog.py), while new messages are served."""
        self._tasks.spawn(self._backlog.work())

    def committed(self, live: LiveConversation, change: Commit) -> None:
        self._outlets.committed(live, change)
        if change.settled:
            self._settled(change.conversation, change.settled)
        if change.owed:
            for record in change.records:
                if record.id in change.owed and not self._backlog.takes(record):
                    self.react(live, record)

    def react(self, live: LiveConversation, record: StoredEvent) -> None:
        """Dispatches a stored record: delivery, opt-out, grade, correspondence, query, speech recognition, or the holder's turn."""
        match record.entry:
            case HandedOver():
                self._outlets.tell_centre(record)
            case _ if live.head.address.is_remote:
                self._outlets.tell_centre(record)
            case entry if to_be_sent(entry):
                self._outlets.deliveries.deliver(live, record)
            case entry if (wish := self._opt_outs.wish(live.head.address, entry)) is not None:
                self._tasks.spawn(self._answer_as_hub(live, record, partial(self._obeyed, wish)))
            case Message() if self._csat is not None and self._csat.answers(record):
                self._tasks.spawn(self._answer_as_hub(live, record, partial(self._graded, self._csat)))
            case Message() if self._correspondence is not None and self._correspondence.awaits(live.head.address):
                self._tasks.spawn(self._correspond(live, record, self._correspondence))
            case Message() as entry if (query := self._secrets.query(entry)) is not None:
                self._tasks.spawn(self._answer_as_hub(live, record, partial(self._looked_up, query)))
            case Message() as message if self._speech_to_text.concerns(message):
                on_line = self._sequencer.traits.of(live.head.address).spoken
                self._tasks.spawn(self._listen(record, message, on_line=on_line))
            case Message() as message:
                self._turn(live, record, self._secrets.whole(message))

    def _turn(self, live: LiveConversation, record: StoredEvent, told: Redacted, heard: Heard = ()) -> None:
        """One `match` over the holder decides whose turn it is. The text `told` was written, or `heard` by speech recognition."""
        if live.head.merged is not None:
            self._tasks.spawn(self._continue(live.head.merged.into, record, told, heard))
            return
        if not isinstance(live.head.holder, WithBot | WithRemoteCentre) and self._hears_of_danger(live, record, told, heard):
            return
        match live.head.holder:
            case WithBot() as robot:
                self._robots_turn(live, Said(record, told, heard), robot)
            case Promised(queue=queue) if live.head.promise and not_reached(live.head.promise):
                self._found_again(live, record, queue, heard)
            case Promised(robot=robot) if live.head.promise and not robot.dialogue and (call := to_be_called(
                    live.head, live.head.promise, told.words, self._sequencer.now(), self._sequencer.traits)) is not None:
                self._react_by(live, record, (*heard, *call[0]), call[1])
            case Promised(robot=robot) if told.words and not self._sequencer.traits.of(live.head.address).letters:
                self._robots_turn(live, Said(record, told, heard), robot)
            case WithRemoteCentre():
                self._outlets.tell_centre(record)
            case InQueue() | WithOperator() | Promised() | Closed() | SetAside():
                # An operator has the conversation, or will: they see the message, and nothing more is owed.
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
            entries, head = self._robot.answer(live.head, said.record, said.told, robot.misses)
            self._react_by(live, said.record, (*said.heard, *entries), head)

    def _answered(self, live: LiveConversation, said: Said, answered: DialogueAnswer) -> None:
        entries, head = self._robot.turn(live.head, answered)
        self._react_by(live, said.record, (*said.heard, *entries), head)

    def _hears_of_danger(self, live: LiveConversation, record: StoredEvent, told: Redacted, heard: Heard) -> bool:
        """Whether recognised speech to an operator tells of danger to life; pipeline.py checks written messages."""
        voice = self._robot.voice
        step = voice.endangered(live.head, told.words, self._sequencer.now(), voice.bot_for(told))
        if step is None:
            return False
        self._react_by(live, record, (*heard, *step[0]), step[1])
        return True

    def _found_again(self, live: LiveConversation, record: StoredEvent, queue: str, heard: Heard) -> None:
        """A citizen who could not be reached writes again, and can be answered now."""
        now = self._sequencer.now()
        after = InQueue(queue, now)
        self._react_by(live, record, (*heard, HandedOver(now, after, "found_again")), hand_over(live.head, after))

    async def _continue(self, into: int, record: StoredEvent, told: Redacted, heard: Heard) -> None:
        """Move a message of a merged conversation to its target; if that one is closed, it starts again by itself."""
        try:
            kept, live, now = await self._sequencer.load(into), await self._sequencer.load(record.conversation), self._sequencer.now()
            if live.head.merged is None or live.head.merged.into != into:  # unmerged meanwhile
                self._turn(live, record, told, heard)
            elif not lives(kept.head, now, self._sequencer.traits):
                entries, head = reopen_separately(live.head, kept.head, now)
                await self._sequencer.committed_step(live, entries, head=head)
                self._turn(live, record, told, heard)
            else:
                if (step := continued(kept.head, now, self._sequencer.traits)) is not None:
                    await self._sequencer.committed_step(kept, step[0], head=step[1])
                voice = self._robot.voice
                if (alarm := voice.endangered(kept.head, told.words, now, voice.bot_for(told))) is not None:
                    await self._sequencer.committed_step(kept, alarm[0], head=alarm[1])
                if heard:
                    self._react_by(live, record, heard)
                else:
                    await self._settle(live, record)
        except StoreError as error:
            self._ended(record, error)

    async def _correspond(self, live: LiveConversation, record: StoredEvent, correspondence: Correspondence) -> None:
        try:
            taken = await correspondence.replied(live.head.address, record)
            live = await self._sequencer.load(record.conversation)
            if taken or not isinstance(live.head.holder, WithBot):
                await self._settle(live, record)
            else:
                text = record.entry.text if isinstance(record.entry, Message) else ""
                entries, head = self._robot.hand_off(live.head, self._robot.voice.bot.danger(text) or HandOff("letter", TO_A_PERSON))
                self._react_by(live, record, entries, head)
        except StoreError as error:
            self._ended(record, error)

    async def _listen(self, record: StoredEvent, message: Message, *, on_line: bool) -> None:
        try:
            heard = await self._speech_to_text.words(message, on_line=on_line)
            live = await self._sequencer.load(record.conversation)
        except StoreError as error:
            self._ended(record, error)
            return
        words = stored = heard or ""
        now = self._sequencer.now()
        gone: tuple[Deleted, ...] = ()
        if proves(live.head) and (recording := await self._speech_to_text.forget(message)) is not None:
            stored, gone = HIDDEN, (Deleted(now, record.id, recording.file),)
        if heard is None and isinstance(live.head.holder, WithBot):
            entries, head = self._robot.unheard(live.head)
            self._react_by(live, record, (*gone, *entries), head)
            return
        told = Redacted(words, stored, () if words == stored else (words,))
        self._turn(live, record, told, (*((SpeechRecognised(now, record.id, stored),) if words else ()), *gone))

    async def _answer_as_hub(self, live: LiveConversation, record: StoredEvent,
                             answer: Callable[[Conversation, StoredEvent], Awaitable[Message | None]]) -> None:
        """The hub answers itself, whoever holds the conversation: it acts first and reports after that."""
        try:
            if (said := await answer(live.head, record)) is not None:
                live = await self._sequencer.load(record.conversation)
                await self._sequencer.committed_step(live, (said,), settled=(record.id,))
            else:
                await self._settle_alone(record)
        except StoreError as error:
            self._ended(record, error)
        else:
            self._ended(record, None)

    async def _obeyed(self, wish: Wish, head: Conversation, record: StoredEvent) -> Message | None:
        """An opt-out, or its withdrawal (CH-15)."""
        return self._system(await self._opt_outs.obey(head.address, record, wish))

    async def _graded(self, csat: CsatAnswers, head: Conversation, record: StoredEvent) -> Message | None:
        """A CSAT grade (OC-03)."""
        return self._system(await csat.answered(head, record))

    async def _looked_up(self, query: NumberQuery, head: Conversation, _: StoredEvent) -> Message | None:
        """The status of a case, an appointment or an application (RQ-04, BK-01)."""
        answers, found = query
        told = await answers.answer(head, *found)
        return None if told is None else self._system(told.text, told.choices)

    def _system(self, text: str, choices: tuple[str, ...] = ()) -> Message | None:
        return Message(Author.SYSTEM, text, self._sequencer.now(), choices=choices) if text else None

    def _react_by(self, live: LiveConversation, record: StoredEvent, entries: tuple[ConversationEvent, ...],
                  head: Conversation | None = None) -> None:
        """Commit this step as the reaction to a record."""
        try:
            self._sequencer.step(live, entries, lambda error, _: self._ended(record, error), head=head, settled=(record.id,))
        except OknoError as error:
            self._ended(record, error)

    def _ended(self, record: StoredEvent, error: OknoError | None) -> None:
        if error is not None:
            self._tasks.spawn(self._again(record))
        elif isinstance(record.entry, Message):
            self._secrets.forget(record.entry)

    async def _again(self, record: StoredEvent) -> None:
        """The answer was not stored: retry the owed reaction until the store works again."""
        async def react() -> None:
            self.react(await self._sequencer.load(record.conversation), record)

        pauses = self._outlets.deliveries.pauses()
        await asyncio.sleep(next(pauses))
        await retry(react, pauses, StoreError, lambda _error, _attempt: None)  # the failed commit was logged

    async def _settle(self, live: LiveConversation, record: StoredEvent) -> None:
        try:
            await self._settle_alone(record)
            self._ended(record, None)
        except StoreError as error:
            log.warning("store unavailable: a handled event stays pending and is handled again after a restart",
                        extra={"record": record.id, "why": str(error)})
        self._outlets.reacted(live.head, (record.id,))

    async def _settle_alone(self, record: StoredEvent) -> None:
        """Mark the record as done without a reaction. Raises StoreError."""
        await self._store.settle((record.id,))
        self._settled(record.conversation, (record.id,))

    def _settled(self, conversation: int, records: Sequence[int]) -> None:
        if self._backlog.waits_for(conversation):
            self._tasks.spawn(self._backlog.settled(conversation, records))

    async def _set_aside(self, live: LiveConversation, records: Sequence[StoredEvent]) -> None:
        """Leave records that crashed the hub twice to an operator; the hub does not process them again. Raises StoreError."""
        now = self._sequencer.now()
        lost = tuple(Carried(now, each.id, Delivery.FAILED, NOT_CARRIED) for each in records if to_be_sent(each.entry))
        note = Message(Author.SYSTEM, STALLED, now, internal=True)
        entries, after = self._robot.give_to_person(live.head)
        await self._sequencer.committed_step(live, (note, *lost, *entries), head=after, settled=tuple(each.id for each in records))
        self._redeliveries.aside()
        log.critical("poison message: given to an operator after it stopped the hub twice",
                     extra={"conversation": live.head.number, "records": len(records)})

    async def stop_talking(self) -> None:
        """Begin no more dialogue turns and abandon those under way: all stay owed, and are answered after the next start."""
        await self._dialogues.close()

    async def close(self) -> None:
        await self._dialogues.close()
        await self._tasks.cancel()
