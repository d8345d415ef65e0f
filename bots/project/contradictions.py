"""Contradictions between rules, and with stories (rasa.core.policies.rule_policy, _analyze_rules)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from bots.dialogue.events import ActionExecuted, ActionRejected, ActiveLoop, SlotSet, UserUttered
from bots.dialogue.histories import History
from bots.dialogue.memoization import Hidden
from bots.dialogue.rules import Rules, Source, Verdict, default_sources, loop_sources, written
from bots.dialogue.tracker import State, Tracker
from bots.project.domain import LISTEN, SNIPPET, UNSET, Domain


class Contradiction(Struct, frozen=True):
    file: str
    line: int
    words: str


class Findings(Struct, frozen=True):
    contradictions: tuple[Contradiction, ...]
    unknown_to_stories: frozenset[Source]
    """Reasons unknown to stories: their actions are hidden from stories."""


class _Foreseen(Struct, frozen=True):
    """The action that rules predict at a point of a dialogue."""

    verdict: Verdict
    done: str


def analyse(rules: Rules, domain: Domain, rule_histories: Sequence[History], stories: Sequence[History]) -> Findings:
    """Follow every rule and story; a rule that a story continues directly is dropped where it would end."""
    sources: defaultdict[Source, list[tuple[str, str]]] = defaultdict(list)
    for history in rule_histories:
        for one in _followed(rules, domain, history):
            ours = one.verdict.source.why != "rule"
            name, action = (one.verdict.source.why, one.verdict.action) if ours else (history.name, one.done)
            sources[one.verdict.source].append((name, action))
    found: list[Contradiction] = []
    used: set[Source] = set()
    for history in (*stories, *rule_histories):
        for one in _followed(rules, domain, history):
            said = one.verdict.action
            if not history.is_rule and said == one.done:
                used.add(one.verdict.source)
            if (not said and not history.is_rule) or said == one.done:
                continue
            if _ends_too_early(rules, history, one.verdict):
                rules.forget(one.verdict.source.states)
                continue
            others = sorted({name for name, action in sources.get(one.verdict.source, ()) if action != one.done})
            if others:
                found.append(_contradiction(history, one, others))
    everything = {*sources, *default_sources(), *loop_sources(domain.forms)}
    return Findings(tuple(dict.fromkeys(found)), frozenset(everything - used))


def rule_only(rules: Iterable[History], stories: Iterable[History], domain: Domain) -> Hidden:
    """Slots and forms that occur in rules only."""
    rule_slots, rule_loops = _mentioned(rules, domain, touched_only=True)
    story_slots, story_loops = _mentioned(stories, domain, touched_only=False)
    return Hidden(frozenset(rule_slots - story_slots), frozenset(rule_loops - story_loops - {UNSET}))


def incomplete(rules: Sequence[History], domain: Domain) -> Iterator[Contradiction]:
    """Rules in which an action does not set a slot that it sets in other rules."""
    slots, loops = _fingerprints(rules, domain)
    for history in rules:
        tracker = Tracker.of(domain, history.events)
        states = tracker.states()
        done = [*(state.action for state in states[1:]), LISTEN]
        for state, action in zip(states, done, strict=True):
            if not state.action or SNIPPET in {action, state.action}:
                continue
            if missing := slots[state.action] - {name for name, _ in state.slots}:
                yield Contradiction(history.file, history.line, f"правило «{history.name}»: после «{state.action}» не сказано, чему равны "
                                    f"слоты {', '.join(sorted(missing))}, хотя в других правилах сказано")
            expected = loops[state.action]
            if expected and state.loop not in expected:
                others = ", ".join("null" if one == UNSET else one for one in sorted(expected))
                yield Contradiction(history.file, history.line, f"правило «{history.name}»: после «{state.action}» не сказано, чему равен "
                                    f"active_loop; в других правилах: {others}")


def _followed(rules: Rules, domain: Domain, history: History) -> Iterator[_Foreseen]:
    tracker = Tracker.of(domain)
    unforeseen = True  # the first event has no reason
    for event in history.events:
        if not isinstance(event, ActionExecuted):
            tracker = tracker.then(event)
            continue
        if event.name == SNIPPET or unforeseen or event.unpredictable:
            unforeseen = event.name == SNIPPET
            tracker = tracker.then(event)
            continue
        verdict = rules.ask(tracker)
        loop = tracker.now.active_loop
        if loop and verdict.action == loop != event.name:
            # Another action inside a form: the form has rejected the message.
            tracker = tracker.then(ActionRejected(loop))
            verdict = rules.ask(tracker)
        yield _Foreseen(verdict, event.name)
        tracker = tracker.then(event)


def _ends_too_early(rules: Rules, history: History, verdict: Verdict) -> bool:
    """A rule that only waits after an action, while another rule continues there, does not contradict a story."""
    states = verdict.source.states
    if history.is_rule or verdict.action != LISTEN or sum(bool(state.action) for state in states) > 1 or states not in rules.lookup:
        return False
    begins = json.dumps([written(state) for state in states], sort_keys=True)[:-len("}]")]
    goes_on = (json.dumps([written(state) for state in other], sort_keys=True) for other in rules.lookup if other != states)
    return any(one.startswith(begins) for one in goes_on)


def _contradiction(history: History, one: _Foreseen, others: Sequence[str]) -> Contradiction:
    kind = "правило" if history.is_rule else "история"
    said = f", где следует «{one.verdict.action}»" if one.verdict.action else ""
    return Contradiction(history.file, history.line,
                         f"{kind} «{history.name}»: «{one.done}» противоречит правилам: {'; '.join(others)}{said}")


def _mentioned(histories: Iterable[History], domain: Domain, *, touched_only: bool) -> tuple[set[str], set[str]]:
    slots: set[str] = set()
    loops: set[str] = set()
    for history in histories:
        for states, _ in history.examples(domain, touched_only=touched_only):
            state: State
            for state in states:
                slots.update(name for name, _ in state.slots)
                loops |= {state.loop} if state.loop else set()
    return slots, loops


def _fingerprints(rules: Iterable[History], domain: Domain) -> tuple[defaultdict[str, set[str]], defaultdict[str, set[str]]]:
    """The slots and forms that each action sets according to rules."""
    slots: defaultdict[str, set[str]] = defaultdict(set)
    loops: defaultdict[str, set[str]] = defaultdict(set)
    for history in rules:
        action = ""
        for event in history.events:
            match event:
                case ActionExecuted(name=action):
                    pass
                case UserUttered():
                    action = ""
                case SlotSet(name=name) if action and (slot := domain.slots.get(name)) and slot.influences:
                    slots[action].add(name)
                case ActiveLoop(name=name) if action:
                    loops[action].add(name)
                case _:
                    pass
    return slots, loops
