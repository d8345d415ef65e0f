"""The domain of a project, read from one or several files."""

import itertools
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from bots.project.domain import (
    DEFAULT_INTENTS,
    REQUESTED_SLOT,
    SESSION_METADATA,
    UTTER,
    Condition,
    Domain,
    Filling,
    Form,
    Intent,
    Kind,
    Place,
    Session,
    Slot,
    Type,
    Variation,
)
from bots.project.located_yaml import Map, Page, Seq, Value

KEYS = ("intents", "entities", "slots", "responses", "actions", "forms", "e2e_actions", "session_config", "config")
"""Permitted keys of a domain file, besides `version`."""
_SLOT_KEYS = frozenset(["type", "mappings", "initial_value", "influence_conversation", "values", "min_value", "max_value",
                        "value_reset_delay"])
_CLASSES = {f"rasa.shared.core.slots.{name}Slot": type_ for name, type_ in zip(
    ("Text", "Boolean", "Categorical", "Float", "List", "Any"), Type, strict=True)}
"""Types by the names of Rasa's classes, as some tools write them."""
_FILLING_KEYS = frozenset(["type", "entity", "role", "group", "intent", "not_intent", "value", "action", "conditions"])
_VARIATION_KEYS = frozenset(["text", "buttons", "image", "attachment", "custom", "elements", "quick_replies", "channel", "condition", "id",
                             "metadata", "button_type"])


class DomainReader:
    """Merges the domain files; the first definition counts."""

    def __init__(self) -> None:
        self._raw: dict[str, Any] = {key: [] for key in ("intents", "entities", "actions", "e2e_actions")}
        self._raw |= {key: {} for key in ("slots", "responses", "forms")}
        self._entities: dict[str, tuple[tuple[str, ...], bool]] = {}
        self._intents: dict[str, tuple[Page, int, Value]] = {}
        self._slots: dict[str, Slot] = {}
        self._responses: dict[str, tuple[Variation, ...]] = {}
        self._forms: dict[str, Form] = {}
        self._actions: list[str] = []
        self._said: list[str] = []
        self._session: Session | None = None
        self._entity_slots = True
        self._places: dict[tuple[str, str], Place] = {}

    def add(self, page: Page, file: Map) -> None:  # noqa: C901 - one case for each section
        for key, value in file.items():
            match key:
                case "intents":
                    self._add_intents(page, page.seq(value, file.at(key), key))
                case "entities":
                    self._add_entities(page, page.seq(value, file.at(key), key))
                case "slots":
                    self._add_slots(page, page.map(value, file.at(key), key))
                case "responses":
                    self.add_responses(page, page.map(value, file.at(key), key))
                case "actions":
                    self._add_actions(page, page.seq(value, file.at(key), key))
                case "forms":
                    self._add_forms(page, page.map(value, file.at(key), key))
                case "e2e_actions":
                    self._said += [text for _, text in page.texts(value, file.at(key), key)]
                case "session_config":
                    self._add_session(page, page.map(value, file.at(key), key))
                case "config":
                    self._entity_slots = page.map(value, file.at(key), key).get("store_entities_as_slots") is not False
                case "version" | "nlu" | "rules" | "stories":
                    pass
                case _:
                    page.unknown(file.at(key), f"неизвестный раздел домена «{key}»", key, KEYS)

    def add_responses(self, page: Page, responses: Map) -> None:
        for name, value in responses.items():
            line = responses.at(name)
            if not name.startswith(UTTER):
                page.fault(line, f"ответ «{name}» должен начинаться с «{UTTER}»", grave=False)
            if self._first("responses", name, page, line):
                variations = page.seq(value, line, f"ответ «{name}»")
                self._responses[name] = tuple(_variation(page, at, one, name) for at, one in variations.placed())
                self._raw["responses"][name] = plain(value)
                if not variations:
                    page.fault(line, f"у ответа «{name}» нет ни одного варианта")

    def finish(self, retrieval: Collection[str], said: Iterable[str]) -> Domain:
        """The domain; `retrieval` are intents with questions, `said` the literal bot texts in stories."""
        labels = {name: (name, *labels) for name, (labels, _) in self._entities.items()}
        ignored = {name for name, (_, influences) in self._entities.items() if not influences}
        intents = {name: Intent(name, _seen(page, line, value, labels, ignored)) for name, (page, line, value) in self._intents.items()}
        everything = frozenset(itertools.chain.from_iterable(labels.values())) - ignored
        intents |= {name: Intent(name, everything) for name in DEFAULT_INTENTS if name not in intents}
        slots = dict(self._slots)
        if self._forms and REQUESTED_SLOT not in slots:
            slots[REQUESTED_SLOT] = Slot(REQUESTED_SLOT, Type.TEXT, influences=False)
        slots.setdefault(SESSION_METADATA, Slot(SESSION_METADATA, Type.ANY, influences=False))
        spoken = frozenset((*self._said, *said))
        self._raw["e2e_actions"] = sorted(spoken)
        raw = {key: value for key, value in self._raw.items() if value}
        return Domain(intents, labels, slots, self._responses, tuple(dict.fromkeys(self._actions)), self._forms, self._session or Session(),
                      spoken, frozenset(retrieval), self._entity_slots, raw, self._places)

    def _first(self, section: str, name: str, page: Page, line: int) -> bool:
        if (before := self._places.get((section, name))) is not None:
            page.fault(line, f"«{name}» уже есть: {before[0]}:{before[1]}", grave=before[0] == page.file and section != "actions")
            return False
        self._places[section, name] = (page.file, line)
        return True

    def _add_intents(self, page: Page, intents: Seq) -> None:
        for line, name, value in _named(page, intents, "намерение"):
            if self._first("intents", name, page, line):
                self._intents[name] = (page, line, value)
                self._raw["intents"].append(name if value is None else {name: plain(value)})

    def _add_entities(self, page: Page, entities: Seq) -> None:
        for line, name, value in _named(page, entities, "сущность"):
            if self._first("entities", name, page, line):
                map_ = page.map(value, line, f"сущность «{name}»")
                labels = tuple(f"{name}#{label}" for key in ("roles", "groups")
                               for _, label in page.texts(map_.get(key), map_.at(key), key))
                page.unknown_keys(map_, {"roles", "groups", "influence_conversation"}, f"сущность «{name}»")
                self._entities[name] = (labels, map_.get("influence_conversation", True) not in (False, None))
                self._raw["entities"].append(name if value is None else {name: plain(value)})

    def _add_actions(self, page: Page, actions: Seq) -> None:
        for line, name, value in _named(page, actions, "действие"):
            self._raw["actions"].append(name if value is None else {name: plain(value)})
            if self._first("actions", name, page, line):
                self._actions.append(name)

    def _add_slots(self, page: Page, slots: Map) -> None:
        for name, value in slots.items():
            if self._first("slots", name, page, slots.at(name)):
                self._slots[name] = _slot(page, slots.at(name), name, page.map(value, slots.at(name), f"слот «{name}»"))
                self._raw["slots"][name] = plain(value)

    def _add_forms(self, page: Page, forms: Map) -> None:
        for name, value in forms.items():
            line = forms.at(name)
            if not self._first("forms", name, page, line):
                continue
            form = page.map(value, line, f"форма «{name}»")
            if form and "required_slots" not in form:
                page.fault(line, f"у формы «{name}» нет required_slots; отображения слотов из Rasa 2 переносятся в раздел slots")
            page.unknown_keys(form, {"required_slots", "ignored_intents"}, f"форма «{name}»")
            required = form.get("required_slots")
            slots = tuple(slot for _, slot in page.texts(required if isinstance(required, Seq) else None, line, "required_slots"))
            if isinstance(required, Map):
                page.fault(form.at("required_slots"), "required_slots: отображения слотов из Rasa 2 переносятся в раздел slots")
            ignored = tuple(intent for _, intent in page.texts(form.get("ignored_intents"), form.at("ignored_intents"), "ignored_intents"))
            self._forms[name] = Form(name, slots, ignored)
            self._raw["forms"][name] = plain(form)

    def _add_session(self, page: Page, session: Map) -> None:
        minutes, carries = session.get("session_expiration_time", 60), session.get("carry_over_slots_to_new_session", True)
        if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or minutes < 0:
            page.fault(session.at("session_expiration_time"), "session_expiration_time: ожидается число минут")
            minutes = 60
        self._session = self._session or Session(float(minutes), carries is not False)
        self._raw.setdefault("session_config", plain(session))


def plain(value: Value) -> Any:  # noqa: ANN401 - what JSON holds
    """A value without positions."""
    match value:
        case Map():
            return {key: plain(one) for key, one in value.items()}
        case Seq():
            return [plain(one) for one in value]
        case _:
            return value


def _named(page: Page, items: Seq, what: str) -> Iterator[tuple[int, str, Value]]:
    """Items that are a name, or a name with properties."""
    for line, item in items.placed():
        match item:
            case Map() if len(item) == 1:
                yield line, *next(iter(item.items()))
            case Map():
                page.fault(line, f"{what}: ожидается одно имя")
            case _ if name := page.text(item, line, what):
                yield line, name, None


def _seen(page: Page, line: int, value: Value, labels: dict[str, tuple[str, ...]], ignored: set[str]) -> frozenset[str]:
    """use_entities and ignore_entities; by default entities without influence are excluded."""
    if value is None:
        return frozenset(_labelled(labels, labels) - ignored - _labelled(ignored, labels))
    intent = page.map(value, line, "намерение")
    page.unknown_keys(intent, {"use_entities", "ignore_entities"}, "намерение")
    wanted = intent.get("use_entities", True)
    names = [] if not wanted or wanted is True else [name for _, name in page.texts(wanted, intent.at("use_entities"), "use_entities")]
    used = _labelled(labels, labels) - ignored if wanted is True else _labelled(names, labels)
    unwanted = intent.get("ignore_entities") or None
    ignoring = [name for _, name in page.texts(unwanted, intent.at("ignore_entities"), "ignore_entities")]
    return frozenset(used - _labelled(ignoring, labels))


def _labelled(names: Iterable[str], labels: dict[str, tuple[str, ...]]) -> set[str]:
    return {label for name in names for label in labels.get(name, (name,))}


def _slot(page: Page, line: int, name: str, slot: Map) -> Slot:
    page.unknown_keys(slot, _SLOT_KEYS, f"слот «{name}»")
    written = page.text(slot.get("type"), slot.at("type"), f"тип слота «{name}»")
    type_ = next((one for one in Type if one == _CLASSES.get(written, written)), None)
    if type_ is None:  # own classes work in Rasa if importable; it refuses unknown names
        hint = ": в Rasa 3 это any" if written == "unfeaturized" else f": есть {', '.join(Type)}"
        page.fault(slot.at("type"), f"тип слота «{written}» не поддерживается{hint}", grave="." not in written)
        type_ = Type.ANY
    fillings = page.seq(slot.get("mappings"), slot.at("mappings"), f"mappings слота «{name}»")
    if not fillings:
        page.fault(line, f"у слота «{name}» нет mappings")
    influences = slot.get("influence_conversation", type_ is not Type.ANY) not in (False, None)
    if influences and type_ is Type.ANY and written == Type.ANY:
        page.fault(slot.at("influence_conversation"), f"слот «{name}» типа any не может влиять на диалог")
    values = slot.get("values")
    low, high = (_number(page, slot, key, default) for key, default in (("min_value", 0.0), ("max_value", 1.0)))
    if low >= high:
        page.fault(line, f"слот «{name}»: min_value должно быть меньше max_value")
    initial = slot.get("initial_value")
    if type_ is Type.FLOAT and initial is not None and not isinstance(initial, (int, float)):
        page.fault(slot.at("initial_value"), "initial_value: ожидается число")
    listed = [one for one in page.seq(values, slot.at("values"), "values") if one is not None]
    if type_ is Type.CATEGORICAL and not listed:
        page.fault(line, f"у слота «{name}» типа categorical нет values", grave=False)
    read = [_filling(page, at, name, page.map(one, at, "mapping")) for at, one in fillings.placed()]
    return Slot(name, type_, tuple(one for one in read if one), plain(initial), influences,
                tuple(str(one).lower() for one in listed), low, high)


def _number(page: Page, slot: Map, key: str, default: float) -> float:
    value = slot.get(key, default)
    if isinstance(value, (int, float)):
        return float(value)
    page.fault(slot.at(key), f"{key}: ожидается число")
    return default


def _filling(page: Page, line: int, slot: str, map_: Map) -> Filling | None:
    page.unknown_keys(map_, _FILLING_KEYS, f"mapping слота «{slot}»")
    written = map_.get("type")
    kind = next((one for one in Kind if one == written), None)
    if kind is None:
        page.fault(line, f"слот «{slot}»: вид mapping «{written}» неизвестен: есть {', '.join(Kind)}")
        return None
    entity, role, group, action = (page.text(map_.get(key, ""), map_.at(key), key) for key in ("entity", "role", "group", "action"))
    if kind is Kind.ENTITY and not entity:
        page.fault(line, f"слот «{slot}»: у from_entity нет entity")
    if kind in {Kind.INTENT, Kind.TRIGGER} and map_.get("value") is None:
        page.fault(line, f"слот «{slot}»: у {kind} нет value")
    intents, not_intents = (tuple(text for _, text in page.texts(map_.get(key), map_.at(key), key)) for key in ("intent", "not_intent"))
    conditions = page.seq(map_.get("conditions"), map_.at("conditions"), "conditions")
    return Filling(kind, entity, role, group, intents, not_intents, plain(map_.get("value")), action,
                   tuple(_condition(page, at, page.map(one, at, "condition")) for at, one in conditions.placed()))


def _condition(page: Page, line: int, map_: Map) -> Condition:
    page.unknown_keys(map_, {"active_loop", "requested_slot"}, "condition")
    return Condition(*(page.text(map_.get(key) or "", line, key) for key in ("active_loop", "requested_slot")))


def _variation(page: Page, line: int, value: Value, name: str) -> Variation:
    map_ = page.map(value, line, f"вариант ответа «{name}»")
    page.unknown_keys(map_, _VARIATION_KEYS, f"ответ «{name}»")
    parts = {key: plain(one) for key, one in map_.items() if key not in {"channel", "condition"}}
    if "text" in parts and not isinstance(parts["text"], str):
        parts["text"] = page.text(map_["text"], map_.at("text"), "text")
    if not parts.keys() & {"text", "buttons", "image", "attachment", "custom", "elements", "quick_replies"}:
        page.fault(line, f"вариант ответа «{name}» ничего не говорит", grave=False)
    for at, button in page.seq(map_.get("buttons"), map_.at("buttons"), "buttons").placed():
        if not isinstance(button, Map) or "title" not in button:
            page.fault(at, f"ответ «{name}»: у кнопки нет title", grave=False)
    channel = page.text(map_.get("channel", ""), map_.at("channel"), "channel")
    return Variation(parts, channel, _constraints(page, map_) if map_.get("condition") is not None else None, line)


def _constraints(page: Page, map_: Map) -> tuple[tuple[str, Any], ...]:
    read = []
    for line, one in page.seq(map_["condition"], map_.at("condition"), "condition").placed():
        constraint = page.map(one, line, "condition")
        if constraint.get("type") != "slot" or "name" not in constraint or "value" not in constraint:
            page.fault(line, "condition: ожидаются type: slot, name и value")
        else:
            read.append((page.text(constraint["name"], line, "name"), plain(constraint["value"])))
    return tuple(read)
