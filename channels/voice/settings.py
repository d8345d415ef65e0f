"""What the driver is told: what holds for every call, and each Asterisk by itself."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.territory import Place


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """A number of ours, and the place that whoever dials it asks about."""

    dialled: str
    place: Place = Place()


class Host(Struct, frozen=True, forbid_unknown_fields=True):
    """One Asterisk. `sounds` and `recordings` are folders that it shares with the hub."""

    password_file: str
    sounds: str
    recordings: str
    system: Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")] = "a1"
    """Its name among all of ours: its ids are unique in it alone."""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 5038
    user: str = "okno"
    listen_host: str = "127.0.0.1"
    listen_port: Annotated[int, Meta(ge=1, le=65535)] = 4573
    """Where it finds the hub: whoever comes in here belongs to this Asterisk."""
    allowed: tuple[str, ...] = ("127.0.0.1", "::1")
    phone: str = "PJSIP/{login}"
    trunk: str = "PJSIP/{number}@trunk"
    """How a citizen is called."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`hosts` in the order in which they are tried when somebody is called."""

    hosts: Annotated[tuple[Host, ...], Meta(min_length=1)]
    label: Annotated[str, Meta(max_length=32, pattern=r'^[^"<>\\\r\n]*$')] = ""
    """Who calls, as the telephones of citizens show it (41-ФЗ: a name of up to 32 signs, and what the call is about)."""
    shown: Annotated[str, Meta(pattern=r"^\+?[0-9]*$")] = ""
    """Our number, as the telephones of citizens show it."""
    numbers: tuple[Number, ...] = ()
    region: str = "RU"
    records: bool = False
    """Whether talks with operators are recorded; every caller is told before."""
    listens: bool = False
    """Whether the robot listens to speech, not to digits alone: `[speech]` must have a model."""

    @property
    def caller_id(self) -> str:
        """As Asterisk takes it apart."""
        return f'"{self.label}" <{self.shown}>' if self.label and self.shown else self.label or self.shown


def read(told: Mapping[str, object]) -> Settings:
    """What is told of a host beside `hosts` holds for every one that says nothing else; without `hosts` there is one.

    Raises msgspec.ValidationError that names what is wrong.
    """
    shared = {key: value for key, value in told.items() if key in Host.__struct_fields__}
    hosts = msgspec.convert(told.get("hosts", [{}]), list[dict[str, object]])
    settings = msgspec.convert(
        {key: value for key, value in told.items() if key not in shared} | {"hosts": [shared | host for host in hosts]}, Settings)
    _alone("system", [host.system for host in settings.hosts])
    _alone("recordings", [host.recordings for host in settings.hosts])
    _alone("listen_port", [f"{host.listen_host}:{host.listen_port}" for host in settings.hosts])
    _alone("port", [f"{host.host}:{host.port}" for host in settings.hosts])
    return settings


def _alone(key: str, values: Sequence[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            message = f"hosts: {key}: {value} is that of two hosts"
            raise msgspec.ValidationError(message)
