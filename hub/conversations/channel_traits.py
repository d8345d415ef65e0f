"""Traits of channels as their drivers declare them. The hub asks the registry and knows no channel by name. Pure.

channels/<family>/<driver>.py    TRAITS ─╮
├─► TraitRegistry ──► of(address).letters, .cost, .files …
channels/<family>/__init__.py    TRAITS ─╯   by channel ("sms.smpp"), else by family ("sms"), else UNKNOWN
"""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.address import E164, REMOTE, Address, family_of


class Cost(IntEnum):
    """Share of an operator's capacity of 100 that one conversation takes: one call, four chats or ten letters (CH-10)."""

    LETTER = 10
    CHAT = 25
    CALL = 100


class Brings(StrEnum):
    """Which files a channel delivers to a citizen."""

    ANY = "any"
    PDF = "pdf"
    LINK = "link"
    """Any file, by a link in the text."""
    NONE = "none"


class AddressForm(StrEnum):
    """Kind of the citizen's address."""

    NUMBER = "number"
    """A telephone number (E.164)."""
    MAILBOX = "mailbox"
    NAME = "name"
    """Readable by people; its form cannot be validated."""
    ACCOUNT = "account"
    """A number that only a machine knows."""
    DIGEST = "digest"
    """Digest of a key in the browser; the network of the sender can be blocked."""


class ChannelTraits(Struct, frozen=True, gc=False):
    """Traits of a channel. The default is a chat that carries only text."""

    title: str
    """Its name for staff, in Russian: «Телефон»."""
    icon: str = "web"
    """The desk's icon (hub/desk/ui/src/ui/icons.ts)."""
    cost: Cost = Cost.CHAT
    address: AddressForm = AddressForm.ACCOUNT
    live: bool = False
    """Somebody is connected at this moment."""
    spoken: bool = False
    """Voice: typed or written material is of no use, and an operator speaks."""
    letters: bool = False
    """Citizens do not wait for the answer: they are not told the waiting time."""
    later: bool = False
    """The answer may be read later: a contact that waits for an operator has the term of a letter (GV-17)."""
    paper: bool = False
    """A document that a person must read; not a question to the robot."""
    brief: bool = False
    """Every message costs money: texts are short."""
    at_once: int = 0
    """Characters of an article sent at a time; 0 is all of it."""
    files: Brings = Brings.NONE
    keyed: bool = False
    """Only the holder of its key, or the signed-in user, can write from an address."""
    foreign: bool = False
    """A foreign messenger: public bodies may not write to citizens unasked there (41-ФЗ)."""
    registered: bool = False
    """A counter or paper: operators register what comes, and no driver carries the answers (CH-18)."""

    @property
    def numbered(self) -> bool:
        return self.address is AddressForm.NUMBER

    @property
    def by_hand(self) -> bool:
        """An answer is on its way when a person has sent it, on paper or otherwise."""
        return self.registered and not self.spoken

    @property
    def by_call(self) -> bool:
        """A telephone call or a visit, whose number may be withheld."""
        return self.numbered and (self.spoken or self.paper)

    @property
    def subscriber(self) -> bool:
        """The address is a subscriber's number, which suggests a region."""
        return self.numbered and not self.paper

    @property
    def own_key(self) -> bool:
        """The address is a key that one browser keeps."""
        return self.keyed and self.address is AddressForm.DIGEST

    @property
    def chats(self) -> bool:
        """Citizens write there while they wait."""
        return not self.spoken and (self.live or self.brief)

    @property
    def typed(self) -> bool:
        """A typed address can be validated by its form."""
        return self.address in {AddressForm.NUMBER, AddressForm.MAILBOX}

    @property
    def reached_unasked(self) -> bool:
        """Notices may be sent to an address that was only written down."""
        return self.typed and not self.by_call


UNKNOWN = ChannelTraits("")
"""Traits of a channel without a driver: its title is its family."""
FROM_CENTRE = ChannelTraits("Другой центр", icon="centre", address=AddressForm.NAME)
"""Traits of conversations handed over by another centre (federation/)."""


class TraitRegistry:
    """Traits by channel and by family: of configured drivers, and of those that occur only in old conversations."""

    def __init__(self, declared: Mapping[str, ChannelTraits] | None = None) -> None:
        """`declared` has families ("sms") and channels that differ from them ("messenger.telegram")."""
        self._declared = {REMOTE.rstrip("."): FROM_CENTRE, **(declared or {})}

    def declare(self, channel: str, traits: ChannelTraits) -> None:
        """A channel that was started while the hub runs."""
        self._declared[channel] = traits

    def of(self, address: Address) -> ChannelTraits:
        found = self._declared.get(address.channel)
        return found if found is not None else self.named(address.channel)

    def named(self, channel: str) -> ChannelTraits:
        """Traits by a channel's or a family's name."""
        family = family_of(channel)
        return self._declared.get(channel) or self._declared.get(family) or replace(UNKNOWN, title=family)

    def families(self) -> list[str]:
        """Families that citizens use, in alphabetical order; without other centres."""
        return sorted({family_of(each) for each in self._declared} - {REMOTE.rstrip(".")})

    def registered(self) -> list[str]:
        """Families without a driver, whose contacts operators register."""
        return [name for name, traits in self._declared.items() if traits.registered]

    def declared(self) -> dict[str, ChannelTraits]:
        """All declared traits, by family and by channel."""
        return dict(self._declared)

    def number_of(self, address: Address) -> str:
        """The caller's number in E.164 form; "" when it was withheld, and for other channels."""
        return address.value if E164.fullmatch(address.value) and self.of(address).spoken else ""

    def answerable(self, address: Address) -> bool:
        """Whether an owed answer can reach it: a caller, and a visitor, need a number."""
        return not self.of(address).spoken or bool(self.number_of(address))

    def readable(self, address: Address) -> str:
        """The number or mailbox to show beside a conversation; "" where there is none."""
        traits = self.of(address)
        if traits.address in {AddressForm.ACCOUNT, AddressForm.DIGEST} or (traits.by_call and not E164.fullmatch(address.value)):
            return ""
        return address.value
