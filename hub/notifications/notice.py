"""Unsolicited notices to citizens («ваши документы готовы»): legal ground, time of sending, opt-outs. Pure.

The legal ground is recorded with each notice (152-ФЗ ст. 6 и 9: consent, a law, or a service that the citizen requested). A citizen
who opted out gets none, whatever the ground: since 01.09.2025 everybody may refuse mass calls (41-ФЗ), and messages are treated
alike. A sender with a legal duty then informs the citizen in another way.
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
    """Legal ground of a notice."""

    CONSENT = "consent"
    """Consent, as a separate document (156-ФЗ)."""
    LAW = "law"
    """A legal duty to inform (59-ФЗ ст. 8, 12)."""
    REQUEST = "request"
    """A requested service: its confirmation or completion."""


class NoticeState(StrEnum):
    """The hub's state of a notice; delivery is reported by the carrier."""

    PENDING = "pending"
    """Not sent yet: its time has not come."""
    SENT = "sent"
    """In the journal, delivery pending."""
    REFUSED = "refused"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


FATES = {
    Delivery.WAITING: NoticeState.SENT, Delivery.SENT: NoticeState.SENT, Delivery.DELIVERED: NoticeState.DELIVERED,
    Delivery.READ: NoticeState.READ, Delivery.FAILED: NoticeState.FAILED}
KEY = "notice/"
"""Prefix of the key of a notice's message; the notice's own key follows."""
OPTED_OUT = "Заявитель отказался от уведомлений."
NO_CHANNEL = "Канал отключён: уведомление не отправлено."


class Notice(Document, frozen=True, omit_defaults=True, tag="notice"):
    """One notice. `key` is the unique key of its event: a repeated one is sent once."""

    key: str
    id: int
    """Grows with time."""
    address: Address
    text: str
    ground: Ground
    at: datetime
    due: datetime
    """Earliest time of sending."""
    by: str
    """Login of the sender, or of the sending system."""
    urgent: bool = False
    """An urgent notice is sent in quiet hours, too."""
    state: NoticeState = NoticeState.PENDING
    why: str = ""
    conversation: int = 0
    """The conversation in which it was sent, as the message `record`."""
    record: int = 0
    attachments: tuple[Attachment, ...] = ()

    @property
    def message_key(self) -> str:
        """The key of its message."""
        return f"{KEY}{self.key}"

    def same(self, other: "Notice") -> bool:
        """Whether two notices with one key have the same content."""
        return (self.address, self.text, self.ground, self.urgent) == (other.address, other.text, other.ground, other.urgent)


class OptOut(Document, frozen=True, omit_defaults=True, tag="opt_out"):
    """The latest wish of an address, sent as the message `record`. The key is `whom` of the address."""

    key: str
    at: datetime
    conversation: int
    record: int
    back: bool = False
    """The opt-out was revoked."""


def whom(address: Address) -> str:
    """An opt-out applies to the mailbox, not to one thread."""
    return str(replace(address, thread=""))


_TELEPHONE = re.compile(r"\+(7[0-9]{10}|[1-689][0-9]+)")
"""Numbers of Russia and Kazakhstan have exactly ten digits after the code."""


def misfit(address: Address, traits: ChannelTraits) -> str:
    """Why an address is invalid; "" when it looks valid."""
    if traits.numbered and not traits.by_call and not (E164.fullmatch(address.value) and _TELEPHONE.fullmatch(address.value)):
        return "Номер нужен в международной записи, например +79161234567."
    if traits.address is AddressForm.MAILBOX and not re.fullmatch(r"[^@\s]+@[^@\s]+", address.value):
        return "Адрес почты записан неверно."
    return "Адрес записан с пробелами." if re.search(r"\s", address.value) else ""


class Wish(StrEnum):
    STOP = "stop"
    START = "start"


# Typed with either keyboard layout: «CTOП» may have three Latin letters and a Russian one.
_ALIKE = str.maketrans("aceopxykmthb", "асеорхукмтнв") | str.maketrans("ё", "е")


def folded(text: str) -> str:
    """A message without case, the dots of ё, surrounding punctuation and repeated spaces."""
    words = re.sub(r"^[\W_]+|[\W_]+$", "", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(words.split()).translate(_ALIKE)


LONGEST_WISH = 200
"""In characters: a longer text is a letter and is not examined."""


class Words(Struct, frozen=True):
    """Texts that are a wish when they are the whole message."""

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
    """Quiet hours from `begins` to `ends` (exclusive) by the local clock; none, if they are the same."""

    begins: time = time(21)
    ends: time = time(9)

    def hold(self, clock: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def quiet(now: datetime, zone: ZoneInfo, hours: Hours) -> datetime | None:
    """The end in UTC of the quiet hours that apply at a moment in a zone; None when none apply."""
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
    """The earliest time outside of quiet hours in all possible zones; zones without a common time use the latest morning."""
    zones, at = tuple(zones), now
    for _ in range(3 * len(zones)):
        over = [end for zone in zones if (end := quiet(at, zone, hours)) is not None]
        if not over:
            break
        at = max(over)
    return at
