"""Prometheus metrics, collected on request, so that messages are not slowed down."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
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
from hub.conversations.turn_result import TurnResult
from hub.desk.sign_in.break_glass import Emergency
from hub.intake.redeliveries import Redeliveries
from hub.intake.set_aside import HeldReview
from hub.monitoring.channel_health import ChannelMonitor
from hub.monitoring.ports import TrunkChannel
from hub.monitoring.wallboard import LineNow
from hub.reporting.columns import SHOWN
from hub.reporting.figure import Place
from hub.telephony.recogniser_queue import RecogniserQueue
from okno.adapters.dialogue_engine import UnderstandingCounts

CHANNEL = (
    ("up", "1 while the channel can deliver"),
    ("last_received_timestamp_seconds", "Unix time of the last incoming message"),
    ("last_sent_timestamp_seconds", "Unix time of the last outgoing message"),
    ("pending_messages", "Outgoing messages not delivered yet"),
    ("failing", "1 after an error, until a message is delivered or received again"),
)
LINE = (
    ("queue_length", "Citizens waiting in the queue"),
    ("queue_longest_wait_seconds", "Longest current wait in the queue; 0 for an empty one"),
    ("operators_available", "Operators of the queue who are ready and serve nobody"),
    ("operators_signed_in", "Operators of the queue who are signed in"),
    ("promises_at_risk", "Callback promises of the queue with less than a fifth of their time left"),
)
"""Current values of each line from the wallboard; today's sums are the figures with a metric."""

COUNTED = {
    "okno_undeliverable_messages": ("Messages given up after an error of their channel's driver", "channel"),
    "okno_centre_transfers": ("Conversations transferred between centres", "reason"),
    "okno_centre_transfers_refused": ("Conversations of other deployments that were refused", "why"),
    "okno_centre_transfers_returned": ("Conversations returned by other deployments", "why"),
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
    yield CounterMetricFamily("okno_store_commits", "Transactions committed by the store", store.commits)
    yield GaugeMetricFamily("okno_store_available", "1 while the last commit succeeded", int(not store.broken))
    yield HistogramMetricFamily("okno_store_commit_duration_seconds", "Duration of transactions until they are on the disk", upto,
                                took.total_s)
    yield CounterMetricFamily("okno_store_commit_retries", "Transactions that were retried", store.repeats)
    yield GaugeMetricFamily("okno_leader_lease_term", "Term of the leader lease: grows at each change of the leader; 0 for a single hub",
                            term)


def of_conversations(sequencer: ConversationSequencer) -> Iterator[Metric]:
    yield CounterMetricFamily("okno_stored_events", "Messages, hand-overs and offers stored", sequencer.stored_records)
    yield CounterMetricFamily("okno_failed_commits", "Changes of conversations that could not be stored", sequencer.refused_steps)
    yield GaugeMetricFamily("okno_live_conversations", "Conversations in memory", len(sequencer))


def of_stalls(stalls: int, redeliveries: Redeliveries) -> Iterator[Metric]:
    """`stalls` are counted since the start of the service."""
    yield CounterMetricFamily("okno_event_loop_stalls", "Restarts of the hub after its event loop stalled", stalls)
    yield CounterMetricFamily("okno_poison_messages", "Messages given to an operator because they had stopped the hub twice",
                              redeliveries.set_aside)


def of_emergency(emergency: Emergency) -> Iterator[Metric]:
    yield CounterMetricFamily("okno_break_glass_uses", "Uses of the break-glass account", emergency.uses)
    yield GaugeMetricFamily("okno_break_glass_open", "1 while a session of the break-glass account is open",
                            int(emergency.open_until() is not None))


def of_promises(promises: PromiseWatch) -> Iterator[Metric]:
    yield GaugeMetricFamily("okno_promises_open", "Callback promises not kept yet", promises.open)
    yield GaugeMetricFamily("okno_promises_overdue", "Callback promises not kept within 24 hours", promises.overdue)
    yield _counted("okno_promises_ended", "Callback promises that ended", "how", {
        "kept": promises.kept, "kept_late": promises.kept_late, "withdrawn": promises.withdrawn})
    yield _counted("okno_ended_conversations", "Conversations that ended, within ten minutes or not", "in_time", {
        "yes": promises.talks_in_time, "no": promises.talks_too_long})


def of_cases(clocks: CaseClocks) -> Iterator[Metric]:
    yield GaugeMetricFamily("okno_cases_overdue", "Registered cases past their deadline", clocks.overdue)


def of_programme(overdue: Callable[[], Mapping[str, int]]) -> Iterator[Metric]:
    family = GaugeMetricFamily("okno_programme_overdue", "Rows of the programme's lists past their term", labels=["list"])
    for name, count in overdue().items():
        family.add_metric([name], count)
    yield family


def of_counts(counts: Mapping[str, Mapping[str, int]]) -> Iterator[Metric]:
    """The counters of COUNTED, by name and label."""
    for name, (text, label) in COUNTED.items():
        yield _counted(name, text, label, counts.get(name, {}))


def of_channels(channels: Mapping[str, Channel]) -> Iterator[Metric]:
    connected = GaugeMetricFamily("okno_open_connections", "Open connections of citizens", labels=["channel"])
    for name, channel in channels.items():
        connected.add_metric([name], getattr(channel, "connected", 0))
    yield connected
    media = GaugeMetricFamily("okno_media_processes", "Media processes that carry the sound of calls with the robot", labels=["channel"])
    for name, channel in channels.items():
        if (processes := getattr(channel, "media_processes", None)) is not None:
            media.add_metric([name], processes)
    yield media
    yield _counted("okno_call_errors", "Unexpected errors of the hub in telephone calls", "channel", {
        name: faults for name, channel in channels.items() if (faults := getattr(channel, "faults", None)) is not None})


def of_trunks(channels: Mapping[str, Channel]) -> Iterator[Metric]:
    """Telephone lines to carriers."""
    trunks = [trunk for channel in channels.values() if isinstance(channel, TrunkChannel) for trunk in channel.trunks()]
    lines = GaugeMetricFamily("okno_trunk_lines", "Calls that a trunk carries at once, as declared; 0 where no limit is", labels=["trunk"])
    calls = GaugeMetricFamily("okno_trunk_calls", "Calls on a trunk now", labels=["trunk"])
    for trunk in trunks:
        lines.add_metric([trunk.trunk], trunk.lines)
        calls.add_metric([trunk.trunk], trunk.in_use)
    yield from (lines, calls)
    yield _counted("okno_trunk_refused_calls", "Callers whom the exchange did not answer", "trunk", {
        each.trunk: each.refused for each in trunks})


def of_lines(lines: Iterable[str], predicted_s: Callable[[str], float], line_now: Callable[[str], LineNow],
             now: Callable[[], datetime]) -> Iterator[Metric]:
    """The predicted wait, and the wallboard's figures of each queue."""
    predicted = GaugeMetricFamily("okno_queue_predicted_wait_seconds", "Predicted wait of a citizen who joins the queue now",
                                  labels=["queue"])
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


def of_speech(queue: RecogniserQueue) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("okno_speech_queue_length", "Recordings waiting for speech recognition", labels=["of"])
    for name, length in queue.waiting.items():
        waiting.add_metric([name], length)
    yield waiting
    yield CounterMetricFamily("okno_speech_refused", "Callers given to an operator because too many waited for speech recognition",
                              queue.refused)


def of_robot(count: UnderstandingCounts) -> Iterator[Metric]:
    yield _counted("okno_nlu_messages", "Messages classified by the NLU: from its cache, in full, or by the fast model", "how", {
        "cached": count.recalled, "full": count.fully, "fast": count.hastily})
    yield CounterMetricFamily("okno_nlu_queue_seconds", "Total time that messages waited for the NLU", count.waited_s)
    yield GaugeMetricFamily("okno_nlu_pending_messages", "Messages waiting for the NLU, or being classified", count.waiting)
    yield _counted("okno_robot_answers", "Facts and articles told by the robot, and what citizens said of them", "result", {
        each.value: count.results[each] for each in (TurnResult.ANSWERED, TurnResult.HELPED, TurnResult.UNHELPED)})
    yield CounterMetricFamily("okno_dialogue_loads", "Versions of dialogues loaded", count.loaded)


def of_set_aside(sifting: HeldReview) -> Iterator[Metric]:
    """Messages filtered by blocks and rate limits, and conversations held for review."""
    held = CounterMetricFamily("okno_filtered_messages", "Messages and calls blocked, held by rate limits, or released",
                               labels=["channel", "what"])
    for (channel, what), count in sifting.intake_filter.counts.items():
        held.add_metric([channel, what], count)
    yield held
    lying = sifting.lying
    yield GaugeMetricFamily("okno_held_conversations", "Conversations held for review", len(lying))
    yield GaugeMetricFamily("okno_held_oldest_timestamp_seconds", "Unix time since when the oldest of them is held; 0 for none",
                            min(lying.values()).timestamp() if lying else 0)


def of_files(quarantine: Quarantine) -> Iterator[Metric]:
    held = GaugeMetricFamily("okno_quarantined_files", "Files in quarantine, by state", labels=["state"])
    counts, found = quarantine.counts(), quarantine.found
    for state in (Check.WAITING, Check.INFECTED, Check.UNCHECKED, Check.COMING, Check.MISSING):
        held.add_metric([state], counts.get(state, 0))
    yield held
    yield _counted("okno_scanned_files", "Files scanned, by result", "state", {
        state.value: found.get(state, 0) for state in (Check.CLEAN, Check.INFECTED, Check.UNCHECKED)})


def of_certificates(certificates: Sequence[Certificate]) -> Iterator[Metric]:
    expiry = GaugeMetricFamily("okno_certificate_expiry_timestamp_seconds", "Unix time when a listener's certificate expires",
                               labels=["listener"])
    refused = GaugeMetricFamily("okno_certificate_refused", "1 while a new certificate is not usable", labels=["listener"])
    for each in certificates:
        # Unused listeners are renewed, too, and an invalid pair is noticed before the first connection.
        each.refresh()
        expiry.add_metric([each.name], each.ends.timestamp())
        refused.add_metric([each.name], bool(each.fault))
    yield from (expiry, refused)


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
