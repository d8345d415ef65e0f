"""Built-in actions of the shipped project (projects/centre): answers from articles, hand-over, validation of forms."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import date, time
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bots.dialogue.actions import ActionFailedError, Answer
from bots.grammar.confirmation import words
from bots.grammar.extraction import Grammar
from bots.grammar.values import MIDNIGHT, Application, Days, Hours, Locality, Number, Phone, Snils, Value, When
from bots.knowledge import places
from bots.knowledge.faq import CALL
from bots.knowledge.message_parts import carried
from bots.knowledge.offices import Offices
from bots.project.domain import REQUESTED_SLOT
from hub.conversations.channel_traits import ChannelTraits, TraitRegistry
from hub.conversations.message import Source
from hub.conversations.redaction import HIDDEN
from hub.knowledge.article import Article, Purpose
from hub.organisation.centre import Mfc
from hub.robot.ports import ApplicationStates, AppointmentTimes, VisitWish

OF_THE_ARTICLE = frozenset(["ask_fee", "ask_documents", "ask_term"])
"""What is asked of the article that answered last: each tells of fee, documents and terms."""
FORGOTTEN = ("asked", "application_number", "body", "day", "hour", "outdated", "proof", "score", "service", "snils", "visit",
             "what_happened")
"""Slots of what was not wanted after all. Where somebody lives, and his number, hold for the next wish as well."""
LONGEST = 1000
"""Characters of an answer in one's own words."""
_ASK = "ask_"
_PAUSE: Mapping[str, Any] = {"event": "pause", "timestamp": None}
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?")
_NUMBERED = re.compile(r"(?=.*\d)[0-9A-ZА-ЯЁ/-]{4,25}", re.IGNORECASE)
_CASE = re.compile(r"\d{3}-\d{6}-\d{7,9}-\d")
"""A case's number (hub/kernel/ids.py): it is no application's, and whoever knows its code is told how it goes."""
_BEST = 5

Call = Mapping[str, Any]
V = TypeVar("V", When, Number, Phone, Snils, Application, Locality)


class SlotValidation(Struct, frozen=True):
    """A validated slot value; none, with the response that says why."""

    value: str | None = None
    refusal: str = ""


class CentreActions:
    """Implements bots.dialogue.actions.Actions.

    `articles` gives the knowledge as it is, by id, `nearest` what of it is nearest to a saying, best first, and `mfcs` the МФЦ of today;
    `today` is the day where the citizen is, and `offices` tells what is open now.
    """

    def __init__(self, articles: Callable[[], Mapping[str, Article]], nearest: Callable[[str], Iterable[Article]],
                 mfcs: Callable[[], Iterable[Mfc]], grammar: Grammar, today: Callable[[], date], traits: TraitRegistry,
                 times: AppointmentTimes | None = None, offices: Offices | None = None, states: ApplicationStates | None = None) -> None:
        """Without `times` nobody is booked, without `states` nobody told: a person looks for it."""
        self._traits = traits
        self._articles, self._nearest, self._mfcs, self._grammar, self._today = articles, nearest, mfcs, grammar, today
        self._times, self._states = times, states
        self._now_of: Callable[[str], str] = offices.of_mfc if offices else lambda _: ""
        self._actions: Mapping[str, Callable[[Call], Answer]] = {
            "action_knowledge": self._knowledge, "action_hand_over": self._hand_over, "action_forget": _forget,
            "action_repeat": _repeat, "action_ask_agreement": _ask_agreement, "action_more": self._more, "action_mfc": self._mfc,
            "action_ask_locality": self._ask_locality, "action_ask_phone": _ask_phone,
            "action_ask_back": self._ask_back, "action_call_back": _call_back,
        } | dict.fromkeys(map("validate_{}_form".format, ("appointment", "callback", "complaint", "mfc", "survey")), self._judge)
        self._asking: Mapping[str, Callable[[Call], Awaitable[Answer]]] = {
            "action_offer_times": self._offer_times, "action_book_time": self._book_time, "action_tell_status": self._tell_status,
            "validate_status_form": self._judge_status}
        self._judges: Mapping[str, Callable[[str], SlotValidation]] = {
            "day": self._day, "hour": self._hour, "phone": self._phone, "snils": self._snils,
            "application_number": self._application, "locality": self._locality, "score": self._score,
        }

    def knows(self, name: str) -> bool:
        return name in self._actions or name in self._asking

    async def run(self, name: str, call: Call) -> Answer:
        if (asking := self._asking.get(name)) is not None:
            return await asking(call)
        if (action := self._actions.get(name)) is None:
            message = f"{name}: the house has no such action"
            raise ActionFailedError(message)
        return action(call)

    def _knowledge(self, call: Call) -> Answer:
        """The article that the question is about; the questions that every article answers are about the last one."""
        slots, intent = call["tracker"]["slots"], intent_of(call)
        known = self._articles()
        if intent in OF_THE_ARTICLE:  # of a service there is a part for it
            id_ = str(slots.get("article") or "").partition("/")[0]
            article = known.get(f"{id_}/{intent.removeprefix(_ASK)}") or known.get(id_)
        else:
            article = known.get(intent.removeprefix(_ASK).replace("_", "-"))
        if article is None:
            return _said("utter_which_service" if intent in OF_THE_ARTICLE else "utter_please_rephrase")
        return _told(article, 0, self._traits.named(channel_of(call)))

    def _more(self, call: Call) -> Answer:
        """What comes next in the article of which a part was told."""
        slots = call["tracker"]["slots"]
        article = self._articles().get(slots.get("article") or "")
        if article is None:
            return _said("utter_which_service")
        return _told(article, int(slots.get("part") or 0) + 1, self._traits.named(channel_of(call)))

    def _ask_back(self, call: Call) -> Answer:
        """It was not understood: what may have been meant can be chosen."""
        said = str(call["tracker"]["latest_message"].get("text") or "")
        offered = [{"title": one.title, "payload": f"/{intent_for(one.id)}"} for one in self._nearest(said)
                   if intent_for(one.id) in call["domain"]["intents"]]
        person = {"title": CALL, "payload": "/call_operator"}
        return Answer((), ({"response": "utter_please_rephrase", "buttons": [*offered, person]},))

    def _mfc(self, call: Call) -> Answer:
        """Where the МФЦ of a place are and when they are open; where nothing is known, where to look."""
        locality = str(call["tracker"]["slots"].get("locality") or "")
        if found := places.of_place(self._mfcs(), locality):
            return Answer((), ({"text": places.told(found, self._now_of), "custom": _cited(places.source(found), "mfc")},))
        article = self._articles().get(places.ARTICLE)
        return Answer((), ({"response": "utter_mfc_unknown", "custom": _cited(article.source() if article else None, "mfc")},))

    def _ask_locality(self, call: Call) -> Answer:
        """Whoever has no voice to say it with may choose."""
        del call
        buttons = [_answers(name, locality=name) for name in places.known(self._mfcs())]
        return Answer((), ({"response": "utter_ask_locality", "buttons": buttons},))

    def _hand_over(self, call: Call) -> Answer:
        """A person takes over: the dialogue pauses, and what was said and filled goes with it. Rasa's REST channel tells of no pause."""
        purpose = Purpose.EMERGENCY if intent_of(call) == "emergency" else Purpose.PERSON
        article = next((one for one in self._articles().values() if one.purpose is purpose), None)
        return Answer((_PAUSE,), ({"text": article.text, "custom": {"hand_over": True}},) if article else ())

    async def _offer_times(self, call: Call, before: str = "") -> Answer:
        """Times to choose from, as the form before has understood the wish; where there is none a person looks for one."""
        slots = call["tracker"]["slots"]
        days = next((when.days for when in self._found(str(slots.get("day") or ""), When) if when.days), None)
        begins, ends = _hours(str(slots.get("hour") or ""))
        first = max(days.first, self._today()) if days else self._today()
        wish = VisitWish(str(slots.get("service") or ""), str(slots.get("locality") or ""), first, days.last if days else None, begins,
                         ends)
        offered = await self._times.offered(str(call.get("sender_id") or ""), wish) if self._times else []
        if not offered:
            return Answer((_slot("asked", "no_time"),))
        buttons = [*(_answers(each.title, visit=each.key) for each in offered), {"title": CALL, "payload": "/call_operator"}]
        said = ({"response": before},) if before else ()
        return Answer((_slot("asked", "time"),), (*said, {"response": "utter_choose_time", "place": offered[0].place, "buttons": buttons}))

    async def _book_time(self, call: Call) -> Answer:
        """The time that was chosen; another choice where somebody was faster."""
        slots = call["tracker"]["slots"]
        visit, phone = str(slots.get("visit") or ""), next(self._found(str(slots.get("phone") or ""), Phone), None)
        if visit and self._times is not None:
            words = await self._times.book(str(call.get("sender_id") or ""), visit, phone.number if phone else "")
            if words:
                return Answer(tuple(_slot(name, None) for name in FORGOTTEN), ({"text": words, "custom": {"topic": "appointments"}},))
        return await self._offer_times(call, "utter_time_taken" if visit else "")

    async def _tell_status(self, call: Call) -> Answer:
        """How an application stands, if he has proved that it is his; a person looks for it where there is nobody else to ask."""
        slots = call["tracker"]["slots"]
        number, snils, proof = (str(slots.get(name) or "") for name in ("application_number", "snils", "proof"))
        told = await self._states.told(str(call.get("sender_id") or ""), number, snils, proof) if self._states else None
        if told is None:
            return Answer((_slot("asked", "no_status"),))
        buttons = [{"title": choice, "payload": choice} for choice in told.choices]
        said = {"text": told.text, "custom": {"topic": "status"}, "buttons": buttons}
        return Answer(tuple(_slot(name, None) for name in FORGOTTEN), (said,))

    async def _judge_status(self, call: Call) -> Answer:
        """Whoever is signed in by ЕСИА names the number of his application, and proves nothing more. What was not kept is asked again."""
        answer, slots = self._judge(call), call["tracker"]["slots"]
        told = {event["name"]: event["value"] for event in answer.events}
        lost = tuple(_slot(name, None) for name in FORGOTTEN if slots.get(name) == HIDDEN and name not in told)
        if lost:
            answer = Answer((*answer.events, *lost), ({"response": "utter_not_kept"}, *answer.responses))
        number = told.get("application_number", slots.get("application_number"))
        if number in {None, HIDDEN} or self._states is None or not await self._states.known(str(call.get("sender_id") or "")):
            return answer
        return Answer((*answer.events, _slot(REQUESTED_SLOT, None)), answer.responses)

    def _judge(self, call: Call) -> Answer:
        """What was said for each slot, in the words in which it is read back; nothing where it cannot be meant so."""
        judged = {name: self._judged(name, str(value)) for name, value in filled(call).items() if value is not None}
        return Answer(tuple(_slot(name, one.value) for name, one in judged.items()),
                      tuple({"response": one.refusal} for one in judged.values() if one.refusal))

    def _judged(self, name: str, said: str) -> SlotValidation:
        """The payload of a button that has nothing to do with the question is no answer to it."""
        if said == HIDDEN:
            return SlotValidation(refusal="utter_not_kept")
        return SlotValidation() if said.startswith("/") else self._judges.get(name, _believed)(said)

    def _day(self, said: str) -> SlotValidation:
        days = next((when.days for when in self._found(said, When) if when.days), None)
        if days is None:
            return SlotValidation(refusal="utter_bad_day")
        if (days.last or days.first) < self._today():
            return SlotValidation(refusal="utter_past_day")
        return SlotValidation(self._words(When(days=Days(max(days.first, self._today()), days.last))))

    def _hour(self, said: str) -> SlotValidation:
        hours: Hours | None = next((when.hours for when in self._found(said, When) if when.hours), None)
        return SlotValidation(self._words(When(hours=hours))) if hours else SlotValidation(refusal="utter_bad_hour")

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
        number = found.number if found else said.strip().upper()
        if _CASE.fullmatch(number):
            return SlotValidation(refusal="utter_case_number")
        return SlotValidation(number) if _NUMBERED.fullmatch(number) else SlotValidation(refusal="utter_bad_number")

    def _locality(self, said: str) -> SlotValidation:
        """A village may be in no list, so whatever was said is a place."""
        place = next(self._found(said, Locality), None)
        return SlotValidation(place.name) if place else _believed(said)

    def _score(self, said: str) -> SlotValidation:
        number = next(self._found(said, Number), None)
        score = int(number.value) if number and number.value == int(number.value) else 0
        return SlotValidation(str(score)) if 1 <= score <= _BEST else SlotValidation(refusal="utter_bad_score")

    def _found(self, said: str, kind: type[V]) -> Iterator[V]:
        return (found.value for found in self._grammar.find(said, self._today()) if isinstance(found.value, kind))

    def _words(self, value: Value) -> str:
        return words(value, self._today())


def articles_of(intents: Iterable[str]) -> frozenset[str]:
    """Ids of the articles that a project with these intents answers with itself."""
    return frozenset(intent.removeprefix(_ASK).replace("_", "-") for intent in intents if intent.startswith(_ASK))


def intent_of(call: Call) -> str:
    """What was said last."""
    return str((call["tracker"]["latest_message"].get("intent") or {}).get("name") or "")


def channel_of(call: Call) -> str:
    """Where it was said."""
    return str(call["tracker"].get("latest_input_channel") or "")


def intent_for(article: str) -> str:
    """What a citizen means who asks for an article."""
    return _ASK + article.replace("-", "_")


def filled(call: Call) -> dict[str, Any]:
    """The slots that were filled just now, which are to be judged (rasa-sdk: slots_to_validate)."""
    slots: list[tuple[str, Any]] = []
    for event in reversed(call["tracker"]["events"]):
        if event.get("event") != "slot":
            break
        slots.append((event["name"], event["value"]))
    return {name: value for name, value in reversed(slots) if name != REQUESTED_SLOT}


def _hours(words: str) -> tuple[time, time]:
    """Of «с 6 до 12» and «в 15:30», as hours are read back; from one moment on, it is any time later."""
    clocks = [time(int(hour) % 24, int(minute or 0)) for hour, minute in _CLOCK.findall(words)]
    begins, ends = clocks[0] if clocks else time(), clocks[1] if len(clocks) > 1 else MIDNIGHT
    return begins, ends if ends > begins else MIDNIGHT


def _call_back(call: Call) -> Answer:
    """He is called instead of waiting: what was said last goes with it."""
    del call
    return Answer((_PAUSE,))


def _forget(call: Call) -> Answer:
    del call
    return Answer(tuple(_slot(name, None) for name in FORGOTTEN))


def _repeat(call: Call) -> Answer:
    """What was said before the citizen asked to say it again."""
    events = call["tracker"]["events"]
    asked = [number for number, event in enumerate(events) if event.get("event") == "user"]
    before, last = ([0, *asked])[-2:] if asked else (0, 0)
    told = [event for event in events[before:last] if event.get("event") == "bot" and event.get("text")]
    if not told:
        return _said("utter_greet")
    return Answer((), tuple({"text": event["text"], "buttons": (event.get("data") or {}).get("buttons") or []} for event in told))


def _ask_agreement(call: Call) -> Answer:
    """Read back what the form has gathered."""
    forms = [event["name"] for event in call["tracker"]["events"] if event.get("event") == "active_loop" and event.get("name")]
    what = forms[-1].removesuffix("_form") if forms else ""
    return Answer((_slot("asked", what),), ({"response": f"utter_check_{what}"},))


def _ask_phone(call: Call) -> Answer:
    """Whoever calls, or writes an SMS, need not say the number that he does it from."""
    number = (call["tracker"]["latest_message"].get("metadata") or {}).get("phone")
    return Answer((), ({"response": "utter_ask_phone", "buttons": [_answers("Этот номер", phone=number)] if number else []},))


def _told(article: Article, part: int, channel: ChannelTraits) -> Answer:
    """An article, or as much of it as the channel carries at once: then the citizen may ask for more."""
    each = carried(article.text, channel.at_once)
    if part >= len(each):
        return _said("utter_that_is_all")
    more = [{"title": "Дальше", "payload": "/more"}] if part + 1 < len(each) else []
    again = [{"title": "Повторить", "payload": "/repeat"}, {"title": "Главное меню", "payload": "/greet"}] if channel.spoken else []
    told = {"text": each[part], "custom": _cited(article.source(), article.topic), "buttons": [*more, *again]}
    return Answer((_slot("article", article.id), _slot("part", part)), (told,))


def _cited(source: Source | None, topic: str) -> Mapping[str, Any]:
    return {"topic": topic} | ({"source": msgspec.to_builtins(source)} if source else {})


def _answers(title: str, **values: str) -> Mapping[str, str]:
    """A button that answers a question."""
    return {"title": title, "payload": f"/inform{json.dumps(values, ensure_ascii=False)}"}


def _said(response: str) -> Answer:
    return Answer((), ({"response": response},))


def _slot(name: str, value: object) -> Mapping[str, Any]:
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def _believed(said: str) -> SlotValidation:
    """What nobody but the citizen knows."""
    return SlotValidation(said.strip()[:LONGEST])
