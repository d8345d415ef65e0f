"""What the hub asks of those who think for it, bots/ and routing/: pure, so that time is an argument and decisions are returned."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Protocol

from msgspec import Struct

from hub.cases import CaseKind
from hub.conversation import Conversation, WithBot, robot_of
from hub.deadlines import WaitAlarm
from hub.journal import Thought
from hub.knowledge import Article
from hub.levels import TopicClass
from hub.message import Source
from hub.offers import Lapsed, Offer, Waiting
from hub.opening import Shut
from hub.phrases import Meaning, Utterance
from hub.skills import Skills
from hub.stops import Afar, Denied, Elsewhere, Errand, Later, Owed
from hub.territory import Place
from hub.told_codes import Redacted
from hub.versions import Packed
from hub.workshop import Looked, Made, Progress, Rehearsed, Unfit


class Reply(Struct, frozen=True):
    """The robot's answer."""

    text: str
    choices: tuple[str, ...] = ()
    source: Source | None = None
    topic: str = ""
    miss: bool = False
    """It did not know, and asks back."""


class CallBack(Struct, frozen=True):
    """A call that the citizen wants instead of waiting."""

    number: str = ""
    """E.164; "" where he is reached as he came."""
    when: str = ""
    """In his own words, for whoever calls."""


class Registers(Struct, frozen=True):
    """A case that the citizen has agreed to, in the words in which it was read back to him (CM-01)."""

    kind: CaseKind
    text: str
    authority: str = ""
    """The body that it is about, in his words."""


Register = Callable[[int, str, str, str, Registers], Awaitable[None]]
"""Of a conversation, for a line, under a topic, with a key: used again it registers nothing. RefusedError where a person must."""


class GiveUp(Struct, frozen=True):
    """The robot hands over to a person. `text` is said to the citizen while he waits."""

    why: str
    text: str
    topic: str = ""
    call_back: CallBack | None = None
    """The hub promises the answer, instead of having him wait (SL-05)."""


ON_PAPER = GiveUp("letter", "Ваш факс принят и передан сотруднику.")
"""A fax is read by a person, unless it is word for word what the robot has offered, asked for or learnt."""


class Asked(Struct, frozen=True):
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


class Answered(Struct, frozen=True):
    """A turn of a dialogue. `thought` and `memory` are missing where it could not be thought; then a person takes over."""

    replies: tuple[Reply, ...]
    thought: Thought | None
    memory: object = None
    gives_up: GiveUp | None = None
    note: str = ""
    """For whoever takes over: what was asked, and what was filled."""
    registers: Registers | None = None
    """To be registered before it is said that it was."""
    proving: bool = False
    """What is said next may be a proof."""


def topic_of(replies: Sequence[Reply]) -> str:
    """What was said last is what it is about."""
    return next((reply.topic for reply in reversed(replies) if reply.topic), "")


class Talker(Protocol):
    """Talks as designers have written."""

    def talks(self, dialogue: str) -> bool:
        """Whether it has the turn in a conversation that goes on with this version; "" is none yet."""

    def steers(self, words: str) -> GiveUp | None:
        """Whether a person is asked for in so many words, or life is in danger: whatever it has asked, this answers nothing."""

    def greeting(self, channel: str) -> Reply | None:
        """What is said first, where a wording was written for this channel alone and is ready; None leaves it to knowledge."""

    async def turn(self, asked: Asked) -> Answered:
        """Answer, or give up. Never raises but StoreError from `past`, and never takes for ever."""


class Visiting(Struct, frozen=True):
    """When somebody would like to come where for what, in his own words, days and hours by the office's clock."""

    service: str
    locality: str
    first: date
    last: date | None = None
    begins: time = time()
    ends: time = time(23, 59, 59)


class Offered(Struct, frozen=True):
    """A free time: `key` is what it is booked by, `title` how it is called, `place` where it is."""

    key: str
    title: str
    place: str


class Times(Protocol):
    """Free times at offices, for whoever talks with the robot in a conversation. Raises StoreError."""

    async def offered(self, conversation: str, wish: Visiting) -> list[Offered]:
        """A few that fit, or the nearest after them; none where nobody can be booked out of this conversation."""

    async def book(self, conversation: str, key: str, phone: str) -> str:
        """What is said to whoever is booked; "" where somebody was faster. Twice is once."""


class States(Protocol):
    """How applications stand that systems of the state have, for whoever talks with the robot in a conversation. Raises StoreError."""

    async def known(self, conversation: str) -> bool:
        """Whether he need not prove any more who he is."""

    async def told(self, conversation: str, number: str, snils: str, proof: str) -> Reply | None:
        """What is said to him, with choices, be it a refusal; None where a person has to look. `proof` is a code word or a name."""


class Teaching(Protocol):
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


class Workshop(Protocol):
    """Looks into designers' projects, makes versions of them and tries them, without holding up those who talk.

    A project is its packed file. Raises RefusedError("bad_project") where that is none, and UnavailableError where the work broke off.
    """

    def unpack(self, project: bytes) -> Mapping[str, str]:
        """The texts of a project by their paths."""

    def pack(self, files: Mapping[str, str]) -> bytes: ...

    async def reads(self, packed: Packed) -> bool:
        """Whether this Okno can read what was learnt; one of before may have learnt otherwise."""

    async def look(self, project: bytes, before: bytes | None) -> Looked:
        """What there is to see; `before` is the project that speaks."""

    async def make(self, project: bytes, known: Packed | None, tell: Callable[[Progress], None]) -> Made | Unfit:
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

    def recall(self, text: str, channel: str, place: Place | None) -> Reply | GiveUp | None:
        """The answer if it is clear and had in far less time than a commit takes, or None: then `answer` is asked later."""

    def answer(self, text: str, misses: int, channel: str, place: Place | None) -> Reply | GiveUp:
        """The answer to a question after `misses` questions in a row that were not understood."""

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge."""

    def search(self, text: str, limit: int) -> list[Article]:
        """The articles nearest to a text, best first."""

    def danger(self, text: str) -> GiveUp | None:
        """What is said where life is in danger by a text, whoever it was written to. As quick as `recall`."""


def danger_words(bot: Bot, text: str) -> str:
    """What the robot says where life is in danger by a text; "" where it is not."""
    said = bot.danger(text)
    return said.text if said else ""


class Ladder(Protocol):
    """How long one will wait in each line, and which centre takes what another cannot answer in time. Pure, like the router."""

    def staffed(self, queue: str, busy: int, ready: int, now_s: float) -> None:
        """Places at operators of this line that are taken and free."""

    def joined(self, conversation: int, queue: str, now_s: float) -> None: ...

    def served(self, conversation: int, now_s: float) -> None: ...

    def left(self, conversation: int, now_s: float, *, gave_up: bool) -> None: ...

    def finished(self, queue: str, handling_s: float, now_s: float) -> None: ...

    def predicted_s(self, queue: str, now_s: float, busy: int = 0, ready: int = 0) -> float:
        """The wait of whoever comes now, with so many more places taken and free; infinite where nobody serves."""

    def alarm(self, queue: str, now_s: float) -> WaitAlarm | None:
        """Whether that wait will be too long."""

    def elsewhere(self, head: Conversation, topic: TopicClass, now: datetime, beyond: Mapping[str, float],
                  ) -> Elsewhere | Afar | Later | Owed | None:
        """Who takes a conversation that waits; None when it had better stay.

        `beyond` are the centres on other deployments that would take it now, with the wait predicted there in seconds.
        """

    def way(self, head: Conversation, topic: TopicClass, errand: Errand, matter: str, now: datetime) -> Elsewhere | Denied:
        """Where an operator may hand it to for an errand; `matter` names the department of Errand.DEPARTMENT."""

    def forbids(self, queue: str, source: str, head: Conversation, topic: TopicClass, now: datetime) -> str:
        """Why a line may not take what a deployment has passed on to it last, in a word of the matrix; "" where it may (LV-05)."""


class Opening(Protocol):
    """When the lines are open. Pure."""

    def shut(self, queue: str, at: datetime) -> Shut | None:
        """When somebody is bound to answer in a line that is closed now; None while it is open."""


class Router(Protocol):
    """Chooses the next operator for what waits. Pure: time is an argument (seconds since 1970), decisions are returned."""

    def wait(self, waiting: Waiting, now: float) -> list[Offer]: ...

    def withdraw(self, conversation: int, now: float) -> list[Offer]:
        """It waits no more: closed or left."""

    def take(self, conversation: int, operator: str, cost: int, now: float) -> list[Offer]:
        """An operator now holds it."""

    def release(self, conversation: int, now: float) -> list[Offer]:
        """Its operator no longer holds it."""

    def present(self, operator: str, has: Skills, now: float) -> list[Offer]:
        """An operator with these skills is ready for conversations; with none he is not."""

    def reject(self, conversation: int, operator: str, now: float) -> list[Offer]: ...

    def advance(self, now: float) -> tuple[list[Lapsed], list[Offer]]:
        """What the time brings: offers that ran out, and wider requirements."""

    def next_event(self) -> float | None:
        """When `advance` has something to do next."""

    def offered(self, conversation: int) -> Offer | None: ...

    def offers_of(self, operator: str) -> list[Offer]: ...

    def load(self, operator: str) -> int:
        """Cost units in use, offers included."""

    def held(self, operator: str) -> list[int]:
        """The conversations that an operator holds, without offers."""

    def holder(self, conversation: int) -> str:
        """Login of the operator who holds a conversation, or ""."""

    def place(self, conversation: int) -> int:
        """The place in its line, from 1; 0 when it does not wait."""

    def length(self, queue: str) -> int:
        """How many wait in a queue."""

    def line(self, queue: str) -> list[int]:
        """Who waits in a queue, in order."""
