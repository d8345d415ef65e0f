"""Predictions from rules (rasa.core.policies.rule_policy).

A rule is stored as the condition on the last states before its action. Of several matching rules the one whose condition is longest in
Rasa's notation applies. Rules are indexed by the last action and intent, so that a thousand rules cost no more time than ten.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from bots.dialogue.histories import History
from bots.dialogue.tracker import State, Tracker
from bots.project.domain import BACK, LISTEN, RESTART, SESSION_START, SNIPPET, UNSET, Domain, Feature

_DEFAULTS = {"restart": RESTART, "back": BACK, "session_start": SESSION_START}
"""Intents with a fixed action, before all rules."""


class Source(NamedTuple):
    """The reason of an action: the `states` of a rule, an active form, or the default for an intent."""

    why: str
    states: tuple[State, ...] = ()


class Verdict(Struct, frozen=True):
    """Prediction of rules. `action` is "" when there is none."""

    action: str = ""
    source: Source = Source("nothing")
    interrupted: bool = False
    """The form continues after another subject, and must not take the message as an answer to its question."""
    by_words: bool = False
    without_citizen: bool = False
    """It follows from an action of the bot, not from a message."""


class _Rule(Struct, frozen=True):
    states: tuple[State, ...]
    """Newest first."""
    action: str
    length: int
    """Length of the states in Rasa's notation, in characters."""
    loop: str
    """The form that must be active in the last state."""
    order: int
    keys: tuple[tuple[Mapping[str, Feature], frozenset[str]], ...]
    """For each state the slots that must have a value, and those that must have none."""


class _Index:
    """Rules by the last action and the last message."""

    def __init__(self, rules: Mapping[tuple[State, ...], str]) -> None:
        self._rules: defaultdict[tuple[str, bool, str, str], list[_Rule]] = defaultdict(list)
        for order, (states, action) in enumerate(rules.items()):
            self.add(states, action, order)

    def add(self, states: tuple[State, ...], action: str, order: int) -> None:
        last = states[-1]
        keys = tuple((_wanted(state), frozenset(name for name, one in state.slots if one == UNSET)) for state in reversed(states))
        loop = "" if last.loop == UNSET else last.loop
        rule = _Rule(tuple(reversed(states)), action, len(json.dumps([written(one) for one in states], sort_keys=True)), loop, order, keys)
        self._rules[last.action, last.words, last.intent, last.text].append(rule)

    def remove(self, states: tuple[State, ...]) -> None:
        last, turned = states[-1], tuple(reversed(states))
        key = last.action, last.words, last.intent, last.text
        self._rules[key] = [rule for rule in self._rules[key] if rule.states != turned]

    def holding(self, states: Sequence[State]) -> list[_Rule]:
        """The rules that match these states."""
        last = states[-1]
        found = []
        for intent, text in {(last.intent, last.text), ("", last.text), (last.intent, ""), ("", "")}:
            found += [rule for rule in self._rules.get((last.action, last.words, intent, text), ()) if _holds(rule, states)]
        return found


class Rules:
    """The rules of a project, and how stories leave and resume forms."""

    def __init__(self, domain: Domain, rules: Iterable[History], stories: Iterable[History]) -> None:
        self._domain = domain
        self.lookup: dict[tuple[State, ...], str] = {}
        resumed: dict[tuple[State, ...], bool | None] = {}
        told = [example for history in rules for example in history.examples(domain, touched_only=True)]
        contradicting: set[tuple[State, ...]] = set()
        for states, action in told:
            if not (key := _since_snippet(states)) or key in contradicting:
                continue
            if self.lookup.setdefault(key, action) != action:
                del self.lookup[key]
                contradicting.add(key)
        self.lookup = {key: action for key, action in self.lookup.items() if action != SNIPPET}
        for states, action in (*told, *(example for history in stories for example in history.examples(domain))):
            _note_unhappy(resumed, states, action)
        self._words = any(states[-1].text for states in self.lookup)
        self._longest = max(map(len, (*self.lookup, *resumed)), default=1)
        self._index = _Index(self.lookup)
        self._resumed = _Index({key: "resumed" if one else "stays away" for key, one in resumed.items() if one is not None})

    def forget(self, key: tuple[State, ...]) -> None:
        """Drop the prediction of one rule at one point."""
        del self.lookup[key]
        self._index.remove(key)

    def ask(self, tracker: Tracker) -> Verdict:
        """The prediction of the rules."""
        by_words = self._by_words(tracker)
        default = _default(tracker)
        if default and not by_words.action:
            return default
        if loop := _loop(tracker):
            return loop
        if by_words.action:
            return by_words
        states = tracker.states(self._longest)
        if tracker.counted.action == LISTEN:
            states[-1] = states[-1]._replace(text="")
        verdict = self._find(tracker, states)
        if by_words.interrupted and not verdict.interrupted:
            return Verdict(verdict.action, verdict.source, interrupted=True)
        return verdict

    def _by_words(self, tracker: Tracker) -> Verdict:
        said = tracker.counted.said
        if not self._words or tracker.now.action != LISTEN or said is None or not said.parsed.text:
            return Verdict()
        states = tracker.states(self._longest)
        states[-1] = states[-1]._replace(intent="", entities=(), text=said.parsed.text)
        verdict = self._find(tracker, states)
        return Verdict(verdict.action, verdict.source, verdict.interrupted, by_words=True)

    def _find(self, tracker: Tracker, states: Sequence[State]) -> Verdict:
        found = self._index.holding(states)
        best = max(found, key=lambda rule: (rule.length, -rule.order)) if found else None
        action = best.action if best else ""
        interrupted = False
        if loop := tracker.now.active_loop:
            unhappy = {rule.action for rule in self._resumed.holding(states)}
            if action == LISTEN and best and not best.loop:
                # The rule ends here without a statement on the form: the form continues, unless a story says otherwise.
                if "stays away" not in unhappy:
                    return Verdict(loop, Source("rule", tuple(reversed(best.states))))
                action = ""
            interrupted = "resumed" in unhappy
        why = tuple(reversed(best.states)) if best else _since_snippet(states)
        return Verdict(action, Source("rule", why), interrupted)


def loop_sources(forms: Iterable[str]) -> Iterable[Source]:
    """The reasons that an active form gives."""
    for form in forms:
        yield Source(f"form {form}")
        yield Source(f"form {form} waits")


def default_sources() -> Iterable[Source]:
    return (Source(f"default for {intent}") for intent in _DEFAULTS)


def _default(tracker: Tracker) -> Verdict | None:
    said = tracker.now.said
    if tracker.now.action != LISTEN or said is None or (action := _DEFAULTS.get(said.parsed.intent)) is None:
        return None
    return Verdict(action, Source(f"default for {said.parsed.intent}"))


def _loop(tracker: Tracker) -> Verdict | None:
    """A form that has not rejected the message continues, before any rule."""
    now = tracker.now
    loop = now.active_loop
    if not loop or now.rejected or not now.action:
        return None
    if now.action != loop:
        return Verdict(loop, Source(f"form {loop}"), without_citizen=True)
    return Verdict(LISTEN, Source(f"form {loop} waits"), without_citizen=True)


def _since_snippet(states: Sequence[State]) -> tuple[State, ...]:
    start = next((i + 1 for i in range(len(states) - 1, -1, -1) if states[i].action == SNIPPET), 0)
    return tuple(states[start:])


def _note_unhappy(resumed: dict[tuple[State, ...], bool | None], states: Sequence[State], action: str) -> None:
    """Rules and stories inside a form describe its unhappy paths: whether it resumes after one, or not."""
    last = states[-1]
    if not last.loop or last.loop == UNSET:
        return
    before = [State(action=states[-2].action, words=states[-2].words)] if len(states) > 1 and states[-2].action else []
    if not (key := _since_snippet([*before, last])):
        return
    if last.action == LISTEN and action == last.loop:
        resumed[key] = True
    elif last.action != LISTEN and action != last.loop:
        resumed[key] = False


def _wanted(state: State) -> Mapping[str, Feature]:
    return {name: one for name, one in state.slots if one != UNSET}


def _holds(rule: _Rule, states: Sequence[State]) -> bool:
    at = len(states)
    for wanted, (slots, unset) in zip(rule.states, rule.keys, strict=True):
        at -= 1
        if at < 0:
            return True
        is_ = states[at]
        if not wanted.action and not is_.action:
            continue  # both mean the start of a conversation
        if wanted.action != is_.action or wanted.words != is_.words or not wanted.action:
            return False
        if (wanted.intent and wanted.intent != is_.intent) or (wanted.text and wanted.text != is_.text):
            return False
        if (wanted.entities and wanted.entities != is_.entities) or not _loop_fits(wanted.loop, is_.loop):
            return False
        if (slots or unset) and not _slots_fit(slots, unset, is_):
            return False
    return True


def _loop_fits(wanted: str, is_: str) -> bool:
    return not wanted or (is_ in {"", UNSET} if wanted == UNSET else wanted == is_)


def _slots_fit(slots: Mapping[str, Feature], unset: frozenset[str], state: State) -> bool:
    held = dict(state.slots)
    return all(held.get(name) == one for name, one in slots.items()) and all(held.get(name, UNSET) == UNSET for name in unset)


def written(state: State) -> dict[str, object]:
    """A state in Rasa's notation."""
    user = {key: value for key, value in (("intent", state.intent), ("text", state.text), ("entities", state.entities)) if value}
    parts: dict[str, object] = {"user": user, "slots": dict(state.slots)}
    parts["prev_action"] = {"action_text" if state.words else "action_name": state.action} if state.action else {}
    parts["active_loop"] = {"name": state.loop} if state.loop else {}
    return {key: value for key, value in parts.items() if value}
