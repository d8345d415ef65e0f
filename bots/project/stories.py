"""Stories and rules of a project."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.parsed import Entity
from bots.project.domain_file import plain
from bots.project.examples import unmark
from bots.project.located_yaml import Map, Page, Seq, Value

_STEP_KEYS = {"intent", "user", "entities", "or", "action", "bot", "checkpoint", "slot_was_set", "active_loop", "form", "metadata"}


class UserStep(Struct, frozen=True):
    """A message of the citizen: an intent, or words, or both."""

    intent: str
    text: str = ""
    entities: tuple[Entity, ...] = ()
    full_intent: str = ""
    """A retrieval intent with its question, as test stories may name it: faq/ask_hours."""
    line: int = 0


class ActionStep(Struct, frozen=True):
    """An action of the bot; or `words` is its literal text without a response."""

    action: str
    words: str = ""
    line: int = 0


class SlotStep(Struct, frozen=True):
    """A slot has a value. With `named` the story says only that it is set."""

    slot: str
    value: Any = None
    named: bool = False
    line: int = 0


class LoopStep(Struct, frozen=True):
    """A form is active; "" for none."""

    loop: str
    line: int = 0


class Checkpoint(Struct, frozen=True):
    """Stories that end with a checkpoint continue with those that begin with it, if the slots have the required values."""

    name: str
    slots: Mapping[str, Any] = {}
    line: int = 0


class OrStep(Struct, frozen=True):
    """One of several alternatives."""

    steps: tuple[UserStep | SlotStep, ...]
    line: int = 0


Step: TypeAlias = UserStep | ActionStep | SlotStep | LoopStep | Checkpoint | OrStep


class Story(Struct, frozen=True):
    name: str
    steps: tuple[Step, ...]
    file: str = ""
    line: int = 0


class Rule(Struct, frozen=True):
    """A rule: the action that always follows."""

    name: str
    steps: tuple[Step, ...]
    conditions: tuple[Step, ...] = ()
    starts: bool = False
    """It applies only at the start of a conversation."""
    waits: bool = True
    """After its last action the bot listens."""
    file: str = ""
    line: int = 0


def read_stories(page: Page, file: Map) -> Iterator[Story]:
    for line, item in page.seq(file.get("stories"), file.at("stories"), "stories").placed():
        map_ = page.map(item, line, "stories")
        if name := _name(page, map_, line, "story"):
            yield Story(name, tuple(_steps(page, map_, "steps")), page.file, line)
        page.unknown_keys(map_, {"story", "steps", "metadata"}, "история")


def read_rules(page: Page, file: Map) -> Iterator[Rule]:
    for line, item in page.seq(file.get("rules"), file.at("rules"), "rules").placed():
        map_ = page.map(item, line, "rules")
        if name := _name(page, map_, line, "rule"):
            yield Rule(name, tuple(_steps(page, map_, "steps")), tuple(_steps(page, map_, "condition")),
                       bool(map_.get("conversation_start")), map_.get("wait_for_user_input") is not False, page.file, line)
        page.unknown_keys(map_, {"rule", "steps", "condition", "conversation_start", "wait_for_user_input", "metadata"}, "правило")


def _name(page: Page, map_: Map, line: int, key: str) -> str:
    name = page.text(map_.get(key), map_.at(key), key)
    if name and not map_.get("steps"):
        page.fault(line, f"«{name}»: нет ни одного шага", grave=False)
        return ""
    return name


def _steps(page: Page, map_: Map, key: str) -> Iterator[Step]:
    for line, item in page.seq(map_.get(key), map_.at(key), key).placed():
        if isinstance(item, Map):
            yield from _step(page, line, item)
        elif item != "...":
            page.fault(line, f"шаг «{item}» непонятен")


def _step(page: Page, line: int, item: Map) -> Iterator[Step]:  # noqa: C901 - one case for each kind of step
    if "intent" in item or "user" in item:
        if (said := _said(page, line, item)) is not None:
            yield said
    elif "or" in item:
        yield from _either(page, line, item)
    elif "action" in item:
        if action := page.text(item["action"], line, "action"):
            yield ActionStep(action, line=line)
    elif "bot" in item:
        yield ActionStep("", page.text(item["bot"], line, "bot"), line)
    elif "checkpoint" in item:
        slots = {one.slot: one.value for one in _was(page, item)}
        yield Checkpoint(page.text(item["checkpoint"], line, "checkpoint"), slots, line)
    elif "slot_was_set" in item:
        yield from _was(page, item)
    elif "active_loop" in item:
        yield LoopStep(page.text(item["active_loop"] or "", line, "active_loop"), line)
    elif "form" in item:
        page.fault(line, "шаг form из Rasa 2 называется active_loop")
    elif "metadata" not in item:
        page.fault(line, f"шаг непонятен: {', '.join(item)}")
    page.unknown_keys(item, _STEP_KEYS, "шаг")


def _said(page: Page, line: int, item: Map) -> UserStep | None:
    written = page.text(item.get("intent") or "", item.at("intent"), "intent")
    if not written and "user" not in item:
        page.fault(line, "intent не назван")
        return None
    if written.startswith("/"):
        page.fault(line, f"намерение «{written}»: косая черта лишняя", grave=False)
        written = written[1:]
    base, _, question = written.partition("/")
    said = UserStep(base, full_intent=written if question else "", line=line)
    if "user" not in item:
        return replace(said, entities=tuple(_entities(page, item)))
    words = page.text(item["user"], item.at("user"), "user")
    try:
        marked = unmark(words)
    except ValueError as error:
        page.fault(line, str(error))
        return said
    return replace(said, text=marked.text, entities=marked.entities)


def _entities(page: Page, item: Map) -> Iterator[Entity]:
    """`- city`, `- city: Москва`, or the same with `role` and `group`."""
    for line, one in page.seq(item.get("entities"), item.at("entities"), "entities").placed():
        if not isinstance(one, Map):
            yield Entity(page.text(one, line, "entity"))
            continue
        names = [key for key in one if key not in {"role", "group"}]
        if len(names) != 1:
            page.fault(line, "entities: ожидается одна сущность")
            continue
        role, group = (page.text(one.get(key, ""), line, key) for key in ("role", "group"))
        value = plain(one[names[0]])
        yield Entity(names[0], "" if value is None else value, role=role, group=group)


def _was(page: Page, item: Map) -> Iterator[SlotStep]:
    written: Value = item.get("slot_was_set")
    if isinstance(written, Map):
        yield from (SlotStep(slot, plain(value), line=written.at(slot)) for slot, value in written.items())
        return
    for line, one in page.seq(written, item.at("slot_was_set"), "slot_was_set").placed():
        if isinstance(one, Map):
            yield from (SlotStep(slot, plain(value), line=line) for slot, value in one.items())
        elif slot := page.text(one, line, "slot_was_set"):
            yield SlotStep(slot, named=True, line=line)


def _either(page: Page, line: int, item: Map) -> Iterator[OrStep]:
    steps: list[UserStep | SlotStep] = []
    options: Seq = page.seq(item["or"], line, "or")
    for at, option in options.placed():
        map_ = page.map(option, at, "or")
        if "intent" in map_:
            if (said := _said(page, at, map_)) is not None:
                steps.append(said)
        elif "slot_was_set" in map_:
            steps += _was(page, map_)
        else:
            page.fault(at, "в or бывают intent и slot_was_set")
    if steps:
        yield OrStep(tuple(steps), line)
