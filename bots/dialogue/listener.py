"""Reads a message again in the light of the form that asks: a refusal, a question or a protest is no value, and a value is no question.

The result is an intent that the project's rules decide on (docs/dialogues.md): only intents of its domain are given. Buttons are left
as they are. Without a form, a request that begins one is recognised by its cues, whatever values and story come with it.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from bots.dialogue.events import ActiveLoop
from bots.dialogue.form_values import TOLD, Asked, FormValues
from bots.dialogue.parsed import Parsed
from bots.dialogue.tracker import Tracker
from bots.grammar.plain import plain
from bots.knowledge.clauses import clauses
from bots.knowledge.form_acts import FormAct, FormActs
from bots.project.domain import REQUESTED_SLOT, Form

AGREED = "asked"
"""The slot with what is to be confirmed (action_ask_agreement)."""
HEARS = "action_hear"
"""The action of a project's slot mappings whose messages are read again."""
INFORM = "inform"
_SURE = 0.6
"""Confidence from which on the model's intent stands where the message has no value."""
_CERTAIN = 0.95
"""The same where the message is plainly something else: danger itself was recognised before, by its cues."""
_PERSON: Mapping[str, float] = {"call_operator": 0.6, "emergency": 0.85}
"""Confidence from which on a person is called."""
_KEPT = frozenset(["call_operator", "emergency", "anger", "start_again", "repeat", "stop", "thanks", "goodbye", "greet", "praise",
                   "ask_robot", "ask_rights", "how_are_you"])
"""Intents that mean the same within a form."""
_FACTS = frozenset(["ask_fee", "ask_documents", "ask_term"])
_OPEN = frozenset(["day", "hour"])
"""Slots that «в любое время» fills."""
_DIGITS = frozenset(["phone", "snils", "application_number"])
"""Slots that nothing without a digit fills."""
_READ_BACK = frozenset(["affirm", "deny"])
_BRIEF = 10
"""Words of a message that is no story."""
_STAYS = frozenset([FormAct.REFUSES, FormAct.PROTESTS, FormAct.WITHHOLDS])


class Listener:
    def __init__(self, acts: FormActs, values: FormValues) -> None:
        self._acts, self._values = acts, values

    def wish(self, words: str) -> str:
        """The intent of a request that begins a form, or ""."""
        return "" if words.startswith("/") else self._acts.wish(words)

    def listens(self, tracker: Tracker) -> bool:
        """Whether a form asks, or what it was told is to be confirmed."""
        return HEARS in tracker.domain.actions and _form(tracker) is not None

    def questions(self, words: str) -> str:
        """What a request asks besides: «запишите на прописку и скажите, какие документы нужны»."""
        return " ".join(clause for clause, _ in clauses(words) if self._acts.asks_in_words(clause) and not self._acts.wish(clause))

    def reread(self, parsed: Parsed, tracker: Tracker) -> Parsed:
        if HEARS not in tracker.domain.actions or not parsed.text or parsed.text.startswith("/"):
            return parsed
        intent = self._in_form(parsed, tracker, form) if (form := _form(tracker)) else self.wish(parsed.text)
        if not intent or intent == parsed.intent or intent not in tracker.domain.intents:
            return parsed
        return replace(parsed, intent=intent, confidence=1.0)

    def _in_form(self, parsed: Parsed, tracker: Tracker, form: Form) -> str:
        text, requested = parsed.text, _requested(tracker, form)
        brief = len(text.split()) <= _BRIEF
        story = requested in TOLD or requested == "body"
        values = self._values.exact(text, form.slots)
        act = self._acts.act(text, brief=not story) if brief or not story else None
        if brief and parsed.confidence >= _PERSON.get(parsed.intent, 2.0) and (act is None or parsed.confidence >= _CERTAIN) and not values:
            return parsed.intent
        if act is FormAct.ASKS and story and not self._is_question(text):
            act = None
        if requested in _OPEN and brief and self._acts.leaves_open(text):
            return INFORM
        if act in _STAYS and not (act is FormAct.WITHHOLDS and values):
            return str(act)
        if (wish := self._acts.wish(text) if brief or not story else "") and self._acts.form_of(wish) not in {form.name, ""}:
            return wish
        if act is FormAct.TURNS:
            return str(act)
        if act is FormAct.ASKS and not self._proposes(text, values):
            return str(act)
        return self._valued(parsed, tracker, form, values)

    def _valued(self, parsed: Parsed, tracker: Tracker, form: Form, values: Mapping[str, str]) -> str:
        requested = _requested(tracker, form)
        if not requested:  # the answers were read back
            found = self._values.found(parsed.text, Asked(form.slots))
            more = bool(found) or (not TOLD.isdisjoint(form.slots) and len(parsed.text.split()) >= _FEW)
            adds = not TOLD.isdisjoint(form.slots) and parsed.intent not in _KEPT | _READ_BACK
            return str(FormAct.CORRECTS) if values or (more and (adds or self._acts.corrects(parsed.text))) else parsed.intent
        if requested in _DIGITS and not values and not any(sign.isdigit() for sign in plain(parsed.text).text) and parsed.intent not in _KEPT:
            return str(FormAct.WITHHOLDS)
        if values or requested in TOLD or requested in {"proof", "body"}:
            return parsed.intent if not values and parsed.intent in _KEPT and parsed.confidence >= _SURE and len(parsed.text.split()) <= _FEW else INFORM
        if parsed.confidence >= _SURE and parsed.intent == "deny":
            return str(FormAct.WITHHOLDS)
        if parsed.confidence >= _SURE and (parsed.intent in _KEPT or parsed.intent in _FACTS):
            return parsed.intent
        return INFORM

    def _is_question(self, text: str) -> bool:
        """Among the words of a story: asked of the robot."""
        return len(text.split()) <= _ASIDE and (
            self._acts.is_about_form(text) or self._acts.interrupts(text))

    def _proposes(self, text: str, values: Mapping[str, str]) -> bool:
        """«В субботу в 11?» is a value, «а в субботу вы работаете?» is a question."""
        return bool(values) and not self._acts.asks_in_words(text)


_FEW = 5
"""Words of a message that says one thing."""
_ASIDE = 9
"""Words of a question that interrupts a story."""


def _form(tracker: Tracker) -> Form | None:
    """The form that asks, or whose answers are to be confirmed."""
    forms, name = tracker.domain.forms, tracker.now.active_loop
    if not name and tracker.now.slots.get(AGREED):
        name = next((event.name for event in reversed(tracker.events) if isinstance(event, ActiveLoop) and event.name), "")
    return forms.get(name) if name else None


def _requested(tracker: Tracker, form: Form) -> str:
    return str(tracker.now.slots.get(REQUESTED_SLOT) or "") if tracker.now.active_loop == form.name else ""


