"""A turn of a dialogue for the hub: a project's responses become replies, choices and sources, and reasons for a hand-over."""

from collections.abc import Iterator, Sequence

import msgspec

from bots.dialogue.dialogue import Dialogue, HandOffReason, Turn
from bots.dialogue.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from bots.dialogue.parsed import FALLBACK, Parsed
from bots.dialogue.proofs import PROOFS, proving, stored, understood
from bots.dialogue.repetition import reworded
from bots.dialogue.responses import say
from bots.dialogue.talk_summary import asked_and_answered, source_of, uttered
from bots.dialogue.tracker import Tracker
from bots.knowledge.answer_cache import normal
from bots.knowledge.facts import Focus
from bots.knowledge.feedback import feedback
from bots.knowledge.message_parts import FURTHER
from bots.project.domain import LISTEN, REQUESTED_SLOT, SESSION_START
from hub.cases.case import CaseKind
from hub.cases.ports import CaseWish
from hub.conversations.address import E164, Address
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.journal import Thought
from hub.conversations.redaction import HIDDEN
from hub.conversations.turn_result import TurnResult
from hub.knowledge.public_services import Facet
from hub.robot.ports import CallbackWish, DialogueAnswer, DialogueTurn, HandOff, Reply, topic_of

RASA = "rasa"
"""The version of a dialogue on a Rasa server."""
ENOUGH = 2
"""Consecutive messages that were not understood, after which an operator takes over in any project; a letter counts as one."""
GREETS = "utter_greet"
REPEAT = "repeat"
"""The intent of who wants to read the same again."""
SUMMARY = "utter_summary"
"""A project's response with the filled slots, for the operator; lines with an empty slot are left out."""
NOT_UNDERSTOOD = frozenset([FALLBACK, "out_of_scope"])
KINDS = frozenset(CaseKind)
FOCUS = "article"
"""The slot with the id of what was told last: an article, or a service and its facet."""
_FACETS = frozenset(Facet)
_WAIT = "Соединяю с оператором. Пожалуйста, оставайтесь на связи."
_AT_A_LOSS = "Не удалось понять вопрос, поэтому передаю его оператору. Пожалуйста, оставайтесь на связи."
_UNFILLED = "\0"
_OLDEST = 200
"""Last events in which a menu is looked for: the cost of a turn does not grow with the dialogue."""

_events = msgspec.json.Decoder(tuple[Event, ...])


async def answer(version: str, dialogue: Dialogue, tracker: Tracker, parsed: Parsed, asked: DialogueTurn, always: tuple[str, ...],
                 traits: TraitRegistry) -> tuple[DialogueAnswer, tuple[str, ...]]:
    """A turn, and its failures for logs. `always` are the choices of a citizen where no others are offered."""
    parsed = understood(parsed, tracker)
    turn = await dialogue.turn(tracker, parsed, asked.now.timestamp(), channel_of(asked.head.address), str(asked.head.id),
                               told_of(asked.head.address, traits))
    new = turn.tracker.events[len(tracker.events):]
    said = next((event for event in reversed(new) if isinstance(event, UserUttered)), None)
    meant = said.parsed if said else parsed
    missed = meant.intent in NOT_UNDERSTOOD and not _filled(new)
    holder = asked.holder
    kept = tuple(stored(new, tracker.domain, asked.told))
    thought = Thought(asked.now, asked.record, version, meant.intent, meant.confidence, msgspec.json.encode(kept).decode(), missed,
                      first=not holder.dialogue)
    replies = tuple(shown(turn.said))
    gives_up, replies = _gives_up(turn, replies, thought, holder.misses)
    if gives_up is None:
        if meant.intent != REPEAT:
            replies = reworded(replies, tracker.events, asks=_asks(dialogue, turn.tracker), missed=missed,
                               longest=traits.of(asked.head.address).at_once)
        replies = _ending(replies, always)
        thought = msgspec.structs.replace(thought, result=_result(dialogue, turn.tracker, replies[-1], missed=missed))
    answered = DialogueAnswer(replies, thought, turn.tracker, gives_up, summary(turn.tracker) if gives_up else "", _registers(turn.said),
                        proving(turn.tracker))
    return answered, turn.failures


def _asks(dialogue: Dialogue, tracker: Tracker) -> bool:
    """Whether a form waits for an answer."""
    return bool(tracker.now.active_loop) or (dialogue.listener is not None and dialogue.listener.listens(tracker))


def from_knowledge(version: str, tracker: Tracker, reply: Reply, asked: DialogueTurn, focus: Focus | None = None, *,
                   whom: str = "", result: TurnResult | None = None, longest: int = 0) -> DialogueAnswer:
    """Knowledge answers outside the dialogue, which only learns what was said, what the talk is about, and for `whom` it was asked.

    A focus without a source is a choice to make. `longest` are the characters of a message of the channel, 0 for any. A session begins
    before that: rules are for sessions, and what is in a dialogue before them fits none.
    """
    if result is None:
        waits = tracker.now.active_loop or (focus is not None and reply.source is None)
        result = TurnResult.ASKS if waits else _told(reply)
    if focus is None and reply.source is not None:
        focus = Focus(reply.source.article)
    told: tuple[Event, ...] = (uttered(reply, focus, whom),)
    if focus is not None and FOCUS in tracker.domain.slots:
        told = (SlotSet(FOCUS, "/".join(filter(None, (focus.service, focus.facet or focus.place)))), *told)
    if not tracker.applied:
        told = (ActionExecuted(SESSION_START), SessionStarted(), ActionExecuted(LISTEN), *told)
    events = msgspec.json.encode(told).decode()
    thought = Thought(asked.now, asked.record, version, "", 1.0, events, first=not asked.holder.dialogue, result=result)
    said = reworded((reply,), tracker.events, asks=False, missed=reply.miss, longest=longest)
    return DialogueAnswer(said, thought, tracker.then(*told), proving=proving(tracker))


def _result(dialogue: Dialogue, tracker: Tracker, last: Reply, *, missed: bool) -> TurnResult:
    """Of a turn of the project, by its last reply: with a form or buttons of «да» and «нет» it asks something itself."""
    if missed:
        return TurnResult.TALKED
    if _asks(dialogue, tracker) or any(feedback(choice) is not None for choice in last.choices):
        return TurnResult.ASKS
    return _told(last)


def _told(reply: Reply) -> TurnResult:
    """A fact or an article has a source; it is told to its end where no part is left."""
    goes_on = any(choice.startswith(FURTHER) for choice in reply.choices)
    return TurnResult.ANSWERED if reply.source is not None and not goes_on else TurnResult.TALKED


def focus_of(tracker: Tracker) -> Focus:
    """What the talk is about: the service that was told of last, and which facet of it, or the place of an office."""
    subject, _, more = str(tracker.now.slots.get(FOCUS) or "").partition("/")
    return Focus(subject, Facet(more)) if more in _FACETS else Focus(subject, None, more)


def from_rasa(said: tuple[BotUttered, ...], asked: DialogueTurn, always: tuple[str, ...], memory: object) -> DialogueAnswer:
    """A turn on a Rasa server, which does not report what it understood.

    A `custom` with "hand_over" or "call_back" requests an operator. So does silence: a paused dialogue there gives no answer.
    """
    events = msgspec.json.encode(said).decode()
    thought = Thought(asked.now, asked.record, RASA, "", 1.0, events, first=asked.holder.dialogue != RASA)
    replies = tuple(shown(said))
    if not replies:
        return DialogueAnswer((), thought, memory, HandOff("dialogue", _WAIT))
    call_back = _call_back(said)
    if call_back or any(isinstance(custom := one.data.get("custom"), dict) and custom.get("hand_over") for one in said):
        topic = topic_of(replies)
        before, words = _last_words(replies)
        gives_up = HandOff("callback" if call_back else "dialogue", words, topic, call_back)
        return DialogueAnswer(before, thought, memory, gives_up, registers=_registers(said))
    return DialogueAnswer(_ending(replies, always), thought, memory, registers=_registers(said))


def opening(dialogue: Dialogue, channel: str) -> Reply | None:
    """A project's greeting on a channel, if it has a wording for it."""
    wordings = [one for one in dialogue.project.domain.responses.get(GREETS, ()) if one.channel == channel]
    said = say(GREETS, wordings, {}, channel, lambda found: found[0])
    return next(shown([said]), None) if said is not None else None


def offers(events: Sequence[Event]) -> bool:
    """Whether the last response has choices."""
    last = next((event for event in reversed(events) if isinstance(event, BotUttered)), None)
    return last is not None and bool(last.data.get("buttons"))


def said_last(thoughts: Sequence[Thought]) -> tuple[Event, ...]:
    """The events of the last turn."""
    return _events.decode(thoughts[-1].events) if thoughts and thoughts[-1].events else ()


def beside(said: Reply | HandOff, asked: DialogueTurn) -> DialogueAnswer:
    """Where no dialogue is available, knowledge answers, and the dialogue begins with the next message."""
    if isinstance(said, HandOff):
        return DialogueAnswer((), None, gives_up=said)
    return DialogueAnswer((said,), Thought(asked.now, asked.record, "", "", 1.0, missed=said.miss, first=True))


_MEANT = {"emergency": "emergency", "call_operator": "asked"}
"""Reasons of a hand-over by what the citizen meant with it."""


def _ending(replies: tuple[Reply, ...], always: tuple[str, ...]) -> tuple[Reply, ...]:
    """The replies, with choices at the end."""
    return replies if replies[-1].choices else (*replies[:-1], msgspec.structs.replace(replies[-1], choices=always))


def failed(tracker: Tracker) -> DialogueAnswer:
    """An operator takes over, since the robot failed."""
    return DialogueAnswer((), None, gives_up=HandOff("robot_failed", _WAIT), note=summary(tracker))


def remembered(dialogue: Dialogue, thoughts: Sequence[Thought]) -> Tracker:
    """The state of a dialogue after these turns."""
    return dialogue.begin(tuple(event for thought in thoughts if thought.events for event in _events.decode(thought.events)))


def _gives_up(turn: Turn, replies: tuple[Reply, ...], thought: Thought, misses: int) -> tuple[HandOff | None, tuple[Reply, ...]]:
    """The last reply becomes the text of the hand-over, which has the number of the conversation."""
    topic = topic_of(replies)
    why = turn.hands_over or (HandOffReason.SILENT if not replies else None)
    if why is HandOffReason.PAUSED:
        reason = "not_understood" if thought.missed else _MEANT.get(thought.intent, "dialogue")
        before, words = _last_words(replies)
        call_back = _call_back(turn.said)
        return HandOff("callback" if call_back else reason, words, topic, call_back), before
    if why is not None:
        return HandOff("robot_failed", _WAIT, topic), replies
    if thought.missed and misses + 1 >= ENOUGH:
        return HandOff("not_understood", _AT_A_LOSS, topic), ()
    return None, replies


def _last_words(replies: tuple[Reply, ...]) -> tuple[tuple[Reply, ...], str]:
    """What goes before a hand-over, and its text: by e-mail and SMS each message is a letter, so plain words right before it join it."""
    before, words = replies[:-1], replies[-1].text if replies else _WAIT
    while before and before[-1] == Reply(before[-1].text, topic=before[-1].topic):
        before, words = before[:-1], f"{before[-1].text}\n{words}"
    return before, words


def channel_of(address: Address) -> str:
    """The channel's name in Rasa projects: that of a messenger, otherwise the kind."""
    kind, _, driver = address.channel.partition(".")
    return driver if kind == "messenger" else kind


def told_of(address: Address, traits: TraitRegistry) -> dict[str, str]:
    """The channel's data on a citizen: the number that they call or write from."""
    return {"phone": address.value} if traits.of(address).subscriber and E164.fullmatch(address.value) else {}


def pressed(events: Sequence[Event], words: str) -> str:
    """The payload of the chosen button; otherwise the unchanged words.

    An answer with a value belongs to the last question. An intent without one (`/ask_rights`) is valid as long as its menu is visible,
    whatever was said since.
    """
    wanted, last = normal(words), True
    for event in reversed(events[-_OLDEST:]):
        if isinstance(event, UserUttered):
            last = False
        elif isinstance(event, BotUttered):
            for button in event.data.get("buttons") or ():
                payload = str(button.get("payload") or "")
                if normal(str(button.get("title") or "")) == wanted and (last or (payload.startswith("/") and "{" not in payload)):
                    return payload or words
    return words


def _filled(events: Sequence[Event]) -> bool:
    """Whether the message has answered a question: then it was understood, whatever its intent."""
    return any(isinstance(event, SlotSet) and event.name != REQUESTED_SLOT and event.value is not None for event in events)


def shown(said: Sequence[BotUttered]) -> Iterator[Reply]:
    """The visible parts of a project's responses: text, buttons, links, and the source article."""
    for one in said:
        data = one.data
        custom = data.get("custom") or {}
        links = [str(data[kind]) for kind in ("image", "attachment") if isinstance(data.get(kind), str)]
        titles = [str(button.get("title") or "") for button in (*(data.get("buttons") or ()), *(data.get("quick_replies") or ()))]
        choices = tuple(dict.fromkeys(filter(None, titles)))
        text = "\n".join(filter(None, (one.text, *links))) or ("Выберите, пожалуйста:" if choices else "")
        if text:
            yield Reply(text, choices, source_of(custom), str(custom.get("topic") or "") if isinstance(custom, dict) else "")


def _call_back(said: Sequence[BotUttered]) -> CallbackWish | None:
    """An agreed callback: a response states it with `custom: {call_back: {phone: "{phone}", when: "{hour}"}}`."""
    for one in said:
        custom = one.data.get("custom")
        match custom.get("call_back") if isinstance(custom, dict) else None:
            case {"phone": str(phone), **more}:
                number = "+" + "".join(sign for sign in phone if sign.isdecimal())
                when = str(more.get("when") or "")
                return CallbackWish(number if E164.fullmatch(number) else "", "" if when == "None" else when)
    return None


def _registers(said: Sequence[BotUttered]) -> CaseWish | None:
    """An agreed case: `custom: {register: {kind: complaint, text: "{what_happened}", authority: "{body}"}}`."""
    for one in said:
        custom = one.data.get("custom")
        match custom.get("register") if isinstance(custom, dict) else None:
            case {"kind": str(kind), "text": str(text), **more} if kind in KINDS and text.strip():
                return CaseWish(CaseKind(kind), text.strip(), str(more.get("authority") or "").strip())
    return None


def summary(tracker: Tracker) -> str:
    """The summary for an operator: what was asked and answered, and what the robot wrote down."""
    return "\n".join((*asked_and_answered(tracker.events), *_written_down(tracker)))


def _written_down(tracker: Tracker) -> Sequence[str]:
    """The filled slots: in the project's own wording, or by their names."""
    filled = {name: value for name, value in tracker.now.slots.items()
              if value not in (None, "", [], False, HIDDEN) and name not in PROOFS | {REQUESTED_SLOT, FOCUS}}
    if not filled:
        return ()
    domain = tracker.domain
    if variations := domain.responses.get(SUMMARY):
        values = dict.fromkeys(domain.slots, _UNFILLED) | filled
        told = say(SUMMARY, variations, values, "", lambda several: several[0])
        lines = [line for line in (told.text if told else "").splitlines() if line.strip() and _UNFILLED not in line]
    else:
        lines = [f"{name}: {value}" for name, value in sorted(filled.items())]
    return ("Робот записал:", *lines) if lines else ()
