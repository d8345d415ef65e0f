"""One turn of a dialogue: understanding, slots, and actions until the bot listens again."""

from collections.abc import Mapping
from enum import StrEnum
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.action_runner import ActionRunner
from bots.dialogue.actions import ActionFailedError, ActionRefusedError, Actions, NoActions
from bots.dialogue.events import ActionExecuted, ActionRejected, BotUttered, Event, UserUttered
from bots.dialogue.forms import FormRefusedError
from bots.dialogue.listener import Listener
from bots.dialogue.parsed import Parsed, Understanding, payload
from bots.dialogue.policies import Next, Policies
from bots.dialogue.slots import extract
from bots.dialogue.tracker import Tracker
from bots.project.domain import LISTEN, SESSION_START
from bots.project.project import Project

MOST_ACTIONS = 10
"""Actions in a turn; a longer story is an endless loop (rasa.core.processor)."""
NOTHING: Mapping[str, str] = {}
_MOST_CHARACTERS = 4_000
"""Characters of an utterance that are read: a longer one is a pasted document."""
_ENDS = frozenset([LISTEN, SESSION_START])


class HandOffReason(StrEnum):
    """Why an operator should take over."""

    CIRCLE = "circle"
    """The dialogue is in an endless loop."""
    FAILED = "failed"
    """A custom action failed. The dialogue stops: its next response would assume the action's success."""
    PAUSED = "paused"
    """The project requests an operator (ConversationPaused)."""
    SILENT = "silent"
    """The bot had no answer."""


class Turn(Struct, frozen=True):
    """Result of a turn. `failures` is for logs."""

    tracker: Tracker
    said: tuple[BotUttered, ...]
    hands_over: HandOffReason | None = None
    failures: tuple[str, ...] = ()


class Dialogue:
    """A loaded project. It keeps no state of a conversation, so it is shared by all of them."""

    def __init__(self, project: Project, understanding: Understanding, policies: Policies | None = None,
                 actions: Actions | None = None, chance: Random | None = None, listener: Listener | None = None) -> None:
        """`chance` chooses between equal responses; a `listener` reads messages in the light of a form.

        Raises TooManyError as Policies does.
        """
        self.project, self.policies = project, policies or Policies(project)
        self._understanding, self._actions = understanding, actions or NoActions()
        self.listener = listener
        self._chance = chance or Random()  # noqa: S311 - wordings are no secret

    def begin(self, events: tuple[Event, ...] = ()) -> Tracker:
        """A new dialogue, or one restored from its events."""
        return Tracker.of(self.project.domain, events)

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        """The parsed message: a button's payload, or the result of understanding; the text stays unchanged."""
        words = words[:_MOST_CHARACTERS]
        domain = self.project.domain
        known = payload(words, domain.intents, domain.entities) if words.lstrip().startswith("/") else None
        return known or replace(self._understanding.parse(words, hasty=hasty), text=words)

    async def turn(self, tracker: Tracker, words: str | Parsed, now: float, channel: str = "", sender: str = "default",
                   told: Mapping[str, str] = NOTHING) -> Turn:
        """Answer what was said, or `parse` made of it, at `now` (seconds since 1970).

        `told` is what the channel knows of the citizen; actions find it as the message's metadata. Whatever happens, there is an answer
        or a reason to hand over.
        """
        parsed = self.parse(words) if isinstance(words, str) else words
        run = _Run(self.policies, ActionRunner(self.project.domain, self._actions, self._chance.choice, channel, sender, told), now)
        before = len(tracker.events)
        tracker = await run.session(tracker)
        if self.listener is not None:
            parsed = self.listener.reread(parsed, tracker)
        tracker = tracker.then(UserUttered(parsed, channel, now))
        tracker = tracker.then(*await extract(tracker, run.stage))
        tracker = await run.actions(tracker)
        said = tuple(event for event in tracker.events[before:] if isinstance(event, BotUttered))
        return Turn(tracker, said, run.why(tracker, said), tuple(run.stage.failures))


class _Run:
    """The actions of one turn."""

    def __init__(self, policies: Policies, stage: ActionRunner, now: float) -> None:
        self.stage, self._policies, self._now = stage, policies, now
        self._stopped: HandOffReason | None = None

    async def session(self, tracker: Tracker) -> Tracker:
        """Begin a session where none has begun, or the last one is over."""
        if tracker.applied and not self._expired(tracker):
            return tracker
        return await self._do(tracker, Next(SESSION_START, "session"))

    async def actions(self, tracker: Tracker) -> Tracker:
        """Do one action after the other until the bot listens."""
        while not tracker.now.paused or (tracker.now.said is not None and tracker.now.said.parsed.intent == "restart"):
            if tracker.now.action not in _ENDS and _done_in_a_row(tracker) >= MOST_ACTIONS:
                self._stopped = HandOffReason.CIRCLE
                break
            following, tracker = self._choose(tracker)
            if following.by_words:
                tracker = tracker.then(*await extract(tracker, self.stage))
            tracker = await self._do(tracker, following)
            if following.action in _ENDS or self._stopped:
                break
        return tracker if tracker.now.action in _ENDS or not self._stopped else tracker.then(ActionExecuted(LISTEN, at=self._now))

    def why(self, tracker: Tracker, said: tuple[BotUttered, ...]) -> HandOffReason | None:
        if self._stopped or tracker.now.paused:
            return self._stopped or HandOffReason.PAUSED
        return None if said else HandOffReason.SILENT

    def _choose(self, tracker: Tracker) -> tuple[Next, Tracker]:
        if tracker.now.followup:
            name, tracker = tracker.now.followup, tracker.followed()
            if name in tracker.domain.known:
                return Next(name, "followup"), tracker
            self.stage.failures.append(f"the follow-up action {name} is not in the domain")
        return self._policies.choose(tracker), tracker

    async def _do(self, tracker: Tracker, following: Next) -> Tracker:
        name, domain = following.action, tracker.domain
        try:
            events = await self.stage.do(name, tracker.then(*following.events))
        except (ActionRefusedError, FormRefusedError):
            return tracker.then(ActionRejected(name))
        except ActionFailedError as error:
            self.stage.failures.append(str(error))
            self._stopped = HandOffReason.FAILED
            return tracker
        if not any(isinstance(event, ActionRejected) for event in events):
            executed = ActionExecuted(name, words=name in domain.said, hidden=following.hidden, at=self._now)
            tracker = tracker.then(*following.events, executed)
        tracker = tracker.then(*events)
        if any(isinstance(event, UserUttered) for event in events):
            tracker = tracker.then(*await extract(tracker, self.stage))
        return tracker

    def _expired(self, tracker: Tracker) -> bool:
        session, last = tracker.domain.session, tracker.last(UserUttered)
        return bool(session.minutes) and last is not None and self._now - last.at > session.minutes * 60


def _done_in_a_row(tracker: Tracker) -> int:
    count = 0
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            if event.name in _ENDS:
                break
            count += 1
    return count

