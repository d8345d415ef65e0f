"""Custom actions of a project. Their runner is a port; the protocol is that of rasa-sdk."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from bots.dialogue.events import (
    ActionExecuted,
    ActionRejected,
    ActionReverted,
    ActiveLoop,
    Answered,
    BotUttered,
    Event,
    Followup,
    LoopInterrupted,
    Paused,
    Restarted,
    Resumed,
    SessionStarted,
    SlotSet,
    SlotsReset,
    UserUttered,
    UtteranceReverted,
)
from bots.dialogue.parsed import Entity, Parsed, Ranked
from bots.dialogue.tracker import Tracker

_VERSION = "3.6.21"
"""The Rasa version of this protocol."""
_PLAIN: Mapping[str, Callable[[], Event]] = {
    "restart": Restarted, "session_started": SessionStarted, "rewind": UtteranceReverted, "undo": ActionReverted, "reset_slots": SlotsReset,
    "pause": Paused, "resume": Resumed,
}


class ActionFailedError(Exception):
    """A custom action could not be run, or gave an invalid answer. The text is for logs."""


class ActionRefusedError(Exception):
    """A custom action cannot process the message: something else may answer."""


class Answer(Struct, frozen=True):
    """Result of an action: events and responses as in rasa-sdk."""

    events: tuple[Mapping[str, Any], ...] = ()
    responses: tuple[Mapping[str, Any], ...] = ()


class Actions(Protocol):
    """Runs custom actions."""

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        """Run an action; `call` is the request of rasa-sdk's webhook. Raises ActionFailedError or ActionRefusedError."""


TOLD = 300
"""Events sent to an action, some fifty turns: serialising more of a long dialogue at every action would dominate the time."""


class NoActions:
    """Default without an action server and project code."""

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:  # noqa: ARG002 - the port's
        message = f"{name}: custom actions are not configured"
        raise ActionFailedError(message)


def call(name: str, tracker: Tracker, sender: str, told: Mapping[str, str]) -> dict[str, Any]:
    """The request to an action: the last TOLD events of the dialogue, the domain, and the channel's data on the citizen (`told`)."""
    now = state(tracker, sender)
    now["latest_message"]["metadata"] = dict(told)
    return {"next_action": name, "sender_id": sender, "tracker": now, "domain": tracker.domain.raw, "version": _VERSION}


def state(tracker: Tracker, sender: str) -> dict[str, Any]:
    """A dialogue in Rasa's format."""
    now, last = tracker.now, next((one for one in reversed(tracker.events) if isinstance(one, UserUttered)), None)
    loop = {"name": now.loop, "is_interrupted": now.interrupted, "rejected": now.rejected, "trigger_message": None} if now.loop else {}
    return {
        "sender_id": sender, "slots": dict(now.slots), "latest_message": _parsed(now.said.parsed if now.said else Parsed("")),
        "latest_event_time": last.at if last else None, "followup_action": now.followup or None, "paused": now.paused,
        "events": [written(event) for event in tracker.events[-TOLD:]], "latest_input_channel": last.channel if last else None,
        "active_loop": loop, "latest_action": {"action_text" if now.words else "action_name": now.action} if now.action else {},
        "latest_action_name": now.action or None,
    }


def written(event: Event) -> dict[str, Any]:
    """An event in Rasa's format."""
    match event:
        case UserUttered(parsed=parsed, channel=channel, at=at):
            return {"event": "user", "timestamp": at, "text": parsed.text, "parse_data": _parsed(parsed), "input_channel": channel or None,
                    "message_id": None, "metadata": {}}
        case BotUttered(text=text, data=data):
            kept = ("buttons", "elements", "quick_replies", "attachment", "image", "custom")
            return {"event": "bot", "timestamp": None, "text": text or None, "data": {key: data.get(key) for key in kept},
                    "metadata": {key: value for key, value in data.items() if key not in kept}}
        case ActionExecuted(name=name, words=words, hidden=hidden, at=at):
            return {"event": "action", "timestamp": at, "name": None if words else name, "action_text": name if words else None,
                    "policy": None, "confidence": None, "hide_rule_turn": hidden}
        case ActiveLoop(name=name):
            return {"event": "active_loop", "timestamp": None, "name": name or None}
        case Answered(by_words=by_words):
            return {"event": "user_featurization", "timestamp": None, "use_text_for_featurization": by_words}
        case _:
            return {**msgspec.to_builtins(event), "timestamp": None}


def events(answer: Answer) -> Iterator[Event]:  # noqa: C901 - one screen shows every event that may come back
    """The events in an action's answer. Raises ActionFailedError for an invalid or unsupported one."""
    for event in answer.events:
        match event:
            case {"event": "slot", "name": str(name)}:
                yield SlotSet(name, event.get("value"))
            case {"event": "followup", "name": str(name)}:
                yield Followup(name)
            case {"event": "active_loop" | "form"}:
                yield ActiveLoop(event.get("name") or "")
            case {"event": "loop_interrupted"}:
                yield LoopInterrupted(bool(event.get("is_interrupted")))
            case {"event": "form_validation"}:
                yield LoopInterrupted(not event.get("validate"))
            case {"event": "action_execution_rejected", "name": str(name)}:
                yield ActionRejected(name)
            case {"event": "action"}:
                yield ActionExecuted(event.get("name") or event.get("action_text") or "", words=not event.get("name"))
            case {"event": "bot"}:
                yield BotUttered(event.get("text") or "", {key: value for key, value in (event.get("data") or {}).items() if value})
            case {"event": "user"}:
                yield UserUttered(_read(event))
            case {"event": str(kind)} if kind in _PLAIN:
                yield _PLAIN[kind]()
            case _:
                message = f"the event {event.get('event')!r} is not supported"
                raise ActionFailedError(message)


def placed_buttons(response: Mapping[str, Any], draft: BotUttered | None) -> BotUttered:
    """A response of an action, merged with the project's response that it names, if any."""
    text, data = (draft.text, dict(draft.data)) if draft else ("", {})
    if buttons := response.get("buttons"):
        data["buttons"] = [*data.get("buttons", ()), *buttons]
    data |= {key: value for key, value in response.items() if value and key not in {"text", "buttons", "response", "template"}}
    return BotUttered(response.get("text") or text, data)


def _parsed(parsed: Parsed) -> dict[str, Any]:
    entities = [msgspec.to_builtins(one) for one in parsed.entities]
    read: dict[str, Any] = {
        "text": parsed.text, "intent": {"name": parsed.intent or None, "confidence": parsed.confidence}, "entities": entities,
        "intent_ranking": [msgspec.to_builtins(one) for one in parsed.ranking],
    }
    if parsed.selected:
        response = {"intent_response_key": parsed.selected, "utter_action": f"utter_{parsed.selected}"}
        read["response_selector"] = {parsed.selected.split("/")[0]: {"response": response}}
    return read


def _read(event: Mapping[str, Any]) -> Parsed:
    data = event.get("parse_data") or {}
    intent = data.get("intent") or {}
    try:
        entities = msgspec.convert(data.get("entities") or [], tuple[Entity, ...])
        ranking = msgspec.convert(data.get("intent_ranking") or [], tuple[Ranked, ...])
        return Parsed(event.get("text") or "", intent.get("name") or "", float(intent.get("confidence") or 0.0), ranking, entities)
    except (msgspec.ValidationError, TypeError, ValueError, AttributeError) as error:
        message = f"the event 'user' is not of the protocol: {error}"
        raise ActionFailedError(message) from error
