"""Default actions of every bot: fallback, back, restart, ask for confirmation (rasa.core.actions)."""

from collections.abc import Sequence

from msgspec.structs import replace

from bots.dialogue.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
    UtteranceReverted,
)
from bots.dialogue.forms import Doer
from bots.dialogue.parsed import FALLBACK
from bots.dialogue.tracker import Tracker, last_sayings
from bots.project.domain import (
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    BACK,
    DEACTIVATE_LOOP,
    DEFAULT_FALLBACK,
    LISTEN,
    REQUESTED_SLOT,
    RESTART,
    REVERT_FALLBACK,
    SESSION_START,
    TWO_STAGE,
)

_OUT_OF_SCOPE = "out_of_scope"
_ENOUGH = ([FALLBACK, FALLBACK], [_OUT_OF_SCOPE, FALLBACK, _OUT_OF_SCOPE])
"""Last intents, newest first, after which the bot stops asking."""


async def do(action: str, tracker: Tracker, doer: Doer) -> tuple[Event, ...]:  # noqa: PLR0911 - one screen shows every default
    """Run a default action; the project's own response to it comes first."""
    match action:
        case _ if action == RESTART:
            return (*await doer.do("utter_restart", tracker), Restarted())
        case _ if action == BACK:
            return (*await doer.do("utter_back", tracker), UtteranceReverted(), UtteranceReverted())
        case _ if action == SESSION_START:
            carried = [event for event in tracker.applied if isinstance(event, SlotSet)] if tracker.domain.session.carries_slots else []
            return (SessionStarted(), *carried, ActionExecuted(LISTEN))
        case _ if action == DEFAULT_FALLBACK:
            return (*await doer.do("utter_default", tracker), UtteranceReverted())
        case _ if action == DEACTIVATE_LOOP:
            return ActiveLoop(""), SlotSet(REQUESTED_SLOT)
        case _ if action == ASK_REPHRASE:
            return await doer.do("utter_ask_rephrase", tracker)
        case _ if action == ASK_AFFIRMATION:
            return (_did_you_mean(tracker),)
        case _ if action == REVERT_FALLBACK:
            return tuple(_reverted(tracker))
        case _ if action == TWO_STAGE:
            return tuple(await _two_stage(tracker, doer))
        case _:
            return ()


def _did_you_mean(tracker: Tracker) -> BotUttered:
    """Rasa's own text: a project for citizens should have its own action_default_ask_affirmation."""
    intent = ""
    if tracker.now.said is not None:
        parsed = tracker.now.said.parsed
        intent = parsed.ranking[1].name if parsed.intent == FALLBACK and len(parsed.ranking) > 1 else parsed.intent
    buttons = [{"title": "Yes", "payload": f"/{intent}"}, {"title": "No", "payload": f"/{_OUT_OF_SCOPE}"}]
    return BotUttered(f"Did you mean '{intent}'?", {"buttons": buttons, "utter_action": ASK_AFFIRMATION})


async def _two_stage(tracker: Tracker, doer: Doer) -> Sequence[Event]:
    events: list[Event] = [] if tracker.now.active_loop == TWO_STAGE else [ActiveLoop(TWO_STAGE)]
    intents = [one.parsed.intent if isinstance(one, UserUttered) else None for one in list(last_sayings(tracker.since_restart()))[:3]]
    gives_up = any([one for one in intents[:len(enough)] if one is not None] == enough for enough in _ENOUGH)
    last = tracker.now.said.parsed.intent if tracker.now.said else ""
    if last in {FALLBACK, _OUT_OF_SCOPE} and not gives_up:
        asks = ASK_AFFIRMATION if events or last == FALLBACK else ASK_REPHRASE
        return [*events, *await doer.do(asks, tracker)]
    events.append(ActiveLoop(""))
    if gives_up:
        return [*events, *await doer.do(DEFAULT_FALLBACK, tracker)]
    clear = _sure(tracker.now.said)
    return [*events, UtteranceReverted(), ActionExecuted(LISTEN), *clear]


def _reverted(tracker: Tracker) -> list[Event]:
    """Undo the clarification, so that the dialogue continues as if the message had been understood at once."""
    done = [event.name for event in reversed(tracker.applied) if isinstance(event, ActionExecuted) and event.name != LISTEN]
    said = tracker.last(UserUttered)
    rephrasing: list[Event] = [UtteranceReverted(), UtteranceReverted(), UtteranceReverted(), ActionExecuted(LISTEN)]
    if done[:1] == [ASK_REPHRASE]:
        return [*rephrasing, *([said] if said else [])]
    if done[:1] == [ASK_AFFIRMATION]:
        again = rephrasing if done[1:2] == [ASK_REPHRASE] else []
        return [UtteranceReverted(), UtteranceReverted(), ActionExecuted(LISTEN), *again, *_sure(said)]
    return []


def _sure(said: UserUttered | None) -> list[Event]:
    return [replace(said, parsed=replace(said.parsed, confidence=1.0), by_words=None)] if said else []
