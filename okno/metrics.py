"""What Prometheus reads: collected when asked, so that no message pays for being counted."""

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.lanes import Lanes
from hub.ports import Channel, Store


class Metrics(Collector):
    content_type = CONTENT_TYPE_LATEST

    def __init__(self, store: Store, lanes: Lanes, channels: dict[str, Channel]) -> None:
        self._store, self._lanes, self._channels = store, lanes, channels
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("okno_commits", "Transactions committed by the store", self._store.commits)
        yield CounterMetricFamily("okno_records", "Messages and hand-overs stored", self._lanes.stored_records)
        yield CounterMetricFamily("okno_refused_commits", "Steps that could not be stored", self._lanes.refused_steps)
        yield GaugeMetricFamily("okno_store_available", "1 while the last commit succeeded", int(not self._store.broken))
        yield GaugeMetricFamily("okno_lanes", "Conversations at work in memory", len(self._lanes))
        connected = GaugeMetricFamily("okno_connected", "Open connections of citizens", labels=["channel"])
        for name, channel in self._channels.items():
            connected.add_metric([name], getattr(channel, "connected", 0))
        yield connected
