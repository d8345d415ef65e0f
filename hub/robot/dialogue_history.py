"""Talks of citizens with the robot's dialogue, read out of the journal. Pure.

A talk is one conversation's turns of a dialogue, each within an hour of the one before, until a person takes over or the conversation
is closed. The same conversation may bring several.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from hub.conversations.conversation import Closed, InQueue, SetAside, WithBot
from hub.conversations.journal import HandedOver, StoredEvent, Thought
from hub.robot.phrase import Doubt, Doubted, Utterance

QUIET = timedelta(hours=1)
"""Nobody closes a chat in a messenger: a talk in which nothing was said for so long is over."""
ARTICLE = "*"
"""Instead of an intent: an article of the knowledge base has answered beside the dialogue."""
UNTOLD = "?"
"""Instead of an intent: whoever had the turn (a Rasa server) does not tell what he has understood."""
DOUBTFUL = 0.5
"""What is understood less surely is shown to designers. A project's own threshold tells what it does not understand at all."""


class Handed(StrEnum):
    """Why a person took over."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    DIALOGUE = "dialogue"
    """The designers wish it so."""
    CALLBACK = "callback"
    """A call was agreed on."""
    EMERGENCY = "emergency"
    ROBOT_FAILED = "robot_failed"
    OTHER = "other"
    """A promise, a colleague, a line: it was not the robot who gave up."""


_ROBOTS = frozenset(Handed) - {Handed.OTHER}


@dataclass(slots=True)
class Talk:
    """`version` is that of the dialogue that it began with."""

    conversation: int
    began: datetime
    version: str
    last: datetime
    """When the citizen was answered last."""
    turns: int = 0
    missed: int = 0
    intents: Counter[str] = field(default_factory=Counter)
    """Of the turns that were understood."""
    intent: str = ""
    """What was understood last, "" while nothing was."""
    ended: bool = False
    handed: Handed | None = None

    def over(self, now: datetime) -> bool:
        return self.ended or now - self.last > QUIET


class Talks:
    """Records of a conversation are read in the order of their ids; one that was read before changes nothing."""

    def __init__(self, said: Callable[[Thought], Utterance | None]) -> None:
        """`said` reads what a thought is about; None where it was a button."""
        self._said = said
        self._read: dict[int, int] = {}
        """The id of the record that was read last, of each conversation."""
        self._open: dict[int, Talk] = {}
        self._lately: dict[int, tuple[StoredEvent, Thought]] = {}
        """The last thought of talks that go on, unless it is doubted already."""
        self.talks: list[Talk] = []
        self.doubted: list[Doubted] = []
        self.at_once: list[datetime] = []
        """When a person was asked for before the dialogue had a turn."""

    def read(self, records: Iterable[StoredEvent]) -> None:
        for record in records:
            if record.id <= self._read.get(record.conversation, 0):
                continue
            self._read[record.conversation] = record.id
            match record.entry:
                case Thought() as thought:
                    self._think(record, thought)
                case HandedOver(holder=WithBot()):
                    pass
                case HandedOver() as moved:
                    self._move(record.conversation, moved)

    def go_on(self, now: datetime, before: datetime) -> bool:
        """Whether any talk does that began before a moment."""
        return any(talk.began < before and not talk.over(now) for talk in self._open.values())

    def _think(self, record: StoredEvent, thought: Thought) -> None:
        talk = self._open.get(record.conversation)
        if talk is None or thought.first or talk.over(thought.at):
            if talk is not None:
                talk.ended = True
            talk = self._open[record.conversation] = Talk(record.conversation, thought.at, thought.version, thought.at)
            self.talks.append(talk)
        talk.last = thought.at
        talk.turns += 1
        talk.missed += thought.missed
        if not thought.missed:
            talk.intent = thought.intent or (UNTOLD if thought.events else ARTICLE)
            talk.intents[talk.intent] += 1
        self._lately.pop(record.conversation, None)
        if not (thought.missed or thought.confidence < DOUBTFUL) or not self._doubt(record, thought):
            self._lately[record.conversation] = record, thought

    def _doubt(self, record: StoredEvent, thought: Thought, why: Doubt | None = None) -> bool:
        said = self._said(thought)
        if said is None or (said.answers and not thought.missed):
            return False
        self.doubted.append(Doubted(
            record.id, record.conversation, thought.at, why or (Doubt.MISSED if thought.missed else Doubt.DOUBTFUL), said))
        return True

    def _move(self, conversation: int, moved: HandedOver) -> None:
        talk, lately = self._open.get(conversation), self._lately.get(conversation)
        if talk is None or talk.over(moved.at):
            if moved.why in _ROBOTS and isinstance(moved.holder, InQueue):
                self.at_once.append(moved.at)
        elif isinstance(moved.holder, Closed | SetAside):
            talk.ended = True
        else:
            talk.ended, talk.handed = True, Handed(moved.why) if moved.why in _ROBOTS else Handed.OTHER
            if talk.handed is Handed.ASKED and lately is not None:
                self._doubt(*lately, Doubt.ASKED)
        self._forget(conversation)

    def _forget(self, conversation: int) -> None:
        self._open.pop(conversation, None)
        self._lately.pop(conversation, None)
