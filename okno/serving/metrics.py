"""Prometheus metrics, collected on request, so that messages are not slowed down."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from math import isfinite

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.tls import Certificate
from hub.actions.promise_watch import PromiseWatch
from hub.conversations.attachments import Check
from hub.conversations.ports import Channel, Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.sign_in.break_glass import Emergency
from hub.intake.redeliveries import Redeliveries
from hub.intake.set_aside import HeldReview
from hub.monitoring.channel_health import ChannelMonitor
from hub.monitoring.wallboard import LineNow
from hub.reporting.columns import SHOWN
from hub.reporting.figure import Place
from okno.adapters.talker import Understood

CHANNEL = (
    ("up", "1 while the channel can carry"),
    ("last_in_seconds", "When something came in last, in seconds since 1970"),
    ("last_out_seconds", "When something went out last, in seconds since 1970"),
    ("waiting", "Messages that were not carried yet"),
    ("failing", "1 after something went wrong, until something is carried or received again"),
)
LINE = (
    ("waiting", "Citizens who wait in a line"),
    ("longest_wait_seconds", "How long the one of them has waited who waits longest; 0 where nobody does"),
    ("operators_free", "Operators of a line who are ready and have nobody"),
    ("operators_at_work", "Operators of a line who are signed in"),
    ("promises_at_risk", "Answers owed in a line that have less than a fifth of their time left"),
)
"""What the wallboard knows of each line at this moment; the sums of today are those figures that have a metric."""

COUNTED = {
    "okno_unsendable": ("Messages given up on after a fault of their channel's driver", "channel"),
    "okno_passed": ("Conversations handed over between centres", "reason"),
    "okno_passed_refused": ("Conversations of other deployments that were not taken in", "why"),
    "okno_passed_returned": ("Conversations that came back from other deployments", "why"),
}


class Metrics(Collector):
    content_type = CONTENT_TYPE_LATEST

    def __init__(self, store: Store, sequencer: ConversationSequencer, promises: PromiseWatch, channels: dict[str, Channel],
                 waits_s: Callable[[], Mapping[str, float]], counts: Mapping[str, Mapping[str, int]], channel_monitor: ChannelMonitor,
                 understood: Understood, emergency: Emergency, sifting: HeldReview,
                 certificates: Sequence[Certificate] = (),
                 quarantine: Quarantine | None = None, cases_overdue: Callable[[], int] = lambda: 0,
                 floor: Callable[[], Mapping[str, LineNow]] = dict, term: int = 0, stalls: int = 0,
                 redeliveries: Redeliveries | None = None) -> None:
        """`waits_s` tells of each queue how long one will wait, `counts` are those of COUNTED.

        `floor` tells how each queue is; `term` is of the lease of a hub that leads others; `stalls` are since the service began.
        """
        self._store, self._sequencer, self._promises, self._channels = store, sequencer, promises, channels
        self._waits_s, self._counts, self._channel_monitor, self._understood = waits_s, counts, channel_monitor, understood
        self._emergency, self._sifting, self._certificates, self._quarantine = emergency, sifting, certificates, quarantine
        self._cases_overdue, self._floor, self._term = cases_overdue, floor, term
        self._stalls, self._redeliveries = stalls, redeliveries
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("okno_commits", "Transactions committed by the store", self._store.commits)
        yield CounterMetricFamily("okno_records", "Messages and hand-overs stored", self._sequencer.stored_records)
        yield CounterMetricFamily("okno_refused_commits", "Steps that could not be stored", self._sequencer.refused_steps)
        yield CounterMetricFamily("okno_stalls", "How often the hub was started again since its event loop stood still", self._stalls)
        yield CounterMetricFamily("okno_poison_set_aside", "Messages set aside to a person, since they had ended the hub",
                                  self._redeliveries.set_aside if self._redeliveries else 0)
        yield GaugeMetricFamily("okno_store_available", "1 while the last commit succeeded", int(not self._store.broken))
        yield CounterMetricFamily("okno_break_glass_used", "How often the break-glass account was opened", self._emergency.uses)
        yield GaugeMetricFamily("okno_break_glass_open", "1 while it is open", int(self._emergency.open_until() is not None))
        yield GaugeMetricFamily("okno_lanes", "Conversations at work in memory", len(self._sequencer))
        yield GaugeMetricFamily("okno_promises_open", "Answers that are owed", self._promises.open)
        yield GaugeMetricFamily("okno_promises_overdue", "Answers owed for longer than a day", self._promises.overdue)
        yield GaugeMetricFamily("okno_cases_overdue", "Registered cases whose answer is too late", self._cases_overdue())
        yield self._counted("okno_promises_ended", "Promises that ended", "how", {
            "kept": self._promises.kept, "kept_late": self._promises.kept_late, "withdrawn": self._promises.withdrawn})
        yield self._counted("okno_talks", "Talks that ended, within ten minutes or not", "in_time", {
            "yes": self._promises.talks_in_time, "no": self._promises.talks_too_long})
        for name, (text, label) in COUNTED.items():
            yield self._counted(name, text, label, self._counts.get(name, {}))
        predicted = GaugeMetricFamily("okno_predicted_wait_seconds", "How long one will wait who comes now", labels=["queue"])
        for queue, wait_s in self._waits_s().items():
            predicted.add_metric([queue], wait_s)
        yield predicted
        connected = GaugeMetricFamily("okno_connected", "Open connections of citizens", labels=["channel"])
        for name, channel in self._channels.items():
            connected.add_metric([name], getattr(channel, "connected", 0))
        yield connected
        yield self._counted("okno_call_faults", "How often the hub has failed in a telephone call", "channel", {
            name: faults for name, channel in self._channels.items() if (faults := getattr(channel, "faults", None)) is not None})
        yield from self._storing()
        yield from self._lines()
        yield from self._robot()
        yield from self._health()
        yield from self._aside()
        yield from self._tls()
        yield from self._files()

    def _storing(self) -> Iterator[Metric]:
        took = self._store.took
        upto = [(str(bound) if isfinite(bound) else "+Inf", count) for bound, count in took.upto()]
        yield HistogramMetricFamily("okno_commit_seconds", "How long transactions took until they were on the disk", upto, took.total_s)
        yield CounterMetricFamily("okno_commit_repeats", "Transactions that were begun anew", self._store.repeats)
        yield GaugeMetricFamily("okno_lease_term", "Goes up when a hub takes the lead from another; 0 where one is alone", self._term)

    def _lines(self) -> Iterator[Metric]:
        """What the wallboard shows of each line."""
        today = SHOWN[Place.METRIC]
        named = (*LINE, *((figure.key(Place.METRIC), figure.meaning) for figure in today))
        families = [GaugeMetricFamily(f"okno_{name}", meaning, labels=["queue"]) for name, meaning in named]
        now = self._sequencer.now()
        for queue, line in self._floor().items():
            longest_s = (now - line.oldest).total_seconds() if line.oldest else 0
            told: list[float] = [line.waiting, longest_s, line.free, line.at_work, line.at_risk]
            if line.today:
                told += [value for figure in today if (value := figure.value(line.today.counts)) is not None]
            for family, value in zip(families, told, strict=False):  # the day may not be read yet
                family.add_metric([queue], value)
        yield from families

    def _robot(self) -> Iterator[Metric]:
        count = self._understood
        yield self._counted("okno_understood", "What citizens said in dialogues: understood before, fully, or in haste", "how", {
            "recalled": count.recalled, "fully": count.fully, "hastily": count.hastily})
        yield CounterMetricFamily("okno_understanding_waited_seconds", "What new sayings waited to be understood", count.waited_s)
        yield GaugeMetricFamily("okno_understanding_waiting", "Sayings that wait to be understood", count.waiting)

    def _aside(self) -> Iterator[Metric]:
        """What blocks and limits of senders hold back, and what of it lies there."""
        held = CounterMetricFamily("okno_held_back", "What blocks and limits of senders have held, or given on", labels=["channel", "what"])
        for (channel, what), count in self._sifting.intake_filter.counts.items():
            held.add_metric([channel, what], count)
        yield held
        lying = self._sifting.lying
        yield GaugeMetricFamily("okno_aside", "Conversations that lie aside", len(lying))
        yield GaugeMetricFamily("okno_aside_since_seconds", "Since when the oldest of them does, in seconds since 1970; 0 for none",
                                min(lying.values()).timestamp() if lying else 0)

    def _files(self) -> Iterator[Metric]:
        held = GaugeMetricFamily("okno_quarantined_files", "Files that may not be opened, by why", labels=["state"])
        counts, found = (self._quarantine.counts(), self._quarantine.found) if self._quarantine else ({}, {})
        for state in (Check.WAITING, Check.INFECTED, Check.UNCHECKED, Check.COMING, Check.MISSING):
            held.add_metric([state], counts.get(state, 0))
        yield held
        yield self._counted("okno_checked_files", "Files that the scanner has looked at, by what it found", "state", {
            state.value: found.get(state, 0) for state in (Check.CLEAN, Check.INFECTED, Check.UNCHECKED)})

    def _tls(self) -> Iterator[Metric]:
        days = GaugeMetricFamily("okno_certificate_days", "Until the end of a listener's certificate", labels=["listener"])
        refused = GaugeMetricFamily("okno_certificate_refused", "1 while a new one lies there that is not used", labels=["listener"])
        for each in self._certificates:
            # Whoever is not called on is renewed, too, and a pair that is no good is noticed before anybody calls.
            each.refresh()
            days.add_metric([each.name], each.left() / timedelta(days=1))
            refused.add_metric([each.name], bool(each.fault))
        yield from (days, refused)

    def _health(self) -> Iterator[Metric]:
        up, last_in, last_out, waiting, failing = families = [
            GaugeMetricFamily(f"okno_channel_{name}", meaning, labels=["channel"]) for name, meaning in CHANNEL]
        for beat in self._channel_monitor.beats():
            label = [beat.channel]
            up.add_metric(label, beat.health.up)
            waiting.add_metric(label, beat.waiting)
            failing.add_metric(label, bool(beat.error))
            for family, at in ((last_in, beat.last_in), (last_out, beat.last_out)):
                if at is not None:
                    family.add_metric(label, at.timestamp())
        yield from families

    def _counted(self, name: str, meaning: str, label: str, counts: Mapping[str, int]) -> Metric:
        family = CounterMetricFamily(name, meaning, labels=[label])
        for value, count in counts.items():
            family.add_metric([value], count)
        return family
