"""Notices that nobody has asked for at this moment: «ваши документы готовы», when they may go out, and who wants none. Pure.

Why a person may be told is written down with each notice (152-ФЗ ст. 6 и 9: consent, a law, or a service that he asked for himself).
Whoever refuses gets none at all, whatever the ground: since 01.09.2025 everybody may refuse calls to many (41-ФЗ), and a
message is treated no worse. Whoever must tell him by law then does so another way.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import E164, Address
from hub.conversations.channel_traits import AddressForm, ChannelTraits
from hub.conversations.delivery_status import Delivery
from hub.conversations.message import Attachment
from hub.kernel.document import Document


class Ground(StrEnum):
    """Why he may be told."""

    CONSENT = "consent"
    """His consent, a document of its own (156-ФЗ)."""
    LAW = "law"
    """A law makes us tell him (59-ФЗ ст. 8, 12)."""
    REQUEST = "request"
    """A service that he has asked for: its confirmation, its readiness."""


class NoticeState(StrEnum):
    """A notice itself is pending, sent or refused; what becomes of one that was sent, its carrier tells."""

    PENDING = "pending"
    """It is not said yet: its time has not come."""
    SENT = "sent"
    """It is in the journal, and carrying it is owed."""
    REFUSED = "refused"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


FATES = {
    Delivery.WAITING: NoticeState.SENT, Delivery.DELIVERED: NoticeState.DELIVERED, Delivery.READ: NoticeState.READ,
    Delivery.FAILED: NoticeState.FAILED}
KEY = "notice/"
"""How the key of a message begins that a notice has become; what follows is the notice's own."""
OPTED_OUT = "Заявитель отказался от уведомлений."
NO_CHANNEL = "Канал отключён: уведомление не отправлено."


class Notice(Document, frozen=True, omit_defaults=True, tag="notice"):
    """One notice. `key` is the unique key of the event that it tells of: a repeated one is told once."""

    key: str
    id: int
    """Grows with time."""
    address: Address
    text: str
    ground: Ground
    at: datetime
    due: datetime
    """When it may go out."""
    by: str
    """Login of who sends it, or of the system that does."""
    urgent: bool = False
    """What cannot wait for the morning goes out in quiet hours, too."""
    state: NoticeState = NoticeState.PENDING
    why: str = ""
    conversation: int = 0
    """Where it was said, as the message `record`."""
    record: int = 0
    attachments: tuple[Attachment, ...] = ()

    @property
    def message_key(self) -> str:
        """The key of the message that it becomes."""
        return f"{KEY}{self.key}"

    def same(self, other: "Notice") -> bool:
        """Whether two of one key say the same."""
        return (self.address, self.text, self.ground, self.urgent) == (other.address, other.text, other.ground, other.urgent)


class OptOut(Document, frozen=True, omit_defaults=True, tag="opt_out"):
    """The last word of somebody about notices, said as the message `record`. The key is `whom` of his address."""

    key: str
    at: datetime
    conversation: int
    record: int
    back: bool = False
    """He has taken it back."""


def whom(address: Address) -> str:
    """Whoever refuses does so for his mailbox, not for one matter in it."""
    return str(replace(address, thread=""))


_TELEPHONE = re.compile(r"\+(7[0-9]{10}|[1-689][0-9]+)")
"""Numbers of Russia and Kazakhstan have ten digits behind the code, neither more nor less."""


def misfit(address: Address, traits: ChannelTraits) -> str:
    """Why nothing could ever be sent to an address that somebody has written down; "" when it looks like one."""
    if traits.numbered and not traits.by_call and not (E164.fullmatch(address.value) and _TELEPHONE.fullmatch(address.value)):
        return "Номер нужен в международной записи, например +79161234567."
    if traits.address is AddressForm.MAILBOX and not re.fullmatch(r"[^@\s]+@[^@\s]+", address.value):
        return "Адрес почты записан неверно."
    return "Адрес записан с пробелами." if re.search(r"\s", address.value) else ""


class Wish(StrEnum):
    STOP = "stop"
    START = "start"


# Both languages are typed with whatever keyboard is at hand: «CTOП» of three Latin letters and a Russian one.
_ALIKE = str.maketrans("aceopxykmthb", "асеорхукмтнв") | str.maketrans("ё", "е")


def folded(text: str) -> str:
    """A message without case, the points of ё, the signs around it and more than one space between words."""
    words = re.sub(r"^[\W_]+|[\W_]+$", "", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(words.split()).translate(_ALIKE)


LONGEST_WISH = 200
"""Signs: a longer text is a letter, and need not be looked through for being one word."""


class Words(Struct, frozen=True):
    """What must be the whole message to be taken for a wish."""

    stop: frozenset[str]
    start: frozenset[str]

    @classmethod
    def of(cls, stop: Iterable[str], start: Iterable[str]) -> "Words":
        return cls(frozenset(map(folded, stop)), frozenset(map(folded, start)))

    def wish(self, text: str) -> Wish | None:
        if len(text) > LONGEST_WISH:
            return None
        said = folded(text)
        if said in self.stop:
            return Wish.STOP
        return Wish.START if said in self.start else None


class Hours(Struct, frozen=True):
    """By the clock on somebody's wall nobody is disturbed from `begins` until just before `ends`; never, if they are the same."""

    begins: time = time(21)
    ends: time = time(9)

    def hold(self, clock: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def quiet(now: datetime, zone: ZoneInfo, hours: Hours) -> datetime | None:
    """When the quiet hours of a zone that hold at a moment are over, in UTC; None when they do not hold."""
    local = now.astimezone(zone)
    clock = local.time()
    if not hours.hold(clock):
        return None
    day = local.date() if clock < hours.ends else local.date() + timedelta(days=1)
    over = datetime.combine(day, hours.ends, zone)
    if over.astimezone(UTC) <= now:  # a clock that was put back shows the end twice
        over = over.replace(fold=1)
    return over.astimezone(UTC)


def earliest(now: datetime, zones: Iterable[ZoneInfo], hours: Hours) -> datetime:
    """From when on nobody is disturbed, wherever of these he is; zones whose days never meet agree on the last one's morning."""
    zones, at = tuple(zones), now
    for _ in range(3 * len(zones)):
        over = [end for zone in zones if (end := quiet(at, zone, hours)) is not None]
        if not over:
            break
        at = max(over)
    return at
