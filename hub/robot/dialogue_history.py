"""Projection of the journal: talks of citizens with the robot's dialogue. Pure.

A talk is a sequence of dialogue turns in one conversation, each within an hour of the previous one, until a hand-over or the
closing. A conversation may have several.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from hub.conversations.conversation import Closed, InQueue, SetAside, WithBot
from hub.conversations.journal import HandedOver, SpeechRecognised, StoredEvent, Thought
from hub.conversations.message import BOT, Message
from hub.conversations.turn_result import TurnResult
from hub.robot.phrase import Doubt, Doubted, Utterance

QUIET = timedelta(hours=1)
"""Messenger chats are not closed by citizens: a talk is over after so much silence."""
ARTICLE = "*"
"""Pseudo-intent: an article of the knowledge base answered."""
UNTOLD = "?"
"""Pseudo-intent: the engine (a Rasa server) does not report what it understood."""
DOUBTFUL = 0.5
"""Turns below this confidence are shown to designers. A project's own threshold decides what is not understood at all."""


class Handed(StrEnum):
    """Reason of a hand-over."""

    ASKED = "asked"
    NOT_UNDERSTOOD = "not_understood"
    DIALOGUE = "dialogue"
    """Designed in the dialogue."""
    CALLBACK = "callback"
    """A callback was agreed."""
    EMERGENCY = "emergency"
    LANGUAGE = "language"
    """The citizen writes in another language than the robot answers in."""
    FILES = "files"
    """A file, or speech that was not heard."""
    LETTER = "letter"
    """A letter or a fax, which a person reads."""
    ROBOT_FAILED = "robot_failed"
    OTHER = "other"
    """A promise, a colleague, a line: not the robot's failure."""


_ROBOTS = frozenset(Handed) - {Handed.OTHER}


class Ending(StrEnum):
    """What a talk that ended without an operator came to, by its last turns."""

    CONFIRMED = "confirmed"
    """The citizen said that the answer helped."""
    ANSWERED = "answered"
    """It was answered, or nothing was asked."""
    LEFT = "left"
    """The last turn was not understood, its answer did not help, or the robot waited for a value."""


_ENDINGS = {
    TurnResult.ANSWERED: Ending.ANSWERED, TurnResult.HELPED: Ending.CONFIRMED, TurnResult.UNHELPED: Ending.LEFT,
    TurnResult.ASKS: Ending.LEFT}


class WrongAnswer(Struct, frozen=True):
    """A question of a citizen, and the robot's answer that did not help."""

    question: str
    answer: str


def wrong_answer(records: Sequence[StoredEvent]) -> WrongAnswer | None:
    """The last answer in the records before a «нет», oldest first, with its question; None where they do not reach back so far."""
    at = next((at for at in range(len(records) - 1, -1, -1) if _answers(records[at])), None)
    if at is None or not isinstance(thought := records[at].entry, Thought):
        return None
    question = ""
    for record in records[:at]:
        match record.entry:
            case Message(text=text) if record.id == thought.record:
                question = text
            case SpeechRecognised(record=record_id, text=text) if record_id == thought.record:
                question = text
    answers = (record.entry.text for record in records[at:] if isinstance(record.entry, Message) and record.entry.author == BOT)
    return WrongAnswer(question, "\n".join(answers)) if question else None


def _answers(record: StoredEvent) -> bool:
    return isinstance(record.entry, Thought) and record.entry.result is TurnResult.ANSWERED


@dataclass(slots=True)
class Talk:
    """`version` is that of the dialogue at its beginning."""

    conversation: int
    began: datetime
    version: str
    last: datetime
    """Time of the last answer."""
    turns: int = 0
    missed: int = 0
    intents: Counter[str] = field(default_factory=Counter)
    """Of understood turns."""
    intent: str = ""
    """The last intent, "" while there is none."""
    ending: Ending = Ending.ANSWERED
    """If nobody takes over."""
    ended: bool = False
    handed: Handed | None = None

    def over(self, now: datetime) -> bool:
        return self.ended or now - self.last > QUIET


class Talks:
    """Records are read in the order of their ids; a repeated one changes nothing."""

    def __init__(self, said: Callable[[Thought], Utterance | None]) -> None:
        """`said` gives the phrase of a robot record; None for a button."""
        self._said = said
        self._read: dict[int, int] = {}
        """Id of the last record read in each conversation."""
        self._open: dict[int, Talk] = {}
        self._lately: dict[int, tuple[StoredEvent, Thought]] = {}
        """The last robot record of open talks, unless it is uncertain already."""
        self.talks: list[Talk] = []
        self.doubted: list[Doubted] = []
        self.at_once: list[datetime] = []
        """Times at which an operator was requested before the first turn."""

    def read(self, records: Iterable[StoredEvent], wrong: Mapping[int, WrongAnswer] = MappingProxyType({})) -> None:
        """`wrong` are the answers that did not help, by the robot's record of that."""
        for record in records:
            if record.id <= self._read.get(record.conversation, 0):
                continue
            self._read[record.conversation] = record.id
            match record.entry:
                case Thought() as thought:
                    self._think(record, thought)
                    if (found := wrong.get(record.id)) is not None:
                        self.doubted.append(Doubted(record.id, record.conversation, thought.at, Doubt.UNHELPED,
                                                    Utterance(found.question, (), answers=False), found.answer))
                case HandedOver(holder=WithBot()):
                    pass
                case HandedOver() as moved:
                    self._move(record.conversation, moved)

    def go_on(self, now: datetime, before: datetime) -> bool:
        """Whether a talk that began before a moment is still open."""
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
        talk.ending = Ending.LEFT if thought.missed else _ENDINGS.get(thought.result, talk.ending)
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
