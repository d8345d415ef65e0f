"""Chooses the next action: rules, then stories, then the fallback (rasa.core.policies.ensemble)."""

from collections.abc import Sequence

from msgspec import Struct

from bots.dialogue.events import ActionExecuted, ActionRejected, Answered, Event, LoopInterrupted
from bots.dialogue.histories import History, of_rules, of_stories
from bots.dialogue.memoization import Hidden, Memoization
from bots.dialogue.rules import Rules, Source
from bots.dialogue.tracker import Tracker
from bots.project.contradictions import Contradiction, Findings, analyse, incomplete, rule_only
from bots.project.domain import LISTEN
from bots.project.project import Project

_FULL_HISTORY = 10
"""Where whole stories are compared: number of equal last states with which dialogues continue as one."""


class Next(Struct, frozen=True):
    """The next action. `events` happen before it."""

    action: str
    by: str
    """The policy that chose it: rules, stories, nearest, fallback, followup."""
    events: tuple[Event, ...] = ()
    by_words: bool = False
    hidden: bool = False


class Policies:
    """All policies of a project."""

    def __init__(self, project: Project) -> None:
        """Raises TooManyError where the stories expand to too many dialogues."""
        settings, domain = project.settings, project.domain
        self.domain, self._settings = domain, settings
        self.rule_histories: Sequence[History] = of_rules(project.rules, domain) if settings.rules else ()
        self.story_histories: Sequence[History] = of_stories(project.stories, domain, settings.max_history or _FULL_HISTORY)
        self._rules = Rules(domain, self.rule_histories, self.story_histories) if settings.rules else None
        self.contradictions: tuple[Contradiction, ...] = ()
        """Contradictions of rules with other rules or stories, and incomplete rules."""
        self._unknown_to_stories: frozenset[Source] = frozenset()
        hidden = Hidden()
        if self._rules is not None and settings.check_rules:
            findings: Findings = analyse(self._rules, domain, self.rule_histories, self.story_histories)
            self.contradictions = (*incomplete(self.rule_histories, domain), *findings.contradictions)
            self._unknown_to_stories = findings.unknown_to_stories
            hidden = rule_only(self.rule_histories, self.story_histories, domain)
        self._memory = Memoization(domain, self.story_histories, settings.max_history, hidden, forgets=settings.forgets,
                                   nearest=settings.nearest) if settings.memory else None

    def choose(self, tracker: Tracker) -> Next:  # noqa: PLR0911 - one line for each reason, in their order
        """The next action. There always is one: by default the bot listens."""
        rejected = _rejected(tracker)
        events: list[Event] = []
        answers = tracker.now.action == LISTEN
        verdict = self._rules.ask(tracker) if self._rules is not None else None
        if verdict is not None and verdict.interrupted:
            events.append(LoopInterrupted())
        if verdict is not None and verdict.action and verdict.action != rejected and (verdict.without_citizen or verdict.by_words):
            return self._next(verdict.action, "rules", events, answers, verdict.source, by_words=verdict.by_words)
        action, by_words = self._memory.ask(tracker) if self._memory is not None else ("", False)
        if by_words and action != rejected:
            return self._next(action, "stories", events, answers, by_words=True)
        if verdict is not None and verdict.action and verdict.action != rejected:
            return self._next(verdict.action, "rules", events, answers, verdict.source)
        if action and action != rejected:
            return self._next(action, "stories", events, answers)
        if self._settings.nearest and self._memory is not None and (near := self._memory.nearest(tracker)) and near != rejected:
            return self._next(near, "nearest", events, answers)
        if self._settings.fallback and self._settings.fallback != rejected:
            return self._next(self._settings.fallback, "fallback", events, answers, verdict.source if verdict else None)
        return self._next(LISTEN, "fallback", events, answers)

    def _next(self, action: str, by: str, events: Sequence[Event], answers: bool, source: Source | None = None, *,  # noqa: FBT001
              by_words: bool = False) -> Next:
        before = (*events, Answered(by_words)) if answers else tuple(events)
        return Next(action, by, before, by_words, hidden=source is not None and source in self._unknown_to_stories)


def _rejected(tracker: Tracker) -> str:
    """An action that was just rejected is not tried again at once."""
    last = next((one for one in reversed(tracker.events) if isinstance(one, (ActionExecuted, ActionRejected))), None)
    return last.name if isinstance(last, ActionRejected) else ""
