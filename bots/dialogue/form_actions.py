"""Built-in actions of forms that listen: they take every value of a message, and answer what is asked in between.

Both are functions of rasa-sdk's request, so they also serve a real Rasa server: `action_hear` as the action of custom slot mappings,
`action_answer` in the rules of a question within a form (docs/dialogues.md).
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from bots.dialogue.actions import Answer
from bots.dialogue.form_validation import Call, channel_of, intent_of, loop_of, slots_of, spared
from bots.dialogue.form_values import STORIES, Asked, FormValues
from bots.dialogue.proofs import PROOFS
from bots.knowledge.clauses import clauses
from bots.knowledge.facts import Focus
from bots.knowledge.form_acts import FormAct, FormActs
from bots.knowledge.places import ARTICLE as SUBJECT
from bots.knowledge.subjects import Rows
from bots.project.domain import REQUESTED_SLOT
from hub.conversations.redaction import HIDDEN
from hub.knowledge.article import Article
from hub.knowledge.public_services import Facet
from hub.robot.ports import HandOff, Reply

ENTITIES = {"service": "service", "locality": "locality", "day": "date", "hour": "time", "phone": "phone", "snils": "snils",
            "application_number": "application_number", "body": "body", "score": "score"}
"""The entity of a button's value, by slot."""
_NO_VALUE = frozenset([
    "stop", "start_again", "repeat", "call_operator", "emergency", "ask_robot", "ask_rights", "deny", "more", "anger", "ask_fee",
    "ask_documents", "ask_term",
    FormAct.PROTESTS, FormAct.TURNS, FormAct.WITHHOLDS,
])
"""Intents of messages that give no value."""
_STORY_TOO = frozenset(["anger", "deny", "ask_fee", "ask_documents", "ask_term"])
"""Of these, what may be part of a story."""
_LABELLED = re.compile(r"^(.+): \{(\w+)\}$", re.MULTILINE)
"""A line of utter_summary."""
_THAT = re.compile(r"\bна\s+(?:него|нее|неё|это|эту|этот|них)\b", re.IGNORECASE)
_OFFICE = "МФЦ, часы работы:"
"""What is asked for where only «вы» is named: «а до скольки вы открыты»."""
_PARTS = re.compile(r"[,.;:!?\n]+")
_FACETS = frozenset(Facet)


class FormKnowledge(Protocol):
    """What a form may ask of the knowledge base."""

    @property
    def articles(self) -> Mapping[str, Article]:
        """All of it, by id."""

    def service(self, text: str) -> tuple[Article | None, float]:
        """The service that free words name, and how sure that is, from 0 to 1."""

    def subject(self, question: str) -> Article | None:
        """The service that a question surely names."""

    def alludes(self, question: str) -> bool:
        """Whether a question has words of a service, if others have them, too."""

    async def rows(self, text: str, focus: Focus) -> Rows:
        """The meaning of a question (question_model.py)."""

    def fact(self, text: str, focus: Focus, channel: str, rows: Rows) -> tuple[Reply, Focus] | None:
        """The facts that a text asks for, and what the talk is about then."""

    def fact_of(self, service: str, text: str, channel: str, rows: Rows) -> tuple[Reply, Focus] | None:
        """The facts of one service that a text asks for."""

    def recall(self, text: str, channel: str) -> Reply | HandOff | None:
        """The answer to a clear question."""


class NoKnowledge:
    """Of a project without a knowledge base."""

    articles: Mapping[str, Article] = {}

    def service(self, text: str) -> tuple[Article | None, float]:  # noqa: ARG002 - the port's
        return None, 0.0

    def subject(self, question: str) -> Article | None:  # noqa: ARG002 - the port's
        return None

    def alludes(self, question: str) -> bool:  # noqa: ARG002 - the port's
        return False

    async def rows(self, text: str, focus: Focus) -> Rows:  # noqa: ARG002 - the port's
        return Rows()

    def fact(self, text: str, focus: Focus, channel: str, rows: Rows) -> tuple[Reply, Focus] | None:  # noqa: ARG002 - the port's
        return None

    def fact_of(self, service: str, text: str, channel: str, rows: Rows) -> tuple[Reply, Focus] | None:  # noqa: ARG002 - the port's
        return None

    def recall(self, text: str, channel: str) -> Reply | HandOff | None:  # noqa: ARG002 - the port's
        return None


class _Question(Struct, frozen=True):
    """What is asked within a form, and its meaning."""

    text: str
    clause: str
    """Of the text, what asks."""
    rows: Rows


class FormActions:
    def __init__(self, acts: FormActs, values: FormValues, knowledge: FormKnowledge) -> None:
        self._acts, self._values, self._knowledge = acts, values, knowledge

    def hear(self, call: Call) -> Answer:
        """The slots of the active form that the last message fills."""
        message, slots, intent = call["tracker"]["latest_message"], slots_of(call), intent_of(call)
        text, requested = str(message.get("text") or ""), _requested(call)
        if not slots or not text:
            return Answer()
        if text.startswith("/"):
            return _set(_given(message, slots))
        wish = intent if self._acts.form_of(intent) else ""
        if _is_no_value(intent, requested) or (wish and self._acts.form_of(wish) != loop_of(call)):
            return Answer()
        if intent == FormAct.ASKS:
            text = " ".join(clause for clause, _ in clauses(text) if not self._acts.asks(clause))
        elsewhere = intent in {FormAct.ASKS, FormAct.CORRECTS} or (wish and requested not in STORIES)
        own_phone = str((message.get("metadata") or {}).get("phone") or "")
        asked = Asked(slots, "" if elsewhere else requested, wish if elsewhere else "", own_phone)
        found = self._values.found(text, asked) if text else {}
        if requested == "service" and _THAT.search(text):
            found |= self._of_talk(call)
        if wish:
            found = self._begun(call, text) | found
        if intent == FormAct.CORRECTS and not found and (story := next((name for name in slots if name in STORIES), "")):
            found[story] = f"{call['tracker']['slots'].get(story) or ''}\n{text}".strip()
        return _set(found)

    def _begun(self, call: Call, text: str) -> dict[str, str]:
        """What the message that begins a form need not say: the town of the office that was just told of, and what is not told."""
        slots, wanted, more = call["tracker"]["slots"], slots_of(call), dict[str, str]()
        focus = _focus(call)
        if "locality" in wanted and not slots.get("locality") and focus.service == SUBJECT and focus.place:
            more["locality"] = focus.place
        if "service" in wanted and _THAT.search(text):
            more |= self._of_talk(call)
        if "phone" in wanted and (kept := spared(call, "phone")) and self._acts.withholds(text):
            more["phone"] = kept[0]
        return more

    def _of_talk(self, call: Call) -> dict[str, str]:
        """The service that the talk was about: «запишите на него»."""
        article = self._knowledge.articles.get(_focus(call).service)
        return {"service": article.title} if article and article.id != SUBJECT else {}

    async def answer(self, call: Call) -> Answer:
        """The answer to a question within a form, to a protest, or to a value that is not told; the form asks its question again."""
        intent, form, text = intent_of(call), loop_of(call), str(call["tracker"]["latest_message"].get("text") or "")
        form, requested = form or _last_form(call), _requested(call)
        if intent == FormAct.PROTESTS:
            return self._noted(call, form)
        if intent == FormAct.WITHHOLDS:
            withheld = next((slot for slot in self._acts.slots(text) if slot in _slots(call, form)), requested)
            process = f"utter_about_{form}"
            return _first(call, process if self._acts.is_about_form_alone(text) else "", *_explained(form, withheld), process)
        question = await self._read(text, _focus(call))
        if intent == FormAct.TURNS:
            return self._of_office(call, question) or self._told(call, question, _focus(call)) or _said("utter_again")
        return self._in_between(call, question, form, requested)

    async def _read(self, text: str, focus: Focus) -> _Question:
        clause = ", ".join(part.strip() for part in _PARTS.split(text) if self._acts.asks_in_words(part)) or text
        return _Question(text, clause, await self._knowledge.rows(clause, focus))

    def _in_between(self, call: Call, question: _Question, form: str, requested: str) -> Answer:
        text, slots = question.text, _slots(call, form)
        named = [slot for slot in self._acts.slots(text) if slot in slots]
        about = next((slot for slot in named if slot == requested), next(iter(named), ""))
        process = f"utter_about_{form}" if self._acts.is_about_form(text) else ""
        if (explained := _first(call, *_explained(form, about), process if self._acts.is_about_form_alone(text) else "")).responses:
            return explained
        service = str(call["tracker"]["slots"].get("service") or "") if "service" in slots else ""
        article, _ = self._knowledge.service(service) if service else (None, 0.0)
        return self._of_office(call, question) or self._of_service(call, question, article, process) \
            or self._told(call, question, Focus(article.id) if article else _focus(call)) \
            or _first(call, process, "utter_not_here", *_explained(form, requested))

    def _of_service(self, call: Call, question: _Question, article: Article | None, process: str) -> Answer | None:
        """What is asked of the form's service, or of the form where it has none; None where another service is named, or one of several."""
        if self._named(question.text) is not None or (article is None and self._alludes(question.text)):
            return None
        if article is not None:
            return self._cited(self._knowledge.fact_of(article.id, question.clause, channel_of(call), question.rows))
        about = _first(call, process)
        return about if about.responses else None

    def _named(self, text: str) -> Article | None:
        """The service that a question names itself."""
        for part in _PARTS.split(text):
            for words in (" ".join(self._acts.beyond("", part)), self._acts.subject_words(part)):
                if words and (named := self._knowledge.subject(words)):
                    return named
        return None

    def _alludes(self, text: str) -> bool:
        """Whether a question has words of a service, if others have them, too: «сколько стоит загранпаспорт»."""
        return any(map(self._knowledge.alludes, map(self._acts.subject_words, _PARTS.split(text))))

    def _of_office(self, call: Call, question: _Question) -> Answer | None:
        """Address and hours of the office in the town that is named, or that the form knows."""
        if not self._acts.is_about_office(question.text):
            return None
        place = self._values.town(question.text) or str(call["tracker"]["slots"].get("locality") or "")
        if not place:
            return None
        asked, focus = f"{_OFFICE} {question.clause}", Focus(SUBJECT, None, place)
        return self._cited(self._knowledge.fact(asked, focus, channel_of(call), question.rows))

    def _told(self, call: Call, question: _Question, focus: Focus) -> Answer | None:
        """The fact that is asked for, or a clear article."""
        channel, named = channel_of(call), self._named(question.text)
        if named is None and intent_of(call) == FormAct.TURNS:
            named, _ = self._knowledge.service(self._acts.subject_words(question.clause))
        if named and (of_it := self._cited(self._knowledge.fact_of(named.id, question.clause, channel, question.rows))):
            return of_it
        found = self._knowledge.fact(question.clause, focus, channel, question.rows)
        if told := self._cited(found):
            return told
        if found and intent_of(call) == FormAct.TURNS:  # a choice of subjects, which nothing follows
            return Answer((), ({"text": found[0].text, "buttons": [{"title": each} for each in found[0].choices]},))
        for title in filter(None, (question.text, named.title if named else "")):
            if isinstance(known := self._knowledge.recall(title, channel), Reply) and known.source is not None:
                return self._cited((known, Focus(known.source.article)))
        return None

    def _cited(self, found: tuple[Reply, Focus] | None) -> Answer | None:
        """The reply with its source; the talk is about it then. A choice of subjects is none: the form's own question follows."""
        if found is None or not (found[0].source or found[0].topic):
            return None
        reply, about = found
        custom: dict[str, Any] = {"topic": reply.topic} if reply.topic else {}
        if reply.source is not None:
            custom["source"] = msgspec.to_builtins(reply.source)
        subject = "/".join(filter(None, (about.service, about.facet or about.place)))
        events = ({"event": "slot", "timestamp": None, "name": "article", "value": subject},) if subject else ()
        return Answer(events, ({"text": reply.text, "custom": custom},))

    def _noted(self, call: Call, form: str) -> Answer:
        """What is known already, with the words of the summary for operators."""
        labels = {slot: label.lower() for response in (call["domain"].get("responses") or {}).get("utter_summary", ())
                  for label, slot in _LABELLED.findall(str(response.get("text") or ""))}
        slots = call["tracker"]["slots"]
        noted = "; ".join(f"{labels[name]} — {slots[name]}" for name in _slots(call, form)
                          if name in labels and slots.get(name) not in {None, "", HIDDEN} and name not in PROOFS | STORIES)
        return Answer((), ({"response": "utter_noted", "noted": noted} if noted else {"response": "utter_sorry_to_ask"},))


def _requested(call: Call) -> str:
    return str(call["tracker"]["slots"].get(REQUESTED_SLOT) or "")


def _is_no_value(intent: str, requested: str) -> bool:
    """Whether a message of an intent gives none; what a story may have in it is none of that."""
    story = _STORY_TOO if requested in STORIES else _STORY_TOO - {"deny"} if requested == "body" else frozenset[str]()
    return intent in _NO_VALUE - story


def _given(message: Mapping[str, Any], slots: tuple[str, ...]) -> dict[str, str]:
    """The values of a button."""
    entities = {str(each.get("entity")): each.get("value") for each in message.get("entities") or ()}
    return {slot: str(value) for slot in slots if (value := entities.get(ENTITIES.get(slot, ""))) is not None}


def _explained(form: str, slot: str) -> tuple[str, ...]:
    """Responses that say why a slot is asked for and where it is found."""
    return (f"utter_explain_{form}_{slot}", f"utter_explain_{slot}") if slot else ()


def _first(call: Call, *responses: str) -> Answer:
    """The first of these responses that the project has."""
    known = call["domain"].get("responses") or {}
    name = next((each for each in responses if each in known), "")
    return _said(name) if name else Answer()


def _slots(call: Call, form: str) -> tuple[str, ...]:
    return tuple(((call["domain"].get("forms") or {}).get(form) or {}).get("required_slots") or ())


def _last_form(call: Call) -> str:
    begun = (str(event["name"]) for event in reversed(call["tracker"]["events"])
             if event.get("event") == "active_loop" and event.get("name"))
    return next(begun, "")


def _focus(call: Call) -> Focus:
    subject, _, more = str(call["tracker"]["slots"].get("article") or "").partition("/")
    return Focus(subject, Facet(more)) if more in _FACETS else Focus(subject, None, more)


def _said(response: str) -> Answer:
    return Answer((), ({"response": response},))


def _set(values: Mapping[str, str]) -> Answer:
    return Answer(tuple({"event": "slot", "timestamp": None, "name": name, "value": value} for name, value in values.items()))
