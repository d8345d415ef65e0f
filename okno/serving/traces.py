"""Export of spans to a collector by OTLP, with OpenTelemetry's SDK: imported only where `traces.endpoint` is set."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from socket import gethostname
from typing import cast

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context
from opentelemetry.util.types import AttributeValue

from hub.conversations.conversation import Conversation
from hub.conversations.journal import StoredEvent
from hub.conversations.ports import Commit
from hub.conversations.sequencer import LiveConversation
from hub.kernel.errors import UnavailableError
from hub.kernel.trace_context import sampled, trace_of
from hub.monitoring.trace_spans import Span, TraceSpans, of_sending, traced
from okno.config import Traces as Settings

KEPT = 8192
"""Maximum spans in the queue, about 2 kB each; further ones are dropped without waiting."""
PATIENCE_S, LAST_S = 2.0, 0.5
"""Timeout of one export with all attempts; and of the last one, since another hub may wait for the end of this one."""
KINDS = {"accept": SpanKind.CONSUMER, "send": SpanKind.PRODUCER}


class Traces:
    """A listener of the sequencer and of the deliveries."""

    def __init__(self, settings: Settings, centre: str, now: Callable[[], datetime]) -> None:
        self._now, self._share, self._spans, self._given = now, settings.sample_ratio, TraceSpans(), KnownIds()
        resource = Resource.create({
            "service.name": "okno", "service.version": version("okno"), "service.instance.id": gethostname(), "okno.centre": centre})
        self._provider = TracerProvider(resource=resource, id_generator=self._given, shutdown_on_exit=False)
        self._exporter = _exporter(settings)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter, max_queue_size=KEPT))
        self._tracer = self._provider.get_tracer("okno")

    def committed(self, live: LiveConversation, change: Commit) -> None:
        trace = trace_of(traced(live.head))
        if sampled(trace, self._share):
            for span in self._spans.of(live.head, change, self._now()):
                self._tell(trace, span)

    def sent(self, head: Conversation, together: Sequence[StoredEvent], tries: int, sent: bool) -> None:  # noqa: FBT001 - hub.conversations.delivery.Sent
        trace, now = trace_of(traced(head)), self._now()
        if sampled(trace, self._share):
            for record in together:
                self._tell(trace, of_sending(head, record, tries, now, sent=sent))

    async def close(self) -> None:
        """Export the rest, as far as the collector accepts it."""
        loop = asyncio.get_running_loop()
        over = loop.call_later(LAST_S, self._exporter.shutdown)  # no more attempts
        await loop.run_in_executor(None, self._provider.shutdown)
        over.cancel()

    def _tell(self, trace: int, span: Span) -> None:
        self._given.trace, self._given.span = trace, span.id
        above = SpanContext(trace, span.parent, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        made = self._tracer.start_span(
            span.name, set_span_in_context(NonRecordingSpan(above)), KINDS.get(span.name, SpanKind.INTERNAL),
            {f"okno.{name}": cast("AttributeValue", value) for name, value in span.told.items()}, start_time=_ns(span.began))
        if span.failed:
            made.set_status(Status(StatusCode.ERROR))
        made.end(_ns(span.ended))


class KnownIds(IdGenerator):
    """Returns given ids instead of random ones."""

    trace = span = 0

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


async def probe(settings: Settings) -> None:
    """Send an empty export; raises UnavailableError where the collector does not accept it."""
    exporter = _exporter(settings)
    loop = asyncio.get_running_loop()
    told = await loop.run_in_executor(None, exporter.export, ())
    await loop.run_in_executor(None, exporter.shutdown)
    if told is not SpanExportResult.SUCCESS:
        message = f"traces: {settings.endpoint} takes nothing: see that a collector listens there for OTLP over HTTP"
        raise UnavailableError(message)


def _exporter(settings: Settings) -> OTLPSpanExporter:
    return OTLPSpanExporter(endpoint=settings.endpoint, timeout=PATIENCE_S)


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1000
