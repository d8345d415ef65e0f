"""Runs test stories against a project (rasa.core.test).

Actions are predicted and not executed: the story supplies the messages, the events and the slots, and each of its actions is compared
with the prediction. With language understanding enabled, the citizen's messages are parsed first, and intents and entities are compared
too.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.dialogue import MOST_ACTIONS
from bots.dialogue.events import ActionExecuted, ActionRejected, Event, UserUttered
from bots.dialogue.histories import History, of_tests
from bots.dialogue.parsed import Entity, Parsed, Understanding, payload
from bots.dialogue.policies import Policies
from bots.dialogue.tracker import Tracker
from bots.project.domain import LISTEN, UTTER, Domain
from bots.project.project import Project


class StoryMismatch(Struct, frozen=True):
    """The expected and the actual step of a story."""

    expected: str
    came: str


class StoryTestResults(Struct, frozen=True):
    """A test story, and its failure, if any."""

    name: str
    file: str
    line: int
    mistakes: tuple[StoryMismatch, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.mistakes


def play(project: Project, policies: Policies, understanding: Understanding | None = None) -> Iterator[StoryTestResults]:
    """Play a project's test stories one by one; with `understanding` end to end."""
    for history in of_tests(project.tests, project.domain):
        yield _play(history, policies, understanding)


def _play(history: History, policies: Policies, understanding: Understanding | None) -> StoryTestResults:
    domain = policies.domain
    tracker, mistakes = Tracker.of(domain, history.events[:1]), []
    for event in history.events[1:]:
        match event:
            case ActionExecuted():
                tracker, mistake = _foresee(tracker, event, policies, domain)
                mistakes += [mistake] if mistake else []
            case UserUttered() if understanding is not None and event.parsed.text:
                heard = payload(event.parsed.text, domain.intents, domain.entities) or understanding.parse(event.parsed.text)
                mistakes += _misheard(event.parsed, heard)
                tracker = tracker.then(replace(event, parsed=replace(event.parsed, selected=heard.selected or event.parsed.selected)))
            case _:
                tracker = tracker.then(event)
    return StoryTestResults(history.name, history.file, history.line, tuple(mistakes))


def _foresee(tracker: Tracker, event: ActionExecuted, policies: Policies, domain: Domain) -> tuple[Tracker, StoryMismatch | None]:
    if _since_listening(tracker.events) >= MOST_ACTIONS and tracker.now.action != LISTEN:
        return tracker.then(event), StoryMismatch(event.name, "слишком много действий подряд")
    tracker, chosen, hidden, before = _choose(tracker, policies)
    if chosen != event.name and chosen == tracker.now.active_loop and chosen in domain.forms:
        # The form continues unless it rejects the message; a story that continues otherwise states the rejection.
        tracker = tracker.then(ActionRejected(chosen))
        tracker, chosen, hidden, before = _choose(tracker, policies)
    came = _spoken(chosen, tracker, domain) if chosen != event.name else chosen
    if came != event.name:
        return tracker.then(event), StoryMismatch(event.name, came)
    return tracker.then(*before, ActionExecuted(chosen, words=event.words, hidden=hidden)), None


def _choose(tracker: Tracker, policies: Policies) -> tuple[Tracker, str, bool, tuple[Event, ...]]:
    if tracker.now.followup:
        return tracker.followed(), tracker.now.followup, False, ()
    following = policies.choose(tracker)
    return tracker, following.action, following.hidden, following.events


def _spoken(chosen: str, tracker: Tracker, domain: Domain) -> str:
    """A retrieval action is replaced by its response."""
    selected = tracker.now.said.parsed.selected if tracker.now.said else ""
    return UTTER + selected if domain.is_retrieval(chosen) and selected else chosen


def _misheard(expected: Parsed, heard: Parsed) -> list[StoryMismatch]:
    mistakes = []
    wanted = expected.selected or expected.intent
    came = heard.selected or heard.intent if expected.selected else heard.intent
    if wanted and wanted != came:
        mistakes.append(StoryMismatch(f"{expected.text} → {wanted}", came))
    if (one := sorted(map(_shown, expected.entities))) != (other := sorted(map(_shown, heard.entities))):
        mistakes.append(StoryMismatch(f"{expected.text} → {', '.join(one) or 'ничего'}", ", ".join(other) or "ничего"))
    return mistakes


def _shown(entity: Entity) -> str:
    labels = "".join(f"#{label}" for label in (entity.role, entity.group) if label)
    return f"{entity.entity}{labels}={entity.value}"


def _since_listening(events: Sequence[Event]) -> int:
    count = 0
    for event in reversed(events):
        if isinstance(event, ActionExecuted):
            if event.name == LISTEN:
                break
            count += 1
    return count
