"""Replacement of `rasa_sdk` for project code where it is not installed: the same names and behaviour.

It follows the protocol of rasa-sdk 3.6. Knowledge-base actions, reminders and the deprecated FormAction are not included.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from types import ModuleType
from typing import Any

from bots.project.domain import REQUESTED_SLOT, VALIDATE_SLOTS

Event = dict[str, Any]
DomainDict = Mapping[str, Any]


class ActionExecutionRejection(Exception):  # noqa: N818 - rasa-sdk's own name
    """Raised by an action that cannot process the message."""

    def __init__(self, action_name: str, message: str | None = None) -> None:
        super().__init__(message or f"Custom action '{action_name}' rejected execution")
        self.action_name, self.message = action_name, message


class CollectingDispatcher:
    """Collects an action's messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def utter_message(self, text: str | None = None, image: str | None = None, json_message: dict[str, Any] | None = None,
                      template: str | None = None, response: str | None = None, attachment: str | None = None,
                      buttons: list[dict[str, Any]] | None = None, elements: list[dict[str, Any]] | None = None,
                      **more: Any) -> None:  # noqa: ANN401
        """Add a text, or one of the project's responses; `more` are values for its wording."""
        self.messages.append({"text": text, "buttons": buttons or [], "elements": elements or [], "custom": json_message or {},
                              "response": response or template, "image": image, "attachment": attachment, **more})


class Tracker:
    """The dialogue for an action."""

    def __init__(self, sender_id: str, slots: dict[str, Any], latest_message: dict[str, Any] | None, events: list[Event],
                 paused: bool, followup_action: str | None, active_loop: dict[str, Any], latest_action_name: str | None) -> None:  # noqa: FBT001
        self.sender_id, self.slots, self.events, self.followup_action = sender_id, slots, events, followup_action
        self.latest_message = latest_message or {}
        self.active_loop, self.latest_action_name = active_loop, latest_action_name
        self._paused = paused

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "Tracker":
        return cls(state.get("sender_id", ""), state.get("slots", {}), state.get("latest_message"), state.get("events", []),
                   state.get("paused", False), state.get("followup_action"), state.get("active_loop", {}), state.get("latest_action_name"))

    @property
    def active_loop_name(self) -> str | None:
        return (self.active_loop or {}).get("name")

    @property
    def active_form(self) -> dict[str, Any]:
        return self.active_loop

    def current_state(self) -> dict[str, Any]:
        return {"sender_id": self.sender_id, "slots": self.slots, "latest_message": self.latest_message, "events": self.events,
                "latest_event_time": self.events[-1].get("timestamp") if self.events else None, "paused": self._paused,
                "followup_action": self.followup_action, "active_loop": self.active_loop, "latest_action_name": self.latest_action_name}

    def current_slot_values(self) -> dict[str, Any]:
        return self.slots

    def get_slot(self, key: str) -> Any:  # noqa: ANN401
        return self.slots.get(key)

    def get_latest_entity_values(self, entity_type: str, entity_role: str | None = None, entity_group: str | None = None) -> Iterator[Any]:
        wanted = entity_type, entity_role, entity_group
        return (one.get("value") for one in self.latest_message.get("entities", ())
                if (one.get("entity"), one.get("role"), one.get("group")) == wanted)

    def get_latest_input_channel(self) -> str | None:
        return next((event.get("input_channel") for event in reversed(self.events) if event.get("event") == "user"), None)

    def get_intent_of_latest_message(self, skip_fallback_intent: bool = True) -> str | None:  # noqa: FBT001, FBT002
        ranking = self.latest_message.get("intent_ranking") or []
        names = [one.get("name") for one in ranking] or [(self.latest_message.get("intent") or {}).get("name")]
        return next((name for name in names if not (skip_fallback_intent and name == "nlu_fallback")), None)

    def is_paused(self) -> bool:
        return self._paused

    def copy(self) -> "Tracker":
        return Tracker.from_dict(deepcopy(self.current_state()))

    def idx_after_latest_restart(self) -> int:
        return next((i + 1 for i in range(len(self.events) - 1, -1, -1) if self.events[i].get("event") == "restart"), 0)

    def events_after_latest_restart(self) -> list[Event]:
        return self.events[self.idx_after_latest_restart():]

    def applied_events(self) -> list[Event]:
        """The events without reverted ones."""
        applied: list[Event] = []
        for event in self.events:
            match event.get("event"):
                case "restart":
                    applied = []
                case "undo":
                    _undo(applied, "action")
                case "rewind":
                    _undo(applied, "user")
                    _undo(applied, "action")
                case _:
                    applied.append(event)
        return applied

    def get_last_event_for(self, event_type: str, exclude: Sequence[str] = (), skip: int = 0) -> Event | None:
        found = [event for event in reversed(self.applied_events())
                 if event.get("event") == event_type and not (event_type == "action" and event.get("name") in exclude)]
        return found[skip] if skip < len(found) else None

    def last_executed_action_has(self, name: str, skip: int = 0) -> bool:
        last = self.get_last_event_for("action", exclude=["action_listen"], skip=skip)
        return last is not None and last.get("name") == name

    def slots_to_validate(self) -> dict[str, Any]:
        """The slots filled since the last other event."""
        filled: list[Event] = []
        for event in reversed(self.events):
            if event.get("event") != "slot":
                break
            filled.append(event)
        return {event["name"]: event["value"] for event in reversed(filled)}

    def add_slots(self, slots: Sequence[Event]) -> None:
        for event in slots:
            if event.get("event") == "slot":
                self.slots[event["name"]] = event["value"]
                self.events.append(event)


class Action(ABC):
    """A custom action of a project."""

    @abstractmethod
    def name(self) -> str:
        """As in the domain."""

    @abstractmethod
    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Any:  # noqa: ANN401
        """Events, or an awaitable of them."""


class ValidationAction(Action):
    """Validates slots by methods `validate_<slot>`, and fills them by methods `extract_<slot>`."""

    def name(self) -> str:
        return VALIDATE_SLOTS

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        tracker.add_slots(await self.get_extraction_events(dispatcher, tracker, domain))
        judged = await self.get_validation_events(dispatcher, tracker, domain)
        tracker.add_slots(judged)
        return judged

    async def required_slots(self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker,  # noqa: ARG002
                             domain: DomainDict) -> list[str]:  # noqa: ARG002
        return domain_slots

    def domain_slots(self, domain: DomainDict) -> list[str]:
        """Slots that are also filled outside forms."""
        return [name for name, slot in domain.get("slots", {}).items()
                if not any(one.get("active_loop") for mapping in slot.get("mappings") or () for one in mapping.get("conditions") or ())]

    async def get_extraction_events(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        found: dict[str, Any] = {}
        for slot in await _awaited(self.required_slots(self.domain_slots(domain), dispatcher, tracker, domain)):
            if (method := self._method("extract", slot)) is not None:
                values = await _awaited(method(dispatcher, tracker, domain))
                found |= values if isinstance(values, dict) else {}
                tracker.slots.update(found)
        return [SlotSet(name, value) for name, value in found.items()]

    async def get_validation_events(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        wanted = await _awaited(self.required_slots(self.domain_slots(domain), dispatcher, tracker, domain))
        slots = {name: value for name, value in tracker.slots_to_validate().items() if name in wanted}
        for name, value in list(slots.items()):
            if (method := self._method("validate", name)) is not None:
                judged = await _awaited(method(value, dispatcher, tracker, domain))
                if isinstance(judged, dict):
                    slots |= judged
                    tracker.slots.update(judged)
        return [SlotSet(name, value) for name, value in slots.items()]

    def _method(self, verb: str, slot: str) -> Callable[..., Any] | None:
        method = getattr(self, f"{verb}_{slot.replace('-', '_')}", None)
        return method if callable(method) else None


class FormValidationAction(ValidationAction):
    """Validates the slots of a form, and may choose the required ones."""

    @abstractmethod
    def name(self) -> str:
        """`validate_` and the name of the form."""

    def form_name(self) -> str:
        return self.name().replace("validate_", "", 1)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:
        judged = await super().run(dispatcher, tracker, domain)
        following = await self.next_requested_slot(dispatcher, tracker, domain)
        return [*judged, following] if following else judged

    def domain_slots(self, domain: DomainDict) -> list[str]:
        return list(domain.get("forms", {}).get(self.form_name(), {}).get("required_slots", ()))

    async def next_requested_slot(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Event | None:
        """The next requested slot, where `required_slots` differ from those of the domain."""
        slots = self.domain_slots(domain)
        required = await _awaited(self.required_slots(list(slots), dispatcher, tracker, domain))
        if required == slots:
            return None
        return SlotSet(REQUESTED_SLOT, next((slot for slot in required if tracker.slots.get(slot) is None), None))


async def _awaited(value: Any) -> Any:  # noqa: ANN401
    return await value if isinstance(value, Awaitable) else value


def _undo(applied: list[Event], kind: str) -> None:
    while applied and applied.pop().get("event") != kind:
        pass


def SlotSet(key: str, value: Any = None, timestamp: float | None = None) -> Event:  # noqa: ANN401, N802 - rasa-sdk's own names
    return {"event": "slot", "timestamp": timestamp, "name": key, "value": value}


def _named(kind: str, key: str = "name") -> Callable[..., Event]:
    def event(name: Any = None, timestamp: float | None = None) -> Event:  # noqa: ANN401
        return {"event": kind, "timestamp": timestamp, key: name}
    return event


def _bare(kind: str) -> Callable[..., Event]:
    def event(timestamp: float | None = None) -> Event:
        return {"event": kind, "timestamp": timestamp}
    return event


def _unsupported(kind: str) -> Callable[..., Event]:
    """An event that can be imported; an action that returns it fails."""
    return lambda *_, **__: {"event": kind}


def _bot(text: str | None = None, data: dict[str, Any] | None = None, metadata: dict[str, Any] | None = None,
         timestamp: float | None = None) -> Event:
    return {"event": "bot", "timestamp": timestamp, "text": text, "data": data, "metadata": metadata}


def _user(text: str | None, parse_data: dict[str, Any] | None = None, timestamp: float | None = None,
          input_channel: str | None = None) -> Event:
    return {"event": "user", "timestamp": timestamp, "text": text, "parse_data": parse_data, "input_channel": input_channel}


_EVENTS: Mapping[str, Any] = {
    "EventType": Event, "SlotSet": SlotSet, "BotUttered": _bot, "UserUttered": _user,
    "FollowupAction": _named("followup"), "ActionExecuted": _named("action"),
    "ActiveLoop": _named("active_loop"), "Form": _named("active_loop"),
    "LoopInterrupted": _named("loop_interrupted", "is_interrupted"), "ActionExecutionRejected": _named("action_execution_rejected"),
    "Restarted": _bare("restart"), "SessionStarted": _bare("session_started"), "UserUtteranceReverted": _bare("rewind"),
    "ActionReverted": _bare("undo"), "AllSlotsReset": _bare("reset_slots"), "ConversationPaused": _bare("pause"),
    "ConversationResumed": _bare("resume"), "ReminderScheduled": _unsupported("reminder"),
    "ReminderCancelled": _unsupported("cancel_reminder"), "StoryExported": _unsupported("export"), "AgentUttered": _unsupported("agent"),
}


def modules() -> Mapping[str, ModuleType]:
    """The modules that replace rasa-sdk, by their names."""
    nouns: dict[str, Any] = {"Action": Action, "Tracker": Tracker, "ActionExecutionRejection": ActionExecutionRejection}
    forms = {"ValidationAction": ValidationAction, "FormValidationAction": FormValidationAction, "REQUESTED_SLOT": REQUESTED_SLOT, **nouns}
    holds: dict[str, Mapping[str, Any]] = {
        "rasa_sdk": {**forms, "__version__": "3.6"}, "rasa_sdk.interfaces": nouns, "rasa_sdk.forms": forms, "rasa_sdk.events": _EVENTS,
        "rasa_sdk.executor": {"CollectingDispatcher": CollectingDispatcher},
        "rasa_sdk.types": dict.fromkeys(["DomainDict", "TrackerState", "ActionCall"], dict[str, Any]),
    }
    made: dict[str, ModuleType] = {}
    for name, content in holds.items():
        made[name] = module = ModuleType(name)
        vars(module).update(content)
        if "." in name:
            setattr(made["rasa_sdk"], name.split(".")[1], module)
    made["rasa_sdk"].__path__ = []
    return made


def is_action(thing: object) -> bool:
    """Whether an object in a module is a concrete class of an action."""
    return (inspect.isclass(thing) and callable(getattr(thing, "run", None)) and callable(getattr(thing, "name", None))
            and not inspect.isabstract(thing) and not thing.__module__.startswith("rasa_sdk") and thing.__module__ != __name__)
