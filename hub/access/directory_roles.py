"""Maps groups of an identity provider to a role and lines (SE-01). A person matched by no rule gets no access. Pure."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from msgspec import Struct

from hub.access.operator import GivenRole, Role
from hub.access.own_role import OwnRole
from hub.organisation.queue import Queue


class GroupRoleMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """Members of the group `value` get this role, or the centre's `own_role` of this name; `queues` by their ids, or all of a `centre`."""

    value: str
    role: Role | None = None
    queues: tuple[str, ...] = ()
    centre: str = ""
    own_role: str = ""

    def __post_init__(self) -> None:
        if (self.role is None) is not bool(self.own_role):
            message = "name either role or own_role"
            raise ValueError(message)


class Entitlement(NamedTuple):
    """What a directory gives to a person."""

    role: Role
    queues: tuple[str, ...]
    own_role: GivenRole | None

    @property
    def told(self) -> str:
        """For the audit."""
        return f"«{self.own_role.title}»" if self.own_role else self.role


class Person(Struct, frozen=True):
    """A person as the directory describes them.

    `subject` is their permanent id, `session` their session there ("" where it is not given).
    """

    subject: str
    login: str
    name: str
    values: tuple[str, ...]
    session: str = ""


def entitled(values: Collection[str], rules: Sequence[GroupRoleMapping], queues: Sequence[Queue],
             own_roles: Sequence[OwnRole]) -> Entitlement | None:
    """Role and lines by the first matching rule, None where none matches, or where its own role is not in force."""
    rule = next((rule for rule in rules if rule.value in values), None)
    if rule is None:
        return None
    lines = tuple(queue.id for queue in queues if queue.id in rule.queues or (rule.centre and queue.centre == rule.centre))
    if rule.role is not None:
        return Entitlement(rule.role, lines, None)
    own = next((each for each in own_roles if each.current and each.title.casefold() == rule.own_role.casefold()), None)
    return Entitlement(own.current.content.base, lines, own.given) if own is not None and own.current is not None else None
