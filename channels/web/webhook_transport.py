"""Delivers events as signed webhooks: CloudEvents 1.0 (Standard Webhooks 1.0), to external hosts only (0036)."""

import time
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import msgspec

from channels import ssrf_guard
from channels.web import signatures
from hub.integrations.webhook_events import Event, GoneError, NotNowError, Subscription
from hub.kernel.errors import UnavailableError, UndeliverableError
from hub.kernel.public_networks import Network

if TYPE_CHECKING:
    from cloudevents.core.v1.event import CloudEvent

LIMIT_S = 15.0
LATER = {408, 425, 429}
"""RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4: temporary refusals."""
GONE = 410
HEADER_LIMIT = 8190
NEEDED = "Нужен адрес, который начинается с https:// (без TLS — только в сети из events.inside)"


class HttpWebhookTransport:
    """hub.integrations.webhook_events.WebhookTransport."""

    def __init__(self, centre: str, inside: Sequence[Network] = (), limit_s: float = LIMIT_S) -> None:
        """`centre` is the code of the sending centre; `inside` are internal networks that may receive events as well."""
        self._source, self._inside, self._limit_s = f"urn:okno:centre:{centre}", tuple(inside), limit_s
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """Plain HTTP (True) reaches only the internal networks."""

    def check(self, url: str) -> str:
        try:
            told = urlsplit(url)
            good = told.scheme in {"http", "https"} and bool(told.hostname) and not told.fragment and told.port != 0
        except ValueError:
            return NEEDED
        if not good or not (told.scheme == "https" or self._may_be_inside(told.hostname or "")):
            return NEEDED
        return ""

    def _may_be_inside(self, host: str) -> bool:
        """The address of a name is checked at each connection."""
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._inside)

    async def bring(self, subscription: Subscription, event: Event) -> None:
        from cloudevents.core.bindings.http import to_structured_event  # noqa: PLC0415 - 2 MB, for whoever has subscribed
        from cloudevents.core.formats.json import JSONFormat  # noqa: PLC0415 - as above

        message = to_structured_event(cloud_event(self._source, event), JSONFormat())
        number = f"{event.subject}.{event.number}"
        headers = {**message.headers, **signatures.signed(signatures.key(subscription.secret), number, int(time.time()), message.body)}
        plain = urlsplit(subscription.url).scheme != "https"
        try:
            session = self._session(plain=plain)
            async with session.post(subscription.url, data=message.body, headers=headers, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if ssrf_guard.is_inside(error):
                raise UndeliverableError(NEEDED if plain else "адрес ведёт во внутреннюю сеть") from error
            message_ = "нет ответа вовремя" if isinstance(error, TimeoutError) else f"нет связи: {type(error).__name__}"
            raise UnavailableError(message_) from error
        _judge(status)

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    def _session(self, *, plain: bool) -> aiohttp.ClientSession:
        if plain not in self._sessions:
            self._sessions[plain] = aiohttp.ClientSession(
                connector=ssrf_guard.connector(self._inside, public=not plain), timeout=aiohttp.ClientTimeout(total=self._limit_s),
                cookie_jar=aiohttp.DummyCookieJar(), max_line_size=HEADER_LIMIT, max_field_size=HEADER_LIMIT)
        return self._sessions[plain]


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
