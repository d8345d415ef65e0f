"""The domain of a project: intents, entities, slots, responses, forms, actions."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeAlias

from msgspec import Struct

from bots.dialogue.parsed import FALLBACK, Entity

LISTEN, SESSION_START, RESTART, BACK = "action_listen", "action_session_start", "action_restart", "action_back"
DEFAULT_FALLBACK, DEACTIVATE_LOOP, TWO_STAGE = "action_default_fallback", "action_deactivate_loop", "action_two_stage_fallback"
ASK_AFFIRMATION, ASK_REPHRASE = "action_default_ask_affirmation", "action_default_ask_rephrase"
REVERT_FALLBACK, UNLIKELY_INTENT = "action_revert_fallback_events", "action_unlikely_intent"
EXTRACT_SLOTS, VALIDATE_SLOTS = "action_extract_slots", "action_validate_slot_mappings"
SNIPPET = "..."
"""In a rule: any earlier events."""
DEFAULT_ACTIONS = (LISTEN, RESTART, SESSION_START, DEFAULT_FALLBACK, DEACTIVATE_LOOP, REVERT_FALLBACK, ASK_AFFIRMATION, ASK_REPHRASE,
                   TWO_STAGE, UNLIKELY_INTENT, BACK, SNIPPET, EXTRACT_SLOTS)
DEFAULT_INTENTS = ("restart", "back", "out_of_scope", "session_start", FALLBACK)
REQUESTED_SLOT, SESSION_METADATA = "requested_slot", "session_started_metadata"
UTTER = "utter_"
UNSET = "should_not_be_set"
"""In a rule: the value of a slot or loop that must have none."""
OTHER = "__other__"
"""The value of a categorical slot outside its list."""

Feature: TypeAlias = tuple[float, ...] | str
"""The featurisation of a slot's value for rules and stories."""
Place: TypeAlias = tuple[str, int]
"""File and line."""


class Type(StrEnum):
    TEXT = "text"
    BOOL = "bool"
    CATEGORICAL = "categorical"
    FLOAT = "float"
    LIST = "list"
    ANY = "any"


class Kind(StrEnum):
    """How a slot is filled."""

    ENTITY = "from_entity"
    TEXT = "from_text"
    INTENT = "from_intent"
    TRIGGER = "from_trigger_intent"
    CUSTOM = "custom"


class Condition(Struct, frozen=True):
    """Condition of a mapping; "" is none."""

    loop: str = ""
    requested: str = ""


class Filling(Struct, frozen=True):
    """A slot's mapping."""

    kind: Kind
    entity: str = ""
    role: str = ""
    group: str = ""
    intents: tuple[str, ...] = ()
    not_intents: tuple[str, ...] = ()
    value: Any = None
    action: str = ""
    conditions: tuple[Condition, ...] = ()

    def finds(self, entity: Entity) -> bool:
        return (entity.entity, entity.role, entity.group) == (self.entity, self.role, self.group)


class Slot(Struct, frozen=True):
    name: str
    type: Type
    fillings: tuple[Filling, ...] = ()
    initial: Any = None
    influences: bool = True
    values: tuple[str, ...] = ()
    """Values of a categorical slot, in lower case."""
    low: float = 0.0
    high: float = 1.0

    def hold(self, value: Any) -> Any:  # noqa: ANN401 - a slot holds what JSON holds
        """The value in the slot's stored form."""
        return [value] if self.type is Type.LIST and value and not isinstance(value, list) else value

    def feature(self, value: Any) -> Feature | None:  # noqa: ANN401
        """The feature of a value for rules and stories; None without influence."""
        if not self.influences or self.type is Type.ANY:
            return None
        if value == UNSET and isinstance(value, str):
            return UNSET
        feature = self._feature(value)
        return feature if any(feature) else None

    def _feature(self, value: Any) -> tuple[float, ...]:  # noqa: ANN401, PLR0911 - one case for each type
        match self.type:
            case Type.BOOL:
                truth = _truth(value)
                return () if truth is None else (1.0, float(truth))
            case Type.FLOAT:
                try:
                    return 1.0, (max(self.low, min(self.high, float(value))) - self.low) / ((self.high - self.low) or 1.0)
                except (TypeError, ValueError):
                    return ()
            case Type.CATEGORICAL:
                if value is None:
                    return ()
                text = str(value).lower()
                known = (*self.values, *(() if OTHER in self.values else (OTHER,)))
                return tuple(float(one == (text if text in known else OTHER)) for one in known)
            case Type.LIST:
                return (1.0,) if value else ()
            case _:
                return (float(value is not None),)


def _truth(value: Any) -> bool | None:  # noqa: ANN401
    match value:
        case bool():
            return value
        case int() | float():
            return value == 1
        case str() if value.isnumeric():
            return float(value) == 1
        case str():
            return {"true": True, "false": False}.get(value.strip().lower())
        case _:
            return None


class Intent(Struct, frozen=True):
    name: str
    seen: frozenset[str]
    """Entities, also with their role or group as city#to, visible to rules and stories."""


class Variation(Struct, frozen=True):
    """One wording of a response."""

    parts: Mapping[str, Any]
    """text, buttons, image, attachment, custom, elements, quick_replies and any other parts, which are passed on."""
    channel: str = ""
    conditions: tuple[tuple[str, Any], ...] | None = None
    """Slots and their required values."""
    line: int = 0


class Form(Struct, frozen=True):
    name: str
    slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


class Session(Struct, frozen=True):
    minutes: float = 60.0
    """Minutes of silence after which a new session begins; 0: never."""
    carries_slots: bool = True


class Domain(Struct, frozen=True, dict=True):
    """`raw` is the domain for action servers; `places` is the position of each noun, by section and name."""

    intents: Mapping[str, Intent]
    entities: Mapping[str, tuple[str, ...]]
    """Each entity with its names by role and group: city → city#from, city#to."""
    slots: Mapping[str, Slot]
    responses: Mapping[str, tuple[Variation, ...]]
    actions: tuple[str, ...]
    """Custom actions."""
    forms: Mapping[str, Form]
    session: Session
    said: frozenset[str]
    """Literal texts of the bot in stories, without a response."""
    retrieval: frozenset[str]
    """Retrieval intents, with a response for each question."""
    entity_slots: bool
    """Whether an entity in a story fills the slots that are mapped from it."""
    raw: Mapping[str, Any]
    places: Mapping[tuple[str, str], Place]

    @cached_property
    def own(self) -> frozenset[str]:
        """Actions of the project: custom ones and responses."""
        return frozenset((*self.actions, *self.responses, *(UTTER + intent for intent in self.retrieval)))

    @cached_property
    def known(self) -> frozenset[str]:
        """All possible actions."""
        return frozenset((*DEFAULT_ACTIONS, *self.own, *self.forms, *self.said))

    @cached_property
    def fillable(self) -> tuple[Slot, ...]:
        """Slots that an utterance, or the custom action named for it, may fill."""
        return tuple(slot for slot in self.slots.values() if any(one.kind is not Kind.CUSTOM or one.action for one in slot.fillings))

    @cached_property
    def initial(self) -> Mapping[str, Any]:
        return {name: slot.hold(slot.initial) for name, slot in self.slots.items()}

    @cached_property
    def initial_features(self) -> Mapping[str, Feature]:
        return {name: feature for name, slot in self.slots.items() if (feature := slot.feature(slot.initial)) is not None}

    def is_form(self, action: str) -> bool:
        """Whether an action is a form run by the engine."""
        return action in self.forms and action not in self.actions

    def is_default(self, action: str) -> bool:
        return action in DEFAULT_ACTIONS and action not in self.own and action not in self.forms

    def is_retrieval(self, action: str) -> bool:
        return action.startswith(UTTER) and action[len(UTTER):] in self.retrieval

    def featured(self, intent: str, entities: tuple[Entity, ...]) -> tuple[str, ...]:
        """The names of the entities that rules and stories see beside an intent, sorted."""
        if not entities:
            return ()
        names = {one.entity for one in entities}
        names |= {f"{one.entity}#{label}" for one in entities for label in (one.role, one.group) if label}
        known = self.intents.get(intent)
        return tuple(sorted(names & known.seen if known else names))
