"""Settings of the driver: common ones, and those of each Asterisk."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.conversations.conversation import Conversation, InQueue, Promised, WithOperator
from hub.organisation.territory import Place


class Number(Struct, frozen=True, forbid_unknown_fields=True):
    """One of our numbers: its centre by its lines (`queues`), and the place that its callers ask about."""

    dialled: Annotated[str, Meta(pattern=r"^\+?[0-9]+$")]
    place: Place = Place()
    queues: tuple[str, ...] = ()
    """Who is called out of these lines sees this number."""
    toll_free: bool = True
    published: bool = True
    """As a number of the centre, which is free for whoever calls (SL-02)."""


class Host(Struct, frozen=True, forbid_unknown_fields=True):
    """One Asterisk. `sounds`, `recordings` and `away` are folders that it shares with the hub."""

    password_file: str
    sounds: str
    recordings: str
    away: str = ""
    """Where it leaves a file of each call that it has served without the hub; without it they are not in the journal."""
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
    trunks: Annotated[tuple[Annotated[str, Meta(pattern=r"\{number\}")], ...], Meta(min_length=1)] = ("PJSIP/{number}@trunk",)
    """How a citizen is called: by the first that takes the call."""
    softphone: Annotated[str, Meta(pattern=r"^(wss://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?)?$")] = ""
    """Where operators' telephones in the browser sign in, as wss://…; "" where there are none. It goes into the desk's security policy."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`hosts` in the order of outbound calls."""

    hosts: Annotated[tuple[Host, ...], Meta(min_length=1)]
    label: Annotated[str, Meta(max_length=32, pattern=r'^[^"<>\\\r\n]*$')] = ""
    """Who calls, as the telephones of citizens show it (41-ФЗ: a name of up to 32 signs, and what the call is about)."""
    shown: Annotated[str, Meta(pattern=r"^\+?[0-9]*$")] = ""
    """Our number, as the telephones of citizens show it where none of `numbers` is nearer."""
    numbers: tuple[Number, ...] = ()
    region: str = "RU"
    abroad: bool = False
    """Whether operators may dial numbers of other countries, and those whose owner is paid by the caller, at their telephones."""
    records: bool = False
    """Whether talks with operators are recorded; every caller is told before."""
    phones_secret_file: str = ""
    """What the passwords of telephones in the browser follow from; needed with `softphone`."""
    listens: bool = False
    """Whether the robot listens to speech, not to digits alone: `[speech]` must have a model."""

    def caller_id(self, head: Conversation) -> str:
        """Who calls, as Asterisk takes it apart: the number of the centre that has the conversation, or that the citizen has called."""
        queue = head.holder.queue if isinstance(head.holder, InQueue | WithOperator | Promised) else ""
        own = [number.dialled for number in self.numbers if queue in number.queues]
        near = [number.dialled for number in self.numbers if head.place is not None and number.place == head.place]
        shown = next(iter([*own, *near]), self.shown)
        return f'"{self.label}" <{shown}>' if self.label and shown else self.label or shown


def read(told: Mapping[str, object]) -> Settings:
    """What is told of a host beside `hosts` holds for every one that says nothing else; without `hosts` there is one.

    Raises msgspec.ValidationError that names what is wrong.
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
