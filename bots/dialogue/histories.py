"""Stories and rules as dialogue histories, with implicit steps added.

A story with alternatives (`or`) or with a checkpoint at its end stands for several dialogues. Of dialogues that become equal only one
continues, which limits their number.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from bots.dialogue.parsed import Entity, Parsed
from bots.dialogue.tracker import State, follow
from bots.project.domain import LISTEN, SNIPPET, UNSET, Domain, Kind, Type
from bots.project.stories import ActionStep, Checkpoint, LoopStep, OrStep, Rule, SlotStep, Step, Story, UserStep

MOST = 3_000
"""Maximum dialogues from the stories of one project."""
_ROUNDS = 2
"""Maximum passes of one dialogue through the same part of a story."""


class TooManyError(Exception):
    """The stories expand to too many dialogues; the text names a story."""


class History(Struct, frozen=True):
    """A completed dialogue."""

    name: str
    events: tuple[Event, ...]
    is_rule: bool = False
    file: str = ""
    line: int = 0

    def examples(self, domain: Domain, *, touched_only: bool = False) -> Iterator[tuple[Sequence[State], str]]:
        """Each predictable action with the states before it."""
        moments, _ = follow(domain, self.events, touched_only=touched_only)
        states = [moment.state for moment in moments]
        done = [event for event in self.events if isinstance(event, ActionExecuted)]
        for i, event in enumerate(done, 1):
            if not event.unpredictable:
                yield states[:i], event.name


class _Block(Struct, frozen=True):
    """A part of a story between checkpoints; each of `turns` has one alternative or several."""

    name: str
    begins: tuple[Checkpoint, ...]
    turns: tuple[tuple[tuple[Event, ...], ...], ...]
    end: str = ""
    file: str = ""
    line: int = 0


def of_rules(rules: Iterable[Rule], domain: Domain) -> list[History]:
    return [history for rule in rules for history in _of_rule(rule, domain)]


def of_stories(stories: Iterable[Story], domain: Domain, last_states: int | None) -> list[History]:
    """The dialogues of the stories; those with equal last states continue as one (None: all states).

    Raises TooManyError.
    """
    blocks = [block for story in stories for block in _blocks(story, domain)]
    return list({_look(history.events, domain, None): history for history in _joined(blocks, domain, last_states)}.values())


def of_tests(stories: Iterable[Story], domain: Domain) -> list[History]:
    """Test stories, one dialogue for each."""
    tests = []
    for story in stories:
        turns = [_turn(step, domain) for step in story.steps if not isinstance(step, Checkpoint)]
        events: list[Event] = []
        for turn in turns:
            _append(events, turn[0])
        tests.append(History(story.name, tuple(_listening(events)), file=story.file, line=story.line))
    return tests


def checkpoints(stories: Iterable[Story]) -> Iterator[tuple[Story, Checkpoint, bool]]:
    """Each checkpoint, and whether its story begins with it."""
    for story in stories:
        begun = False
        for step in story.steps:
            if isinstance(step, Checkpoint):
                yield story, step, not begun
            else:
                begun = True


def _of_rule(rule: Rule, domain: Domain) -> Iterator[History]:
    before = [event for step in rule.conditions for event in _turn(step, domain)[0]]
    if not rule.starts:
        before.append(ActionExecuted(SNIPPET, unpredictable=True))
    for turns in itertools.product(*(_turn(step, domain) for step in rule.steps if not isinstance(step, Checkpoint))):
        events = list(before)
        for turn in turns:
            _append(events, turn)
        if not rule.waits:
            events.append(ActionExecuted(SNIPPET))
        unset = [_unset(event) for event in _unforeseen(_listening(events))]
        yield History(rule.name, tuple(unset), is_rule=True, file=rule.file, line=rule.line)


def _unset(event: Event) -> Event:
    """A slot or form that a rule sets to nothing must have no value."""
    match event:
        case SlotSet(name=name, value=None):
            return SlotSet(name, UNSET)
        case ActiveLoop(name=""):
            return ActiveLoop(UNSET)
        case _:
            return event


def _blocks(story: Story, domain: Domain) -> Iterator[_Block]:
    begins: list[Checkpoint] = []
    turns: list[tuple[tuple[Event, ...], ...]] = []
    for step in story.steps:
        if not isinstance(step, Checkpoint):
            turns.append(_turn(step, domain))
        elif turns:
            yield _Block(story.name, tuple(begins), tuple(turns), step.name, story.file, story.line)
            begins, turns = [step], []
        else:
            begins.append(step)
    if turns:
        yield _Block(story.name, tuple(begins), tuple(turns), "", story.file, story.line)


class _Path(Struct, frozen=True):
    """An incomplete dialogue."""

    name: str
    events: tuple[Event, ...]
    told: tuple[int, ...] = ()
    """Its blocks. None occurs more than twice: a circle of checkpoints ends where it closes."""


def _joined(blocks: Sequence[_Block], domain: Domain, last_states: int | None) -> Iterator[History]:
    waiting = [(i, _Path("", ())) for i, block in enumerate(blocks) if not block.begins]
    by_checkpoint: defaultdict[str, list[int]] = defaultdict(list)
    for i, block in enumerate(blocks):
        for begin in block.begins:
            by_checkpoint[begin.name].append(i)
    seen: set[object] = set()
    count = 0
    while waiting:
        i, path = waiting.pop(0)
        block = blocks[i]
        ended, ways = _told(block, path, domain, last_states)
        count += len(ended) + len(ways)
        if count > MOST:
            raise TooManyError(block.name)
        yield from (History(one.name, tuple(_unforeseen(list(one.events))), file=block.file, line=block.line) for one in ended)
        for way in ways:
            following = [j for j in by_checkpoint.get(block.end, ()) if block.end and way.told.count(j) < _ROUNDS]
            fitting = [j for j in following if _holds(way, blocks[j], block.end, domain)]
            if not fitting:
                yield _finished(way, block)
            for j in fitting:
                key = (j, _look(way.events, domain, last_states), way.told.count(j))
                if key in seen:
                    yield _finished(way, block)
                else:
                    seen.add(key)
                    waiting.append((j, replace(way, told=(*way.told, j))))


def _told(block: _Block, path: _Path, domain: Domain, last_states: int | None) -> tuple[list[_Path], list[_Path]]:
    """The dialogues dropped as equal to others, and the dialogues that continue, after a block."""
    ways, ended = [replace(path, name=f"{path.name} > {block.name}" if path.name else block.name)], []
    for turn in block.turns:
        if len(ways) * len(turn) > MOST:
            raise TooManyError(block.name)
        ways = [replace(way, events=_with(way.events, one)) for way in ways for one in turn]
        if len(turn) > 1:
            distinct: dict[object, _Path] = {}
            ended += [way for way in ways if distinct.setdefault(_look(way.events, domain, last_states), way) is not way]
            ways = list(distinct.values())
    return ended, ways


def _look(events: tuple[Event, ...], domain: Domain, last_states: int | None) -> object:
    moments, point = follow(domain, events)
    states = [*(moment.state for moment in moments), point.state(domain)]
    return tuple(states[-last_states:]) if last_states else tuple(states)


def _holds(path: _Path, block: _Block, checkpoint: str, domain: Domain) -> bool:
    wanted = [begin.slots for begin in block.begins if begin.name == checkpoint]
    if not any(wanted):
        return True
    _, point = follow(domain, path.events)
    return any(all(point.slots.get(slot) == value for slot, value in slots.items()) for slots in wanted)


def _finished(path: _Path, block: _Block) -> History:
    events = _listening(path.events) if not block.end else list(path.events)
    return History(path.name, tuple(_unforeseen(events)), file=block.file, line=block.line)


def _unforeseen(events: list[Event]) -> list[Event]:
    """The first action of a story is unpredictable."""
    for i, event in enumerate(events):
        if isinstance(event, UserUttered) or (isinstance(event, ActionExecuted) and event.name == LISTEN):
            break
        if isinstance(event, ActionExecuted):
            return [*events[:i], replace(event, unpredictable=True), *events[i + 1:]]
    return events


def _listening(events: Iterable[Event]) -> list[Event]:
    done = list(events)
    if not done or not _is_listen(done[-1]):
        done.append(ActionExecuted(LISTEN))
    return done


def _is_listen(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == LISTEN


def _append(events: list[Event], turn: tuple[Event, ...]) -> None:
    """Before each message of the citizen the bot has listened."""
    if isinstance(turn[0], UserUttered) and not (events and _is_listen(events[-1])):
        events.append(ActionExecuted(LISTEN))
    events += turn


def _with(events: tuple[Event, ...], turn: tuple[Event, ...]) -> tuple[Event, ...]:
    joined = list(events)
    _append(joined, turn)
    return tuple(joined)


def _turn(step: Step, domain: Domain) -> tuple[tuple[Event, ...], ...]:
    """The events of a step; one tuple for each alternative."""
    match step:
        case UserStep():
            return ((uttered(step), *_filled(step.entities, domain)),)
        case ActionStep(action=action, words=words):
            return ((ActionExecuted(action or words, words=not action),),)
        case SlotStep(slot=slot, value=value, named=named):
            return ((SlotSet(slot, _named(slot, domain) if named else value),),)
        case LoopStep(loop=loop):
            return ((ActiveLoop(loop),),)
        case OrStep(steps=steps):
            return tuple(turn for one in steps for turn in _turn(one, domain))
        case Checkpoint():
            return ()


def uttered(step: UserStep) -> UserUttered:
    parsed = Parsed(step.text, step.intent, 1.0 if step.intent else 0.0, (), step.entities, step.full_intent)
    return UserUttered(parsed)


def _named(slot: str, domain: Domain) -> Any:  # noqa: ANN401 - a slot holds what JSON holds
    """The value of a slot where a story says only that it is set."""
    known = domain.slots.get(slot)
    return {Type.TEXT: "filled", Type.LIST: ["filled"]}.get(known.type) if known else None


def _filled(entities: tuple[Entity, ...], domain: Domain) -> Iterator[SlotSet]:
    """The slots filled by entities in a story."""
    if not (entities and domain.entity_slots):
        return
    for name, slot in domain.slots.items():
        values = [one.value for filling in slot.fillings
                  if filling.kind is Kind.ENTITY and not (filling.conditions and filling.conditions[0].loop)
                  for one in entities if filling.finds(one)]
        if values:
            yield SlotSet(name, values if slot.type is Type.LIST else values[-1])
