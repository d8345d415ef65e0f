"""Citizens and organisations, and the ends of the channels by which they are reached."""

from enum import StrEnum

from msgspec import Struct


class Person(StrEnum):
    """The concept serves «физических и юридических лиц»."""

    INDIVIDUAL = "individual"
    ORGANISATION = "organisation"


class Address(Struct, frozen=True, gc=False):
    """The citizen's end of a channel: a number, a mailbox, a chat."""

    channel: str
    value: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.value}"


class Citizen(Struct, frozen=True, gc=False, omit_defaults=True):
    """What a citizen told of himself. Nothing here is asked for before it is needed."""

    name: str = ""
    person: Person = Person.INDIVIDUAL
    language: str = "ru"
