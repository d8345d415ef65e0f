"""Interfaces that the room needs."""

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
    """Recording of one talk. `key` is the channel's own, the same at each report; `type` that of `sound`.

    `sound` has two channels: the citizen's, then the operator's. It is the channel's file, and stays until it is stored.
    """

    conversation: int
    key: str
    began: datetime
    length_s: int
    sound: Path
    type: str
OnRecorded = Callable[[RecordedTalk], Coroutine[None, None, None]]
OnDialled = Callable[[str, str, str], Coroutine[None, None, None]]
"""An operator dialled at their telephone: login, number, leg."""


class Consultation(Struct, frozen=True):
    """A consultation during a call with a `colleague` by login, or a `number`. `record` identifies it.

    `passed` describes the transfer to another centre if it is one, and `topic` its purpose. With `at_once` the caller is connected
    to the number as soon as it answers.
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
    """Who hears whom in a call with a third party."""

    RINGS = "rings"
    """The caller waits while the consulted party's telephone rings."""
    ASIDE = "aside"
    """The operator and the consulted party talk, and the caller waits."""
    TOGETHER = "together"
    """Conference of all."""
    BACK = "back"
    """The caller and the operator talk again, or nobody does."""
    PASSED = "passed"
    """The caller talks to the consulted party; for an external one it is reported once they do."""


class ConsultationNews(Struct, frozen=True):
    """Course of a Consultation. `why` belongs to BACK.

    It is "" on request, else busy, no_answer, unreachable, gone (the consulted party disconnected), lost (the operator did), left
    (the caller did), or cut (the hub was restarted while it rang).
    """

    ask: Consultation
    company: CallTopology
    why: str = ""


class TalkEvents(Protocol):
    """Events of a talk with several parties; see Intake, which passes them on."""

    async def held(self, conversation: int, by: str, *, on: bool) -> None: ...

    async def consulted(self, news: ConsultationNews) -> None: ...

    async def passed_on(self, conversation: int, to: str) -> None: ...


class RingingOffer(Protocol):
    """A conversation offered to an operator's telephone."""

    conversation: int

    @property
    def operator(self) -> str:
        """The operator's login."""

    async def accept(self) -> None:
        """The operator picked up; raises RefusedError when the offer is over."""

    async def refuse(self) -> None:
        """The operator cannot be reached: the next one is asked."""


@runtime_checkable
class RingingChannel(Channel, Protocol):
    """A voice channel: offers ring at the operator's telephone."""

    def ring(self, bid: RingingOffer) -> None: ...

    def hush(self, conversation: int, operator: str) -> None:
        """The offer ended unaccepted; acceptance is reported by `signal`."""


class OutboundCall(Struct, frozen=True):
    """A call to a citizen: `operator` is called first, then the `number`. `record` identifies it.

    `leg` is the channel's id of the telephone from which the operator dialled; `inside` means that the number is a colleague's
    login.
    """

    conversation: Conversation
    number: str
    operator: str
    record: int
    leg: str = ""
    inside: bool = False


class CallOutcome(StrEnum):
    """Outcome of an outbound call."""

    TALKED = "talked"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    MACHINE = "machine"
    """An answering machine answered."""
    NOT_PICKED_UP = "not_picked_up"
    """The operator did not pick up, so the citizen was not called."""
    GIVEN_UP = "given_up"
    """The operator hung up before the citizen answered."""
    CUT = "cut"
    """The hub stopped."""


@runtime_checkable
class DiallingChannel(Channel, Protocol):
    """A channel with outbound calls."""

    def talks(self, conversation: int) -> bool:
        """Whether a call of this conversation is under way."""

    async def dial(self, dial: OutboundCall, answered: Callable[[], None]) -> CallOutcome:
        """Dial once and wait for the end; `answered` is called when they hear each other. Raises UnavailableError."""


class RecordingState(Struct, frozen=True):
    """A talk is being recorded; since `paused` the recording is muted."""

    paused: datetime | None = None


@runtime_checkable
class RecordingChannel(Channel, Protocol):
    """A channel with recording."""

    def taping(self, conversation: int) -> RecordingState | None:
        """State of the current recording; None without one."""

    async def pause(self, conversation: int, *, paused: bool) -> None:
        """Mute or resume the recording; raises RefusedError without one."""


@runtime_checkable
class ConsultingChannel(Channel, Protocol):
    """A channel with consultations. Their course is reported to `Intake.consulted`, also after a restart."""

    def consulted(self, conversation: int) -> ConsultationNews | None:
        """The current state: RINGS, ASIDE or TOGETHER."""

    async def consult(self, ask: Consultation) -> None:
        """Hold the caller and dial; raises RefusedError without a talk, and UnavailableError. Idempotent by Consultation."""

    async def arrange(self, conversation: int, company: CallTopology) -> None:
        """Change the topology: raises RefusedError without a consultation, or while it rings (except BACK).

        PASSED is for an external party; a colleague gets the caller with the conversation.
        """


class MonitorMode(StrEnum):
    """How a supervisor takes part in a talk."""

    LISTEN = "listen"
    WHISPER = "whisper"
    """Only the operator hears the supervisor."""
    JOIN = "join"
    """All hear the supervisor."""


@runtime_checkable
class MonitoringChannel(Channel, Protocol):
    """A channel whose talks supervisors can monitor from their telephones."""

    def listeners(self, conversation: int) -> dict[str, MonitorMode]:
        """Logins of the monitoring supervisors."""

    async def listen(self, conversation: int, login: str, ear: MonitorMode | None) -> None:
        """Ring the supervisor's telephone and start monitoring, or change the mode; None ends it.

        Raises RefusedError and UnavailableError.
        """


@runtime_checkable
class CentreCallChannel(Channel, Protocol):
    """A channel that connects calls with centres on other deployments."""

    @property
    def centres(self) -> frozenset[str]:
        """Codes of the centres that it has a trunk to."""


@runtime_checkable
class SoftphoneChannel(Channel, Protocol):
    """A channel with browser telephones for operators."""

    @property
    def exchanges(self) -> tuple[str, ...]:
        """Where such a telephone registers, with the operator's login: addresses as wss://…; none without such telephones."""

    def password(self, login: str) -> str:
        """The telephone's password; raises UnavailableError without such telephones."""
