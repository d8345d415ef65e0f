"""Running totals of today by line, updated by each hand-over: nothing is recounted for display (MC-01). Pure.

Each conversation is counted by the table of figures, again on each change, and the sums are corrected by the difference. Of finished
ones only the sums are kept.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from hub.conversations.journal import StoredEvent
from hub.reporting.columns import COUNTED
from hub.reporting.contact_history import ContactProjection
from hub.reporting.figure import Place
from hub.reporting.interval_figures import LATE, Breach, breach
from hub.reporting.measurement import Counter, Counts

FLOOR = Counter(Place.FLOOR)
NOTHING: Counts = dict.fromkeys((figure.name for figure in COUNTED[Place.FLOOR]), 0)


class RunningTotals:
    """One day of all lines. `stories` hold unfinished conversations only."""

    def __init__(self, begins: datetime, ends: datetime, stories: ContactProjection) -> None:
        self.begins, self.ends, self._stories = begins, ends, stories
        self._counted: dict[int, list[tuple[str, Counts]]] = {}
        """Counts of each unfinished conversation, by the lines of its contacts."""
        self._sums: defaultdict[str, Counts] = defaultdict(NOTHING.copy)
        self.breaches: dict[tuple[int, datetime], Breach] = {}
        """By conversation and beginning of the wait, in order."""

    def count_all(self, now: datetime) -> None:
        """Count everything read before, once; for a thread."""
        for conversation in self._stories.known:
            self.count(conversation, now)

    def read(self, records: Iterable[StoredEvent], now: datetime) -> list[Breach]:
        """Process new entries; returns new and changed breaches."""
        told = list(records)
        self._stories.read(told)
        return [one for conversation in {record.conversation for record in told} for one in self.count(conversation, now)]

    def count(self, conversation: int, now: datetime) -> list[Breach]:
        """Correct the sums by the current counts of a conversation; returns new and changed breaches."""
        self._add(self._counted.pop(conversation, ()), -1)
        counted, breaches = list[tuple[str, Counts]](), list[Breach]()
        for contact in self._stories.contacts_of(conversation):
            if self.begins <= contact.asked < self.ends:
                counted.append((contact.queue, counts := FLOOR.contact(contact, now)))
                if not LATE.isdisjoint(counts) and self.breaches.get((conversation, contact.asked)) != (found := breach(contact, now)):
                    self.breaches[conversation, contact.asked] = found
                    breaches.append(found)
        self._add(counted, 1)
        if self._stories.goes_on(conversation):
            self._counted[conversation] = counted
        else:
            self._stories.drop(conversation)
        return breaches

    def called(self, conversation: int) -> datetime | None:
        """When the call of a waiting citizen was answered; None for text."""
        contacts = self._stories.contacts_of(conversation)
        return contacts[-1].called if contacts else None

    def turned(self, begins: datetime, ends: datetime, now: datetime) -> "RunningTotals":
        """The next day: contacts that go on count on the former one."""
        after = RunningTotals(begins, ends, self._stories)
        after.count_all(now)
        return after

    def of(self, queue: str) -> Counts:
        return self._sums[queue]

    def _add(self, counted: Iterable[tuple[str, Counts]], sign: int) -> None:
        for queue, counts in counted:
            total = self._sums[queue]
            for name, value in counts.items():
                total[name] += sign * value
