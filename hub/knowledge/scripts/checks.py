"""Checks of a script before it is published. Pure."""

from collections.abc import Container, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from hub.knowledge.scripts.script import END, Script, ScriptStep, StepKind


class FlawKind(StrEnum):
    TWICE = "twice"
    """Two steps have one key, or one has the key of the end."""
    NO_SUCH_STEP = "no_such_step"
    DEAD_END = "dead_end"
    """It leads nowhere."""
    TWO_WAYS = "two_ways"
    """It has both answers and a next step without answer."""
    ORPHAN = "orphan"
    """It cannot be reached, although the author marked it as mandatory."""
    CIRCLE = "circle"
    """The end cannot be reached from here."""
    NO_ANSWERS = "no_answers"
    """A check whose outcomes all lead to the same step."""
    NO_RIGHTS = "no_rights"
    NO_APPEAL = "no_appeal"
    NO_PHRASES = "no_phrases"
    """Phrases are missing for a conflict, a hesitating or a silent citizen."""
    NO_SUCH_TOPIC = "no_such_topic"


class ScriptFlaw(Struct, frozen=True):
    """A flaw, and its step; "" is the script as a whole. `what` is the missing item."""

    flaw: FlawKind
    step: str = ""
    what: str = ""


def flaws(script: Script, topics: Container[str] | None = None) -> tuple[ScriptFlaw, ...]:
    """All flaws that prevent publication; topics are checked only if their tree is given."""
    return tuple(_of_steps(script)) + tuple(_of_ways(script)) + tuple(_of_cards(script, topics))


def _of_steps(script: Script) -> Iterator[ScriptFlaw]:
    seen = {END}
    for step in script.steps:
        if step.key in seen:
            yield ScriptFlaw(FlawKind.TWICE, step.key)
        seen.add(step.key)
        if not step.ways():
            yield ScriptFlaw(FlawKind.DEAD_END, step.key)
        if step.answers and step.next:
            yield ScriptFlaw(FlawKind.TWO_WAYS, step.key)
        if step.kind is StepKind.CHECK and not step.answers:
            yield ScriptFlaw(FlawKind.NO_ANSWERS, step.key)


def _of_ways(script: Script) -> Iterator[ScriptFlaw]:
    steps = {step.key: step for step in script.steps}
    for step in script.steps:
        for way in step.ways():
            if way != END and way not in steps:
                yield ScriptFlaw(FlawKind.NO_SUCH_STEP, step.key, way)
    led_to = {script.steps[0].key, *ahead(script.steps[0].key, steps)}
    for step in steps.values():
        if step.key not in led_to:
            yield ScriptFlaw(FlawKind.ORPHAN, step.key)
        elif step.ways() and END not in ahead(step.key, steps) and not _lost(step.key, steps):
            yield ScriptFlaw(FlawKind.CIRCLE, step.key)


def _lost(key: str, steps: Mapping[str, ScriptStep]) -> bool:
    """Whether it follows from another flaw already reported."""
    return any(each != END and not (each in steps and steps[each].ways()) for each in ahead(key, steps))


def _of_cards(script: Script, topics: Container[str] | None) -> Iterator[ScriptFlaw]:
    if not script.rights:
        yield ScriptFlaw(FlawKind.NO_RIGHTS)
    if not script.appeal:
        yield ScriptFlaw(FlawKind.NO_APPEAL)
    for mood in ("conflict", "hesitation", "silence"):
        if not getattr(script.phrases, mood):
            yield ScriptFlaw(FlawKind.NO_PHRASES, what=mood)
    for topic in script.topics:
        if topics is not None and topic not in topics:
            yield ScriptFlaw(FlawKind.NO_SUCH_TOPIC, what=topic)


def ahead(key: str, steps: Mapping[str, ScriptStep]) -> list[str]:
    """All steps reachable from a step, END included, the nearest first; the step itself only in a circle."""
    found: dict[str, None] = {}
    waiting = [key]
    for each in waiting:
        ways = steps[each].ways() if each in steps else ()
        waiting += [way for way in ways if way not in found]
        found |= dict.fromkeys(ways)
    return list(found)
