"""Settings of the driver: common ones, and those of each Asterisk."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator
from hub.organisation.territory import Place


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """One of the centre's numbers: its lines (`queues`), and the place that its callers ask about."""

    dialled: Annotated[str, Meta(pattern=r"^\+?[0-9]+$")]
    place: Place = Place()
    queues: tuple[str, ...] = ()
    """Citizens called from these lines see this number."""
    toll_free: bool = True
    published: bool = True
    """A published number of the centre is free for callers (SL-02)."""


class Host(Struct, frozen=True, forbid_unknown_fields=True):
    """One Asterisk. `sounds`, `recordings` and `away` are folders shared with the hub."""

    password_file: str
    sounds: str
    recordings: str
    away: str = ""
    """Folder with a file of each offline call; without it they are not in the journal."""
    system: Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")] = "a1"
    """Its name among several: its ids are unique only within it."""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 5038
    user: str = "okno"
    listen_host: str = "127.0.0.1"
    listen_port: Annotated[int, Meta(ge=1, le=65535)] = 4573
    """The hub's port for this Asterisk only: a connection to it belongs to a call of this Asterisk."""
    allowed: tuple[str, ...] = ("127.0.0.1", "::1")
    phone: str = "PJSIP/{login}"
    trunks: Annotated[tuple[Annotated[str, Meta(pattern=r"\{number\}")], ...], Meta(min_length=1)] = ("PJSIP/{number}@trunk",)
    """Dial strings of a citizen's number: the first trunk that accepts the call."""
    centres: tuple[Annotated[str, Meta(pattern=r"^[0-9]{3}$")], ...] = ()
    """Codes of the centres on other deployments that this Asterisk has a trunk to (CENTRES in docker/asterisk/settings)."""
    softphone: Annotated[str, Meta(pattern=r"^(wss://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?)?$")] = ""
    """Address where browser telephones register, as wss://…; "" for none. It is part of the desk's security policy."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`hosts` in the order of outbound calls."""

    hosts: Annotated[tuple[Host, ...], Meta(min_length=1)]
    label: Annotated[str, Meta(max_length=32, pattern=r'^[^"<>\\\r\n]*$')] = ""
    """The caller's name at citizens' telephones (41-ФЗ: a name of up to 32 characters, and the subject)."""
    shown: Annotated[str, Meta(pattern=r"^\+?[0-9]*$")] = ""
    """The centre's number, shown at citizens' telephones where none of `numbers` is closer."""
    numbers: tuple[Number, ...] = ()
    region: str = "RU"
    abroad: bool = False
    """Whether operators may dial numbers of other countries, and premium numbers, at their telephones."""
    hold_s: Annotated[int, Meta(ge=5, le=600)] = 60
    """Music in line between two announcements of the place, in seconds."""
    brief: bool = True
    """Whether an operator who picks up hears in one sentence what the robot has noted, before the caller is joined."""
    records: bool = False
    """Whether talks with operators are recorded; every caller is informed before."""
    machines: bool = False
    """Whether answering machines are recognised on outbound calls: the call ends, and is an attempt without an answer."""
    phones_secret_file: str = ""
    """The secret from which the passwords of browser telephones are derived; needed with `softphone`."""
    listens: bool = False
    """Whether the robot recognises speech, not only digits: `[speech]` must have a model."""
    streams: bool = True
    """Whether the media process carries the sound of calls with a robot that listens; else Asterisk records and plays files."""
    audio: Annotated[str, Meta(pattern=r"^[^:\s]+:[0-9]+$")] = "127.0.0.1:0"
    """Where the media process that the hub starts itself awaits Asterisk, as host:port; port 0 is any."""
    media: tuple[str, ...] = ()
    """Unix sockets of media processes that were started by others (okno media); without them the hub starts its own."""

    def caller_id(self, head: Conversation) -> str:
        """The caller id for Asterisk: the number of the conversation's centre, or the one that the citizen has called."""
        queue = head.holder.queue if isinstance(head.holder, InQueue | WithOperator | Promised) else ""
        own = [number.dialled for number in self.numbers if queue in number.queues]
        near = [number.dialled for number in self.numbers if head.place is not None and number.place == head.place]
        shown = next(iter([*own, *near]), self.shown)
        return f'"{self.label}" <{shown}>' if self.label and shown else self.label or shown


def read(told: Mapping[str, object]) -> Settings:
    """Values beside `hosts` are defaults of each host; without `hosts` there is one.

    Raises msgspec.ValidationError that names an error.
    """
    shared = {key: value for key, value in told.items() if key in Host.__struct_fields__}
    hosts = msgspec.convert(told.get("hosts", [{}]), list[dict[str, object]])
    settings = msgspec.convert(
        {key: value for key, value in told.items() if key not in shared} | {"hosts": [shared | host for host in hosts]}, Settings)
    for number in settings.numbers:
        if number.published and not number.toll_free:
            message = f"numbers: {number.dialled}: toll_free: a number that is not free cannot be published"
            raise msgspec.ValidationError(message)
    _alone("system", [host.system for host in settings.hosts])
    _alone("recordings", [host.recordings for host in settings.hosts])
    _alone("away", [host.away for host in settings.hosts if host.away])
    _alone("listen_port", [f"{host.listen_host}:{host.listen_port}" for host in settings.hosts])
    _alone("port", [f"{host.host}:{host.port}" for host in settings.hosts])
    return settings


def _alone(key: str, values: Sequence[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            message = f"hosts: {key}: {value} is that of two hosts"
            raise msgspec.ValidationError(message)
