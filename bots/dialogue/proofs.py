"""Proofs of identity in a dialogue: kept in memory, and left out of the stored records (ST-04)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from bots.dialogue.events import Event, SlotSet, UserUttered
from bots.dialogue.parsed import Parsed
from bots.dialogue.tracker import Tracker
from bots.project.domain import REQUESTED_SLOT, Domain
from hub.conversations.redaction import HIDDEN, Redacted

PROOFS = frozenset(["proof", "snils"])
"""Slots of any project. All slots of the same form are left out with them."""


def proving(tracker: Tracker) -> bool:
    """Whether a form asks for a proof now."""
    return tracker.now.active_loop in _forms(tracker.domain)


def understood(parsed: Parsed, tracker: Tracker) -> Parsed:
    """The message with only the entities that answer such a form: digits of a proof must not become a telephone number."""
    if not proving(tracker):
        return parsed
    wanted = _slots(tracker.domain)
    return replace(parsed, entities=tuple(each for each in parsed.entities if each.entity in wanted))


def stored(events: Sequence[Event], domain: Domain, told: Redacted) -> Iterator[Event]:
    """The events of a turn as they may be stored."""
    secret, hidden = _slots(domain), told.hidden
    for event in events:
        match event:
            case SlotSet(name=name, value=value) if value is not None and name != REQUESTED_SLOT:
                yield SlotSet(name, HIDDEN if name in secret else _without(hidden, value))
            case UserUttered(parsed=parsed):
                entities = tuple(replace(each, value=HIDDEN) if hidden or each.entity in PROOFS else each for each in parsed.entities)
                yield replace(event, parsed=replace(parsed, text=told.stored if hidden else parsed.text, entities=entities))
            case _:
                yield event


def _without(hidden: Iterable[str], value: Any) -> Any:  # noqa: ANN401 - a slot holds any JSON
    if isinstance(value, str):
        for each in hidden:
            value = value.replace(each, HIDDEN)
    return value


def _forms(domain: Domain) -> frozenset[str]:
    return frozenset(name for name, form in domain.forms.items() if not PROOFS.isdisjoint(form.slots))


def _slots(domain: Domain) -> frozenset[str]:
    return PROOFS.union(*(domain.forms[name].slots for name in _forms(domain)))
