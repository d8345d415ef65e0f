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
_MAILBOX = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w.-]+")
_RUN = re.compile(r"\+?\d[\d ()\-]{6,}")
"""Whatever a number may be in: matched as a whole, so that no sign of it is looked at again for the next one."""
_LAST = re.compile(r".{5,}(\d\d)")


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
