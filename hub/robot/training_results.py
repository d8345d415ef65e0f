"""Results of inspecting, training and rehearsing a draft."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from hub.conversations.message import Source


class Flaw(Struct, frozen=True):
    """A flaw of a project and its place: `line` counts from 1, and 0 is the whole file. A `grave` one prevents publication."""

    file: str
    line: int
    words: str
    grave: bool = True


class Mistake(Struct, frozen=True):
    """The expected and the actual step of a test story."""

    expected: str
    came: str


class FailedStory(Struct, frozen=True):
    """A failed test story."""

    story: str
    file: str
    line: int
    mistakes: tuple[Mistake, ...]


class Drawn(StrEnum):
    """Kind of a node in the dialogue graph."""

    INTENT = "intent"
    WORDS = "words"
    """Literal words of a citizen."""
    RESPONSE = "response"
    ACTION = "action"
    FORM = "form"
    SLOT = "slot"
    """Condition on a slot: name=value."""
    LOOP = "loop"
    """Condition on the active form, or "" for none."""
    CHECKPOINT = "checkpoint"


class Told(Struct, frozen=True):
    """A rule or a story that contains a node."""

    name: str
    file: str
    line: int
    rule: bool


class Node(Struct, frozen=True):
    """One step of dialogues. `names` are alternatives; `words` are examples, wordings, questions.

    `file` and `line` are where it is written.
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
    """Graph of possible dialogues. Common beginnings are merged, so it is a forest: each node has at most one incoming edge."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()


class ProjectReport(Struct, frozen=True):
    """Inspection of a project without training. An unreadable project has flaws only."""

    flaws: tuple[Flaw, ...]
    intents: int = 0
    stories: int = 0
    changes: tuple[str, ...] = ()
    """Changes since the active version."""
    graph: Graph = Graph()
    lost: tuple[str, ...] = ()
    """Test stories of the active version that are missing."""

    @property
    def untried(self) -> bool:
        """Whether it has less test coverage than the active version: a second person must approve."""
        return not any(flaw.grave for flaw in self.flaws) and (not self.stories or bool(self.lost))


class Phase(StrEnum):
    """Stage of the job."""

    CHECK = "check"
    TEACH = "teach"
    TEST = "test"
    COMPARE = "compare"


class Progress(Struct, frozen=True):
    """`done` of `total` test stories, or of phrases that are compared; 0 of 0 before."""

    phase: Phase
    done: int = 0
    total: int = 0


class Verdict(StrEnum):
    """What a version made of a phrase whose intent is known."""

    RIGHT = "right"
    WRONG = "wrong"
    UNSURE = "unsure"
    """It asks back; the second such phrase is handed over to an operator."""


class Heard(Struct, frozen=True):
    """How many phrases of a topic a version understood in each way."""

    right: int = 0
    wrong: int = 0
    unsure: int = 0


class TopicScore(Struct, frozen=True):
    """The phrases of one intent, by both versions."""

    intent: str
    before: Heard
    after: Heard


class ChangedPhrase(Struct, frozen=True):
    """A phrase that one version understands and the other does not. `before` and `after` are the intents, "" where unsure."""

    text: str
    intent: str
    before: str
    after: str


class Comparison(Struct, frozen=True):
    """A draft beside the active version, or any two. Of `phrases` that were kept aside, `before` and `after` were understood by each.

    Of test stories that the later one has no more, the earlier one passes `stories`, and the later one `passed`. Of the `tests` of the
    later one, `tests_before` and `tests_after` are passed by each.
    """

    phrases: int = 0
    before: int = 0
    after: int = 0
    stories: int = 0
    passed: int = 0
    lost: tuple[str, ...] = ()
    """Phrases and stories that were right before and are wrong now; the first ones."""
    worse: bool = False
    topics: tuple[TopicScore, ...] = ()
    """Those with the greatest loss first."""
    better_phrases: tuple[ChangedPhrase, ...] = ()
    worse_phrases: tuple[ChangedPhrase, ...] = ()
    tests: int = 0
    tests_before: int = 0
    tests_after: int = 0
    failing: tuple[str, ...] = ()
    """Test stories of the later one that it does not pass; the first ones."""


class TrainedModel(Struct, frozen=True):
    """A draft fit for publication. `id` is derived from the content."""

    id: str
    model: bytes
    intents: int
    stories: int
    changes: tuple[str, ...]
    compared: Comparison = Comparison()


class Unfit(Struct, frozen=True):
    """Why a draft cannot be published: grave flaws, or failed test stories."""

    flaws: tuple[Flaw, ...] = ()
    failing: tuple[FailedStory, ...] = ()


class Uttered(Struct, frozen=True):
    """A message of the robot."""

    text: str
    choices: tuple[str, ...] = ()
    source: Source | None = None


class Rehearsed(Struct, frozen=True):
    """A turn of a rehearsal. `state` is the opaque input of the next turn."""

    lines: tuple[Uttered, ...]
    intent: str = ""
    confidence: float = 0.0
    likely: Mapping[str, float] = {}
    """The likeliest intents with their confidence."""
    slots: Mapping[str, str] = {}
    """Filled slots."""
    events: tuple[str, ...] = ()
    """Events in Rasa's terms."""
    steps: tuple[str, ...] = ()
    """Names of the intent and of the actions, as in the dialogue graph."""
    hands_over: str = ""
    """Why an operator would take over now, or ""."""
    failures: tuple[str, ...] = ()
    state: str = ""
