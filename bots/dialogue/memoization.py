"""Predictions from stories (rasa.core.policies.memoization, AugmentedMemoizationPolicy).

Each state history of a story leads to one action; a history that leads to several actions predicts nothing. Actions that only rules
predict are hidden from stories. Where no history matches, the oldest events are dropped until one does.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from msgspec import Struct

from bots.dialogue.events import ActionExecuted, Event
from bots.dialogue.histories import History
from bots.dialogue.tracker import Moment, Point, State, Tracker, follow
from bots.project.domain import LISTEN, Domain

_NEAR = 8
"""Last states in the search for the nearest story."""
_View: TypeAlias = Callable[[State], State]


class Hidden(Struct, frozen=True):
    """Slots and forms that occur in rules only."""

    slots: frozenset[str] = frozenset()
    loops: frozenset[str] = frozenset()

    def clean(self, state: State) -> State:
        if self.slots and any(name in self.slots for name, _ in state.slots):
            state = state._replace(slots=frozenset(one for one in state.slots if one[0] not in self.slots))
        return state._replace(loop="") if state.loop and state.loop in self.loops else state


class Memoization:
    """The stories of a project, by the states before each action."""

    def __init__(self, domain: Domain, stories: Iterable[History], max_history: int | None, hidden: Hidden, *,
                 forgets: bool, nearest: bool) -> None:
        self._domain, self._max_history, self._hidden, self._forgets = domain, max_history, hidden, forgets
        self._actions: dict[tuple[State, ...], str] = {}
        ambiguous: set[tuple[State, ...]] = set()
        told = list(dict.fromkeys((self._cut(states), action) for history in stories for states, action in history.examples(domain)))
        for states, action in told:
            _learn(self._actions, ambiguous, states, action)
        self._tails = {_tail(states[-1]) for states in self._actions}
        self._words = any(state.text for states in self._actions for state in states)
        self._near: list[tuple[_View, int, dict[tuple[State, ...], str]]] = []
        if nearest:
            self._near = [(view, length, _shorter(told, length, view)) for view in _VIEWS for length in range(_NEAR, 0, -1)]

    def ask(self, tracker: Tracker) -> tuple[str, bool]:
        """The next action, "" for none, and whether it answers the literal text of the citizen."""
        if self._words and tracker.now.action == LISTEN and (said := tracker.now.said) and said.parsed.text:
            action = self._recall(tracker, said.parsed.text)
            if action:
                return action, True
        return self._recall(tracker, ""), False

    def nearest(self, tracker: Tracker) -> str:
        """The most common action of the stories that match the most last states; "" if even the last state matches none."""
        seen = self._seen(tracker.moments, tracker.counted.moment(self._domain), "")
        for view, length, known in self._near:
            if len(seen) >= length and (action := known.get(tuple(map(view, seen[-length:])))):
                return action
        return ""

    def _recall(self, tracker: Tracker, words: str) -> str:
        states = self._seen(tracker.moments, tracker.counted.moment(self._domain), words)
        if action := self._actions.get(states):
            return action
        return self._forgetting(tracker, states, words) if self._forgets and self._may_fit(states[-1], tracker.counted) else ""

    def _may_fit(self, last: State, now: Point) -> bool:
        """Whether any history ends like this: dropping events changes slots, form, message and hidden turns, and may give a match."""
        ends = (last, last._replace(action=now.action, words=now.words))
        return any(_tail(end) in self._tails or _tail(State(action=end.action, words=end.words)) in self._tails for end in ends)

    def _forgetting(self, tracker: Tracker, before: tuple[State, ...], words: str) -> str:
        events = _last(tracker.applied, self._max_history)
        actions = [i for i, event in enumerate(events) if isinstance(event, ActionExecuted)]
        for start in actions:
            moments, point = follow(self._domain, events[start:])
            states = self._seen(moments, point.moment(self._domain), words)
            if states != before and (action := self._actions.get(states)):
                return action
            before = states
        return ""

    def _seen(self, moments: Sequence[Moment], moment: Moment, words: str) -> tuple[State, ...]:
        """The last states without what only rules do (rasa.shared.core.domain, states_for_tracker_history)."""
        now = moment.state
        if words:
            now = now._replace(intent="", entities=(), text=words)
        elif now.action == LISTEN and now.text:
            now = now._replace(text="")
        moments = self._recent(moments)
        if not any(one.hidden for one in moments):
            return tuple(map(self._hidden.clean, self._cut([*(one.state for one in moments), now])))
        states: list[State] = []
        last_action, was_hidden = ("", False), False
        for state, hidden, keeps in (*moments, Moment(now, hidden=False, keeps=moment.keeps)):
            if not was_hidden:
                last_action = state.action, state.words
            if not keeps:
                was_hidden = hidden
            if not was_hidden:
                states.append(_as_stories_see(self._hidden.clean(state), last_action, states[-1] if states else None))
        return self._cut(states)

    def _recent(self, moments: Sequence[Moment]) -> Sequence[Moment]:
        """Enough moments for `max_history` states; the first one is visible."""
        if self._max_history:
            plain = 0
            for i in range(len(moments) - 1, -1, -1):
                plain += not (moments[i].hidden or moments[i].keeps)
                if plain > self._max_history + 1:
                    return moments[i:]
        return moments

    def _cut(self, states: Sequence[State]) -> tuple[State, ...]:
        return tuple(states[-self._max_history:] if self._max_history else states)


def _as_stories_see(state: State, action: tuple[str, bool], before: State | None) -> State:
    """After a hidden turn: as if the last visible action had just been executed, and nothing been said since."""
    if before is not None and state.action != LISTEN and state[:3] != before[:3]:
        state = state._replace(intent=before.intent, text=before.text, entities=before.entities)
    if action[0] and action[0] != state.action:
        state = state._replace(action=action[0], words=action[1])
    return state


def _learn(actions: dict[tuple[State, ...], str], ambiguous: set[tuple[State, ...]], states: tuple[State, ...], action: str) -> None:
    if states not in ambiguous and actions.setdefault(states, action) != action:
        ambiguous.add(states)
        del actions[states]


def _shorter(told: Iterable[tuple[tuple[State, ...], str]], length: int, view: _View) -> dict[tuple[State, ...], str]:
    """The most common action after the last `length` states; of equally common ones the first."""
    counts: defaultdict[tuple[State, ...], Counter[str]] = defaultdict(Counter)
    for states, action in told:
        if len(states) >= length:
            counts[tuple(map(view, states[-length:]))][action] += 1
    return {states: count.most_common(1)[0][0] for states, count in counts.items()}


def _without_entities(state: State) -> State:
    return state._replace(entities=())


def _without_slots(state: State) -> State:
    return state._replace(entities=(), slots=frozenset())


_VIEWS: tuple[_View, ...] = (_without_entities, _without_slots)
"""What the search for the nearest story ignores, in this order."""


def _tail(state: State) -> tuple[str, bool, str, str, tuple[str, ...]]:
    return state.action, state.words, state.intent, state.text, state.entities


def _last(events: tuple[Event, ...], max_history: int | None) -> tuple[Event, ...]:
    """The events since the bot listened before the last `max_history` actions."""
    if max_history is None:
        return events
    actions = 0
    for i in range(len(events) - 1, -1, -1):
        if isinstance(event := events[i], ActionExecuted):
            actions += 1
            if actions > max_history and event.name == LISTEN:
                return events[i:]
    return events
