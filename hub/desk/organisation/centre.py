"""The centre in the desk's form."""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from hub.access.directory_roles import GroupRoleMapping
from hub.organisation.queue import Lines, Queue, Topic


class Centre(Struct, frozen=True):
    """Facts about the centre."""

    name: str
    lines: Lines
    topics: Mapping[str, Topic]
    secure: bool
    timezone: str = "Europe/Moscow"
    """Its days are in this zone."""
    centres: Callable[[date], dict[str, str]] = lambda _: {}
    """All active centres on a day: code to name."""
    provider: str = ""
    """Text of the single sign-on button."""
    rules: tuple[GroupRoleMapping, ...] = ()
    """Role mapping of the directory."""
    contractors: Callable[[], list[str]] = list
    """Contractors of this hub's centres today."""

    @property
    def queues(self) -> tuple[Queue, ...]:
        return tuple(self.lines.values())

    @property
    def skills(self) -> list[str]:
        """All skills required by any line."""
        return sorted({name for queue in self.queues for name in queue.skills})
