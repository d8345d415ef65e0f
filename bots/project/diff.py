"""Differences between two versions of a project."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bots.project.project import Project
from bots.project.stories import Rule, Story


class Kind(StrEnum):
    ADDED = "+"
    REMOVED = "-"
    CHANGED = "~"


class ProjectChange(Struct, frozen=True):
    kind: Kind
    what: str
    """Section of the project: intents, responses, rules …"""
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.what}: {self.name}"


def compare(before: Project, after: Project) -> Iterator[ProjectChange]:
    """What `after` adds, removes and changes, whatever the positions in the files."""
    old, new = _sections(before), _sections(after)
    for what, section in new.items():
        for name in sorted(old[what].keys() | section.keys()):
            if name not in old[what]:
                yield ProjectChange(Kind.ADDED, what, name)
            elif name not in section:
                yield ProjectChange(Kind.REMOVED, what, name)
            elif old[what][name] != section[name]:
                yield ProjectChange(Kind.CHANGED, what, name)


def _sections(project: Project) -> Mapping[str, Mapping[str, Any]]:
    domain = project.domain
    examples: dict[str, list[tuple[str, Any]]] = {}
    for one in project.examples.said:
        examples.setdefault(one.intent, []).append((one.text, one.entities))
    return {
        "intents": dict.fromkeys(domain.intents), "entities": domain.entities, "slots": domain.slots,
        "responses": {name: [replace(one, line=0) for one in variations] for name, variations in domain.responses.items()},
        "forms": domain.forms, "actions": dict.fromkeys(domain.actions), "examples": examples, "synonyms": project.examples.synonyms,
        "lookups": project.examples.lookups, "rules": {rule.name: _placeless(rule) for rule in project.rules},
        "stories": {story.name: _placeless(story) for story in project.stories},
        "tests": {story.name: _placeless(story) for story in project.tests},
        "settings": {name: getattr(project.settings, name) for name in project.settings.__struct_fields__},
    }


def _placeless(told: Rule | Story) -> Rule | Story:
    steps = tuple(replace(step, line=0) for step in told.steps)
    if isinstance(told, Rule):
        return replace(told, steps=steps, conditions=tuple(replace(step, line=0) for step in told.conditions), file="", line=0)
    return replace(told, steps=steps, file="", line=0)
