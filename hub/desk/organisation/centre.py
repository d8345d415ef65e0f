"""The centre as its desk shows it."""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct

from hub.access.directory_roles import GroupRoleMapping
from hub.organisation.queue import Lines, Queue, Topic


class Centre(Struct, frozen=True):
    """What the desk shows of the centre."""

    name: str
    lines: Lines
    topics: Mapping[str, Topic]
    secure: bool
    timezone: str = "Europe/Moscow"
    """Its days are those of this zone."""
    centres: Callable[[date], dict[str, str]] = lambda _: {}
    """All centres that work on a day: code to name."""
    provider: str = ""
    """What the button of single sign-on says."""
    rules: tuple[GroupRoleMapping, ...] = ()
    """What people of the directory are here."""
    contractors: Callable[[], list[str]] = list
    """Those that work for a centre of this hub today."""

    @property
    def queues(self) -> tuple[Queue, ...]:
        return tuple(self.lines.values())

    @property
    def skills(self) -> list[str]:
        """All that any line asks for."""
        return sorted({name for queue in self.queues for name in queue.skills})
