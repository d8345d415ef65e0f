"""Operators: role, queues, and whether they are available now. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from hub.access.temporary_assignment import TemporaryAssignment
from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.organisation.centre import Function
from hub.organisation.queue import Skills, serves_queue, skills, speaks


class Role(StrEnum):
    OPERATOR = "operator"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    DESIGNER = "designer"
    ADMIN = "admin"
    WALL = "wall"
    """A wallboard on a wall: it shows the floor and nothing else."""


class Presence(StrEnum):
    READY = "ready"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    OFFLINE = "offline"


class GivenRole(Struct, frozen=True):
    """A centre's own role as it is in force: what the account may do instead of what its built-in role grants (own_role.py)."""

    key: str
    title: str
    title_en: str
    permissions: tuple[str, ...]
    """Values of Permission; unknown ones, of another version, grant nothing."""


class SimultaneousLimit(Struct, frozen=True):
    """How much one person holds at the same time; 0 leaves it to the capacity that all have. A call is always alone."""

    chats: int = 0
    written: int = 0
    """Chats, letters and messages together."""


class Operator(Document, frozen=True, omit_defaults=True, tag="operator"):
    """`password` is an argon2id hash; with `one_time` it must be changed before anything else."""

    login: str
    name: str
    role: Role
    queues: tuple[str, ...] = ()
    """Queues served now: the operator's own, or others during a temporary assignment."""
    password: str = ""
    one_time: bool = False
    active: bool = True
    skills: dict[str, int] = field(default_factory=dict)
    """Skills with levels from 1."""
    languages: tuple[str, ...] = ("ru",)
    contractor: str = ""
    """The employing contractor, as named in the registry's contracts; "" is the centre itself (LV-07)."""
    functions: tuple[Function, ...] = ()
    """The functions delegated to the contractor that this operator performs."""
    subject: str = ""
    """Id in the directory that the account comes from; "" for a local account."""
    granted: tuple[str, ...] = ()
    """Groups reported by that directory, from which the role was derived."""
    one_time_until: datetime | None = None
    """When an unchanged one-time password expires."""
    loan: TemporaryAssignment | None = None
    own_role: GivenRole | None = None
    """A role of the centre. `role` is then the built-in one that it was copied from: the kind of work."""
    limit: SimultaneousLimit = SimultaneousLimit()

    @property
    def own_queues(self) -> tuple[str, ...]:
        """Queues to restore after a temporary assignment."""
        return self.loan.own if self.loan else self.queues

    def marks(self) -> Iterator[IndexEntry]:
        """Index entry: the end of a temporary assignment."""
        if self.loan is not None:
            yield IndexEntry("due", at=self.loan.until)


def lent(operator: Operator, loan: TemporaryAssignment) -> Operator:
    return replace(operator, queues=loan.answers, loan=loan)


def given_back(operator: Operator) -> Operator:
    return replace(operator, queues=operator.own_queues, loan=None)


def with_own(operator: Operator, queues: tuple[str, ...]) -> Operator:
    """Set the operator's own lines; a temporary assignment continues."""
    return lent(operator, replace(operator.loan, own=queues)) if operator.loan else replace(operator, queues=queues)


def changes(before: Operator, after: Operator) -> str:
    """What was changed in an account, for the audit; "" when nothing was."""
    told = {
        "имя": [] if before.name == after.name else [f"{before.name} → {after.name}"],
        "роль": [] if _role(before) == _role(after) else [f"{_role(before)} → {_role(after)}"],
        "очереди": _differences(dict.fromkeys(before.queues, ""), dict.fromkeys(after.queues, "")),
        "навыки": _differences(before.skills, after.skills),
        "языки": _differences(dict.fromkeys(before.languages, ""), dict.fromkeys(after.languages, "")),
        "подрядчик": [] if before.contractor == after.contractor else [f"{before.contractor or 'нет'} → {after.contractor or 'нет'}"],
        "одновременно": [] if before.limit == after.limit else [f"{_limit(before)} → {_limit(after)}"],
        "функции": _differences(dict.fromkeys(before.functions, ""), dict.fromkeys(after.functions, "")),
    }
    return "; ".join(f"{what}: {', '.join(how)}" for what, how in told.items() if how)


def _role(of: Operator) -> str:
    return f"«{of.own_role.title}»" if of.own_role else of.role


def _limit(of: Operator) -> str:
    told = [f"{name} {most}" for name, most in (("чатов", of.limit.chats), ("письменных", of.limit.written)) if most]
    return " и ".join(told) or "как у всех"


def _differences(was: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    new, gone = (sorted(these.keys() - those.keys()) for these, those in ((now, was), (was, now)))
    other = [f"{name} {was[name]} → {now[name]}" for name in sorted(was.keys() & now.keys()) if was[name] != now[name]]
    return [*(f"+{name} {now[name]}".rstrip() for name in new), *(f"−{name}" for name in gone), *other]


class SignIn(Document, frozen=True, tag="sign_in"):
    """A session of the desk. `token` is the SHA-256 of the cookie; `csrf` must be sent in a header of every change."""

    token: str
    login: str
    csrf: str
    at: datetime
    until: datetime
    second: str = ""
    """The second factor that was used: code, recovery, …; "" is none."""
    source: str = ""
    """The address from which the session was opened."""
    session: str = ""
    """Session of the directory from which this one was opened."""


CAPACITY = 100
"""One operator's capacity in cost units, shared by all channels."""


def skills_of(operator: Operator) -> Skills:
    """What makes the operator eligible: queues, languages and skills."""
    served, spoken = (serves_queue(queue) for queue in operator.queues), (speaks(language) for language in operator.languages)
    return skills(dict.fromkeys((*served, *spoken), 1) | operator.skills)
