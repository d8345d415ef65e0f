"""Reads a message again in the light of the form that asks: a refusal, a question or a protest is no value, and a value is no question.

The result is an intent that the project's rules decide on (docs/dialogues.md): only intents of its domain are given. Buttons are left
as they are. Without a form, a request that begins one is recognised by its cues, whatever values and story come with it.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.events import ActiveLoop
from bots.dialogue.form_values import OPEN, STORIES, Asked, FormValues
from bots.dialogue.parsed import Parsed
from bots.dialogue.tracker import Tracker
from bots.gist import gist
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
_PERSON: Mapping[str, float] = {"call_operator": 0.6, "emergency": 0.85}
"""Confidence from which on a person is called."""
_CERTAIN = 0.95
"""The same where the message is plainly something else: danger itself was recognised before, by its cues."""
_KEPT = frozenset([
    "call_operator", "emergency", "anger", "start_again", "repeat", "stop", "thanks", "goodbye", "greet", "praise", "ask_robot",
    "ask_rights", "how_are_you"])
"""Intents that mean the same within a form."""
_FACTS = frozenset(["ask_fee", "ask_documents", "ask_term"])
_CONFIRMS = frozenset(["affirm", "deny"])
_DIGITS = frozenset(["phone", "snils", "application_number"])
"""Slots that nothing without a digit fills."""
_TELLS = STORIES | {"body"}
_BRIEF, _FEW, _ASIDE = 10, 5, 9
"""Words of a message that is no story, of one that says one thing, and of a question that interrupts a story."""
_NO_VALUE = frozenset([FormAct.REFUSES, FormAct.PROTESTS, FormAct.WITHHOLDS])


class _Heard(Struct, frozen=True):
    """A message within a form."""

    parsed: Parsed
    form: Form
    requested: str
    """The slot that is asked for; "" where the answers were read back."""
    values: Mapping[str, str]
    act: FormAct | None

    @property
    def words(self) -> int:
        return len(self.parsed.text.split())

    def is_sure(self, intents: frozenset[str]) -> bool:
        return self.parsed.intent in intents and self.parsed.confidence >= _SURE


class Listener:
    def __init__(self, acts: FormActs, values: FormValues) -> None:
        self._acts, self._values = acts, values

    def wish(self, words: str) -> str:
        """The intent of a request that begins a form, or ""."""
        return "" if words.startswith("/") else self._acts.wish(gist(words))

    def questions(self, words: str) -> str:
        """What a request asks besides: «запишите на прописку и скажите, какие документы нужны»."""
        return " ".join(clause for clause, _ in clauses(words) if self._acts.asks_in_words(clause) and not self._acts.wish(clause))

    def listens(self, tracker: Tracker) -> bool:
        """Whether a form asks, or what it was told is to be confirmed."""
        return HEARS in tracker.domain.actions and _form(tracker) is not None

    def reread(self, parsed: Parsed, tracker: Tracker) -> Parsed:
        """The message with the intent that it has at this point of the dialogue."""
        if HEARS not in tracker.domain.actions or not parsed.text or parsed.text.startswith("/"):
            return parsed
        form = _form(tracker)
        intent = self._in_form(parsed, form, _requested(tracker, form)) if form else self.wish(parsed.text)
        if not intent or intent == parsed.intent or intent not in tracker.domain.intents:
            return parsed
        return replace(parsed, intent=intent, confidence=1.0)

    def _in_form(self, parsed: Parsed, form: Form, requested: str) -> str:
        text = parsed.text
        brief, tells = len(text.split()) <= _BRIEF, requested in _TELLS
        act = self._acts.act(text, brief=not tells) if brief or not tells else None
        if act is FormAct.ASKS and tells and not self._interrupts(text):
            act = None
        heard = _Heard(parsed, form, requested, self._values.exact(text, form.slots), act)
        if brief and not heard.values and parsed.confidence >= (_PERSON.get(parsed.intent, 2.0) if act is None else _CERTAIN) \
                and parsed.intent in _PERSON:
            return parsed.intent
        if requested in OPEN and brief and self._acts.leaves_open(text):
            return INFORM
        return self._instead(heard, brief=brief or not tells) or (self._valued(heard) if requested else self._read_back(heard))

    def _instead(self, heard: _Heard, *, brief: bool) -> str:
        """What the message does instead of giving a value, or ""."""
        act, text = heard.act, heard.parsed.text
        if act in _NO_VALUE and not (act is FormAct.WITHHOLDS and heard.values):
            return str(act)
        wish = self._acts.wish(text) if brief else ""
        if wish and self._acts.form_of(wish) not in {heard.form.name, ""}:
            return wish
        proposes = bool(heard.values) and not self._acts.asks_in_words(text)  # «в субботу в 11?»
        return str(act) if act is FormAct.TURNS or (act is FormAct.ASKS and not proposes) else ""

    def _read_back(self, heard: _Heard) -> str:
        """A message on answers that were read back: a correction, or what the model says."""
        intent, text = heard.parsed.intent, heard.parsed.text
        tells = not STORIES.isdisjoint(heard.form.slots) and heard.words >= _FEW
        adds = tells and intent not in _KEPT | _CONFIRMS
        corrects = self._acts.corrects(text) and (tells or bool(self._values.found(text, Asked(heard.form.slots))))
        return str(FormAct.CORRECTS) if heard.values or adds or corrects else intent

    def _valued(self, heard: _Heard) -> str:
        intent, requested = heard.parsed.intent, heard.requested
        if heard.values:
            return INFORM
        digits = any(sign.isdigit() for sign in plain(heard.parsed.text).text)
        says_no = requested not in _TELLS and heard.is_sure(frozenset({"deny"}))
        if says_no or (requested in _DIGITS and not digits and intent not in _KEPT):
            return str(FormAct.WITHHOLDS)
        brief = heard.words <= _FEW
        stands = heard.is_sure(_KEPT) and brief if requested in _TELLS | {"proof"} else heard.is_sure(_KEPT | _FACTS)
        return intent if stands else INFORM

    def _interrupts(self, text: str) -> bool:
        """Whether a question among the words of a story is asked of the robot."""
        return len(text.split()) <= _ASIDE and (self._acts.is_about_form(text) or self._acts.interrupts(text))


def _form(tracker: Tracker) -> Form | None:
    """The form that asks, or whose answers are to be confirmed."""
    forms, name = tracker.domain.forms, tracker.now.active_loop
    if not name and tracker.now.slots.get(AGREED):
        name = next((event.name for event in reversed(tracker.events) if isinstance(event, ActiveLoop) and event.name), "")
    return forms.get(name) if name else None


def _requested(tracker: Tracker, form: Form) -> str:
    return str(tracker.now.slots.get(REQUESTED_SLOT) or "") if tracker.now.active_loop == form.name else ""
