"""Test stories from real conversations: a separate file in a project, machine-written as that of the examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml
from msgspec import Struct

from bots.dialogue.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from bots.dialogue.parsed import Entity, Parsed
from bots.project.domain import LISTEN, REQUESTED_SLOT

PATH = "tests/test_conversations.yml"
SESSION = "action_session_start"
Mask = Callable[[str], str]


class DuplicateStoryError(ValueError):
    """A story has this name already."""


class ForeignStoriesError(ValueError):
    """The file contains something other than stories."""


class Turn(Struct, frozen=True):
    """What a citizen said, and what followed."""

    said: Parsed
    after: tuple[Event, ...]

    @property
    def intent(self) -> str:
        return self.said.selected or self.said.intent

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(event.name for event in self.after if isinstance(event, ActionExecuted))


def turns_of(events: Iterable[Event]) -> list[Turn]:
    """The messages of a talk, each with the actions, slots and forms up to the next one."""
    turns: list[tuple[Parsed, list[Event]]] = []
    for event in events:
        match event:
            case UserUttered(parsed=parsed) if parsed.text.strip():
                turns.append((parsed, []))
            case ActionExecuted(name=name) if turns and name not in {LISTEN, SESSION}:
                turns[-1][1].append(event)
            case SlotSet(name=name) if turns and name != REQUESTED_SLOT:
                turns[-1][1].append(event)
            case ActiveLoop() if turns:
                turns[-1][1].append(event)
    return [Turn(said, tuple(after)) for said, after in turns]


def steps(turn: Turn, text: str, intent: str, actions: Sequence[str], mask: Mask) -> Iterator[dict[str, Any]]:
    """The steps of a story; slots and forms stay where the expectation is what happened."""
    yield {"user": _Block(_marked(text, turn.said.entities)), "intent": intent}
    if tuple(actions) != turn.actions or intent != turn.intent:
        yield from ({"action": name} for name in actions)
        return
    for event in turn.after:
        match event:
            case ActionExecuted(name=name, words=words):
                yield {"bot" if words else "action": mask(name) if words else name}
            case SlotSet(name=name, value=value):
                yield {"slot_was_set": [{name: _masked(value, mask)}]}
            case ActiveLoop(name=name):
                yield {"active_loop": name or None}


def with_story(files: Mapping[str, str], name: str, said: Iterable[Mapping[str, Any]]) -> str:
    """The text of the file with another story. Raises DuplicateStoryError and ForeignStoriesError."""
    whole = yaml.safe_load(files.get(PATH, "")) or {"version": "3.1", "stories": []}
    if not isinstance(whole, dict) or whole.keys() - {"version", "stories"} or not isinstance(whole.get("stories"), list):
        raise ForeignStoriesError(PATH)
    stories = whole["stories"]
    if any(isinstance(each, dict) and each.get("story") == name for each in stories):
        raise DuplicateStoryError(name)
    told = [{**each, "steps": [_blocked(step) for step in each["steps"]]} for each in stories]
    return yaml.dump({"version": "3.1", "stories": [*told, {"story": name, "steps": list(said)}]}, Dumper=_Dumper, allow_unicode=True,
                     sort_keys=False, width=1 << 30)


def _blocked(step: Any) -> Any:  # noqa: ANN401 - any YAML
    return {**step, "user": _Block(step["user"])} if isinstance(step, dict) and "user" in step else step


def _marked(text: str, entities: Sequence[Entity]) -> str:
    """Entities are marked where their words are still in the text; what was masked is not heard in the test either."""
    written, at = "", 0
    for one in sorted(entities, key=lambda each: each.start):
        word = str(one.value)
        place = text.find(word, at) if word else -1
        if place >= 0 and not one.role and not one.group:
            written += f"{text[at:place]}[{word}]({one.entity})"
            at = place + len(word)
    return written + text[at:] + "\n"


def _masked(value: Any, mask: Mask) -> Any:  # noqa: ANN401 - a slot has any value
    return (mask(value) or "…") if isinstance(value, str) else value


class _Block(str):
    """Written as a YAML block scalar."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Block, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|"))
