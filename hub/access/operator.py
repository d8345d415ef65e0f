"""Operators: who answers, in what role, for which queues, and whether they can be reached now. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import field
from msgspec.structs import replace

from hub.access.temporary_assignment import TemporaryAssignment
from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.organisation.delegated_functions import Function
from hub.organisation.queue import serves_queue, speaks
from hub.organisation.skills import Skills, skills


class Role(StrEnum):
    OPERATOR = "operator"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    DESIGNER = "designer"
    ADMIN = "admin"
    WALL = "wall"
    """A display on the wall: nobody sits there, and it shows the floor and nothing else."""


class Presence(StrEnum):
    READY = "ready"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    OFFLINE = "offline"


class Operator(Document, frozen=True, omit_defaults=True, tag="operator"):
    """`password` is an argon2id hash; with `one_time` it must be changed before anything else is done."""

    login: str
    name: str
    role: Role
    queues: tuple[str, ...] = ()
    """Those that he answers now: his own, or others while he is lent."""
    password: str = ""
    one_time: bool = False
    active: bool = True
    skills: dict[str, int] = field(default_factory=dict)
    """What he has learnt, with levels from 1."""
    languages: tuple[str, ...] = ("ru",)
    contractor: str = ""
    """Whose employee he is, as the contracts of the registry name it; "" is the centre's own (LV-07)."""
    functions: tuple[Function, ...] = ()
    """What of all that his contractor was given is his to do."""
    subject: str = ""
    """Who he is in the directory that he comes from; "" is nobody: the account is the hub's own."""
    granted: tuple[str, ...] = ()
    """What that directory says of him, of which its rules have made his role."""
    one_time_until: datetime | None = None
    """When a one-time password that was not changed is good for nothing any more."""
    loan: TemporaryAssignment | None = None

    @property
    def own_queues(self) -> tuple[str, ...]:
        """His again when he is lent no more."""
        return self.loan.own if self.loan else self.queues

    def marks(self) -> Iterator[IndexEntry]:
        """He is found by when he is to be given back."""
        if self.loan is not None:
            yield IndexEntry("due", at=self.loan.until)


def lent(operator: Operator, loan: TemporaryAssignment) -> Operator:
    return replace(operator, queues=loan.answers, loan=loan)


def given_back(operator: Operator) -> Operator:
    return replace(operator, queues=operator.own_queues, loan=None)


def with_own(operator: Operator, queues: tuple[str, ...]) -> Operator:
    """His own lines are these from now on; a loan goes on."""
    return lent(operator, replace(operator.loan, own=queues)) if operator.loan else replace(operator, queues=queues)


def changes(before: Operator, after: Operator) -> str:
    """What was changed of an account, for the audit; "" when nothing was."""
    told = {
        "имя": [] if before.name == after.name else [f"{before.name} → {after.name}"],
        "роль": [] if before.role is after.role else [f"{before.role} → {after.role}"],
        "очереди": _differences(dict.fromkeys(before.queues, ""), dict.fromkeys(after.queues, "")),
        "навыки": _differences(before.skills, after.skills),
        "языки": _differences(dict.fromkeys(before.languages, ""), dict.fromkeys(after.languages, "")),
        "подрядчик": [] if before.contractor == after.contractor else [f"{before.contractor or 'нет'} → {after.contractor or 'нет'}"],
        "функции": _differences(dict.fromkeys(before.functions, ""), dict.fromkeys(after.functions, "")),
    }
    return "; ".join(f"{what}: {', '.join(how)}" for what, how in told.items() if how)


def _differences(was: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    new, gone = (sorted(these.keys() - those.keys()) for these, those in ((now, was), (was, now)))
    other = [f"{name} {was[name]} → {now[name]}" for name in sorted(was.keys() & now.keys()) if was[name] != now[name]]
    return [*(f"+{name} {now[name]}".rstrip() for name in new), *(f"−{name}" for name in gone), *other]


class SignIn(Document, frozen=True, tag="sign_in"):
    """A session of the desk. `token` is the SHA-256 of the cookie; `csrf` must come back in a header of every change."""

    token: str
    login: str
    csrf: str
    at: datetime
    until: datetime
    second: str = ""
    """What was shown besides the password: code, recovery, …; "" is nothing."""
    source: str = ""
    """The address that it was opened from."""
    session: str = ""
    """The session in the directory that it came from."""


CAPACITY = 100
"""One operator's capacity in cost units, shared by all channels."""


def skills_of(operator: Operator) -> Skills:
    """What makes him eligible: his queues, languages and skills."""
    served, spoken = (serves_queue(queue) for queue in operator.queues), (speaks(language) for language in operator.languages)
    return skills(dict.fromkeys((*served, *spoken), 1) | operator.skills)
