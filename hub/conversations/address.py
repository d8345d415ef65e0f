"""Citizens and organisations, and their addresses on the channels. Pure."""

import re
from enum import StrEnum

from msgspec import Struct


class Person(StrEnum):
    """The concept serves «физических и юридических лиц»."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


REMOTE = "centre."
"""Prefix of the channel of a conversation that another centre handed over; its code follows."""
FROM = "@"
"""In the channel of a call that another centre handed over: the driver, this sign, and its code. No driver's name has it."""


class Address(Struct, frozen=True, gc=False, omit_defaults=True):
    """The citizen's end of a channel: a number, a mailbox, a chat."""

    channel: str
    value: str
    thread: str = ""
    """Distinguishes subjects where the carrier does (e-mail)."""

    def __str__(self) -> str:
        return f"{self.channel}:{self.value}#{self.thread}" if self.thread else f"{self.channel}:{self.value}"

    @property
    def family(self) -> str:
        """The kind of channel that laws and reports distinguish: «voice»; the web's form and chat are one."""
        return family_of(self.channel)

    @property
    def is_remote(self) -> bool:
        """Whether another centre handed it over, and is informed of its course."""
        return self.channel.startswith(REMOTE) or FROM in self.channel

    @property
    def driver(self) -> str:
        """The channel that carries it: also for a call that another centre handed over."""
        return self.channel.partition(FROM)[0]

    @property
    def sender(self) -> str:
        """Code of the centre that handed it over; "" for none."""
        return self.channel.removeprefix(REMOTE) if self.channel.startswith(REMOTE) else self.channel.partition(FROM)[2]

    @property
    def origin(self) -> tuple[str, str]:
        """Of a remote conversation: id of the hand-over, and its number at the sender."""
        handing, _, number = self.thread.partition("/")
        return (handing, number) if FROM in self.channel else (self.thread, self.value)


def family_of(channel: str) -> str:
    """The kind of a channel by its name: «voice» of «voice.asterisk»."""
    return channel.partition(".")[0]


E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SPELLED = re.compile(r"(?:\+?7|8)?([3489]\d{9})")
"""A Russian number without its separators: the country's code, the trunk's 8, or neither."""
_SEPARATORS = re.compile(r"[\s().\-\u2010-\u2015\u2212]+")
_MAILBOX = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w.-]+")
_RUN = re.compile(r"\+?\d[\d ()\-]{6,}")
"""Possible phone number: matched as a whole, so that no character is scanned again for the next number."""
_LAST = re.compile(r".{5,}(\d\d)")


def call_from(centre: str, driver: str, caller: str, handing: str, number: str) -> "Address":
    """Of a call that another centre handed over; without the `caller`'s number, which may be withheld, by the conversation's."""
    return Address(f"{driver}{FROM}{centre}", caller or number, f"{handing}/{number}")


def e164(spelled: str) -> str:
    """A telephone number in E.164 form out of the spellings of people: «8 (916) 123-45-67»; "" where it is none."""
    number = _SEPARATORS.sub("", spelled)
    if russian := _SPELLED.fullmatch(number):
        return f"+7{russian[1]}"
    return number if E164.fullmatch(number) else ""


def masked(text: str) -> str:
    """The text with mailboxes and numbers removed; the last two digits of a number stay."""
    return _RUN.sub(_without_number, _MAILBOX.sub("•••@•••", text))


def _without_number(run: re.Match[str]) -> str:
    number = _LAST.match(run[0])
    return f"•••{number[1]}{run[0][number.end():]}" if number else run[0]


class Citizen(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a citizen told about themselves. Nothing here is asked for before it is needed."""

    name: str = ""
    person: Person = Person.INDIVIDUAL
    language: str = "ru"
