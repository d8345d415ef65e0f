"""Data of account and article editing, and of the audit."""

from datetime import date, datetime, tzinfo
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.operator import Presence, Role, SimultaneousLimit
from hub.desk.http.forms import Id, Login, Name
from hub.kernel.audit_entry import AuditEntry
from hub.organisation.centre import Function
from hub.organisation.queue import Level

Contractor = Annotated[str, Meta(max_length=200)]
RoleKey = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
"""Of a role of the centre; "" is the built-in one. `role` does not count beside it."""
MOST_CHATS, MOST_WRITTEN = 12, 30
Languages = Annotated[tuple[Annotated[str, Meta(pattern="^[a-z]{2,3}$")], ...], Meta(min_length=1, max_length=20)]


class LimitIn(Struct, frozen=True):
    """0 is as everybody: four chats or ten letters, or what fits of both."""

    chats: Annotated[int, Meta(ge=0, le=MOST_CHATS)] = 0
    written: Annotated[int, Meta(ge=0, le=MOST_WRITTEN)] = 0

    @property
    def limit(self) -> SimultaneousLimit:
        return SimultaneousLimit(self.chats, self.written)


class LimitsIn(Struct, frozen=True):
    """The same for several people at once."""

    logins: Annotated[tuple[Login, ...], Meta(min_length=1, max_length=500)]
    limit: LimitIn


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
    own_role: str
    """Key of the centre's own role; "" for a built-in one."""
    own_title: str
    limit: SimultaneousLimit
    written: int
    """How many chats, letters and messages they hold, offers included."""
    chats: int


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
    own_role: RoleKey = ""
    limit: LimitIn = LimitIn()


class AccountIn(Struct, frozen=True):
    """All changeable data of an account."""

    name: Name
    role: Role
    queues: list[str]
    skills: dict[str, Level]
    languages: Languages
    contractor: Contractor = ""
    functions: tuple[Function, ...] = ()
    own_role: RoleKey = ""
    limit: LimitIn = LimitIn()


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
    by_name: str = ""


class AuditQuery(Struct, frozen=True):
    """Days are those of the centre; "" and None are any."""

    before: Id = 0
    by: str = ""
    """Login."""
    what: str = ""
    since: date | None = None
    until: date | None = None
    """The last day."""

    @property
    def narrow(self) -> bool:
        return bool(self.by or self.what or self.since or self.until)

    def wants(self, entry: AuditEntry, zone: tzinfo) -> bool:
        day = entry.at.astimezone(zone).date()
        return (self.by in {"", entry.by} and self.what in {"", entry.what} and (self.since is None or day >= self.since)
                and (self.until is None or day <= self.until))
