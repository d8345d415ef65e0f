"""Citizens and organisations, and the ends of the channels by which they are reached. Pure."""

import re
from enum import StrEnum

from msgspec import Struct


class Person(StrEnum):
    """The concept serves «физических и юридических лиц»."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


REMOTE = "centre."
"""How the channel begins of what another centre has handed over; its code follows."""


class Address(Struct, frozen=True, gc=False, omit_defaults=True):
    """The citizen's end of a channel: a number, a mailbox, a chat."""

    channel: str
    value: str
    thread: str = ""
    """Tells one matter from another where the carrier does (e-mail)."""

    def __str__(self) -> str:
        return f"{self.channel}:{self.value}#{self.thread}" if self.thread else f"{self.channel}:{self.value}"

    @property
    def family(self) -> str:
        """The kind of channel, as laws and reports tell them apart: «voice»; the web's form and chat are one."""
        return self.channel.partition(".")[0]

    @property
    def is_remote(self) -> bool:
        """Whether another centre has handed it over, and is told what comes of it."""
        return self.channel.startswith(REMOTE)


E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def number_of(address: Address) -> str:
    """The number of a caller, in E.164 form; "" when it was withheld, and for whoever does not call."""
    calls = address.family == "voice"
    return address.value if calls and E164.fullmatch(address.value) else ""


READABLE = frozenset({"voice", "sms", "email", "fax", "centre"})
"""Families of channels whose address says something to people; elsewhere it is a digest, or a number that only a machine knows."""
SPOKEN = frozenset({"voice"})
"""Of these, families that are heard: what is to be typed or read is no use there, and an operator speaks himself."""
PAPER = frozenset({"fax"})
"""Of these, families of letters on paper: a statement, which a person must read, and no question to a robot."""
CALLING = frozenset({"voice", "fax"})
"""Of these, families where the number may be withheld."""
LETTERS = frozenset({"email", "fax"})
"""Families whose citizens do not wait beside what they have sent: they are not told how long it takes."""
_MAILBOX = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w.-]+")
_RUN = re.compile(r"\+?\d[\d ()\-]{6,}")
"""Whatever a number may be in: matched as a whole, so that no sign of it is looked at again for the next one."""
_LAST = re.compile(r".{5,}(\d\d)")


def readable(address: Address) -> str:
    """The number or mailbox to show beside a conversation; "" where there is none to show."""
    family = address.family
    return address.value if family in READABLE and (family not in CALLING or E164.fullmatch(address.value)) else ""


def is_letter(address: Address) -> bool:
    return address.family in LETTERS


def is_paper(address: Address) -> bool:
    return address.family in PAPER


def masked(text: str) -> str:
    """A text whose mailboxes and numbers are nobody's any more; of a number the last two digits are kept."""
    return _RUN.sub(_without_number, _MAILBOX.sub("•••@•••", text))


def _without_number(run: re.Match[str]) -> str:
    number = _LAST.match(run[0])
    return f"•••{number[1]}{run[0][number.end():]}" if number else run[0]


class Citizen(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a citizen told of himself. Nothing here is asked for before it is needed."""

    name: str = ""
    person: Person = Person.INDIVIDUAL
    language: str = "ru"
