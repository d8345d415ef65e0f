"""Built-in actions of the shipped project (projects/centre): answers from articles, hand-over, validation of forms.

An action is a function of the webhook request of rasa-sdk, so the same actions serve a real Rasa server.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import date, time
from typing import Any, TypeVar

import msgspec

from bots.dialogue.actions import ActionFailedError, Answer
from bots.dialogue.exact_values import ExactValues
from bots.dialogue.form_actions import FormActions, FormKnowledge, NoKnowledge
from bots.dialogue.form_validation import Call, FormValidation, channel_of, intent_of, slot_set
from bots.dialogue.form_values import FormValues
from bots.dialogue.listener import Listener
from bots.dialogue.talk_summary import KNOWLEDGE, source_of
from bots.grammar.extraction import Grammar
from bots.grammar.values import MIDNIGHT, Phone, When
from bots.knowledge import places
from bots.knowledge.faq import CALL
from bots.knowledge.form_acts import FormActs
from bots.knowledge.localities import Localities
from bots.knowledge.message_parts import carried
from bots.knowledge.offices import Offices
from bots.knowledge.passages import passage
from bots.project.domain import REQUESTED_SLOT
from hub.conversations.channel_traits import ChannelTraits, TraitRegistry
from hub.conversations.message import Source
from hub.conversations.redaction import HIDDEN
from hub.knowledge.article import Article, Purpose
from hub.organisation.centre import Mfc
from hub.robot.ports import ApplicationStates, AppointmentTimes, VisitWish

OF_THE_ARTICLE = frozenset(["ask_fee", "ask_documents", "ask_term"])
"""Intents about the last article: every article states fee, documents and terms."""
FORGOTTEN = ("asked", "application_number", "body", "day", "hour", "outdated", "proof", "score", "service", "snils", "visit",
             "what_happened")
"""Slots of an abandoned request. The place of residence and the telephone number stay valid for the next one."""
_ASK = "ask_"
_PAUSE: Mapping[str, Any] = {"event": "pause", "timestamp": None}
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?")

V = TypeVar("V", When, Phone)


class CentreActions:
    """Implements bots.dialogue.actions.Actions.

    `articles` returns the current knowledge, by id, `nearest` its most similar articles to a text, best first, and `mfcs` the МФЦ of today;
    `today` is the day at the citizen's place, and `offices` returns current opening states.
    """

    def __init__(self, articles: Callable[[], Mapping[str, Article]], nearest: Callable[[str], Awaitable[Iterable[Article]]],
                 mfcs: Callable[[], Iterable[Mfc]], grammar: Grammar, today: Callable[[], date], traits: TraitRegistry,
                 times: AppointmentTimes | None = None, offices: Offices | None = None, states: ApplicationStates | None = None,
                 knowledge: FormKnowledge | None = None) -> None:
        """Without `times` there is no booking, without `states` no status: an operator looks for it. `knowledge` answers within forms."""
        self._traits = traits
        self._articles, self._nearest, self._mfcs, self._grammar, self._today = articles, nearest, mfcs, grammar, today
        self._times, self._states = times, states
        self._now_of: Callable[[str], str] = offices.of_mfc if offices else lambda _: ""
        self._validation, known = FormValidation(grammar, today), knowledge or NoKnowledge()
        acts = FormActs(grammar.russian)
        towns = Localities(grammar.russian, lambda: (each.locality for each in mfcs() if each.address))
        values = FormValues(grammar.russian, ExactValues(grammar, acts, today), acts, towns, lambda said: _titled(known.service(said)))
        listening = FormActions(acts, values, known)
        self.listener = Listener(acts, values)
        """Of the dialogues that have these actions."""
        self._actions: Mapping[str, Callable[[Call], Answer]] = {
            "action_knowledge": self._knowledge, "action_hand_over": self._hand_over, "action_forget": _forget,
            "action_repeat": _repeat, "action_ask_agreement": _ask_agreement, "action_more": self._more, "action_mfc": self._mfc,
            "action_ask_locality": self._ask_locality, "action_ask_phone": _ask_phone, "action_call_back": _call_back,
            "action_hear": listening.hear,
        } | dict.fromkeys(map("validate_{}_form".format, ("appointment", "callback", "complaint", "mfc", "survey")), self._validation.judge)
        self._asking: Mapping[str, Callable[[Call], Awaitable[Answer]]] = {
            "action_offer_times": self._offer_times, "action_book_time": self._book_time, "action_tell_status": self._tell_status,
            "action_ask_back": self._ask_back,
            "validate_status_form": self._judge_status, "action_answer": listening.answer}

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
        """The article of the question; questions that every article answers refer to the last one."""
        slots, intent = call["tracker"]["slots"], intent_of(call)
        known = self._articles()
        if intent in OF_THE_ARTICLE:  # a service has a part for it
            id_ = str(slots.get("article") or "").partition("/")[0]
            article = known.get(f"{id_}/{intent.removeprefix(_ASK)}") or known.get(id_)
        else:
            article = known.get(intent.removeprefix(_ASK).replace("_", "-"))
        if article is None:
            return _said("utter_which_service" if intent in OF_THE_ARTICLE else "utter_please_rephrase")
        channel, said = self._traits.named(channel_of(call)), str(call["tracker"]["latest_message"].get("text") or "")
        short = article.text if channel.at_once else passage(self._grammar.russian, article.text, said)
        return _told(article, 0, channel) if short == article.text else _told_shortly(article, short)

    def _more(self, call: Call) -> Answer:
        """The next part of the last article."""
        slots = call["tracker"]["slots"]
        article = self._articles().get(slots.get("article") or "")
        if article is None:
            return _said("utter_which_service")
        return _told(article, int(slots.get("part") or 0) + 1, self._traits.named(channel_of(call)))

    async def _ask_back(self, call: Call) -> Answer:
        """Not understood: offers the likely meanings as choices."""
        said = str(call["tracker"]["latest_message"].get("text") or "")
        offered = [{"title": one.title, "payload": f"/{intent_for(one.id)}"} for one in await self._nearest(said)
                   if intent_for(one.id) in call["domain"]["intents"]]
        person = {"title": CALL, "payload": "/call_operator"}
        return Answer((), ({"response": "utter_please_rephrase", "buttons": [*offered, person]},))

    def _mfc(self, call: Call) -> Answer:
        """Address and hours of the МФЦ of a place; without data, where to look."""
        locality = str(call["tracker"]["slots"].get("locality") or "")
        if found := places.of_place(self._mfcs(), locality):
            return Answer((), ({"text": places.told(found, self._now_of), "custom": _cited(places.source(found), "mfc")},))
        article = self._articles().get(places.ARTICLE)
        return Answer((), ({"response": "utter_mfc_unknown", "custom": _cited(article.source() if article else None, "mfc")},))

    def _ask_locality(self, call: Call) -> Answer:
        """Choices for channels without speech."""
        del call
        buttons = [_answers(name, locality=name) for name in places.known(self._mfcs())]
        return Answer((), ({"response": "utter_ask_locality", "buttons": buttons},))

    def _hand_over(self, call: Call) -> Answer:
        """Hand-over to an operator: the dialogue pauses, with its messages and slots. Rasa's REST channel does not report the pause."""
        purpose = Purpose.EMERGENCY if intent_of(call) == "emergency" else Purpose.PERSON
        article = next((one for one in self._articles().values() if one.purpose is purpose), None)
        return Answer((_PAUSE,), ({"text": article.text, "custom": {"hand_over": True}},) if article else ())

    async def _offer_times(self, call: Call, before: str = "") -> Answer:
        """Offers times for the request of the previous form; without any an operator looks for one."""
        slots = call["tracker"]["slots"]
        days = next((when.days for when in self._found(str(slots.get("day") or ""), When) if when.days), None)
        begins, ends = _hours(str(slots.get("hour") or ""))
        first = max(days.first, self._today()) if days else self._today()
        wish = VisitWish(str(slots.get("service") or ""), str(slots.get("locality") or ""), first, days.last if days else None, begins,
                         ends)
        offered = await self._times.offered(str(call.get("sender_id") or ""), wish) if self._times else []
        if not offered:
            return Answer((slot_set("asked", "no_time"),))
        buttons = [*(_answers(each.title, visit=each.key) for each in offered), {"title": CALL, "payload": "/call_operator"}]
        said = ({"response": before},) if before else ()
        choice = {"response": "utter_choose_time", "place": offered[0].place, "buttons": buttons}
        return Answer((slot_set("asked", "time"),), (*said, choice))

    async def _book_time(self, call: Call) -> Answer:
        """Book the chosen time; offers another choice where it is taken."""
        slots = call["tracker"]["slots"]
        visit, phone = str(slots.get("visit") or ""), next(self._found(str(slots.get("phone") or ""), Phone), None)
        if visit and self._times is not None:
            words = await self._times.book(str(call.get("sender_id") or ""), visit, phone.number if phone else "")
            if words:
                return Answer(tuple(slot_set(name, None) for name in FORGOTTEN), ({"text": words, "custom": {"topic": "appointments"}},))
        return await self._offer_times(call, "utter_time_taken" if visit else "")

    async def _tell_status(self, call: Call) -> Answer:
        """The status of an application after a proof; an operator looks for it where there is no system."""
        slots = call["tracker"]["slots"]
        number, snils, proof = (str(slots.get(name) or "") for name in ("application_number", "snils", "proof"))
        told = await self._states.told(str(call.get("sender_id") or ""), number, snils, proof) if self._states else None
        if told is None:
            return Answer((slot_set("asked", "no_status"),))
        buttons = [{"title": choice, "payload": choice} for choice in told.choices]
        said = {"text": told.text, "custom": {"topic": "status"}, "buttons": buttons}
        return Answer(tuple(slot_set(name, None) for name in FORGOTTEN), (said,))

    async def _judge_status(self, call: Call) -> Answer:
        """A citizen signed in by ЕСИА states only the number of the application. Values that were not stored are asked for again."""
        answer, slots = self._validation.judge(call), call["tracker"]["slots"]
        told = {event["name"]: event["value"] for event in answer.events if event["event"] == "slot"}
        lost = tuple(slot_set(name, None) for name in FORGOTTEN if slots.get(name) == HIDDEN and name not in told)
        if lost:
            answer = Answer((*answer.events, *lost), ({"response": "utter_not_kept"}, *answer.responses))
        number = told.get("application_number", slots.get("application_number"))
        if number in {None, HIDDEN} or self._states is None or not await self._states.known(str(call.get("sender_id") or "")):
            return answer
        return Answer((*answer.events, slot_set(REQUESTED_SLOT, None)), answer.responses)

    def _found(self, said: str, kind: type[V]) -> Iterator[V]:
        return (found.value for found in self._grammar.find(said, self._today()) if isinstance(found.value, kind))


def articles_of(intents: Iterable[str]) -> frozenset[str]:
    """Ids of articles that a project with these intents answers itself."""
    return frozenset(intent.removeprefix(_ASK).replace("_", "-") for intent in intents if intent.startswith(_ASK))


def intent_for(article: str) -> str:
    """The intent of a request for an article."""
    return _ASK + article.replace("-", "_")


def _titled(found: tuple[Article | None, float]) -> tuple[str, float]:
    article, sure = found
    return article.title if article else "", sure


def _hours(words: str) -> tuple[time, time]:
    """The hours in «с 6 до 12» and «в 15:30», as read back; after a given time it is any later one."""
    clocks = [time(int(hour) % 24, int(minute or 0)) for hour, minute in _CLOCK.findall(words)]
    begins, ends = clocks[0] if clocks else time(), clocks[1] if len(clocks) > 1 else MIDNIGHT
    return begins, ends if ends > begins else MIDNIGHT


def _call_back(call: Call) -> Answer:
    """A callback instead of a wait, with the last message."""
    del call
    return Answer((_PAUSE,))


def _forget(call: Call) -> Answer:
    del call
    return Answer(tuple(slot_set(name, None) for name in FORGOTTEN))


def _repeat(call: Call) -> Answer:
    """The message before the request to repeat it."""
    events = call["tracker"]["events"]
    asked = [number for number, event in enumerate(events) if event.get("event") == "user"]
    before, last = ([0, *asked])[-2:] if asked else (0, 0)
    told = [event for event in events[before:last] if event.get("event") == "bot" and event.get("text")]
    if not told:
        return _said("utter_greet")
    last_told = told[-1]
    if (last_told.get("metadata") or {}).get("utter_action") == KNOWLEDGE:  # one of several answers: only the last is repeated
        return Answer((), ({"text": last_told["text"], "custom": _cited(source_of((last_told.get("data") or {}).get("custom")), "")},))
    return Answer((), tuple({"text": event["text"], "buttons": (event.get("data") or {}).get("buttons") or []} for event in told))


def _ask_agreement(call: Call) -> Answer:
    """Read back the answers of the last form that reads any back."""
    responses = call["domain"].get("responses") or {}
    forms = (str(event["name"]).removesuffix("_form") for event in reversed(call["tracker"]["events"])
             if event.get("event") == "active_loop" and event.get("name"))
    what = next((form for form in forms if f"utter_check_{form}" in responses), "")
    return Answer((slot_set("asked", what),), ({"response": f"utter_check_{what}"},)) if what else _said("utter_please_rephrase")


def _ask_phone(call: Call) -> Answer:
    """Offers the number of a caller or an SMS sender."""
    number = (call["tracker"]["latest_message"].get("metadata") or {}).get("phone")
    return Answer((), ({"response": "utter_ask_phone", "buttons": [_answers("Этот номер", phone=number)] if number else []},))


def _told(article: Article, part: int, channel: ChannelTraits) -> Answer:
    """An article, or the part that fits the channel: then the citizen may ask for more."""
    each = carried(article.text, channel.at_once)
    if part >= len(each):
        return _said("utter_that_is_all")
    more = [{"title": "Дальше", "payload": "/more"}] if part + 1 < len(each) else []
    again = [{"title": "Повторить", "payload": "/repeat"}, {"title": "Главное меню", "payload": "/greet"}] if channel.spoken else []
    told = {"text": each[part], "custom": _cited(article.source(), article.topic), "buttons": [*more, *again]}
    return Answer((slot_set("article", article.id), slot_set("part", part)), (told,))


def _told_shortly(article: Article, text: str) -> Answer:
    """A part of an article; the whole of it is told when more is asked for."""
    buttons = [{"title": "Подробнее", "payload": "/more"}, {"title": CALL, "payload": "/call_operator"}]
    told = {"text": text, "custom": _cited(article.source(), article.topic), "buttons": buttons}
    return Answer((slot_set("article", article.id), slot_set("part", -1)), (told,))


def _cited(source: Source | None, topic: str) -> Mapping[str, Any]:
    return {"topic": topic} | ({"source": msgspec.to_builtins(source)} if source else {})


def _answers(title: str, **values: str) -> Mapping[str, str]:
    """A button that answers a question."""
    return {"title": title, "payload": f"/inform{json.dumps(values, ensure_ascii=False)}"}


def _said(response: str) -> Answer:
    return Answer((), ({"response": response},))
