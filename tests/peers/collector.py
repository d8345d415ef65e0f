"""A collector of traces: takes OTLP as any does, by OpenTelemetry's own protocol, and keeps the bytes beside what they say."""

from collections.abc import Iterator, Sequence
from typing import Self

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span


def told(attributes: Sequence[KeyValue]) -> dict[str, object]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value") or "string_value") for each in attributes}


class Collector:
    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/v1/traces", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/traces"

    def resources(self) -> list[dict[str, object]]:
        return [told(each.resource.attributes) for request in self._requests() for each in request.resource_spans]

    def spans(self) -> list[Span]:
        return [span for request in self._requests() for resource in request.resource_spans
                for scope in resource.scope_spans for span in scope.spans]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans() if span.name == name]

    def _requests(self) -> Iterator[ExportTraceServiceRequest]:
        for body in self.raw:
            request = ExportTraceServiceRequest()
            request.ParseFromString(body)
            yield request

    async def _take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/x-protobuf"
        self.raw.append(await request.read())
        return web.Response(body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf")
