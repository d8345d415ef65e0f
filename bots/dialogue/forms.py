"""Forms: asking for slots until all are filled (rasa.core.actions.forms)."""

from collections.abc import Sequence
from typing import Any, Protocol

from bots.dialogue.events import ActionExecuted, ActionRejected, ActiveLoop, Event, Restarted, SlotSet, UserUttered
from bots.dialogue.slots import Custom, extract
from bots.dialogue.tracker import Tracker
from bots.project.domain import LISTEN, REQUESTED_SLOT, UTTER, Domain, Form


class FormRefusedError(Exception):
    """Nothing in the message fills the requested slot: something else may answer."""


class Doer(Custom, Protocol):
    """Runs a form's actions."""

    async def do(self, action: str, tracker: Tracker) -> tuple[Event, ...]: ...


async def run(form: Form, tracker: Tracker, doer: Doer) -> tuple[Event, ...]:
    """Begin or continue a form. Raises FormRefusedError, or a custom action's error."""
    events: list[Event] = []
    if tracker.now.active_loop != form.name:
        events = [ActiveLoop(form.name), *await _begin(form, tracker.then(ActiveLoop(form.name)), doer)]
    if not _done(events):
        events += await _go_on(form, tracker, doer, events)
    if _done(events):
        events.append(ActiveLoop(""))
    return tuple(events)


def asking(form: str, slot: str, domain: Domain) -> str:
    """The action that asks for a slot, or ""."""
    names = (f"action_ask_{form}_{slot}", f"{UTTER}ask_{form}_{slot}", f"action_ask_{slot}", f"{UTTER}ask_{slot}")
    return next((name for name in names if name in domain.known), "")


async def _begin(form: Form, tracker: Tracker, doer: Doer) -> list[Event]:
    """Fills slots from the message that started the form."""
    found = [event for event in await extract(tracker, doer) if isinstance(event, SlotSet)]
    tracker = tracker.then(*found)
    if _validation(form) not in tracker.domain.known:
        return list(found)
    filled = {slot: value for slot in form.slots if (value := tracker.now.slots.get(slot)) is not None}
    judged = await _validate(form, filled, tracker, doer)
    names = {event.name for event in judged if isinstance(event, SlotSet)}
    return [*judged, *(event for event in found if event.name not in names)]


async def _go_on(form: Form, tracker: Tracker, doer: Doer, before: Sequence[Event]) -> list[Event]:
    events: list[Event] = []
    if all(isinstance(event, ActiveLoop) for event in before):
        events += await _heard(form, tracker, doer)
    if not any(isinstance(event, ActionRejected) for event in events):
        events += await _ask_next(form, tracker, doer, [*before, *events])
    return events


async def _heard(form: Form, tracker: Tracker, doer: Doer) -> Sequence[Event]:
    """Validate the message, unless it answered another question."""
    now = tracker.now
    if now.loop and (now.action != LISTEN or now.interrupted):
        return await _validate(form, {}, tracker, doer)
    wanted, asked = set(form.slots), _asked(form, tracker)
    found = {event.name: event.value for event in _since_said(tracker) if event.name in wanted or event.name == asked}
    judged = await _validate(form, found, tracker, doer)
    useful = any(isinstance(event, ActionRejected) or (isinstance(event, SlotSet) and event.name != REQUESTED_SLOT) for event in judged)
    if asked and not found and not useful:
        raise FormRefusedError(form.name)
    return judged


async def _ask_next(form: Form, tracker: Tracker, doer: Doer, before: Sequence[Event]) -> list[Event]:
    if _done(before):
        return [SlotSet(REQUESTED_SLOT)]  # validation ended the form
    chosen: Any = next((event.value for event in before if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT), None)
    then = _supposing(form, tracker, before)
    events: list[Event] = []
    if not chosen:
        chosen = next((slot for slot in form.slots if then.now.slots.get(slot) is None), None)
        events.append(SlotSet(REQUESTED_SLOT, chosen))
    if chosen and (action := asking(form.name, str(chosen), tracker.domain)):
        events += await doer.do(action, then)
    return events


async def _validate(form: Form, found: dict[str, Any], tracker: Tracker, doer: Doer) -> Sequence[Event]:
    if _validation(form) not in tracker.domain.known:
        return ()
    return await doer.do(_validation(form), _supposing(form, tracker, [SlotSet(slot, value) for slot, value in found.items()]))


def _supposing(form: Form, tracker: Tracker, events: Sequence[Event]) -> Tracker:
    """The dialogue if the form had run and these events had followed."""
    asked = SlotSet(REQUESTED_SLOT, _asked(form, tracker))
    return tracker.supposing(asked, ActionExecuted(form.name), *events)


def _asked(form: Form, tracker: Tracker) -> str | None:
    """The slot that this form has asked for; what another form asked for does not count."""
    asked = tracker.now.slots.get(REQUESTED_SLOT) if tracker.now.active_loop == form.name else None
    return asked if isinstance(asked, str) else None


def _since_said(tracker: Tracker) -> list[SlotSet]:
    filled: list[SlotSet] = []
    for event in reversed(tracker.events):
        match event:
            case SlotSet():
                filled.append(event)
            case Restarted():
                break
            case UserUttered(parsed=parsed) if tracker.now.said is not None and parsed == tracker.now.said.parsed:
                break
            case _:
                pass
    return filled[::-1]


def _done(events: Sequence[Event]) -> bool:
    """Whether validation or a filled form has ended it: only the last word on each counts."""
    if any(isinstance(event, ActionRejected) for event in events):
        return False
    asked = next((event for event in reversed(events) if isinstance(event, SlotSet) and event.name == REQUESTED_SLOT), None)
    loop = next((event for event in reversed(events) if isinstance(event, ActiveLoop)), None)
    return (asked is not None and asked.value is None) or (loop is not None and not loop.name)


def _validation(form: Form) -> str:
    return f"validate_{form.name}"
