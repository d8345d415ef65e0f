"""Data of account and article editing, and of the audit."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.operator import Presence, Role
from hub.desk.http.forms import Login, Name
from hub.organisation.centre import Function
from hub.organisation.queue import Level

Contractor = Annotated[str, Meta(max_length=200)]
Languages = Annotated[tuple[Annotated[str, Meta(pattern="^[a-z]{2,3}$")], ...], Meta(min_length=1, max_length=20)]


class OperatorOut(Struct, frozen=True):
    login: str
    name: str
    role: Role
    queues: list[str]
    presence: Presence
    active: bool
    load: int
    held: int
    """How many conversations they hold."""
    skills: dict[str, int]
    languages: list[str]
    contractor: str
    functions: list[Function]


class OperatorIn(Struct, frozen=True):
    """Skills have levels from 1 to 9; languages are ISO 639 codes.

    For a contractor's employee: the contractor, and the delegated functions.
    """

    login: Login
    name: Name
    role: Role
    queues: list[str]
    skills: dict[str, Level] = {}
    languages: Languages = ("ru",)
    contractor: Contractor = ""
    functions: tuple[Function, ...] = ()


class AccountIn(Struct, frozen=True):
    """All changeable data of an account."""

    name: Name
    role: Role
    queues: list[str]
    skills: dict[str, Level]
    languages: Languages
    contractor: Contractor = ""
    functions: tuple[Function, ...] = ()


class NewOperatorOut(Struct, frozen=True):
    """The one-time password is shown once and not stored."""

    operator: OperatorOut
    one_time_password: str


class DeedOut(Struct, frozen=True):
    id: str
    at: datetime
    by: str
    what: str
    about: str
    detail: str
    ground: str
    number: str = ""
    """Of the conversation that it is about."""
