"""Time to information: from a person's first attempt until the answer, over calls, messages and callbacks (GV-11). Pure.

An inquiry begins with the first attempt: a first message, a call, also one that no line took or nobody answered. It ends when the answer
is given: with the end of the talk with an operator, of the callback, or with the promise that was kept. What the same person tries
within a day, from any of their proven addresses, belongs to the same inquiry; later it may be another question. It counts on the day of
the answer; without an answer within seven days it counts as unanswered on the seventh.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from hub.conversations.journal import PromiseEnd
from hub.reporting.contact_history import PromiseOutcome, Result, ServiceContact

DAY = timedelta(days=1)
"""Another attempt within it is about the same: so long the centre may take for an answer, too (D2)."""
WEEK = timedelta(days=7)
"""Without an answer for so long somebody has none."""


class Attempt(Struct, frozen=True, gc=False):
    """Of a citizen to get an answer, or, when it is `owed`, of the hub to give it; `given` is when the answer was there."""

    conversation: int
    person: str
    line: str
    channel: str
    began: datetime
    given: datetime | None = None
    owed: bool = False
    language: str = ""


class Inquiry(Struct, frozen=True):
    """`began` with this attempt; `given` None is unanswered. `called_back`: the answer came by a callback or a kept promise."""

    first: Attempt
    given: datetime | None
    called_back: bool = False

    @property
    def seconds(self) -> float:
        """0 for an unanswered one."""
        return (self.given - self.first.began).total_seconds() if self.given else 0.0


def of_contact(contact: ServiceContact, channel: str, person: str, language: str) -> Attempt | None:
    """None for a contact that goes on; a promise is no answer yet (D2)."""
    if contact.ended is None:
        return None
    given = contact.ended if contact.answered is not None and contact.result is Result.CLOSED else None
    began = contact.asked if contact.callback else contact.began
    return Attempt(contact.conversation, person, contact.queue, channel, began, given, contact.callback, language)


def of_promise(promise: PromiseOutcome, channel: str, person: str) -> Attempt | None:
    if promise.how is not PromiseEnd.KEPT:
        return None
    return Attempt(promise.conversation, person, promise.queue, channel, promise.given, promise.ended, owed=True)


def inquiries(attempts: Iterable[Attempt], same: Mapping[str, str], begins: datetime, ends: datetime) -> Iterator[Inquiry]:
    """Those that were answered between two moments, or whose week ended there. `attempts` are those since a week before.

    `same` gives the person of an address, where a person has several.
    """
    of: dict[str, list[Attempt]] = {}
    for each in attempts:
        of.setdefault(same.get(each.person, each.person) if each.person else str(each.conversation), []).append(each)
    for own in of.values():
        yield from (each for each in _inquiries(sorted(own, key=lambda one: one.began))
                    if begins <= (each.given or each.first.began + WEEK) < ends)


def _inquiries(attempts: list[Attempt]) -> Iterator[Inquiry]:
    """Of one person, in order; without an end for those whose answer is later than a week, or not known."""
    answers = sorted(((each.given, each) for each in attempts if each.given), key=lambda one: one[0])
    until: datetime | None = None
    for each in attempts:
        if each.owed or (until is not None and each.began <= until):
            continue
        given, by = next((one for one in answers if each.began <= one[0] <= each.began + WEEK
                          and (one[1].owed or one[1].began <= each.began + DAY)), (None, each))
        until = given or each.began + DAY
        yield Inquiry(each, given, by.owed)
