"""Executes the turns of designed dialogues: in order within a conversation, concurrently between conversations.

The reply commits together with the robot's record, so that what it said and what it remembers never differ.
"""

from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Iterator, Sequence

from msgspec import Struct

from hub.conversations.conversation import Conversation, WithBot, robot_of
from hub.conversations.journal import Deleted, SpeechRecognised, StoredEvent, Thought
from hub.conversations.ports import Store
from hub.conversations.redaction import Redacted
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import StoreError
from hub.kernel.turnstile import Turnstile
from hub.robot.ports import DialogueAnswer, DialogueEngine, DialogueTurn

PAGE = 200
"""Records of one read."""
MINDED = 100
"""Dialogue states in memory, about 6 kB each; a dropped one is rebuilt from the journal on the next turn."""
PROVING = 1_000
"""The same for dialogues with a running identification: their messages are not stored, so a dropped one would have to start again."""


class Said(Struct, frozen=True):
    """A message for the robot to answer: written as `told`, or spoken as `heard`."""

    record: StoredEvent
    told: Redacted
    heard: tuple[SpeechRecognised | Deleted, ...] = ()


Registered = Callable[[Conversation, Said, DialogueAnswer], Awaitable[DialogueAnswer]]
"""Registers the agreed case, and returns the answer with the result."""
Answer = Callable[[LiveConversation, Said, DialogueAnswer], None]
"""Commits the answer as a step of the conversation."""


class Dialogues:
    """Runs the engine's turns one after another in each conversation."""

    def __init__(self, sequencer: ConversationSequencer, store: Store, talker: DialogueEngine, *, answer: Answer,
                 again: Callable[[LiveConversation, Said], None],
                 registered: Registered, failed: Callable[[StoredEvent, StoreError], None], minded: int = MINDED) -> None:
        """`again` is called when the robot does not have the conversation any more, `failed` when the turn is still pending."""
        self._sequencer, self._store, self._talker = sequencer, store, talker
        self._answer, self._again, self._registered, self._failed = answer, again, registered, failed
        self._turnstile = Turnstile()
        """Messages are stored between two turns that begin, also where more come than the robot can answer."""
        self._waiting: dict[int, deque[Said]] = {}
        """Messages that arrived while a turn runs, by conversation."""
        self._minded: OrderedDict[int, LiveConversation] = OrderedDict()
        self._proving: OrderedDict[int, LiveConversation] = OrderedDict()
        self._most = minded
        self._tasks = BackgroundTasks()
        self._closed = False

    def talks(self, holder: WithBot) -> bool:
        return self._talker.talks(holder.dialogue)

    def say(self, said: Said) -> None:
        """Answer it after earlier messages; after `close` it stays pending until the next start."""
        if self._closed:
            return
        conversation = said.record.conversation
        if (waiting := self._waiting.get(conversation)) is not None:
            waiting.append(said)
            return
        self._waiting[conversation] = deque([said])
        self._tasks.spawn(self._answer_all(conversation))

    async def _answer_all(self, conversation: int) -> None:
        waiting = self._waiting[conversation]
        try:
            while waiting:
                said = waiting.popleft()
                await self._turnstile.wait()
                try:
                    await self._answer_one(said)
                except StoreError as error:
                    self._failed(said.record, error)
        finally:
            del self._waiting[conversation]

    async def _answer_one(self, said: Said) -> None:
        live = await self._sequencer.load(said.record.conversation)
        robot = robot_of(live.head.holder)
        if robot is None:
            self._again(live, said)
            return
        head, begun = live.head, robot.dialogue
        memory = live.dialogue if begun else None
        answered = await self._talker.turn(DialogueTurn(
            head, said.record.id, said.told, self._sequencer.now(), memory, lambda: self._thoughts(head.id)))
        if answered.registers is not None:
            answered = await self._registered(head, said, answered)
        live = await self._sequencer.load(head.id)
        if (robot := robot_of(live.head.holder)) is None or robot.dialogue != begun:
            self._again(live, said)  # an operator took the conversation during the turn
            return
        self._mind(live, answered)
        self._answer(live, said, answered)

    def _mind(self, live: LiveConversation, answered: DialogueAnswer) -> None:
        """A finished dialogue is dropped at once, otherwise the longest silent one."""
        live.dialogue = answered.memory if answered.gives_up is None else None
        for each in (self._minded, self._proving):
            each.pop(live.head.id, None)
        if live.dialogue is not None:
            kept, most = (self._proving, PROVING) if answered.proving else (self._minded, self._most)
            kept[live.head.id] = live
            if len(kept) > most:
                kept.popitem(last=False)[1].dialogue = None

    async def _thoughts(self, conversation: int) -> list[Thought]:
        """Robot records of the current dialogue, oldest first."""
        found: list[Thought] = []
        before = 0
        while page := await self._store.records(conversation, before=before, limit=PAGE):
            for thought in _thoughts(page):
                found.append(thought)
                if thought.first:
                    return found[::-1]
            before = page[0].id
            if len(page) < PAGE:
                break
        return found[::-1]

    async def close(self) -> None:
        self._closed = True
        await self._tasks.cancel()


def _thoughts(page: Sequence[StoredEvent]) -> Iterator[Thought]:
    """Newest first."""
    return (record.entry for record in reversed(page) if isinstance(record.entry, Thought))
