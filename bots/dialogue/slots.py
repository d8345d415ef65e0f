"""Fills slots from the citizen's message (rasa.core.actions.action, ActionExtractSlots)."""

from collections.abc import Sequence
from typing import Any, Protocol

from bots.dialogue.events import BotUttered, Event, SlotSet
from bots.dialogue.tracker import Tracker
from bots.project.domain import REQUESTED_SLOT, SESSION_METADATA, VALIDATE_SLOTS, Domain, Filling, Kind, Type

_ENGINES = frozenset([REQUESTED_SLOT, SESSION_METADATA, "knowledge_base_listed_objects", "knowledge_base_last_object",
                      "knowledge_base_last_object_type"])
"""Slots that are never filled from a message."""


class Custom(Protocol):
    """Runs custom actions; a failing one returns no events, and the failure is noted."""

    async def attempt(self, action: str, tracker: Tracker) -> tuple[Event, ...]: ...


async def extract(tracker: Tracker, custom: Custom) -> tuple[Event, ...]:
    """The slots filled by the last message, and the events of custom validation."""
    domain = tracker.domain
    found: list[Event] = []
    run: set[str] = set()
    for slot in domain.fillable:
        if slot.name in _ENGINES:
            continue
        for filling in slot.fillings:
            if not _applies(filling, slot.name, tracker):
                continue
            values = _values(filling, tracker)
            if values:
                value = values if slot.type is Type.LIST else values[-1]
                if value is not None or tracker.now.slots.get(slot.name) is not None:
                    found.append(SlotSet(slot.name, value))
                    break
            if filling.kind is Kind.CUSTOM and filling.action and filling.action not in run:
                run.add(filling.action)
                found += _allowed(await custom.attempt(filling.action, tracker))
    return tuple(await _validated(found, tracker, custom))


async def _validated(found: Sequence[Event], tracker: Tracker, custom: Custom) -> Sequence[Event]:
    if VALIDATE_SLOTS not in tracker.domain.own:
        return found
    filled = [event for event in found if isinstance(event, SlotSet)]
    judged = _allowed(await custom.attempt(VALIDATE_SLOTS, tracker.supposing(*filled)))
    names = {event.name for event in judged if isinstance(event, SlotSet)}
    # Slots without a verdict of validation are valid.
    return [*judged, *(event for event in filled if event.name not in names)]


def _allowed(events: Sequence[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, (SlotSet, BotUttered))]


def _applies(filling: Filling, slot: str, tracker: Tracker) -> bool:
    domain = tracker.domain
    if filling.kind is Kind.ENTITY and filling.entity not in domain.entities:
        return False
    if filling.kind is Kind.INTENT and any(intent not in domain.intents for intent in filling.intents):
        return False
    return _intent_fits(filling, tracker) and _conditions_hold(filling, slot, tracker) and not _ambiguous(filling, slot, tracker)


def _intent_fits(filling: Filling, tracker: Tracker) -> bool:
    loop = tracker.now.active_loop
    intent = tracker.now.said.parsed.intent if tracker.now.said else ""
    if filling.intents:
        return intent in filling.intents
    unwanted = filling.not_intents
    form = tracker.domain.forms.get(loop)
    if form and (not filling.conditions or any(one.loop == loop for one in filling.conditions)):
        unwanted = (*unwanted, *form.ignored_intents)
    return intent not in unwanted


def _conditions_hold(filling: Filling, slot: str, tracker: Tracker) -> bool:
    if not filling.conditions or filling.kind is Kind.TRIGGER:
        return True
    now = tracker.now
    requested = now.slots.get(REQUESTED_SLOT)
    if now.rejected and requested == slot:
        return False
    return any(not now.active_loop if not one.loop else one.loop == now.active_loop and one.requested in {"", requested}
               for one in filling.conditions)


def _ambiguous(filling: Filling, slot: str, tracker: Tracker) -> bool:
    """Inside a form an entity that fits several of its slots fills only the requested one."""
    form = tracker.domain.forms.get(tracker.now.active_loop)
    if filling.kind is not Kind.ENTITY or form is None or slot not in form.slots or tracker.now.slots.get(REQUESTED_SLOT) == slot:
        return False
    return not unique(filling, form.slots, tracker.domain)


def unique(filling: Filling, slots: Sequence[str], domain: Domain) -> bool:
    """Whether an entity fits only one of these slots."""
    fillings = [one for name in slots if (slot := domain.slots.get(name)) for one in slot.fillings if one.kind is Kind.ENTITY]
    return fillings.count(filling) == 1


def _values(filling: Filling, tracker: Tracker) -> list[Any]:
    match filling.kind:
        case Kind.ENTITY:
            return tracker.entities(filling.entity, filling.role, filling.group)
        case Kind.INTENT:
            return [filling.value]
        case Kind.TEXT:
            return [tracker.now.said.parsed.text if tracker.now.said else None]
        case Kind.TRIGGER:
            loop = tracker.now.active_loop
            loops = [one.loop for one in filling.conditions]
            return [filling.value] if loop and (not loops or loop in loops) else []
        case Kind.CUSTOM:
            return []
