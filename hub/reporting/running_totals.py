"""What today has come to so far, line by line, as each hand-over changes it: nothing is counted anew to be shown (MC-01). Pure.

Each conversation is counted by the table of figures, again whenever it moves on, and the sums are put right by the difference. What is
over is kept in the sums alone.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from hub.conversations.journal import StoredEvent
from hub.reporting.columns import COUNTED
from hub.reporting.contact_history import ContactProjection
from hub.reporting.figure import Place
from hub.reporting.interval_figures import BREACHES, Breach, breach
from hub.reporting.measurement import Counter, Counts

FLOOR = Counter(Place.FLOOR)
NOTHING: Counts = dict.fromkeys((figure.name for figure in COUNTED[Place.FLOOR]), 0)


class RunningTotals:
    """One day of all lines. `stories` are those of whatever goes on, and they alone grow."""

    def __init__(self, begins: datetime, ends: datetime, stories: ContactProjection) -> None:
        self.begins, self.ends, self._stories = begins, ends, stories
        self._counted: dict[int, list[tuple[str, Counts]]] = {}
        """What each conversation that goes on has come to, by the lines of its contacts."""
        self._sums: defaultdict[str, Counts] = defaultdict(NOTHING.copy)
        self.breaches: dict[tuple[int, datetime], Breach] = {}
        """By conversation and when its citizen began to wait, as they came."""

    def count_all(self, now: datetime) -> None:
        """Count what was read of the day before, once; for a thread."""
        for conversation in self._stories.known:
            self.count(conversation, now)

    def read(self, records: Iterable[StoredEvent], now: datetime) -> list[Breach]:
        """Follow what has happened; the breaches that are new, or other than they were."""
        told = list(records)
        self._stories.read(told)
        return [one for conversation in {record.conversation for record in told} for one in self.count(conversation, now)]

    def count(self, conversation: int, now: datetime) -> list[Breach]:
        """Put the sums right by what a conversation comes to at this moment; its breaches that are new, or other than they were."""
        self._add(self._counted.pop(conversation, ()), -1)
        counted, breaches = list[tuple[str, Counts]](), list[Breach]()
        for contact in self._stories.contacts_of(conversation):
            if self.begins <= contact.asked < self.ends:
                wait = contact.wait(now)
                counted.append((contact.queue, counts := FLOOR.contact(contact, wait)))
                if BREACHES in counts and self.breaches.get((conversation, contact.asked)) != (found := breach(contact, wait)):
                    self.breaches[conversation, contact.asked] = found
                    breaches.append(found)
        self._add(counted, 1)
        if self._stories.goes_on(conversation):
            self._counted[conversation] = counted
        else:
            self._stories.drop(conversation)
        return breaches

    def turned(self, begins: datetime, ends: datetime, now: datetime) -> "RunningTotals":
        """The day after this one: what goes on was asked for before, and counts there."""
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
