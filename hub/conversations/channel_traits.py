"""What channels are like, as their drivers declare it. The hub asks the registry and knows no channel by its name. Pure.

channels/<family>/<driver>.py    TRAITS ─╮
                                         ├─► TraitRegistry ──► of(address).letters, .cost, .files …
channels/<family>/__init__.py    TRAITS ─╯   by channel ("sms.smpp"), else by family ("sms"), else UNKNOWN
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import E164, REMOTE, Address


class Cost(IntEnum):
    """What one conversation takes of an operator's capacity of 100: one call, four chats or ten letters (CH-10)."""

    LETTER = 10
    CHAT = 25
    CALL = 100


class Brings(StrEnum):
    """Which files a channel brings to a citizen."""

    ANY = "any"
    PDF = "pdf"
    NONE = "none"


class AddressForm(StrEnum):
    """What the citizen's end of a channel is."""

    NUMBER = "number"
    """A telephone number (E.164)."""
    MAILBOX = "mailbox"
    NAME = "name"
    """It says something to people, and cannot be checked by its form."""
    ACCOUNT = "account"
    """A number that only a machine knows."""
    DIGEST = "digest"
    """Of a key that the browser keeps; the network that somebody comes from can be blocked."""


class ChannelTraits(Struct, frozen=True, gc=False):
    """What a channel is like. A chat that carries words alone is the default."""

    title: str
    """Its name for staff, in Russian: «Телефон»."""
    icon: str = "web"
    """Which of the desk's icons stands beside it (hub/desk/ui/src/ui/icons.ts)."""
    cost: Cost = Cost.CHAT
    address: AddressForm = AddressForm.ACCOUNT
    live: bool = False
    """Somebody is at the other end at this moment."""
    spoken: bool = False
    """It is heard: what is to be typed or read is no use there, and an operator speaks."""
    letters: bool = False
    """Its citizens do not wait beside what they have sent: they are not told how long it takes."""
    paper: bool = False
    """A statement that a person must read, and no question to a robot."""
    brief: bool = False
    """Every message costs: texts are the short ones."""
    at_once: int = 0
    """Characters of an article that are told at a time; 0 is all of it."""
    files: Brings = Brings.NONE
    keyed: bool = False
    """Nobody speaks at an address but who has its key, or is signed in there."""
    foreign: bool = False
    """A foreign messenger: bodies of power do not write to citizens by it unasked (41-ФЗ)."""

    @property
    def numbered(self) -> bool:
        return self.address is AddressForm.NUMBER

    @property
    def by_call(self) -> bool:
        """It comes by telephone, and the number may be withheld."""
        return self.numbered and (self.spoken or self.paper)

    @property
    def subscriber(self) -> bool:
        """Its number is that of somebody who calls or writes, and tells where he is."""
        return self.numbered and not self.paper

    @property
    def own_key(self) -> bool:
        """Its address is a key that one browser keeps."""
        return self.keyed and self.address is AddressForm.DIGEST

    @property
    def chats(self) -> bool:
        """Citizens write there while they wait."""
        return not self.spoken and (self.live or self.brief)

    @property
    def typed(self) -> bool:
        """An address that somebody has only written down can be told by its form."""
        return self.address in {AddressForm.NUMBER, AddressForm.MAILBOX}

    @property
    def reached_unasked(self) -> bool:
        """Notices may go to an address that somebody has written down."""
        return self.typed and not self.by_call


UNKNOWN = ChannelTraits("")
"""Of a channel that no driver declares: its title is its family."""
FROM_CENTRE = ChannelTraits("Другой центр", icon="centre", address=AddressForm.NAME)
"""What another centre has handed over (federation/)."""


class TraitRegistry:
    """Traits by channel and by family: of configured drivers, and of those that stand in old conversations alone."""

    def __init__(self, declared: Mapping[str, ChannelTraits] | None = None) -> None:
        """`declared` has families ("sms") and channels that differ from theirs ("messenger.telegram")."""
        self._declared = {REMOTE.rstrip("."): FROM_CENTRE, **(declared or {})}

    def of(self, address: Address) -> ChannelTraits:
        found = self._declared.get(address.channel)
        return found if found is not None else self.named(address.channel)

    def named(self, channel: str) -> ChannelTraits:
        """By a channel's name or its family's."""
        family = channel.partition(".")[0]
        return self._declared.get(channel) or self._declared.get(family) or replace(UNKNOWN, title=family)

    def families(self) -> list[str]:
        """Those that citizens come by, in alphabetical order; what other centres hand over is none."""
        return sorted({each.partition(".")[0] for each in self._declared} - {REMOTE.rstrip(".")})

    def declared(self) -> dict[str, ChannelTraits]:
        """All that is declared, by family and by channel."""
        return dict(self._declared)

    def number_of(self, address: Address) -> str:
        """The number of a caller, in E.164 form; "" when it was withheld, and for whoever does not call."""
        return address.value if E164.fullmatch(address.value) and self.of(address).spoken else ""

    def readable(self, address: Address) -> str:
        """The number or mailbox to show beside a conversation; "" where there is none to show."""
        traits = self.of(address)
        if traits.address in {AddressForm.ACCOUNT, AddressForm.DIGEST} or (traits.by_call and not E164.fullmatch(address.value)):
            return ""
        return address.value
