"""Errors and unsupported features of a project, each with file and line.

An error is what Rasa 3.6.21 refuses to train. What Rasa only warns of is a warning here too: a project that works in Rasa is not refused.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from bots.dialogue.forms import asking
from bots.dialogue.histories import TooManyError, checkpoints
from bots.dialogue.parsed import FALLBACK, Entity
from bots.dialogue.policies import Policies
from bots.dialogue.responses import names_in
from bots.project.contradictions import Contradiction
from bots.project.domain import ASK_AFFIRMATION, DEFAULT_FALLBACK, TWO_STAGE, UNLIKELY_INTENT, UTTER, Filling, Form, Kind, Type, Variation
from bots.project.examples import Example
from bots.project.located_yaml import Fault
from bots.project.project import Project, ProjectError
from bots.project.stories import ActionStep, Checkpoint, LoopStep, OrStep, Rule, SlotStep, Step, Story, UserStep


def check(project: Project, policies: Policies | None = None) -> tuple[Fault, ...]:
    """All faults of a project, in the order of its files. Policies are created where none are given."""
    found = [*project.notes, *_Check(project).faults()]
    try:
        contradictions: Iterable[Contradiction] = (policies or Policies(project)).contradictions
    except TooManyError as error:
        found.append(Fault("data", 0, f"истории с or и checkpoint дают слишком много вариантов: «{error}»"))
    else:
        found += [Fault(one.file, one.line, one.words) for one in contradictions]
    return tuple(sorted(set(found)))


def load(project: Project) -> Policies:
    """The policies of a project; raises ProjectError with all faults where one is grave."""
    try:
        policies = Policies(project)
    except TooManyError:
        raise ProjectError(check(project)) from None
    faults = check(project, policies)
    if any(fault.grave for fault in faults):
        raise ProjectError(faults)
    return policies


class _Check:
    def __init__(self, project: Project) -> None:
        self._project, self._domain = project, project.domain

    def faults(self) -> Iterator[Fault]:
        yield from self._slots()
        yield from self._forms()
        yield from self._responses()
        yield from self._examples()
        yield from self._stories()
        yield from self._rules()
        yield from self._checkpoints()
        yield from self._unused()
        yield from self._settings()
        if not self._project.tests:
            yield Fault("tests", 0, "тестовых историй нет: проект можно опубликовать, но никто его не проверит", grave=False)

    @cached_property
    def _told(self) -> tuple[tuple[Story | Rule, tuple[Step, ...]], ...]:
        rules = [(rule, (*rule.conditions, *rule.steps)) for rule in self._project.rules]
        return (*((story, story.steps) for story in (*self._project.stories, *self._project.tests)), *rules)

    def _at(self, section: str, name: str, words: str, *, grave: bool = True) -> Fault:
        file, line = self._domain.places.get((section, name), ("domain.yml", 0))
        return Fault(file, line, words, grave)

    def _slots(self) -> Iterator[Fault]:
        for name, slot in self._domain.slots.items():
            for filling in slot.fillings:
                yield from (self._at("slots", name, f"слот «{name}»: {words}", grave=grave) for words, grave in self._filling(filling))

    def _filling(self, filling: Filling) -> Iterator[tuple[str, bool]]:  # noqa: C901 - one line for each fault
        domain = self._domain
        if filling.kind is Kind.ENTITY and filling.entity not in domain.entities:
            yield f"сущности «{filling.entity}» нет в домене", False
        elif filling.kind is Kind.ENTITY:
            for label in (filling.role, filling.group):
                if label and f"{filling.entity}#{label}" not in domain.entities[filling.entity]:
                    yield f"у сущности «{filling.entity}» нет роли или группы «{label}»", False
        for intent in (*filling.intents, *filling.not_intents):
            if intent not in domain.intents:
                yield f"намерения «{intent}» нет в домене", False
        if filling.action and filling.action not in domain.known:
            yield f"действия «{filling.action}» нет в домене", False
        for condition in filling.conditions:
            if condition.loop and condition.loop not in domain.forms:
                yield f"формы «{condition.loop}» нет в домене", True
            if condition.requested and condition.requested not in domain.slots:
                yield f"слота «{condition.requested}» нет в домене", False

    def _forms(self) -> Iterator[Fault]:
        for form in self._domain.forms.values():
            yield from (self._at("forms", form.name, f"форма «{form.name}»: {words}", grave=grave) for words, grave in self._form(form))

    def _form(self, form: Form) -> Iterator[tuple[str, bool]]:
        domain = self._domain
        validated = f"validate_{form.name}" in domain.known
        if domain.is_form(form.name) and not form.slots and not validated:
            yield "не спрашивает ни об одном слоте", False
        for slot in form.slots:
            if slot not in domain.slots:
                yield f"слота «{slot}» нет в домене", True
            elif not asking(form.name, slot, domain):
                yield f"нечем спросить о слоте «{slot}»: нет {UTTER}ask_{slot} и action_ask_{slot}", False
        for intent in form.ignored_intents:
            if intent not in domain.intents:
                yield f"намерения «{intent}» нет в домене", False

    def _responses(self) -> Iterator[Fault]:
        for name, variations in self._domain.responses.items():
            file = self._domain.places.get(("responses", name), ("domain.yml", 0))[0]
            for variation in variations:
                yield from (Fault(file, variation.line, f"ответ «{name}»: {words}", grave=False) for words in self._variation(variation))
        for action in self._domain.actions:
            if action.startswith(UTTER) and action not in self._domain.responses and not self._domain.is_retrieval(action):
                yield self._at("actions", action, f"у ответа «{action}» нет текста в responses", grave=False)

    def _variation(self, variation: Variation) -> Iterator[str]:
        slots = self._domain.slots
        for slot, _ in variation.conditions or ():
            if slot not in slots:
                yield f"условие по слоту «{slot}», которого нет в домене"
        for name in sorted(names_in({"text": variation.parts.get("text")})):
            if name not in slots:
                yield f"«{{{name}}}» — не слот: значение должно дать действие"
        for button in variation.parts.get("buttons") or ():
            payload = button.get("payload", "") if isinstance(button, Mapping) else ""
            intent = _intent_of(payload)
            if intent and intent not in self._domain.intents:
                yield f"кнопка посылает намерение «{intent}», которого нет в домене"

    def _examples(self) -> Iterator[Fault]:
        domain = self._domain
        strange = defaultdict[str, list[Example]](list)
        for one in self._project.examples.said:
            if one.intent.split("/")[0] not in domain.intents:
                strange[one.intent].append(one)
            yield from self._entities(one.file, one.line, one.entities)
        for intent, said in strange.items():  # one for each intent, not one for each example
            yield Fault(said[0].file, said[0].line, f"намерения «{intent}» нет в домене (примеров: {len(said)})", grave=False)
        questions = {one.intent for one in self._project.examples.said if "/" in one.intent}
        for question in sorted(questions):
            if UTTER + question not in domain.responses:
                yield Fault("data", 0, f"на вопрос «{question}» нет ответа «{UTTER}{question}»", grave=False)
        taught = {one.intent.split("/")[0] for one in self._project.examples.said}
        for intent in domain.intents.keys() - taught:
            if ("intents", intent) in domain.places and intent != FALLBACK and self._project.examples.said:
                yield self._at("intents", intent, f"у намерения «{intent}» нет примеров", grave=False)

    def _entities(self, file: str, line: int, entities: Iterable[Entity]) -> Iterator[Fault]:
        for entity in entities:
            if entity.entity not in self._domain.entities:
                yield Fault(file, line, f"сущности «{entity.entity}» нет в домене", grave=False)
                continue
            for label in (entity.role, entity.group):
                if label and f"{entity.entity}#{label}" not in self._domain.entities[entity.entity]:
                    yield Fault(file, line, f"у сущности «{entity.entity}» нет роли или группы «{label}» в домене", grave=False)

    def _stories(self) -> Iterator[Fault]:
        tests = set(map(id, self._project.tests))
        for told, steps in self._told:
            learnt = id(told) not in tests
            for step in steps:
                for one in step.steps if isinstance(step, OrStep) else (step,):
                    yield from (Fault(told.file, step.line, words, grave and learnt) for words, grave in self._step(one))
                    if isinstance(one, UserStep):
                        yield from self._entities(told.file, step.line, one.entities)
        names: dict[str, Story] = {}
        for story in self._project.tests:
            if story.name in names:
                yield Fault(story.file, story.line, f"история «{story.name}» уже есть в строке {names[story.name].line}", grave=False)
            names.setdefault(story.name, story)

    def _step(self, step: Step) -> Iterator[tuple[str, bool]]:
        domain = self._domain
        match step:
            case UserStep(intent=intent) if intent and intent not in domain.intents:
                yield f"намерения «{intent}» нет в домене", False
            case ActionStep(action=action) if action == UNLIKELY_INTENT:
                yield f"{UNLIKELY_INTENT} не поддерживается: здесь его никто не выбирает", False
            case ActionStep(action=action) if action and action.split("/")[0] not in domain.known and action not in domain.known:
                yield f"действия «{action}» нет в домене", True
            case SlotStep(slot=slot) if slot not in domain.slots:
                yield f"слота «{slot}» нет в домене", False
            case SlotStep(slot=slot, value=value) if domain.slots[slot].type is Type.CATEGORICAL and isinstance(value, str):
                if domain.slots[slot].values and value.lower() not in domain.slots[slot].values:
                    yield f"у слота «{slot}» нет значения «{value}»", False
            case LoopStep(loop=loop) if loop and loop not in domain.forms and loop != TWO_STAGE:
                yield f"формы «{loop}» нет в домене", True
            case Checkpoint(slots=slots):
                yield from ((f"слота «{slot}» нет в домене", False) for slot in slots if slot not in domain.slots)
            case _:
                pass

    def _rules(self) -> Iterator[Fault]:
        for rule in self._project.rules:
            said = sum(isinstance(step, UserStep) or (isinstance(step, OrStep) and isinstance(step.steps[0], UserStep))
                       for step in rule.steps)
            if said > 1 and self._project.settings.restrict_rules:
                yield Fault(rule.file, rule.line,
                            f"правило «{rule.name}»: больше одной реплики; для этого есть истории (или restrict_rules: false)")
            if any(isinstance(step, Checkpoint) for step in rule.steps):
                yield Fault(rule.file, rule.line, f"правило «{rule.name}»: checkpoint бывает только в историях", grave=False)
        if self._project.rules and not self._project.settings.rules:
            yield Fault("config.yml", 0, "есть правила, но нет RulePolicy", grave=False)
        if self._domain.forms and not self._project.settings.rules:
            yield Fault("config.yml", 0, "есть формы, но нет RulePolicy")

    def _checkpoints(self) -> Iterator[Fault]:
        found = list(checkpoints(self._project.stories))
        begun, ended = ({one.name for _, one, begins in found if begins is which} for which in (True, False))
        for story, one, begins in found:
            if begins and one.name not in ended:
                yield Fault(story.file, one.line, f"checkpoint «{one.name}»: им не кончается ни одна история", grave=False)
            if not begins and one.name not in begun and not _inner(found, story, one):
                yield Fault(story.file, one.line, f"checkpoint «{one.name}»: с него не начинается ни одна история", grave=False)

    def _unused(self) -> Iterator[Fault]:
        used = {step.action for _, steps in self._told for step in steps if isinstance(step, ActionStep)}
        used |= {asking(form.name, slot, self._domain) for form in self._domain.forms.values() for slot in form.slots}
        used |= {"utter_restart", "utter_back", "utter_default", "utter_ask_rephrase"}
        for name in self._domain.responses:
            if "/" not in name and name not in used and not self._domain.actions:
                yield self._at("responses", name, f"ответ «{name}» не встречается ни в историях, ни в правилах", grave=False)

    def _settings(self) -> Iterator[Fault]:
        fallback = self._project.settings.fallback
        if fallback and fallback not in self._domain.known:
            yield Fault("config.yml", 0, f"действия «{fallback}» (core_fallback_action_name) нет в домене")
        if fallback == DEFAULT_FALLBACK and "utter_default" not in self._domain.responses and DEFAULT_FALLBACK not in self._domain.own:
            yield Fault("domain.yml", 0, "нет ответа utter_default: если ничего не подходит, бот молча позовёт оператора", grave=False)
        used = {step.action for _, steps in self._told for step in steps if isinstance(step, ActionStep)}
        if TWO_STAGE in used and ASK_AFFIRMATION not in self._domain.own:
            yield Fault("domain.yml", 0, f"нет своего {ASK_AFFIRMATION}: бот переспросит по-английски, с именем намерения", grave=False)
        if TWO_STAGE in used and "utter_ask_rephrase" not in self._domain.responses:
            yield Fault("domain.yml", 0, "нет ответа utter_ask_rephrase, который нужен action_two_stage_fallback", grave=False)
        if not self._domain.actions and any(one.kind is Kind.CUSTOM for slot in self._domain.slots.values() for one in slot.fillings):
            yield Fault("domain.yml", 0, "слоты вида custom никто не заполняет: в домене нет ни одного действия", grave=False)


def _inner(found: Iterable[tuple[Story, Checkpoint, bool]], story: Story, one: Checkpoint) -> bool:
    """Whether a checkpoint is inside a story, so that the story itself continues from it."""
    return any(other is story and checkpoint is one and not begins and story.steps[-1] is not one for other, checkpoint, begins in found)


def _intent_of(payload: Any) -> str:  # noqa: ANN401 - what JSON holds
    if not isinstance(payload, str) or not payload.startswith("/"):
        return ""
    return payload[1:].split("{")[0].split("@")[0].split("/")[0].strip()
