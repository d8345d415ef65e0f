"""Interfaces that the room needs."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import date, datetime, time
from typing import Protocol

from msgspec import Struct

from hub.cases.ports import CaseWish
from hub.conversations.conversation import Conversation, WithBot, robot_of
from hub.conversations.journal import Thought
from hub.conversations.message import Source
from hub.conversations.redaction import Redacted
from hub.knowledge.article import Article
from hub.organisation.territory import Place
from hub.robot.dialogue_version import Packed
from hub.robot.phrase import Meaning, Utterance
from hub.robot.training_results import Comparison, Progress, ProjectReport, Rehearsed, TrainedModel, Unfit


class Reply(Struct, frozen=True):
    """The robot's answer."""

    text: str
    choices: tuple[str, ...] = ()
    source: Source | None = None
    topic: str = ""
    miss: bool = False
    """It did not understand, and asks again."""


class CallbackWish(Struct, frozen=True):
    """A callback wanted by the citizen."""

    number: str = ""
    """E.164; "" for the citizen's own address."""
    when: str = ""
    """In the citizen's words, for the caller."""


class HandOff(Struct, frozen=True):
    """The robot hands over to an operator. `text` is sent to the waiting citizen."""

    why: str
    text: str
    topic: str = ""
    call_back: CallbackWish | None = None
    """The hub promises the answer, instead of a wait (SL-05)."""
    language: str = ""
    """ISO 639 code, where the citizen writes in another language than Russian."""


ON_PAPER = HandOff("letter", "Ваш факс принят и передан сотруднику.")
"""A fax is read by an operator, unless it is exactly an offered, requested or learnt phrase."""


class DialogueTurn(Struct, frozen=True):
    """A citizen's message in a dialogue. `now` is the time of the answer."""

    head: Conversation
    record: int
    told: Redacted
    """The redacted parts may be used, and must not be stored."""
    now: datetime
    memory: object
    """The dialogue's state after the last turn; None where it must be rebuilt from the records."""
    past: Callable[[], Awaitable[Sequence[Thought]]]
    """All records of the dialogue, oldest first."""

    @property
    def words(self) -> str:
        return self.told.words

    @property
    def holder(self) -> WithBot:
        """The robot as the holder of the conversation."""
        return robot_of(self.head.holder) or WithBot()


class DialogueAnswer(Struct, frozen=True):
    """Result of a turn. `thought` and `memory` are missing after a failure; then an operator takes over."""

    replies: tuple[Reply, ...]
    thought: Thought | None
    memory: object = None
    gives_up: HandOff | None = None
    note: str = ""
    """For the operator: questions and filled slots."""
    registers: CaseWish | None = None
    """To be registered before the answer says so."""
    proving: bool = False
    """The next message may be a proof of identity."""


def topic_of(replies: Sequence[Reply]) -> str:
    """The topic of the last message."""
    return next((reply.topic for reply in reversed(replies) if reply.topic), "")


class DialogueEngine(Protocol):
    """Runs designed dialogues."""

    def talks(self, dialogue: str) -> bool:
        """Whether it answers in a conversation that uses this version; "" is none yet."""

    def steers(self, words: str) -> HandOff | None:
        """Whether the text requests an operator explicitly, or indicates danger to life: then it answers no question of the dialogue.

        The text may be a proof of identity: nothing of it is remembered.
        """

    def greeting(self, channel: str) -> Reply | None:
        """The greeting written for this channel, if any; None leaves it to the knowledge base."""

    async def turn(self, asked: DialogueTurn) -> DialogueAnswer:
        """Answer or give up. Raises nothing but StoreError from `past`, and always returns in time."""


class VisitWish(Struct, frozen=True):
    """The citizen's wish for an appointment: place, purpose, days and hours by the office's clock."""

    service: str
    locality: str
    first: date
    last: date | None = None
    begins: time = time()
    ends: time = time(23, 59, 59)


class OfferedTime(Struct, frozen=True):
    """A free time: `key` is for booking, `title` its text, `place` the office."""

    key: str
    title: str
    place: str


class AppointmentTimes(Protocol):
    """Free appointment times, for a conversation with the robot. Raises StoreError."""

    async def offered(self, conversation: str, wish: VisitWish) -> list[OfferedTime]:
        """Some matching ones, or the nearest later ones; none where booking is impossible in this conversation."""

    async def book(self, conversation: str, key: str, phone: str) -> str:
        """The confirmation text; "" where the time was taken meanwhile. Idempotent."""


class ApplicationStates(Protocol):
    """Status of applications in state systems, for a conversation with the robot. Raises StoreError."""

    async def known(self, conversation: str) -> bool:
        """Whether the citizen is verified already."""

    async def told(self, conversation: str, number: str, snils: str, proof: str) -> Reply | None:
        """The text for the citizen, with choices, including refusals; None where an operator must look.

        `proof` is a code word or a name.
        """


class StoryTurn(Struct, frozen=True):
    """A citizen's message in a test story: masked words, the expected intent, and the actions that follow.

    Without `text` it is left out.
    """

    text: str
    intent: str
    actions: tuple[str, ...]


class PhraseTeaching(Protocol):
    """Text functions for labelling, and edits of a project's files (texts by path). Thread-safe."""

    def said(self, thought: Thought) -> Utterance | None:
        """The phrase of a robot record; None for a button."""

    def masked(self, text: str) -> str:
        """The phrase in one line, with «‹телефон›» and the like for personal data; "" where nothing else remains."""

    def normal(self, text: str) -> str:
        """The normal form of a phrase or an example."""

    def example(self, text: str) -> str:
        """A masked phrase as a training example. Raises RefusedError where it is empty or contains personal data."""

    def meanings(self, files: Mapping[str, str]) -> list[Meaning]:
        """Possible labels by name."""

    def taught(self, files: Mapping[str, str]) -> frozenset[str]:
        """Normal forms of all their examples."""

    def with_example(self, files: Mapping[str, str], intent: str, example: str) -> tuple[str, str]:
        """The path of the file and its text with one more example. Raises RefusedError."""

    def with_examples(self, files: Mapping[str, str], intent: str, examples: Sequence[str]) -> tuple[str, str]:
        """The same with several at once; one that exists already is left out. Raises RefusedError."""

    def without_examples(self, files: Mapping[str, str], examples: Sequence[tuple[str, str]]) -> tuple[str, str]:
        """The same without examples, each with its intent. Raises RefusedError."""

    def turns(self, thoughts: Sequence[Thought]) -> list[StoryTurn]:
        """A talk as a test story could tell it."""

    def with_test(self, files: Mapping[str, str], name: str, thoughts: Sequence[Thought], turns: Sequence[StoryTurn]) -> tuple[str, str]:
        """The path of the file of such stories and its text with one more: `turns` are those of the talk, as expected.

        Raises RefusedError.
        """

    def without_example(self, files: Mapping[str, str], intent: str, example: str) -> tuple[str, str]:
        """The same with one example less. Raises RefusedError."""


class Grouping(Struct, frozen=True):
    """Groups of texts by their places, the most central first, the largest group first; and the group of each earlier text, or -1."""

    groups: tuple[tuple[int, ...], ...]
    before: tuple[int, ...]


class PhraseGrouping(Protocol):
    """Finds phrases that mean the same."""

    def group(self, texts: Sequence[str], before: Sequence[str], tell: Callable[[int, int], None]) -> Grouping:
        """To be called in a thread: a phrase that was not met before takes 5 ms. `tell` hears how many of these are done, of how many."""


class DialogueWorkshop(Protocol):
    """Inspects, trains and tests projects without delaying running dialogues.

    A project is its packed file. Raises RefusedError("bad_project") for an invalid one, and UnavailableError where the work was
    interrupted.
    """

    def unpack(self, project: bytes) -> Mapping[str, str]:
        """The texts of a project by path."""

    def pack(self, files: Mapping[str, str]) -> bytes: ...

    async def reads(self, packed: Packed) -> bool:
        """Whether this version of Okno can read the model; an older one may have a different format."""

    async def look(self, project: bytes, before: bytes | None) -> ProjectReport:
        """Inspect a project; `before` is the active project."""

    async def make(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> TrainedModel | Unfit:
        """Check, train and test a project; `known` is the active version. Cancelling it ends the work."""

    async def teach(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> Unfit | None:
        """Check and train a project, for rehearsals."""

    async def compare(self, before: Packed, after: Packed, tell: Callable[[Progress], None]) -> Comparison:
        """Two trained versions on the phrases kept aside and on test stories."""

    def taught(self, project: bytes) -> Packed | None:
        """A recently trained project with its model."""

    async def rehearse(self, packed: Packed, words: str, state: str, now: datetime) -> Rehearsed:
        """A test turn: of a new dialogue, or of the one whose last turn returned `state`. Nothing is stored."""


class Bot(Protocol):
    """Answers from knowledge. Pure, so a question may be answered before or after it is stored.

    `channel` is an address's, "sms.smpp": long texts are sent there in parts, each of which offers the next. `place` is the citizen's: it
    selects local variants of a text; all other texts are the same everywhere (KB-06).
    """

    def greeting(self, channel: str) -> Reply:
        """The greeting: that it is a robot, and how to reach an operator."""

    def recall(self, text: str, channel: str, place: Place | None) -> Reply | HandOff | None:
        """The answer if it is clear and much faster than a commit, or None: then `answer` is called later."""

    def read_ahead(self, text: str) -> Iterator[None]:
        """Look up the words of a long text, about a millisecond at a time, so that `recall` and `danger` are quick then."""

    def answer(self, text: str, misses: int, channel: str, place: Place | None) -> Reply | HandOff:
        """The answer after `misses` consecutive questions that were not understood."""

    def private(self) -> "Bot":
        """The same for a message that may be a proof of identity: nothing of it is remembered (ST-04)."""

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge."""

    def search(self, text: str, limit: int) -> Future[list[Article]]:
        """The articles nearest to a text, best first; found in a thread, within some tens of milliseconds."""

    def danger(self, text: str) -> HandOff | None:
        """The hand-over where a text shows danger to life, also in a message to an operator. As fast as `recall`."""
