"""Ports of intake."""

from typing import Protocol

from msgspec import Struct

from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Quarantined
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Receipt
from hub.conversations.journal import StoredEvent, Telephoned
from hub.conversations.live_signals import Moved
from hub.conversations.message import Attachment, Message
from hub.conversations.ports import Incoming, OnAccepted
from hub.federation.handover_messages import HandedCall
from hub.organisation.territory import Place
from hub.privacy.ports import DataSubject
from hub.telephony.offline_calls import OfflineCall
from hub.telephony.ports import ConsultationNews, RecordedTalk


class CitizenProofs(Protocol):
    """Proof of identity from the citizen's web page."""

    secure: bool
    """Whether the site is served by HTTPS only: cookies are then marked Secure."""

    def provable(self, head: Conversation) -> bool:
        """Whether the citizen can prove their identity in this conversation."""

    def ticket(self, conversation: int, back: str, lang: str) -> str:
        """A ticket for the citizen's browser to /verify; `back` is the return page, "" for none."""


class Challenge(Struct, frozen=True):
    """A prompt that a caller answers by a key. `must`: a caller who does not answer is disconnected; otherwise they queue last."""

    words: str
    must: bool


class FileGuard(Protocol):
    """Quarantine of incoming files; Intake passes the calls on."""

    async def keep(self, conversation: int, attachment: Attachment) -> None: ...

    def quarantined(self, conversation: int, file: str) -> Quarantined | None: ...


class RemoteCalls(Protocol):
    """Calls that go on at centres on other deployments (CH-17); Intake passes them on."""

    async def handed_call(self, conversation: int) -> HandedCall | None:
        """What the trunk tells the centre that has accepted the call; None where none has (any more). Raises StoreError."""

    async def lost_call(self, conversation: int) -> None:
        """The trunk did not reach that centre, or broke: the caller is here, and waits or is promised an answer."""


class Intake(CitizenProofs, RemoteCalls, Protocol):
    """The intake: every channel hands its messages here and acknowledges them to its carrier after the commit."""

    @property
    def subject(self) -> DataSubject:
        """The data subject's requests about their own data."""

    def accept(self, incoming: Incoming, accepted: OnAccepted) -> None:
        """Store one message. `accepted` is called in the event loop after the commit, or with the error."""

    async def keep(self, conversation: int, attachment: Attachment) -> None:
        """Attach a stored file to a conversation. Idempotent; raises StoreError while it cannot be stored."""

    def quarantined(self, conversation: int, file: str) -> Quarantined | None:
        """Why a file may not be opened, even by its sender; None for a file that may."""

    async def overheard(self, sound: bytes) -> str | None:
        """What a caller has said until a pause. None where nobody understands.

        A message whose attachment is the same sound has these words without a further recognition.
        """

    async def open(self, address: Address, citizen: Citizen, place: Place | None = None) -> Conversation:
        """Open a conversation before the first message; the greeting becomes its first message. A citizen who had left is present again.

        `place` is where the service is received, as stated by the web site that they use.
        """

    async def left(self, address: Address, *, cut: bool = False) -> None:
        """The citizen hung up or ended the chat, or the exchange has `cut` the call. Idempotent."""

    async def find(self, address: Address) -> Conversation | None:
        """The newest conversation with an address, including commits that are under way."""

    async def transcript(self, conversation: int, after: int) -> list[StoredEvent]:
        """The records that the citizen may see, after a record (0: from the beginning), oldest first."""

    async def standing(self, conversation: int) -> Moved:
        """The holder of a conversation, and its position in line."""

    async def delivered(self, receipt: Receipt) -> None:
        """A delivery receipt of a carrier. Idempotent; a receipt for an unknown message is ignored."""

    async def recorded(self, talk: RecordedTalk) -> None:
        """Store the recording of a call. Idempotent; raises OknoError or OSError while it cannot be stored."""

    def stirred(self, conversation: int) -> None:
        """The displayed state of a call has changed: its recording or its participants."""

    async def held(self, conversation: int, by: str, *, on: bool) -> None:
        """An operator puts the caller on hold, or resumes the call. Raises StoreError."""

    async def consulted(self, news: ConsultationNews) -> None:
        """The outcome of an Ask."""

    async def passed_on(self, conversation: int, to: str) -> None:
        """The operator who talks transfers the caller from their telephone, to a colleague or a line. Raises StoreError."""

    async def phoned(self, operator: str, number: str, leg: str) -> None:
        """An operator dialled a number at their telephone: the channel is asked to `dial` it. Raises RefusedError, StoreError."""

    async def telephoned(self, conversation: int, entry: Telephoned) -> None:
        """An event of a call. Raises StoreError while it cannot be stored."""

    async def parted(self, conversation: int) -> bool:
        """A caller's talk with an operator has ended; returns whether to ask for a CSAT grade. Raises StoreError."""

    async def graded(self, conversation: int, grade: int) -> None:
        """The caller gave a grade. Raises StoreError."""

    async def bygone(self, call: OfflineCall) -> None:
        """Store a call that went on without the hub. Idempotent; raises StoreError while it cannot be stored."""

    def admit(self, address: Address, source: str = "") -> None:
        """Raises RefusedError("blocked") for a blocked address or network: for channels that can refuse at once.

        A message whose carrier must be acknowledged is handed in anyway, and the hub sets it aside.
        """

    def challenge(self, caller: Address) -> Challenge | None:
        """The prompt that a caller must answer by a key before the call is accepted; None where there is none. Once for each call."""

    def answered(self, caller: Address, address: Address, *, pressed: bool) -> None:
        """The caller pressed a key, or missed the prompt twice. `address` is the conversation's: it differs between simultaneous calls."""

    def called(self, caller: Address, address: Address, lasted_s: float) -> None:
        """The call has ended."""

    def typing(self, conversation: int) -> None:
        """The citizen is typing."""

    def seen(self, conversation: int, record: int) -> None:
        """The citizen has seen everything up to a record."""


class CsatAnswers(Protocol):
    """The CSAT question: an answer to it goes neither to the robot nor reopens the conversation."""

    def takes(self, head: Conversation, message: Message) -> Message | None:
        """The stored form of a message that answers it; None for any other."""

    def answers(self, record: StoredEvent) -> bool:
        """Whether a stored record is such an answer."""

    async def answered(self, head: Conversation, record: StoredEvent) -> str:
        """Count the grade; returns the reply, or "". Raises StoreError."""

    async def parted(self, conversation: int) -> bool:
        """Intake.parted()."""

    async def graded(self, conversation: int, grade: int) -> None:
        """Intake.graded()."""
