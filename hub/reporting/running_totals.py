"""What today has come to so far, line by line, as each hand-over changes it: nothing is counted anew to be shown (MC-01). Pure.

The definitions are those of interval_figures.py: each conversation is counted by it, again whenever it moves on, and the sums are put
right by the difference. What is over is kept in the sums alone.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from hub.conversations.journal import StoredEvent
from hub.reporting.contact_history import ContactProjection
from hub.reporting.interval_figures import Breach, Interval, intervals

COUNTED = ("offered", "answered", "in_time", "waiting", "left", "promised", "wait_s", "talks_ended", "talks_in_time")
"""What of a day's figures the floor shows; breaches are counted beside them."""
Sums = dict[str, float]


class RunningTotals:
    """One day of all lines. `stories` are those of whatever goes on, and they alone grow."""

    def __init__(self, begins: datetime, ends: datetime, stories: ContactProjection) -> None:
        self.begins, self.ends, self._stories = begins, ends, stories
        self._counted: dict[int, dict[str, Sums]] = {}
        self._sums: defaultdict[str, Sums] = defaultdict(lambda: dict.fromkeys((*COUNTED, "breaches"), 0))
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
        return [breach for conversation in {record.conversation for record in told} for breach in self.count(conversation, now)]

    def count(self, conversation: int, now: datetime) -> list[Breach]:
        """Put the sums right by what a conversation comes to at this moment; its breaches that are new, or other than they were."""
        self._add(self._counted.pop(conversation, {}), -1)
        counted, found = self._count(conversation, now)
        self._add(counted, 1)
        breaches = [breach for breach in found if self.breaches.get((conversation, breach.asked)) != breach]
        self.breaches |= {(conversation, breach.asked): breach for breach in breaches}
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

    def of(self, queue: str) -> Sums:
        return self._sums[queue]

    def _add(self, counted: dict[str, Sums], sign: int) -> None:
        for queue, sums in counted.items():
            total = self._sums[queue]
            for name, value in sums.items():
                total[name] += sign * value

    def _count(self, conversation: int, now: datetime) -> tuple[dict[str, Sums], list[Breach]]:
        contacts = [each for each in self._stories.contacts_of(conversation) if self.begins <= each.asked < self.ends]
        queues = {each.queue for each in contacts}
        found = {queue: intervals([c for c in contacts if c.queue == queue], (), [self.begins], now)[0] for queue in queues}
        return {queue: _sums(each) for queue, each in found.items()}, [breach for each in found.values() for breach in each.breaches]


def _sums(interval: Interval) -> Sums:
    return {name: getattr(interval, name) for name in COUNTED} | {"breaches": len(interval.breaches)}
