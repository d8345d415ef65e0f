"""Delivers events as signed webhooks: CloudEvents 1.0 (Standard Webhooks 1.0), to external hosts only (0036)."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from channels.web import signatures
from channels.web.outbound_http import LATER, OutboundHttp
from hub.integrations.webhook_events import Event, GoneError, NotNowError, Subscription
from hub.kernel.errors import UndeliverableError
from hub.kernel.public_networks import Network

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent

LIMIT_S = 15.0
GONE = 410
NEEDED = "Нужен адрес, который начинается с https:// (без TLS — только в сети из events.inside)"


class HttpWebhookTransport:
    """hub.integrations.webhook_events.WebhookTransport."""

    def __init__(self, centre: str, inside: Sequence[Network] = (), limit_s: float = LIMIT_S) -> None:
        """`centre` is the code of the sending centre; `inside` are internal networks that may receive events as well."""
        self._source, self._http = f"urn:okno:centre:{centre}", OutboundHttp(inside, limit_s, NEEDED)

    def check(self, url: str) -> str:
        return self._http.check(url)

    async def bring(self, subscription: Subscription, event: Event) -> None:
        from cloudevents.core.bindings.http import to_structured_event  # noqa: PLC0415 - 2 MB, for whoever has subscribed
        from cloudevents.core.formats.json import JSONFormat  # noqa: PLC0415 - as above

        message = to_structured_event(cloud_event(self._source, event), JSONFormat())
        number = f"{event.subject}.{event.number}"
        headers = {**message.headers, **signatures.signed(signatures.key(subscription.secret), number, int(time.time()), message.body)}
        _judge(await self._http.post(subscription.url, message.body, headers))

    async def close(self) -> None:
        await self._http.close()


def cloud_event(source: str, event: Event) -> "CloudEvent":
    """CloudEvents 1.0 §3: source and id together are unique, and the same in every attempt."""
    from cloudevents.core.v1.event import CloudEvent  # noqa: PLC0415 - as above

    return CloudEvent(
        {"id": f"{event.subject}.{event.number}", "source": source, "type": event.type, "subject": event.subject, "time": event.at,
         "datacontenttype": "application/json"},
        msgspec.to_builtins(event.data) if event.data else {})


def _judge(status: int) -> None:
    if status < 300:  # noqa: PLR2004 - RFC 9110 §15.3
        return
    told = f"ответ с кодом {status}"
    if status == GONE:  # Standard Webhooks: the endpoint is gone
        raise GoneError(told)
    if status >= 500 or status in LATER or status < 400:  # noqa: PLR2004 - RFC 9110 §15: redirects are not followed
        raise NotNowError(told)
    raise UndeliverableError(told)
