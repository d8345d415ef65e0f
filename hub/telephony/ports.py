"""What the room needs of others."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from msgspec import Struct

from hub.conversations.conversation import Conversation
from hub.conversations.ports import Channel
from hub.conversations.transfer_route import TransferHop


class RecordedTalk(Struct, frozen=True):
    """What a channel has recorded of one talk. `key` is the channel's own, the same however often it is told; `type` that of `sound`.

    `sound` has two voices apart: the citizen's, then the operator's. It is the channel's own file, and stays until it is stored.
    """

    conversation: int
    key: str
    began: datetime
    length_s: int
    sound: Path
    type: str
OnRecorded = Callable[[RecordedTalk], Coroutine[None, None, None]]
OnDialled = Callable[[str, str, str], Coroutine[None, None, None]]
"""An operator has dialled at his telephone: his login, the number, the leg."""


class Consultation(Struct, frozen=True):
    """An operator asks somebody while his caller waits: a `colleague` by login, or a `number`. `record` tells it from every other one.

    `passed` is how the caller goes to another centre if it is one, and `topic` what for. He goes to the number `at_once`, as soon as
    somebody answers.
    """

    conversation: int
    record: int
    operator: str
    colleague: str = ""
    number: str = ""
    passed: TransferHop | None = None
    topic: str = ""
    at_once: bool = False


class CallTopology(StrEnum):
    """How those stand to each other who take part in a call."""

    RINGS = "rings"
    """The caller waits while the telephone of whoever is asked rings."""
    ASIDE = "aside"
    """The operator and whoever he asks talk, and the caller waits."""
    TOGETHER = "together"
    """All talk together."""
    BACK = "back"
    """The caller and his operator talk again, or nobody does."""
    PASSED = "passed"
    """The caller talks to whoever was asked; of somebody outside it is told when they do."""


class ConsultationNews(Struct, frozen=True):
    """What became of an Ask. `why` belongs to BACK.

    It is "" as it was wished, else busy, no_answer, unreachable, gone (whoever was asked has hung up), lost (the operator has),
    left (the caller has), or cut (the hub was started anew while it rang).
    """

    ask: Consultation
    company: CallTopology
    why: str = ""


class TalkEvents(Protocol):
    """What becomes of a talk in which others take part; see Intake, which passes it on."""

    async def held(self, conversation: int, by: str, *, on: bool) -> None: ...

    async def consulted(self, news: ConsultationNews) -> None: ...


class RingingOffer(Protocol):
    """An operator is offered a conversation."""

    conversation: int

    @property
    def operator(self) -> str:
        """His login."""

    async def accept(self) -> None:
        """He has picked up; raises RefusedError when the offer is over."""

    async def refuse(self) -> None:
        """He cannot be reached: the next one is asked."""


@runtime_checkable
class RingingChannel(Channel, Protocol):
    """A channel whose conversations are talked: what is offered to an operator rings at his telephone."""

    def ring(self, bid: RingingOffer) -> None: ...

    def hush(self, conversation: int, operator: str) -> None:
        """The offer is over, and he has not accepted it; if he has, `signal` tells that he holds the conversation."""


class OutboundCall(Struct, frozen=True):
    """A call to a citizen: `operator` is called first, then the `number`. `record` tells it from every other one.

    `leg` is the channel's name of the telephone that the operator has in hand already, because he has dialled there himself;
    `inside` tells that the number is the login of a colleague.
    """

    conversation: Conversation
    number: str
    operator: str
    record: int
    leg: str = ""
    inside: bool = False


class CallOutcome(StrEnum):
    """What became of a call to a citizen."""

    TALKED = "talked"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    NOT_PICKED_UP = "not_picked_up"
    """The operator did not pick up, so the citizen was not called."""
    GIVEN_UP = "given_up"
    """The operator has put the receiver down before the citizen answered."""
    CUT = "cut"
    """The hub stops."""


@runtime_checkable
class DiallingChannel(Channel, Protocol):
    """A channel that calls citizens."""

    def talks(self, conversation: int) -> bool:
        """Whether a call of this conversation goes on."""

    async def dial(self, dial: OutboundCall, answered: Callable[[], None]) -> CallOutcome:
        """Call, once, and wait until it is over; `answered` is told when they hear each other. Raises UnavailableError."""


class RecordingState(Struct, frozen=True):
    """A talk is being recorded; since `paused` what is said is left out."""

    paused: datetime | None = None


@runtime_checkable
class RecordingChannel(Channel, Protocol):
    """A channel that records talks."""

    def taping(self, conversation: int) -> RecordingState | None:
        """How the talk that goes on is recorded; None where it is not."""

    async def pause(self, conversation: int, *, paused: bool) -> None:
        """Leave out what is said now, or go on; raises RefusedError where nothing is recorded."""


@runtime_checkable
class ConsultingChannel(Channel, Protocol):
    """A channel in which an operator can ask somebody. Whatever becomes of it is told to `Intake.consulted`, after a restart, too."""

    def consulted(self, conversation: int) -> ConsultationNews | None:
        """What goes on now; only RINGS, ASIDE and TOGETHER do."""

    async def consult(self, ask: Consultation) -> None:
        """Let the caller wait, and call; raises RefusedError where nobody talks, and UnavailableError. Dialled once for each Ask."""

    async def arrange(self, conversation: int, company: CallTopology) -> None:
        """Bring them into another company than they are in: raises RefusedError where nobody is asked, or while it rings (but BACK).

        PASSED is for somebody outside; a colleague gets the caller as soon as he has the conversation.
        """


class MonitorMode(StrEnum):
    """How a senior operator takes part in a talk."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """Only the operator hears him."""
    JOIN = "join"
    """All hear him."""


@runtime_checkable
class MonitoringChannel(Channel, Protocol):
    """A channel whose talks others can listen to, each at his own telephone."""

    def listeners(self, conversation: int) -> dict[str, MonitorMode]:
        """Logins of those who listen."""

    async def listen(self, conversation: int, login: str, ear: MonitorMode | None) -> None:
        """Ring his telephone and let him listen, or otherwise than before; None ends it. Raises RefusedError and UnavailableError."""


@runtime_checkable
class SoftphoneChannel(Channel, Protocol):
    """A channel that gives operators telephones in their browsers."""

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Where such a telephone signs in, with the operator's login: addresses as wss://…; none where there are no such telephones."""

    def password(self, login: str) -> str:
        """His telephone's; raises UnavailableError where there are none."""
