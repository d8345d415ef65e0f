"""A project of Rasa 2.0 in the format 3.1, as `rasa data migrate` writes it.

Since Rasa 3 slots say themselves what fills them: mappings of forms move to the slots with the form as their condition, and a slot with
the name of an entity is filled by it unless `auto_fill` is false.
"""

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from bots.project.domain_file import plain
from bots.project.located_yaml import Fault, Page
from bots.project.project import ProjectError

VERSION = re.compile(r"""^version:\s*["']?2(?:\.\d+)?["']?\s*$""", re.MULTILINE)
ALWAYS = {"from_entity", "from_trigger_intent"}
"""Mappings that fill a slot whenever their form is active; others do so only while the form asks for it."""
NOT_COPIED = shutil.ignore_patterns(".*", "models", "__pycache__")

FIRST = re.compile(r"^## (?:intent|lookup|synonym|regex):|^\* ", re.MULTILINE)
"""Markdown of Rasa 1."""
IS_FIRST = ("это проект Rasa 1: сначала переведите его в Rasa 2 её командами `rasa data convert nlu --format yaml` и "
            "`rasa data convert core --format yaml`, затем `okno bot migrate`")
SECTIONS = ("forms", "slots", "responses")

Document = dict[str, Any]


def migrate(before: Path, after: Path) -> list[Path]:
    """Write a migrated copy of a project; returns the changed files. Raises ProjectError, and FileExistsError where `after` exists."""
    domains = [(path, _read(path, before)) for path in _domain_files(before)]
    if not domains:
        raise ProjectError((Fault(str(before), 0, "нет ни domain.yml, ни папки domain"),))
    if faults := [*_of_rasa_1(before), *_misshapen(before, domains)]:
        raise ProjectError(tuple(faults))
    forms: Document = {name: form for _, domain in domains for name, form in (domain.get("forms") or {}).items()}
    named = [each for _, domain in domains for each in domain.get("entities") or []]
    entities = {name for each in named for name in ([each] if isinstance(each, str) else each)}
    fillings = _fillings_of(forms)
    known = {name for _, domain in domains for name in domain.get("slots") or {}}
    missing = {name: {"type": "any", "influence_conversation": False} for name in fillings if name not in known}
    domains[0][1]["slots"] = (domains[0][1].get("slots") or {}) | missing
    shutil.copytree(before, after, ignore=NOT_COPIED)
    for path, domain in domains:
        if slots := domain.get("slots"):
            domain["slots"] = {name: _slot(name, slot or {}, fillings.get(name, []), entities) for name, slot in slots.items()}
        if domain.get("forms"):
            domain["forms"] = {name: _form(form or {}) for name, form in domain["forms"].items()}
        domain["version"] = "3.1"
        written = yaml.safe_dump(domain, allow_unicode=True, sort_keys=False, width=130)
        (after / path.relative_to(before)).write_text(written, encoding="utf8")
    changed = [after / path.relative_to(before) for path, _ in domains]
    for path in sorted((*after.rglob("*.yml"), *after.rglob("*.yaml"))):
        text = path.read_text("utf-8-sig")
        if path not in changed and VERSION.search(text):
            path.write_text(VERSION.sub('version: "3.1"', text), encoding="utf8")
            changed.append(path)
    return changed


def _domain_files(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in ("domain.yml", "domain.yaml") if (folder / name).is_file())
    yield from sorted((*folder.glob("domain/**/*.yml"), *folder.glob("domain/**/*.yaml")))


def _of_rasa_1(folder: Path) -> Iterator[Fault]:
    for path in sorted(folder.glob("data/**/*.md")):
        if FIRST.search(path.read_text("utf-8-sig", "replace")):
            yield Fault(path.relative_to(folder).as_posix(), 0, IS_FIRST)


def _misshapen(folder: Path, domains: Iterable[tuple[Path, Document]]) -> Iterator[Fault]:
    for path, domain in domains:
        for name in SECTIONS:
            section = domain.get(name)
            if section and not (isinstance(section, dict) and all(isinstance(each, dict | list | None) for each in section.values())):
                yield Fault(path.relative_to(folder).as_posix(), 0, f"{name}: ожидаются пары «ключ: значение»")


def _read(path: Path, folder: Path) -> Document:
    faults: list[Fault] = []
    read = Page(path.relative_to(folder).as_posix(), faults).read(path.read_text("utf-8-sig"))
    if faults:
        raise ProjectError(tuple(faults))
    return dict(plain(read))


def _required(form: Document) -> Document:
    """The slots of a form of Rasa 2, with their mappings; {} for one of Rasa 3."""
    required = form.get("required_slots", {key: value for key, value in form.items() if key != "ignored_intents"})
    return required if isinstance(required, dict) else {}


def _fillings_of(forms: Document) -> dict[str, list[Document]]:
    """The mappings of each slot; one that several forms have, has them all as conditions."""
    found: dict[str, list[Document]] = {}
    for name, form in forms.items():
        for slot, mappings in _required(form or {}).items():
            fillings = found.setdefault(slot, [])
            for mapping in mappings or [{"type": "from_entity", "entity": slot}]:
                condition = {"active_loop": name} | ({} if mapping.get("type") in ALWAYS else {"requested_slot": slot})
                same = next((each for each in fillings if {**each, "conditions": None} == {**mapping, "conditions": None}), None)
                if same is None:
                    fillings.append({**mapping, "conditions": [condition]})
                else:
                    same["conditions"].append(condition)
    return found


def _slot(name: str, slot: Document, fillings: list[Document], entities: set[str]) -> Document:
    if "mappings" in slot:
        return slot
    kept = {key: value for key, value in slot.items() if key != "auto_fill"}
    if kept.get("type") == "unfeaturized":
        kept |= {"type": "any", "influence_conversation": False}
    mappings = list(fillings)
    if name in entities and slot.get("auto_fill", True) is not False:
        mappings.append({"type": "from_entity", "entity": name})
    return {**kept, "mappings": mappings or [{"type": "custom"}]}


def _form(form: Document) -> Document:
    required = form.get("required_slots")
    if isinstance(required, list):
        return form
    ignored = {"ignored_intents": form["ignored_intents"]} if "ignored_intents" in form else {}
    return ignored | {"required_slots": list(_required(form))}
