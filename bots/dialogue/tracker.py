"""The events of a dialogue, and the state that follows from them.

A tracker is immutable: `then` returns the next one. Besides the events it has the states before each action, which rules and stories
need, so that a turn costs the same in a long dialogue as in a short one; only after an undo the events are replayed.

Some events do not count any more: undone ones, and the questions and answers inside a form. `applied` are those that count, as in Rasa
(rasa.shared.core.trackers, applied_events).
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.events import (
    ActionExecuted,
    ActionRejected,
    ActionReverted,
    ActiveLoop,
    Answered,
    Event,
    Followup,
    LoopInterrupted,
    Paused,
    Restarted,
    Resumed,
    SessionStarted,
    SlotSet,
    SlotsReset,
    UserUttered,
    UtteranceReverted,
)
from bots.project.domain import LISTEN, SESSION_START, UNSET, Domain, Feature

E = TypeVar("E", bound=Event)


class State(NamedTuple):
    """The state that rules and stories see. A citizen's message is represented by its intent or, without one, by its text."""

    intent: str = ""
    text: str = ""
    entities: tuple[str, ...] = ()
    slots: frozenset[tuple[str, Feature]] = frozenset()
    action: str = ""
    words: bool = False
    """`action` is a literal text of the bot."""
    loop: str = ""


class Moment(NamedTuple):
    """The state before an action, and whether stories see it."""

    state: State
    hidden: bool
    """The next action was predicted by a rule only."""
    keeps: bool
    """That action was forced by a follow-up or a form, and does not end the hidden turn."""


class Point(Struct, frozen=True):
    """The state after all events up to a point."""

    slots: Mapping[str, Any]
    features: Mapping[str, Feature]
    touched: frozenset[str] = frozenset()
    """Slots that were set, also to an unchanged value."""
    said: UserUttered | None = None
    action: str = ""
    words: bool = False
    loop: str = ""
    interrupted: bool = False
    rejected: bool = False
    followup: str = LISTEN
    paused: bool = False

    @property
    def active_loop(self) -> str:
        """The active form; "" for none."""
        return "" if self.loop == UNSET else self.loop

    def state(self, domain: Domain, *, touched_only: bool = False) -> State:
        intent = text = ""
        entities: tuple[str, ...] = ()
        if (said := self.said) is not None:
            parsed = said.parsed
            if said.by_words:
                text = parsed.text
            else:
                intent = parsed.intent
                text = parsed.text if not intent and said.by_words is None else ""
                entities = domain.featured(intent, parsed.entities) if parsed.entities and not text else ()
        features = self.features
        slots = features.items() if not touched_only else [(name, one) for name, one in features.items() if name in self.touched]
        return State(intent, text, entities, frozenset(slots), self.action, self.words, self.loop)

    def moment(self, domain: Domain, *, hidden: bool = False, touched_only: bool = False) -> Moment:
        keeps = bool(self.followup) or self.action == self.active_loop
        return Moment(self.state(domain, touched_only=touched_only), hidden, keeps)


class FormRun(Struct, frozen=True):
    """The position in the applied events where a form ran last, and the state then."""

    applied: int
    moments: int
    counted: Point


class Tracker(Struct, frozen=True):
    """A dialogue. `now` is the state after all events, `counted` after those that count."""

    domain: Domain
    events: tuple[Event, ...]
    applied: tuple[Event, ...]
    moments: tuple[Moment, ...]
    """The states before each action in `applied`."""
    now: Point
    counted: Point
    loops: frozenset[str] = frozenset()
    """All forms that were active at any time."""
    ran: Mapping[str, FormRun] = {}
    """Forms continue from there, so that a long dialogue is not replayed with each answer in a form."""

    @staticmethod
    def of(domain: Domain, events: Iterable[Event] = ()) -> "Tracker":
        point = _first(domain)
        return Tracker(domain, (), (), (), point, point).then(*events)

    def then(self, *events: Event) -> "Tracker":
        """The tracker after these events."""
        tracker = self
        for event in events:
            tracker = tracker._after(event)
        return tracker

    def supposing(self, *events: Event) -> "Tracker":
        """The tracker if these events had followed, for their validation, which does not see events before the last restart."""
        then = self.then(*events)
        return replace(then, events=then.since_restart())

    def followed(self) -> "Tracker":
        """Without the follow-up action, which is executed now."""
        return replace(self, now=replace(self.now, followup=""))

    def state(self) -> State:
        """The current state for rules and stories."""
        return self.counted.state(self.domain)

    def states(self, last: int = 0) -> list[State]:
        """The states before each action that counts, and the current one; only the last ones if `last` is not 0."""
        return [*(moment.state for moment in (self.moments[-last:] if last else self.moments)), self.state()]

    def since_restart(self) -> tuple[Event, ...]:
        last = next((i for i in range(len(self.events) - 1, -1, -1) if isinstance(self.events[i], Restarted)), -1)
        return self.events[last + 1:]

    def session(self) -> tuple[Event, ...]:
        """The events from which this session can be restored; only slots remain of earlier ones."""
        starts = (i for i in range(len(self.events) - 1, -1, -1) if isinstance(self.events[i], SessionStarted))
        return self.events[next(starts, 0):]

    def last(self, kind: type[E]) -> E | None:
        """The last event of a kind among those that count."""
        return next((event for event in reversed(self.applied) if isinstance(event, kind)), None)

    def entities(self, name: str, role: str = "", group: str = "") -> list[Any]:
        """The values of an entity in the last message."""
        found = self.now.said.parsed.entities if self.now.said else ()
        return [one.value for one in found if (one.entity, one.role, one.group) == (name, role, group)]

    def _after(self, event: Event) -> "Tracker":
        domain, events = self.domain, (*self.events, event)
        match event:
            case Restarted() | SessionStarted():
                point = _first(domain)
                now = replace(point, followup=SESSION_START) if isinstance(event, Restarted) else point
                return Tracker(domain, events, (), (), now, point, self.loops)
            case UtteranceReverted():
                kept = _before_last(_before_last(self.applied, UserUttered), ActionExecuted)
                return self._replayed(events, kept)
            case ActionReverted():
                return self._replayed(events, _before_last(self.applied, ActionExecuted))
            case ActionExecuted(name=name) if name in self.loops and not self._first_of_loop(name):
                return replace(self._within(name, events), now=_next(self.now, event, domain))
            case ActiveLoop(name=name) if name:
                return replace(self._plainly(event, events), loops=self.loops | {name})
            case _:
                return self._plainly(event, events)

    def _plainly(self, event: Event, events: tuple[Event, ...]) -> "Tracker":
        now = _next(self.now, event, self.domain)
        counted = now if self.now is self.counted else _next(self.counted, event, self.domain)
        moments, ran, applied = self.moments, self.ran, (*self.applied, event)
        if isinstance(event, ActionExecuted):
            moments = (*moments, self.counted.moment(self.domain, hidden=event.hidden))
            if event.name in self.domain.forms:
                ran = {**ran, event.name: FormRun(len(applied), len(moments), counted)}
        return Tracker(self.domain, events, applied, moments, now, counted, self.loops, ran)

    def _within(self, name: str, events: tuple[Event, ...]) -> "Tracker":
        """A form runs again: of the events since its last run only the filled slots count."""
        ran = self.ran.get(name)
        if ran is None:
            return self._replayed(events, _before_loop(name, self.applied))
        filled = [one for one in self.applied[ran.applied:] if not isinstance(one, (ActionExecuted, UserUttered, Answered))]
        counted = reduce(lambda point, event: _next(point, event, self.domain), filled, ran.counted)
        applied, moments = (*self.applied[:ran.applied], *filled), self.moments[:ran.moments]
        before = {form: one for form, one in self.ran.items() if one.applied <= ran.applied}
        here = {name: FormRun(len(applied), ran.moments, counted)}  # slots filled until now are not replayed
        return Tracker(self.domain, events, applied, moments, counted, counted, self.loops, before | here)

    def _first_of_loop(self, name: str) -> bool:
        """Whether a form runs for the first time, or resumes after another subject: then the action counts."""
        ran, following = self.ran.get(name), ""
        for event in reversed(self.applied[ran.applied:] if ran else self.applied):
            match event:
                case ActiveLoop(name=""):
                    return True
                case ActionRejected(name=rejected) if rejected == name:
                    return True
                case UserUttered() if following and following != name:
                    return True
                case ActionExecuted(name=action) if action == name:
                    return False
                case ActionExecuted(name=action, words=words):
                    following = "" if words else action
                case _:
                    pass
        return ran is None

    def _replayed(self, events: tuple[Event, ...], applied: tuple[Event, ...]) -> "Tracker":
        moments, point = follow(self.domain, applied)
        return Tracker(self.domain, events, applied, moments, point, point, self.loops)


def follow(domain: Domain, events: Iterable[Event], *, touched_only: bool = False) -> tuple[tuple[Moment, ...], Point]:
    """The states before each action, and the state after these events, all of which count."""
    point, moments = _first(domain), []
    for event in events:
        if isinstance(event, ActionExecuted):
            moments.append(point.moment(domain, hidden=event.hidden, touched_only=touched_only))
        point = _next(point, event, domain)
    return tuple(moments), point


def _first(domain: Domain) -> Point:
    return Point(domain.initial, domain.initial_features)


def _next(point: Point, event: Event, domain: Domain) -> Point:  # noqa: C901, PLR0911 - one screen shows what each event does
    match event:
        case SlotSet(name=name, value=value):
            return _with_slot(point, name, value, domain)
        case ActionExecuted(name=name, words=words):
            rejected = point.rejected and name != point.active_loop
            return replace(point, action=name, words=words, followup="", interrupted=False, rejected=rejected)
        case UserUttered():
            return replace(point, said=event, followup="")
        case Answered(by_words=by_words) if point.action == LISTEN and point.said is not None:
            return replace(point, said=replace(point.said, by_words=by_words))
        case ActiveLoop(name=name):
            return replace(point, loop=name, interrupted=False, rejected=False)
        case LoopInterrupted(is_interrupted=interrupted) if point.loop:
            return replace(point, interrupted=interrupted)
        case ActionRejected(name=name) if name and name == point.active_loop:
            return replace(point, rejected=True)
        case Followup(name=name):
            return replace(point, followup=name)
        case SlotsReset():
            return replace(point, slots=domain.initial, features=domain.initial_features, touched=frozenset())
        case Paused() | Resumed():
            return replace(point, paused=isinstance(event, Paused))
        case _:
            return point


def _with_slot(point: Point, name: str, value: Any, domain: Domain) -> Point:  # noqa: ANN401 - a slot holds what JSON holds
    """Slots outside the domain are dropped."""
    if (slot := domain.slots.get(name)) is None:
        return point
    held = slot.hold(value)
    features = point.features
    if (feature := slot.feature(held)) != features.get(name):
        features = {**features, name: feature} if feature is not None else {key: one for key, one in features.items() if key != name}
    return replace(point, slots={**point.slots, name: held}, features=features, touched=point.touched | {name})


def _before_last(events: tuple[Event, ...], kind: type[Event]) -> tuple[Event, ...]:
    """The events before the last one of a kind; empty if there is none."""
    return events[:next((i for i in range(len(events) - 1, -1, -1) if isinstance(events[i], kind)), 0)]


def _before_loop(name: str, applied: tuple[Event, ...]) -> tuple[Event, ...]:
    """Without actions and messages since the form's last run: only the slots that it has filled count."""
    last = next(i for i in range(len(applied) - 1, -1, -1) if isinstance(one := applied[i], ActionExecuted) and one.name == name)
    return (*applied[:last + 1], *(one for one in applied[last + 1:] if not isinstance(one, (ActionExecuted, UserUttered, Answered))))


def last_sayings(events: Iterable[Event]) -> Iterator[UserUttered | UtteranceReverted]:
    """Messages of the citizen, and their reverts, newest first."""
    return (one for one in reversed(tuple(events)) if isinstance(one, (UserUttered, UtteranceReverted)))
