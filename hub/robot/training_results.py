"""What a workshop finds out about a draft and makes of it, and what the robot says when it is tried."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from hub.conversations.message import Source


class Flaw(Struct, frozen=True):
    """What is wrong with a project, and where: `line` counts from 1, and 0 is the whole file. A `grave` one forbids publishing."""

    file: str
    line: int
    words: str
    grave: bool = True


class Mistake(Struct, frozen=True):
    """What a test story expects, and what came instead."""

    expected: str
    came: str


class FailedStory(Struct, frozen=True):
    """A test story that went wrong."""

    story: str
    file: str
    line: int
    mistakes: tuple[Mistake, ...]


class Drawn(StrEnum):
    """What a node of the drawn dialogue is."""

    INTENT = "intent"
    WORDS = "words"
    """A citizen's very words."""
    RESPONSE = "response"
    ACTION = "action"
    FORM = "form"
    SLOT = "slot"
    """Only where a slot holds this: name=value."""
    LOOP = "loop"
    """Only while a form is under way, or "" none is."""
    CHECKPOINT = "checkpoint"


class Told(Struct, frozen=True):
    """A rule or a story that goes through a node."""

    name: str
    file: str
    line: int
    rule: bool


class Node(Struct, frozen=True):
    """One step of dialogues. `names` are several where any of them leads on; `words` are examples, wordings, questions.

    `file` and `line` are where it is worded.
    """

    id: str
    kind: Drawn
    names: tuple[str, ...]
    words: tuple[str, ...]
    file: str
    line: int
    told: tuple[Told, ...]


class Edge(Struct, frozen=True):
    source: str
    target: str


class Graph(Struct, frozen=True):
    """Dialogues as they may go. What begins in the same way is drawn once, so that it is a forest: each node has one edge to it at most."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


class ProjectReport(Struct, frozen=True):
    """What there is to see of a project without teaching it. A project that cannot be read has flaws only."""

    flaws: tuple[Flaw, ...]
    intents: int = 0
    stories: int = 0
    changes: tuple[str, ...] = ()
    """To the version that speaks."""
    graph: Graph = Graph()
    lost: tuple[str, ...] = ()
    """Test stories of the version that speaks which are no more in it."""

    @property
    def untried(self) -> bool:
        """Whether its own test stories say less of it than those of the version that speaks: a second person must have seen it."""
        return not any(flaw.grave for flaw in self.flaws) and (not self.stories or bool(self.lost))


class Phase(StrEnum):
    """How far the making has come."""

    CHECK = "check"
    TEACH = "teach"
    TEST = "test"


class Progress(Struct, frozen=True):
    """`done` of `total` test stories; 0 of 0 before."""

    phase: Phase
    done: int = 0
    total: int = 0


class TrainedModel(Struct, frozen=True):
    """A draft that is fit to be published. `id` follows from the content."""

    id: str
    model: bytes
    intents: int
    stories: int
    changes: tuple[str, ...]


class Unfit(Struct, frozen=True):
    """Why a draft cannot be published: grave flaws, or test stories that failed."""

    flaws: tuple[Flaw, ...] = ()
    failing: tuple[FailedStory, ...] = ()


class Uttered(Struct, frozen=True):
    """Something that the robot said."""

    text: str
    choices: tuple[str, ...] = ()
    source: Source | None = None


class Rehearsed(Struct, frozen=True):
    """A turn of a dialogue that is only tried. `state` is what the next turn begins with; it means nothing to anybody else."""

    lines: tuple[Uttered, ...]
    intent: str = ""
    confidence: float = 0.0
    likely: Mapping[str, float] = {}
    """The likeliest intents with their confidence."""
    slots: Mapping[str, str] = {}
    """What is filled."""
    events: tuple[str, ...] = ()
    """What happened, in Rasa's words."""
    steps: tuple[str, ...] = ()
    """Names of the intent and of the actions, as nodes of the drawn dialogue have them."""
    hands_over: str = ""
    """Why a person would take over now, or ""."""
    failures: tuple[str, ...] = ()
    state: str = ""
