"""Validation of forms: each value in its read-back form, or the response that says why it is none (rasa-sdk: validate_…_form)."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from msgspec import Struct

from bots.dialogue.actions import Answer
from bots.dialogue.form_values import STORIES
from bots.dialogue.proofs import PROOFS
from bots.grammar.confirmation import words
from bots.grammar.extraction import Grammar
from bots.grammar.plain import plain
from bots.grammar.values import Application, Days, Hours, Locality, Number, Phone, Snils, Value, When
from bots.knowledge.form_acts import FormAct
from bots.project.domain import REQUESTED_SLOT
from hub.conversations.redaction import HIDDEN

LONGEST = 1000
"""Characters of a free-text answer."""
_NUMBERED = re.compile(r"(?=.*\d)[0-9A-ZА-ЯЁ/-]{4,25}", re.IGNORECASE)
_CASE = re.compile(r"\d{3}-\d{6}-\d{7,9}-\d")
"""A case's number (hub/kernel/ids.py): it is not an application's, and its code gives access to its status."""
_BEST = 5
_WEEKDAY = re.compile(r"понедельник|вторник|сред[уаыоей]|четверг|пятниц|суббот|воскресень")

Call = Mapping[str, Any]
V = TypeVar("V", When, Number, Phone, Snils, Application, Locality)


class SlotValidation(Struct, frozen=True):
    """A validated slot value; none, with the response that says why."""

    value: str | None = None
    refusal: str = ""


class FormValidation:
    def __init__(self, grammar: Grammar, today: Callable[[], date]) -> None:
        """`today` is the day at the citizen's place."""
        self._grammar, self._today = grammar, today
        self._judges: Mapping[str, Callable[[str], SlotValidation]] = {
            "day": self._day, "hour": self._hour, "phone": self._phone, "snils": self._snils,
            "application_number": self._application, "locality": self._locality, "score": self._score,
        }

    def judge(self, call: Call) -> Answer:
        """The value of each slot in its read-back form; nothing where it is impossible. What was taken is told, if the form asks on."""
        judged = {name: self._judged(call, name, str(value)) for name, value in filled(call).items() if value is not None}
        said = [{"response": one.refusal} for one in judged.values() if one.refusal]
        if taken := self._taken(call, judged):
            said.append({"response": TAKEN, "taken": taken})
        events = [slot_set(name, one.value) for name, one in judged.items()]
        if judged and intent_of(call) == FormAct.ASKS:  # the question is answered first, then the form goes on
            events.append({"event": "action_execution_rejected", "timestamp": None, "name": loop_of(call)})
        return Answer(tuple(events), tuple(said))

    def _taken(self, call: Call, judged: Mapping[str, SlotValidation]) -> str:
        """The values that were understood from words; "" where the form is complete, and reads all of them back."""
        text = str(call["tracker"]["latest_message"].get("text") or "")
        wanted = slots_of(call)
        now = call["tracker"]["slots"] | {name: one.value for name, one in judged.items()}
        complete = all(now.get(name) is not None for name in wanted)
        if complete or text.startswith("/") or not PROOFS.isdisjoint(wanted) or TAKEN not in (call["domain"].get("responses") or {}):
            return ""
        return ", ".join(one.value for name, one in judged.items()
                         if one.value and name in wanted and name not in STORIES and one.value not in spared(call, name))

    def _judged(self, call: Call, name: str, said: str) -> SlotValidation:
        """The payload of an unrelated button does not answer the question."""
        if said == HIDDEN:
            return SlotValidation(refusal="utter_not_kept")
        if said in spared(call, name):
            return SlotValidation(said)
        if name == "hour" and "day" not in slots_of(call):
            return self._moment(said)
        return SlotValidation() if said.startswith("/") else self._judges.get(name, _believed)(said)

    def _day(self, said: str) -> SlotValidation:
        days = next((when.days for when in self._found(said, When) if when.days), None)
        if days is None:
            return SlotValidation(refusal="utter_bad_day")
        if (days.last or days.first) < self._today():
            return SlotValidation(refusal="utter_past_day")
        return SlotValidation(self._words(When(days=Days(max(days.first, self._today()), days.last)), said))

    def _hour(self, said: str) -> SlotValidation:
        hours: Hours | None = next((when.hours for when in self._found(said, When) if when.hours), None)
        return SlotValidation(self._words(When(hours=hours))) if hours else SlotValidation(refusal="utter_bad_hour")

    def _moment(self, said: str) -> SlotValidation:
        """Hours, a day, or both: of a form that asks for no day of its own."""
        found = list(self._found(said, When))
        days, hours = next((each.days for each in found if each.days), None), next((each.hours for each in found if each.hours), None)
        if days is None or (days.last or days.first) < self._today():
            return self._hour(said) if hours or days is None else SlotValidation(refusal="utter_past_day")
        return SlotValidation(self._words(When(Days(max(days.first, self._today()), days.last), hours), said))

    def _phone(self, said: str) -> SlotValidation:
        phone = next(self._found(said, Phone), None)
        return SlotValidation(self._words(phone).removeprefix("номер ")) if phone else SlotValidation(refusal="utter_bad_phone")

    def _snils(self, said: str) -> SlotValidation:
        snils = next(self._found(said, Snils), None)
        if snils is None or not snils.genuine:
            return SlotValidation(refusal="utter_bad_snils")
        return SlotValidation(self._words(snils).removeprefix("СНИЛС "))

    def _application(self, said: str) -> SlotValidation:
        found = next(self._found(said, Application), None)
        number = found.number if found else re.sub(r"\s", "", plain(said).text).upper()
        if _CASE.fullmatch(number):
            return SlotValidation(refusal="utter_case_number")
        return SlotValidation(number) if _NUMBERED.fullmatch(number) else SlotValidation(refusal="utter_bad_number")

    def _locality(self, said: str) -> SlotValidation:
        """Accepts any text as a place: a village may be in no list."""
        place = next(self._found(said, Locality), None)
        return SlotValidation(place.name) if place else _believed(said)

    def _score(self, said: str) -> SlotValidation:
        number = next(self._found(said, Number), None)
        score = int(number.value) if number and number.value == int(number.value) else 0
        return SlotValidation(str(score)) if 1 <= score <= _BEST else SlotValidation(refusal="utter_bad_score")

    def _found(self, said: str, kind: type[V]) -> Iterator[V]:
        return (found.value for found in self._grammar.find(said, self._today()) if isinstance(found.value, kind))

    def _words(self, value: Value, said: str = "") -> str:
        return words(value, self._today(), weekday=_WEEKDAY.search(said.lower()) is not None)


TAKEN = "utter_taken"
"""The response that tells what a form has just understood."""


def channel_of(call: Call) -> str:
    """The channel of the message."""
    return str(call["tracker"].get("latest_input_channel") or "")


def intent_of(call: Call) -> str:
    """The last message."""
    return str((call["tracker"]["latest_message"].get("intent") or {}).get("name") or "")


def loop_of(call: Call) -> str:
    """The form that asks, or ""."""
    return str((call["tracker"].get("active_loop") or {}).get("name") or "")


def slots_of(call: Call) -> tuple[str, ...]:
    """The slots of that form."""
    form = (call["domain"].get("forms") or {}).get(loop_of(call)) or {}
    return tuple(form.get("required_slots") or ())


def spared(call: Call, slot: str) -> tuple[str, ...]:
    """What the domain maps to a slot where the citizen does not tell it (`from_intent: withhold`): the form does not insist on it."""
    mappings = ((call["domain"].get("slots") or {}).get(slot) or {}).get("mappings") or ()
    return tuple(str(each.get("value")) for each in mappings if each.get("intent") == FormAct.WITHHOLDS
                 and any(one.get("active_loop") == loop_of(call) for one in each.get("conditions") or ()))


def filled(call: Call) -> dict[str, Any]:
    """The slots filled just now, to be validated (rasa-sdk: slots_to_validate)."""
    slots: list[tuple[str, Any]] = []
    for event in reversed(call["tracker"]["events"]):
        if event.get("event") != "slot":
            break
        slots.append((event["name"], event["value"]))
    return {name: value for name, value in reversed(slots) if name != REQUESTED_SLOT}


def slot_set(name: str, value: object) -> dict[str, Any]:
    """The event that gives a slot a value."""
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def _believed(said: str) -> SlotValidation:
    """A free-text value that only the citizen knows."""
    return SlotValidation(said.strip()[:LONGEST])
