"""Graph of a project's rules and stories: each step a node, with common beginnings merged."""

from collections.abc import Iterator
from typing import TypeAlias

from bots.project.domain import UTTER, Domain
from bots.project.project import Project
from bots.project.stories import ActionStep, Checkpoint, LoopStep, OrStep, Rule, SlotStep, Step, Story, UserStep
from hub.robot.training_results import Drawn, Edge, Graph, Node, Told

MOST_WORDS = 30
"""Maximum shown examples of an intent."""
Key: TypeAlias = tuple[Drawn, tuple[str, ...]]
_SHOWN = ("text", "image", "attachment")


class _Branch:
    """A node under construction, with its successors."""

    def __init__(self, key: Key, file: str, line: int) -> None:
        self.key, self.file, self.line = key, file, line
        self.told: list[Told] = []
        self.next: dict[Key, _Branch] = {}


def draw(project: Project) -> Graph:
    """The graph of a project's dialogues, rules first."""
    first: dict[Key, _Branch] = {}
    everything: tuple[Rule | Story, ...] = (*project.rules, *project.stories)
    for told in everything:
        passes = Told(told.name, told.file, told.line, isinstance(told, Rule))
        here = first
        for key, line in _steps(told, project.domain):
            branch = here.setdefault(key, _Branch(key, told.file, line))
            branch.told.append(passes)
            here = branch.next
    return _numbered(first, _Words(project))


def _numbered(first: dict[Key, _Branch], words: "_Words") -> Graph:
    """Nodes in reading order: each before its successors."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    waiting = [("", branch) for branch in reversed(first.values())]
    while waiting:
        parent, branch = waiting.pop()
        (kind, names), (file, line) = branch.key, words.place(branch)
        node = Node(str(len(nodes)), kind, names, tuple(words.of(branch.key)), file, line, tuple(branch.told))
        nodes.append(node)
        edges += [Edge(parent, node.id)] if parent else []
        waiting += [(node.id, each) for each in reversed(branch.next.values())]
    return Graph(tuple(nodes), tuple(edges))


def _steps(told: Story | Rule, domain: Domain) -> Iterator[tuple[Key, int]]:
    """The nodes of a rule or a story. The continuation of a form needs none."""
    steps: list[Step] = [*told.conditions, *told.steps] if isinstance(told, Rule) else list(told.steps)
    last = ""
    for step in steps:
        if isinstance(step, LoopStep) and step.loop == last and last:
            continue
        kind, names = _key(step)
        yield (Drawn.FORM if kind is Drawn.ACTION and names[0] in domain.forms else kind, names), step.line
        last = step.action if isinstance(step, ActionStep) else ""


def _key(step: Step) -> Key:
    match step:
        case UserStep(intent=intent, full_intent=full, text=text):
            return (Drawn.INTENT, (full or intent,)) if intent else (Drawn.WORDS, (text,))
        case ActionStep(action=action, words=words):
            return (Drawn.RESPONSE if not action or action.startswith(UTTER) else Drawn.ACTION, (action or words,))
        case SlotStep(slot=slot, value=value, named=named):
            return Drawn.SLOT, (slot if named else f"{slot}={'' if value is None else value}",)
        case LoopStep(loop=loop):
            return Drawn.LOOP, (loop,)
        case Checkpoint(name=name):
            return Drawn.CHECKPOINT, (name,)
        case OrStep(steps=steps):
            return _key(steps[0])[0], tuple(name for one in steps for name in _key(one)[1])


class _Words:
    """The texts of nodes, and the positions of their wordings."""

    def __init__(self, project: Project) -> None:
        self._domain = project.domain
        self._examples: dict[str, list[str]] = {}
        self._places: dict[str, tuple[str, int]] = {}
        for one in project.examples.said:
            for intent in {one.intent, one.intent.split("/")[0]}:
                self._examples.setdefault(intent, []).append(one.text)
                self._places.setdefault(intent, (one.file, one.line))

    def of(self, key: Key) -> Iterator[str]:
        kind, names = key
        match kind:
            case Drawn.INTENT if len(names) == 1:
                yield from self._examples.get(names[0], ())[:MOST_WORDS]
            case Drawn.INTENT:
                yield from (f"{name}: {examples[0]}" for name in names if (examples := self._examples.get(name)))
            case Drawn.RESPONSE:
                yield from self._wordings(names[0])
            case Drawn.FORM:
                form = self._domain.forms[names[0]]
                for slot in form.slots:
                    questions = f"{UTTER}ask_{form.name}_{slot}", f"{UTTER}ask_{slot}"
                    asked = next((name for name in questions if name in self._domain.responses), "")
                    yield f"{slot}: {' / '.join(self._wordings(asked))}" if asked else slot

    def place(self, branch: _Branch) -> tuple[str, int]:
        """File and line of the wording, or of the step where there is none."""
        (kind, names), places = branch.key, self._domain.places
        sections = {Drawn.RESPONSE: "responses", Drawn.ACTION: "actions", Drawn.FORM: "forms", Drawn.SLOT: "slots", Drawn.LOOP: "forms"}
        if kind is Drawn.INTENT and len(names) == 1 and names[0] in self._places:
            return self._places[names[0]]
        return places.get((sections.get(kind, ""), names[0].partition("=")[0]), (branch.file, branch.line))

    def _wordings(self, response: str) -> Iterator[str]:
        for variation in self._domain.responses.get(response, ()):
            said = [str(variation.parts[part]) for part in _SHOWN if variation.parts.get(part)]
            buttons = [str(button.get("title") or "") for button in variation.parts.get("buttons") or () if isinstance(button, dict)]
            yield "\n".join([*said, *(f"[{title}]" for title in buttons)])
