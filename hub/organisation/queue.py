"""Queues (lines) of waiting conversations, the skills that they need, and the topics under which conversations are closed. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from hub.organisation.alarm_thresholds import Thresholds
from hub.organisation.centre import Function
from hub.organisation.level import TopicClass

Skills = tuple[tuple[str, int], ...]
"""Skills with their levels, from 1, sorted by name: those of an operator, or the least that is needed.

A served queue and a spoken language are skills too, so one comparison (`serves`) tells whether an operator is eligible.
"""


def skills(levels: Mapping[str, int]) -> Skills:
    return tuple(sorted(levels.items()))


def serves(has: Skills, needs: Skills) -> bool:
    """Whether an operator with these skills may be given work that needs those (CH-08)."""
    levels = dict(has)
    return all(levels.get(name, 0) >= level for name, level in needs)


Level = Annotated[int, Meta(ge=1, le=9)]


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    skills: dict[str, Level] = {}
    """Skills needed besides serving the line, with the desired level."""
    centre: str = ""
    """Code of the line's centre; "" is the hub's own. The first line of a centre receives what the others cannot."""
    mfc: str = ""
    """The МФЦ whose specialists serve it, if any."""
    department: str = ""
    """Name of the departmental centre of the line (RT-10)."""
    function: Function = Function.INFORMATION
    """The centre's function on this line: a contractor's operators serve it only where the function was delegated (LV-07)."""
    priority_s: Annotated[float, Meta(ge=0, le=3600)] = 0
    """Seconds added to the waiting time of each conversation."""
    qualification: str = ""
    """Key of the course whose valid certificate, or an exemption, is needed to serve it (TR-05); "" needs none."""
    site: str = ""
    """The site that the line is served at, of a federal centre with several (LV-01): the sites share their load (RT-03)."""
    successor: str = ""
    """Set to close the line: conversations of the closed line go to this one instead."""
    alarms: Thresholds = Thresholds()
    """Alarm thresholds of the line."""

    @property
    def home(self) -> tuple[str, str, str]:
        """Owner of the line: a transfer within one home is free, a transfer beyond it is subject to the matrix (LV-05)."""
        return (self.centre, "", "") if not (self.mfc or self.department) else ("", self.mfc, self.department)


class Lines(Mapping[str, Queue]):
    """The current lines of a hub by id, in order; shared, so that all its holders see each change at once."""

    def __init__(self, queues: Iterable[Queue] = ()) -> None:
        self.change(queues)

    def change(self, queues: Iterable[Queue]) -> None:
        """Replace all lines."""
        self._queues = {queue.id: queue for queue in queues}

    def __getitem__(self, queue: str) -> Queue:
        return self._queues[queue]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)

    def __len__(self) -> int:
        return len(self._queues)

    def title(self, queue: str) -> str:
        """The title; for a deleted line its id."""
        return self._queues[queue].title if queue in self._queues else queue


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    kind: TopicClass = TopicClass.UNKNOWN
    """A topic not known to be general never leaves the centre for lack of operators (D10)."""
    title_en: str = ""
    parent: str = ""
    """The topic above it."""
    was: tuple[str, ...] = ()
    """Topics of the previous version that it replaces."""
    centre: str = ""
    """Code of the superior centre that sent it; "" for own topics."""


def kind_of(topic: str, topics: Mapping[str, Topic]) -> TopicClass:
    """Class of a topic; UNKNOWN for a topic that does not exist."""
    return topics[topic].kind if topic in topics else TopicClass.UNKNOWN


def rings(queue: Queue, language: str) -> tuple[Skills, ...]:
    """Needs of a conversation, in steps: right levels and language, one level less, the skills at any level, the queue.

    Each step includes the operators of the previous one, so that a wait of 20 s is attainable (SL-03).
    """
    served, spoken = {serves_queue(queue.id): 1}, {speaks(language): 1}
    less = {name: max(level - 1, 1) for name, level in queue.skills.items()}
    least = dict.fromkeys(queue.skills, 1)
    return tuple(skills(needs) for needs in (served | spoken | queue.skills, served | spoken | less, served | spoken | least, served))


def urgent_rings(queue: str, language: str) -> tuple[Skills, ...]:
    """Needs in danger to life: first those who may help in its line and speak the language, then all who may help."""
    return skills({helps_out(queue): 1, speaks(language): 1}), skills({helps_out(queue): 1})


def helps_out(queue: str) -> str:
    """The skill of serving any line of the queue's home, which allows to help a citizen in danger."""
    return f"urgent:{queue}"


def serves_queue(queue: str) -> str:
    """The skill of serving a queue."""
    return f"queue:{queue}"


def speaks(language: str) -> str:
    """The skill of speaking a language, by its ISO 639 code."""
    return f"language:{language}"
