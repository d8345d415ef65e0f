"""What a directory of people says of an operator, made into his role and lines here (SE-01). Whom no rule names gets nothing. Pure."""

from collections.abc import Collection, Sequence

from msgspec import Struct

from hub.access.operator import Role
from hub.organisation.queue import Queue


class GroupRoleMapping(Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever has the `value` is this: `queues` by their ids, and all of a `centre`."""

    value: str
    role: Role
    queues: tuple[str, ...] = ()
    centre: str = ""


class Person(Struct, frozen=True):
    """Somebody as his directory knows him. `subject` is his for ever there, `session` is his sign-in there ("": it does not say)."""

    subject: str
    login: str
    name: str
    values: tuple[str, ...]
    session: str = ""


def entitled(values: Collection[str], rules: Sequence[GroupRoleMapping], queues: Sequence[Queue]) -> tuple[Role, tuple[str, ...]] | None:
    """Role and lines by the first rule that fits, None where none does."""
    rule = next((rule for rule in rules if rule.value in values), None)
    if rule is None:
        return None
    return rule.role, tuple(queue.id for queue in queues if queue.id in rule.queues or (rule.centre and queue.centre == rule.centre))
