"""Lines of waiting conversations, what they need of an operator, and the topics under which conversations are closed. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from msgspec import Meta, Struct

from hub.organisation.alarm_thresholds import Thresholds
from hub.organisation.delegated_functions import Function
from hub.organisation.level import TopicClass
from hub.organisation.skills import Skills, skills

Level = Annotated[int, Meta(ge=1, le=9)]


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    skills: dict[str, Level] = {}
    """What its work needs besides serving it, with the level that it should be done at."""
    centre: str = ""
    """Code of the centre whose line it is; "" is the hub's own. The first line of a centre takes in what others cannot."""
    mfc: str = ""
    """The МФЦ whose specialists serve it, if they do."""
    department: str = ""
    """The departmental centre whose line it is, by its name (RT-10)."""
    function: Function = Function.INFORMATION
    """What the centre does on this line: a contractor's operators serve it only where that was given to him (LV-07)."""
    priority_s: Annotated[float, Meta(ge=0, le=3600)] = 0
    """Each conversation counts as if it had waited so much longer."""
    successor: str = ""
    """A line is closed by naming it: whoever stands in the closed one, or comes to it, stands in this one instead."""
    alarms: Thresholds = Thresholds()
    """From when on something is wrong with it."""

    @property
    def home(self) -> tuple[str, str, str]:
        """Whose line it is: within one home a conversation is transferred freely, beyond it the matrix is asked (LV-05)."""
        return (self.centre, "", "") if not (self.mfc or self.department) else ("", self.mfc, self.department)


class Lines(Mapping[str, Queue]):
    """The lines of a hub as they are now, by id, in their order: whoever keeps it sees each change at once."""

    def __init__(self, queues: Iterable[Queue] = ()) -> None:
        self.change(queues)

    def change(self, queues: Iterable[Queue]) -> None:
        """From now on there are these, and no others."""
        self._queues = {queue.id: queue for queue in queues}

    def __getitem__(self, queue: str) -> Queue:
        return self._queues[queue]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)

    def __len__(self) -> int:
        return len(self._queues)

    def title(self, queue: str) -> str:
        """What it is called; of one that is no more its id."""
        return self._queues[queue].title if queue in self._queues else queue


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    kind: TopicClass = TopicClass.UNKNOWN
    """What is not known to be general never leaves the centre for want of operators (D10)."""
    title_en: str = ""
    parent: str = ""
    """The topic above it."""
    was: tuple[str, ...] = ()
    """Topics of the version before that it stands for from now on."""


def kind_of(topic: str, topics: Mapping[str, Topic]) -> TopicClass:
    """What a topic needs; of one that is not there nothing is known."""
    return topics[topic].kind if topic in topics else TopicClass.UNKNOWN


def rings(queue: Queue, language: str) -> tuple[Skills, ...]:
    """What a conversation needs: at once the right levels and language, then a level less, then the skills at all, then the queue.

    Each is served by everybody whom the one before is served by, so the wait of 20 s stays within reach (SL-03).
    """
    served, spoken = {serves_queue(queue.id): 1}, {speaks(language): 1}
    less = {name: max(level - 1, 1) for name, level in queue.skills.items()}
    least = dict.fromkeys(queue.skills, 1)
    return tuple(skills(needs) for needs in (served | spoken | queue.skills, served | spoken | less, served | spoken | least, served))


def urgent_rings(queue: str, language: str) -> tuple[Skills, ...]:
    """What a conversation needs in which life is in danger: whoever may help out in its line and speaks the language, then whoever may."""
    return skills({helps_out(queue): 1, speaks(language): 1}), skills({helps_out(queue): 1})


def helps_out(queue: str) -> str:
    """The skill of serving some line of the home of a queue, so that its citizen is one's to help when life is in danger."""
    return f"urgent:{queue}"


def serves_queue(queue: str) -> str:
    """The skill of serving a queue."""
    return f"queue:{queue}"


def speaks(language: str) -> str:
    """The skill of speaking a language, by its ISO 639 code."""
    return f"language:{language}"
