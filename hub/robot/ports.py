"""What the room needs of others."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
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
from hub.robot.training_results import Progress, ProjectReport, Rehearsed, TrainedModel, Unfit


class Reply(Struct, frozen=True):
    """The robot's answer."""

    text: str
    choices: tuple[str, ...] = ()
    source: Source | None = None
    topic: str = ""
    miss: bool = False
    """It did not know, and asks back."""


class CallbackWish(Struct, frozen=True):
    """A call that the citizen wants instead of waiting."""

    number: str = ""
    """E.164; "" where he is reached as he came."""
    when: str = ""
    """In his own words, for whoever calls."""


class HandOff(Struct, frozen=True):
    """The robot hands over to a person. `text` is said to the citizen while he waits."""

    why: str
    text: str
    topic: str = ""
    call_back: CallbackWish | None = None
    """The hub promises the answer, instead of having him wait (SL-05)."""
ON_PAPER = HandOff("letter", "Ваш факс принят и передан сотруднику.")
"""A fax is read by a person, unless it is word for word what the robot has offered, asked for or learnt."""


class DialogueTurn(Struct, frozen=True):
    """What a citizen said in a dialogue. `now` is when it is answered."""

    head: Conversation
    record: int
    told: Redacted
    """What is hidden of the words is to be thought of, and kept in no thought."""
    now: datetime
    memory: object
    """The dialogue as the last turn left it; None where it must be gathered from what was thought."""
    past: Callable[[], Awaitable[Sequence[Thought]]]
    """All that was thought in it, oldest first."""

    @property
    def words(self) -> str:
        return self.told.words

    @property
    def holder(self) -> WithBot:
        """The robot as it holds the conversation."""
        return robot_of(self.head.holder) or WithBot()


class DialogueAnswer(Struct, frozen=True):
    """A turn of a dialogue. `thought` and `memory` are missing where it could not be thought; then a person takes over."""

    replies: tuple[Reply, ...]
    thought: Thought | None
    memory: object = None
    gives_up: HandOff | None = None
    note: str = ""
    """For whoever takes over: what was asked, and what was filled."""
    registers: CaseWish | None = None
    """To be registered before it is said that it was."""
    proving: bool = False
    """What is said next may be a proof."""


def topic_of(replies: Sequence[Reply]) -> str:
    """What was said last is what it is about."""
    return next((reply.topic for reply in reversed(replies) if reply.topic), "")


class DialogueEngine(Protocol):
    """Talks as designers have written."""

    def talks(self, dialogue: str) -> bool:
        """Whether it has the turn in a conversation that goes on with this version; "" is none yet."""

    def steers(self, words: str) -> HandOff | None:
        """Whether a person is asked for in so many words, or life is in danger: whatever it has asked, this answers nothing."""

    def greeting(self, channel: str) -> Reply | None:
        """What is said first, where a wording was written for this channel alone and is ready; None leaves it to knowledge."""

    async def turn(self, asked: DialogueTurn) -> DialogueAnswer:
        """Answer, or give up. Never raises but StoreError from `past`, and never takes for ever."""


class VisitWish(Struct, frozen=True):
    """When somebody would like to come where for what, in his own words, days and hours by the office's clock."""

    service: str
    locality: str
    first: date
    last: date | None = None
    begins: time = time()
    ends: time = time(23, 59, 59)


class OfferedTime(Struct, frozen=True):
    """A free time: `key` is what it is booked by, `title` how it is called, `place` where it is."""

    key: str
    title: str
    place: str


class AppointmentTimes(Protocol):
    """Free times at offices, for whoever talks with the robot in a conversation. Raises StoreError."""

    async def offered(self, conversation: str, wish: VisitWish) -> list[OfferedTime]:
        """A few that fit, or the nearest after them; none where nobody can be booked out of this conversation."""

    async def book(self, conversation: str, key: str, phone: str) -> str:
        """What is said to whoever is booked; "" where somebody was faster. Twice is once."""


class ApplicationStates(Protocol):
    """How applications stand that systems of the state have, for whoever talks with the robot in a conversation. Raises StoreError."""

    async def known(self, conversation: str) -> bool:
        """Whether he need not prove any more who he is."""

    async def told(self, conversation: str, number: str, snils: str, proof: str) -> Reply | None:
        """What is said to him, with choices, be it a refusal; None where a person has to look. `proof` is a code word or a name."""


class PhraseTeaching(Protocol):
    """What designers learn from conversations, and put into their project's files (texts by their paths). May be asked from any thread."""

    def said(self, thought: Thought) -> Utterance | None:
        """What a thought is about; None where a button was pressed."""

    def masked(self, text: str) -> str:
        """A phrase in one line, with «‹телефон›» and the like for all that is personal; "" where nothing else is in it."""

    def normal(self, text: str) -> str:
        """A phrase or an example without what makes no difference."""

    def example(self, text: str) -> str:
        """A masked phrase as an example to learn from. Raises RefusedError where nothing is left, or something personal is."""

    def meanings(self, files: Mapping[str, str]) -> list[Meaning]:
        """What phrases may be examples of, by name."""

    def taught(self, files: Mapping[str, str]) -> frozenset[str]:
        """The normal forms of all their examples."""

    def with_example(self, files: Mapping[str, str], intent: str, example: str) -> tuple[str, str]:
        """The path of the file for such examples and its text with one more. Raises RefusedError where it cannot be."""

    def without_example(self, files: Mapping[str, str], intent: str, example: str) -> tuple[str, str]:
        """The same with one less. Raises RefusedError."""


class DialogueWorkshop(Protocol):
    """Looks into designers' projects, makes versions of them and tries them, without holding up those who talk.

    A project is its packed file. Raises RefusedError("bad_project") where that is none, and UnavailableError where the work broke off.
    """

    def unpack(self, project: bytes) -> Mapping[str, str]:
        """The texts of a project by their paths."""

    def pack(self, files: Mapping[str, str]) -> bytes: ...

    async def reads(self, packed: Packed) -> bool:
        """Whether this Okno can read what was learnt; one of before may have learnt otherwise."""

    async def look(self, project: bytes, before: bytes | None) -> ProjectReport:
        """What there is to see; `before` is the project that speaks."""

    async def make(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> TrainedModel | Unfit:
        """Check, teach and test a project; `known` is the version that speaks. Cancelling it ends the work."""

    async def teach(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> Unfit | None:
        """Check and teach a project, so that it can be tried."""

    def taught(self, project: bytes) -> Packed | None:
        """A project with what it has learnt, if it was taught lately."""

    async def rehearse(self, packed: Packed, words: str, state: str, now: datetime) -> Rehearsed:
        """A turn that nobody hears: of a new dialogue, or of the one whose last turn gave `state`. Nothing is stored."""


class Bot(Protocol):
    """Answers from knowledge. It is pure, so a question may be answered before or after it is stored.

    `channel` is an address's, "sms.smpp": what is long is told there in parts, each offering the next. `place` is where the citizen is:
    what is different there is told as it is there, and all else in the same words everywhere (KB-06).
    """

    def greeting(self, channel: str) -> Reply:
        """What is said first: that it is a robot, and how to reach a person."""

    def recall(self, text: str, channel: str, place: Place | None) -> Reply | HandOff | None:
        """The answer if it is clear and had in far less time than a commit takes, or None: then `answer` is asked later."""

    def read_ahead(self, text: str) -> Iterator[None]:
        """Look up the words of a long text, about a millisecond at a time, so that `recall` and `danger` are quick then."""

    def answer(self, text: str, misses: int, channel: str, place: Place | None) -> Reply | HandOff:
        """The answer to a question after `misses` questions in a row that were not understood."""

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge."""

    def search(self, text: str, limit: int) -> list[Article]:
        """The articles nearest to a text, best first."""

    def danger(self, text: str) -> HandOff | None:
        """What is said where life is in danger by a text, whoever it was written to. As quick as `recall`."""
