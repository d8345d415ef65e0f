"""Prometheus metrics, collected on request, so that messages are not slowed down."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import isfinite

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from channels.tls import Certificate
from hub.actions.promise_watch import PromiseWatch
from hub.cases.deadline_alarms import CaseClocks
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
from okno.adapters.dialogue_engine import UnderstandingCounts

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
"""Current values of each line from the wallboard; today's sums are the figures with a metric."""

COUNTED = {
    "okno_unsendable": ("Messages given up on after a fault of their channel's driver", "channel"),
    "okno_passed": ("Conversations handed over between centres", "reason"),
    "okno_passed_refused": ("Conversations of other deployments that were not taken in", "why"),
    "okno_passed_returned": ("Conversations that came back from other deployments", "why"),
}


Source = Callable[[], Iterable[Metric]]
"""Current metrics of one part of the hub."""


class Metrics(Collector):
    content_type = CONTENT_TYPE_LATEST

    def __init__(self, *sources: Source) -> None:
        self._sources = sources
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        for source in self._sources:
            yield from source()


def of_store(store: Store, term: int = 0) -> Iterator[Metric]:
    """`term` is the lease's, for a hub that leads others."""
    took = store.took
    upto = [(str(bound) if isfinite(bound) else "+Inf", count) for bound, count in took.upto()]
    yield CounterMetricFamily("okno_commits", "Transactions committed by the store", store.commits)
    yield GaugeMetricFamily("okno_store_available", "1 while the last commit succeeded", int(not store.broken))
    yield HistogramMetricFamily("okno_commit_seconds", "How long transactions took until they were on the disk", upto, took.total_s)
    yield CounterMetricFamily("okno_commit_repeats", "Transactions that were tried again", store.repeats)
    yield GaugeMetricFamily("okno_lease_term", "Goes up when a hub takes the lead from another; 0 where one is alone", term)


def of_conversations(sequencer: ConversationSequencer) -> Iterator[Metric]:
    yield CounterMetricFamily("okno_records", "Messages and hand-overs stored", sequencer.stored_records)
    yield CounterMetricFamily("okno_refused_commits", "Steps that could not be stored", sequencer.refused_steps)
    yield GaugeMetricFamily("okno_lanes", "Conversations at work in memory", len(sequencer))


def of_stalls(stalls: int, redeliveries: Redeliveries) -> Iterator[Metric]:
    """`stalls` are counted since the start of the service."""
    yield CounterMetricFamily("okno_stalls", "How often the hub was started again since its event loop stood still", stalls)
    yield CounterMetricFamily("okno_poison_set_aside", "Messages set aside to a person, since they had ended the hub",
                              redeliveries.set_aside)


def of_emergency(emergency: Emergency) -> Iterator[Metric]:
    yield CounterMetricFamily("okno_break_glass_used", "How often the break-glass account was opened", emergency.uses)
    yield GaugeMetricFamily("okno_break_glass_open", "1 while it is open", int(emergency.open_until() is not None))


def of_promises(promises: PromiseWatch) -> Iterator[Metric]:
    yield GaugeMetricFamily("okno_promises_open", "Answers that are owed", promises.open)
    yield GaugeMetricFamily("okno_promises_overdue", "Answers owed for longer than a day", promises.overdue)
    yield _counted("okno_promises_ended", "Promises that ended", "how", {
        "kept": promises.kept, "kept_late": promises.kept_late, "withdrawn": promises.withdrawn})
    yield _counted("okno_talks", "Talks that ended, within ten minutes or not", "in_time", {
        "yes": promises.talks_in_time, "no": promises.talks_too_long})


def of_cases(clocks: CaseClocks) -> Iterator[Metric]:
    yield GaugeMetricFamily("okno_cases_overdue", "Registered cases whose answer is too late", clocks.overdue)


def of_counts(counts: Mapping[str, Mapping[str, int]]) -> Iterator[Metric]:
    """The counters of COUNTED, by name and label."""
    for name, (text, label) in COUNTED.items():
        yield _counted(name, text, label, counts.get(name, {}))


def of_channels(channels: Mapping[str, Channel]) -> Iterator[Metric]:
    connected = GaugeMetricFamily("okno_connected", "Open connections of citizens", labels=["channel"])
    for name, channel in channels.items():
        connected.add_metric([name], getattr(channel, "connected", 0))
    yield connected
    yield _counted("okno_call_faults", "How often the hub has failed in a telephone call", "channel", {
        name: faults for name, channel in channels.items() if (faults := getattr(channel, "faults", None)) is not None})


def of_lines(lines: Iterable[str], predicted_s: Callable[[str], float], line_now: Callable[[str], LineNow],
             now: Callable[[], datetime]) -> Iterator[Metric]:
    """Predicted wait and wallboard values of each line."""
    predicted = GaugeMetricFamily("okno_predicted_wait_seconds", "How long one will wait who comes now", labels=["queue"])
    today = SHOWN[Place.METRIC]
    named = (*LINE, *((figure.key(Place.METRIC), figure.meaning) for figure in today))
    families = [GaugeMetricFamily(f"okno_{name}", meaning, labels=["queue"]) for name, meaning in named]
    for queue in lines:
        predicted.add_metric([queue], predicted_s(queue))
        line = line_now(queue)
        longest_s = (now() - line.oldest).total_seconds() if line.oldest else 0
        told: list[float] = [line.waiting, longest_s, line.free, line.at_work, line.at_risk]
        if line.today:
            told += [value for figure in today if (value := figure.value(line.today.counts)) is not None]
        for family, value in zip(families, told, strict=False):  # the day may still be loading
            family.add_metric([queue], value)
    yield from (predicted, *families)


def of_robot(count: UnderstandingCounts) -> Iterator[Metric]:
    yield _counted("okno_understood", "What citizens said in dialogues: understood before, fully, or in haste", "how", {
        "recalled": count.recalled, "fully": count.fully, "hastily": count.hastily})
    yield CounterMetricFamily("okno_understanding_waited_seconds", "What new sayings waited to be understood", count.waited_s)
    yield GaugeMetricFamily("okno_understanding_waiting", "Sayings that wait to be understood", count.waiting)


def of_set_aside(sifting: HeldReview) -> Iterator[Metric]:
    """Messages held back by blocks and sender limits, and the current number of them."""
    held = CounterMetricFamily("okno_held_back", "What blocks and limits of senders have held, or given on", labels=["channel", "what"])
    for (channel, what), count in sifting.intake_filter.counts.items():
        held.add_metric([channel, what], count)
    yield held
    lying = sifting.lying
    yield GaugeMetricFamily("okno_aside", "Conversations that lie aside", len(lying))
    yield GaugeMetricFamily("okno_aside_since_seconds", "Since when the oldest of them does, in seconds since 1970; 0 for none",
                            min(lying.values()).timestamp() if lying else 0)


def of_files(quarantine: Quarantine) -> Iterator[Metric]:
    held = GaugeMetricFamily("okno_quarantined_files", "Files that may not be opened, by why", labels=["state"])
    counts, found = quarantine.counts(), quarantine.found
    for state in (Check.WAITING, Check.INFECTED, Check.UNCHECKED, Check.COMING, Check.MISSING):
        held.add_metric([state], counts.get(state, 0))
    yield held
    yield _counted("okno_checked_files", "Files that the scanner has looked at, by what it found", "state", {
        state.value: found.get(state, 0) for state in (Check.CLEAN, Check.INFECTED, Check.UNCHECKED)})


def of_certificates(certificates: Sequence[Certificate]) -> Iterator[Metric]:
    days = GaugeMetricFamily("okno_certificate_days", "Until the end of a listener's certificate", labels=["listener"])
    refused = GaugeMetricFamily("okno_certificate_refused", "1 while a new one lies there that is not used", labels=["listener"])
    for each in certificates:
        # Unused listeners are renewed, too, and an invalid pair is noticed before the first connection.
        each.refresh()
        days.add_metric([each.name], each.left() / timedelta(days=1))
        refused.add_metric([each.name], bool(each.fault))
    yield from (days, refused)


def of_health(channel_monitor: ChannelMonitor) -> Iterator[Metric]:
    up, last_in, last_out, waiting, failing = families = [
        GaugeMetricFamily(f"okno_channel_{name}", meaning, labels=["channel"]) for name, meaning in CHANNEL]
    for beat in channel_monitor.beats():
        label = [beat.channel]
        up.add_metric(label, beat.health.up)
        waiting.add_metric(label, beat.waiting)
        failing.add_metric(label, bool(beat.error))
        for family, at in ((last_in, beat.last_in), (last_out, beat.last_out)):
            if at is not None:
                family.add_metric(label, at.timestamp())
    yield from families


def _counted(name: str, meaning: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
