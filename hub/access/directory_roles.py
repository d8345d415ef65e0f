"""Maps groups of an identity provider to a role and lines (SE-01). A person matched by no rule gets no access. Pure."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from hub.access.operator import Role
from hub.organisation.queue import Queue


class GroupRoleMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """Members of the group `value` get this role; `queues` by their ids, or all of a `centre`."""

    value: str
    role: Role
    queues: tuple[str, ...] = ()
    centre: str = ""


class Person(Struct, frozen=True):
    """A person as the directory describes them.

    `subject` is their permanent id, `session` their session there ("" where it is not given).
    """

    subject: str
    login: str
    name: str
    values: tuple[str, ...]
    session: str = ""


def entitled(values: Collection[str], rules: Sequence[GroupRoleMapping], queues: Sequence[Queue]) -> tuple[Role, tuple[str, ...]] | None:
    """Role and lines by the first matching rule, None where none matches."""
    rule = next((rule for rule in rules if rule.value in values), None)
    if rule is None:
        return None
    return rule.role, tuple(queue.id for queue in queues if queue.id in rule.queues or (rule.centre and queue.centre == rule.centre))
