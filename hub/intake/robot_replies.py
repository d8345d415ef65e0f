"""The robot's turns as steps of a conversation: it answers, continues a dialogue, or hands over to an operator."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.cases.ports import RegisterCase
from hub.conversations.address import Address
from hub.conversations.callback_promise import promise
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
    robot_of,
    with_robot,
)
from hub.conversations.danger import EMERGENCY
from hub.conversations.delivery import Leading
from hub.conversations.journal import ConversationEvent, HandedOver, StoredEvent
from hub.conversations.message import Message
from hub.conversations.promise_creation import open_promise, promise_message
from hub.conversations.redaction import Redacted
from hub.conversations.sequencer import ConversationSequencer
from hub.conversations.step import OpenStep
from hub.conversations.turn_result import TurnResult
from hub.kernel.errors import RefusedError
from hub.robot.dialogue_turns import Said
from hub.robot.ports import CallbackWish, DialogueAnswer, HandOff, Reply, topic_of
from hub.robot.voice import RobotVoice
from hub.telephony.speech_to_text import spoken

NOT_HEARD = "Не удалось разобрать, что вы сказали. Соединяю с оператором."
SAY_AGAIN = "Вас плохо слышно. Повторите, пожалуйста, или скажите «оператор»."
"""To a caller, once: then an operator listens."""
FILES = "Передаю ваш файл оператору."
STILL_OWED = "Обещание ответить остаётся в силе."
FOR_THE_OPERATOR = "Это сообщение увидит оператор, который готовит вам ответ. Чтобы вернуться в очередь, напишите «оператор»."
"""Reply while an answer is promised and the robot does not understand."""
TO_A_PERSON = "Передаю ваше письмо сотруднику."
SET_ASIDE = "Передаю ваше сообщение сотруднику."
BY_A_PERSON = "Передаю оператору для регистрации. Он назовёт вам номер и скажет, кто рассмотрит обращение."


class RobotReplies:
    def __init__(self, sequencer: ConversationSequencer, voice: RobotVoice, *, register: RegisterCase, lead: Leading,
                 yields: Callable[[Address], bool] = lambda _: False) -> None:
        """`register` registers a case that the robot has read back.

        `lead` moves a conversation from the robot's queue to the line it belongs to; `yields` tells which callers queue last.
        """
        self.voice, self._sequencer, self._register, self._lead, self._yields = voice, sequencer, register, lead, yields

    def answer(self, head: Conversation, record: StoredEvent, told: Redacted, misses: int) -> OpenStep:
        """An answer from the knowledge base, after `misses` questions in a row that were not understood."""
        if told.words:
            said = self.voice.bot_for(told).answer(told.words, misses, head.address.channel, head.place)
        else:
            said = self._wordless(head, record, misses)
        if isinstance(head.holder, Promised) and _is_lost(said):
            return self._for_the_operator()
        return self._replied(head, said) if isinstance(said, Reply) else self.hand_off(head, said)

    def _wordless(self, head: Conversation, record: StoredEvent, misses: int) -> Reply | HandOff:
        """A file, a recording without words, or noise on a caller's line."""
        if not isinstance(record.entry, Message) or spoken(record.entry) is None:
            return HandOff("files", FILES)
        on_line = self._sequencer.traits.of(head.address).spoken
        return Reply(SAY_AGAIN, miss=True) if on_line and not misses else HandOff("files", NOT_HEARD)

    def unheard(self, head: Conversation) -> OpenStep:
        """A recording that nobody could listen to."""
        return self.hand_off(head, HandOff("files", NOT_HEARD))

    def turn(self, head: Conversation, answered: DialogueAnswer) -> OpenStep:
        """A dialogue turn as one step: the thought, the replies, and the new holder of the conversation."""
        now, thought = self._sequencer.now(), answered.thought
        thoughts = (thought,) if thought else ()
        replies = [self.voice.reply(reply, now, head.address) for reply in answered.replies]
        missed, version = thought is not None and thought.missed, thought.version if thought else ""
        if isinstance(head.holder, Promised) and (missed or (answered.gives_up is not None and _is_lost(answered.gives_up))):
            return (*thoughts, *self._for_the_operator()[0]), None
        if answered.gives_up is not None:
            note = (self.voice.note(answered.note, now),) if answered.note else ()
            topic = answered.gives_up.topic or topic_of(answered.replies) or head.topic  # the most recent topic counts
            entries, after = self.hand_off(replace(head, topic=topic), answered.gives_up, before=replies)
            return (*thoughts, *note, *entries), after
        before = (robot_of(head.holder) or WithBot()).misses
        topic = topic_of(answered.replies) or head.topic
        result = thought.result if thought else TurnResult.TALKED
        holder = with_robot(head.holder, WithBot(before + 1 if missed else 0, dialogue=version, proving=answered.proving, result=result))
        changed = None if (holder, topic) == (head.holder, head.topic) else replace(hand_over(head, holder), topic=topic)
        return (*thoughts, *self.voice.first_introduction(head, now), *replies), changed

    async def register(self, head: Conversation, said: Said, answered: DialogueAnswer) -> DialogueAnswer:
        """Register the case before its number is told; where an operator must do it, they get the collected answers. Raises StoreError."""
        wanted = answered.registers
        assert wanted is not None  # noqa: S101 - else nobody asks
        topic = topic_of(answered.replies) or head.topic
        after, _ = self._lead(replace(hand_over(head, InQueue(self.voice.queue, self._sequencer.now())), topic=topic))
        try:
            await self._register(head.id, after.queue, topic, f"robot/{said.record.id}", wanted)
        except RefusedError:
            note = "\n".join(filter(None, ("Робот записал и прочитал заявителю:", wanted.authority, wanted.text)))
            return replace(answered, replies=(), gives_up=HandOff("dialogue", BY_A_PERSON, topic), note=note)
        return answered

    def hand_off(self, head: Conversation, hand_off: HandOff, before: Sequence[Message] = ()) -> OpenStep:
        """Put the conversation in line; the messages `before` precede the hand-over."""
        now, urgent = self._sequencer.now(), hand_off.why == EMERGENCY
        if urgent:
            head = replace(head, danger=head.danger or now)
        if hand_off.language:
            head = replace(head, citizen=replace(head.citizen, language=hand_off.language))
        owed, wanted = isinstance(head.holder, Promised), hand_off.call_back
        if wanted is not None and not (wanted.number or self._sequencer.traits.answerable(head.address)):
            wanted = None  # nobody could call: they wait in line
        waiting = InQueue(head.holder.queue if isinstance(head.holder, Promised) else self.voice.queue, now,
                          yields=not urgent and self._yields(head.address))
        waits = replace(hand_over(head, waiting), topic=head.topic or hand_off.topic)
        after, led = (waits, ()) if owed else self._lead(waits)
        if wanted is not None and isinstance(after.holder, WithRemoteCentre):
            after, led = waits, ()  # a callback is owed by this centre
        queue = after.holder.queue if isinstance(after.holder, InQueue) else self.voice.queue
        handed, begun = (HandedOver(now, waiting, hand_off.why), *led), (*self.voice.first_introduction(head, now), *before)
        if wanted is not None:
            calls, after = self._owe_call(after, wanted, queue, now)
            return (*begun, self.voice.say(hand_off.text, now), *handed, *calls), after
        if urgent:  # no other message, no announcement
            return (*begun, self.voice.say(hand_off.text, now), *handed), after
        said = self.voice.say(f"{hand_off.text}\n{STILL_OWED if owed else f'Номер обращения: {head.number}.'}", now)
        return (*begun, said, *self.voice.joining(queue, now), *handed), after

    def give_to_person(self, head: Conversation) -> OpenStep:
        """Hand the conversation to an operator, if none has it; the robot does not process it again."""
        match head.holder:
            case WithBot():
                return self.hand_off(head, HandOff("robot_failed", SET_ASIDE))
            case WithRemoteCentre() | Closed():
                waiting = InQueue(self.voice.queue, now := self._sequencer.now())
                after, led = self._lead(hand_over(head, waiting))
                return (HandedOver(now, waiting, "robot_failed"), *led), after
            case InQueue() | WithOperator() | Promised() | SetAside():
                return (), None

    def _replied(self, head: Conversation, reply: Reply) -> OpenStep:
        before = (robot_of(head.holder) or WithBot()).misses
        holder = with_robot(head.holder, WithBot(before + 1 if reply.miss else 0))
        changed = holder != head.holder or bool(reply.topic and not head.topic)
        after = replace(hand_over(head, holder), topic=head.topic or reply.topic) if changed else None
        now = self._sequencer.now()
        return (*self.voice.first_introduction(head, now), self.voice.reply(reply, now, head.address)), after

    def _owe_call(self, head: Conversation, wanted: CallbackWish, queue: str, now: datetime) -> tuple[tuple[ConversationEvent, ...],
                                                                                                      Conversation]:
        """Promise a callback instead of a wait in line (SL-05). An answer that is already promised stays so."""
        address = Address("voice", wanted.number) if wanted.number else head.address
        owed = head.promise or promise(now, address, f"Просит позвонить: {wanted.when}" if wanted.when else "Просит позвонить")
        entries, after = open_promise(head, owed, queue, now)
        return (promise_message(head, owed, self._sequencer.traits), *(entries if head.promise is None else entries[1:])), after

    def _for_the_operator(self) -> OpenStep:
        return (self.voice.say(FOR_THE_OPERATOR, self._sequencer.now()),), None


def _is_lost(said: Reply | HandOff) -> bool:
    """Whether the robot has no answer, and the citizen did not ask for an operator."""
    return said.miss if isinstance(said, Reply) else said.why in {"not_understood", "robot_failed"}
