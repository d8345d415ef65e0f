"""What the room needs of others."""

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
from hub.organisation.territory import Place
from hub.privacy.ports import DataSubject
from hub.telephony.offline_calls import OfflineCall
from hub.telephony.ports import ConsultationNews, RecordedTalk


class CitizenProofs(Protocol):
    """How a citizen proves from his own page who he is."""

    secure: bool
    """Whether citizens come by HTTPS alone: then cookies travel by it alone."""

    def provable(self, head: Conversation) -> bool:
        """Whether he can in this conversation."""

    def ticket(self, conversation: int, back: str, lang: str) -> str:
        """What his browser takes along to /verify, and to nobody else; `back` is the page to come back to, "" for none."""


class Challenge(Struct, frozen=True):
    """What a caller hears, and answers by a key. `must` tells that whoever does not answer is let go; others come last."""

    words: str
    must: bool


class FileGuard(Protocol):
    """What becomes of files that come in; see Intake, which passes it on."""

    async def keep(self, conversation: int, attachment: Attachment) -> None: ...

    def quarantined(self, conversation: int, file: str) -> Quarantined | None: ...


class Intake(CitizenProofs, Protocol):
    """The one way in: every channel hands its messages here and acknowledges when told that they are stored."""

    @property
    def subject(self) -> DataSubject:
        """What a citizen does about his own data."""

    def accept(self, incoming: Incoming, accepted: OnAccepted) -> None:
        """Store one message. `accepted` is called in the event loop after the commit, or with the reason why not."""

    async def keep(self, conversation: int, attachment: Attachment) -> None:
        """A stored file belongs to a conversation. Telling it twice is telling it once; raises StoreError while it cannot be kept."""

    def quarantined(self, conversation: int, file: str) -> Quarantined | None:
        """What keeps a file from being opened, also by whoever has sent it; None for one that may be."""

    async def open(self, address: Address, citizen: Citizen, place: Place | None = None) -> Conversation:
        """Open a conversation before anything is said; the greeting is its first message. Whoever had left is here again.

        `place` is what the site that he comes from answers for.
        """

    async def left(self, address: Address) -> None:
        """The citizen hung up or ended the chat. Telling it twice is telling it once."""

    async def find(self, address: Address) -> Conversation | None:
        """The newest conversation with an address, as it will be when all that is under way is stored."""

    async def transcript(self, conversation: int, after: int) -> list[StoredEvent]:
        """What the citizen may see of a conversation, after a record (0: from its beginning), oldest first."""

    async def standing(self, conversation: int) -> Moved:
        """Who holds a conversation, and its place in line."""

    async def delivered(self, receipt: Receipt) -> None:
        """A carrier told what became of a message. Telling it twice is telling it once; what nobody knows is passed over."""

    async def recorded(self, talk: RecordedTalk) -> None:
        """Keep the recording of a talk. Telling it twice is telling it once; raises OknoError or OSError while it cannot be kept."""

    def stirred(self, conversation: int) -> None:
        """What is shown of a talk has changed: how it is recorded, or who takes part in it."""

    async def held(self, conversation: int, by: str, *, on: bool) -> None:
        """An operator puts the caller on hold, or takes him back. Raises StoreError."""

    async def consulted(self, news: ConsultationNews) -> None:
        """Something has become of an Ask."""

    async def phoned(self, operator: str, number: str, leg: str) -> None:
        """An operator has dialled a number at his telephone: the channel is asked to `dial` it. Raises RefusedError, or StoreError."""

    async def telephoned(self, conversation: int, entry: Telephoned) -> None:
        """Something has become of a call. Raises StoreError while it cannot be kept."""

    async def parted(self, conversation: int) -> bool:
        """A caller's talk with an operator is over; whether he is to be asked how content he was. Raises StoreError."""

    async def graded(self, conversation: int, grade: int) -> None:
        """He has said it. Raises StoreError."""

    async def bygone(self, call: OfflineCall) -> None:
        """Enter a call that went on without the hub. Telling it twice is telling it once; raises StoreError while it cannot be kept."""

    def admit(self, address: Address, source: str = "") -> None:
        """Raises RefusedError("blocked") for an address, or a network, that is blocked: for channels that can refuse at once.

        What a carrier must be acknowledged for is handed in all the same, and set aside by the hub.
        """

    def challenge(self, caller: Address) -> Challenge | None:
        """Somebody calls: what he must answer by a key before he is let in; None where he need not. Each call is told once."""

    def answered(self, caller: Address, address: Address, *, pressed: bool) -> None:
        """He has pressed a key, or has let it pass twice. `address` is that of the call's conversation: of two calls at once, not his."""

    def called(self, caller: Address, address: Address, lasted_s: float) -> None:
        """His call is over."""

    def typing(self, conversation: int) -> None:
        """The citizen is typing."""

    def seen(self, conversation: int, record: int) -> None:
        """Everything up to a record has been shown to the citizen."""


class CsatAnswers(Protocol):
    """Who has asked a citizen how content he was: what answers that is no question to the robot, and begins nothing anew."""

    def takes(self, head: Conversation, message: Message) -> Message | None:
        """What is stored of a message that answers it; None for any other."""

    def answers(self, record: StoredEvent) -> bool:
        """Whether a stored record is such an answer."""

    async def answered(self, head: Conversation, record: StoredEvent) -> str:
        """Count it; what is said to that, or "". Raises StoreError."""

    async def parted(self, conversation: int) -> bool:
        """Intake.parted()."""

    async def graded(self, conversation: int, grade: int) -> None:
        """Intake.graded()."""
