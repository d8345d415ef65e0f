"""Lines of waiting conversations, and the topics under which conversations are closed."""

from msgspec import Struct


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
