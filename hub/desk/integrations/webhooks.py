"""Webhook subscriptions for administrators: settings, delivery log, resending (IN-01)."""

import base64
import secrets
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.http.tables import as_csv, csv_response
from hub.desk.organisation.centre import Centre
from hub.integrations.webhook_delivery import WebhookDispatcher
from hub.integrations.webhook_events import TYPES, DeliveryAttempt, EventState, Subscription
from hub.kernel.errors import RefusedError

SHOWN, FILED = 50, 10_000
HEADINGS = ("Событие", "Тип", "Обращение", "Произошло", "Состояние", "Попыток", "Последняя попытка", "Ответ")
STATES = {EventState.WAITING: "ждёт", EventState.TAKEN: "принято", EventState.FAILED: "не принято"}
Type = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[a-z.]+$")]


class SubscriptionChangeIn(Struct, frozen=True):
    """`types` are prefixes: «ru.okno.case.» is all of cases."""

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    url: Annotated[str, Meta(min_length=1, max_length=1000)]
    types: Annotated[tuple[Type, ...], Meta(min_length=1, max_length=50)]


class SubscriptionIn(SubscriptionChangeIn, frozen=True, kw_only=True):
    """`key` is permanent."""

    key: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class SubscriptionOut(Struct, frozen=True):
    """`wrong` is the last error, and `tries` the failures of the next event; `ended` is why it is over.

    `waiting` tells whether there are unread audit entries, and `failed` the number of failed events.
    """

    key: str
    title: str
    url: str
    types: list[str]
    by: str
    at: datetime
    wrong: str
    tries: int
    ended: str
    waiting: int
    failed: int


class SubscriptionsOut(Struct, frozen=True):
    subscriptions: list[SubscriptionOut]
    types: list[str]
    """All existing types."""


class NewSubscriptionOut(Struct, frozen=True):
    """The key of its webhook signatures, shown here only."""

    secret: str


class EventTryOut(Struct, frozen=True):
    """`at` is the time of the event, and `last` that of the last attempt, of `tries` in all; `why` is its error."""

    number: str
    type: str
    subject: str
    at: datetime
    state: EventState
    tries: int
    last: datetime | None
    why: str


class EventsQuery(Struct, frozen=True):
    """`before` is the number of the last one shown."""

    state: EventState | None = None
    before: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 0


class EventsOut(Struct, frozen=True):
    events: list[EventTryOut]
    more: bool


class PeriodIn(Struct, frozen=True):
    """Events from `since` to `until` (exclusive); without them failed ones."""

    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None


class SentOut(Struct, frozen=True):
    sent: int


class ReplayIn(Struct, frozen=True):
    since: Annotated[datetime, Meta(tz=True)]


@endpoint("GET", "/api/subscriptions", Permission.MANAGE_EXCHANGE)
async def subscriptions(webhooks: WebhookDispatcher, call: Call) -> SubscriptionsOut:
    """All subscriptions with their state."""
    del call
    return SubscriptionsOut([await _out(webhooks, each) for each in await webhooks.all()], sorted(TYPES.values()))


@endpoint("POST", "/api/subscriptions", Permission.MANAGE_EXCHANGE)
async def subscribe(clock: Clock, webhooks: WebhookDispatcher, call: Call, body: SubscriptionIn) -> NewSubscriptionOut:
    """Subscribe to events from now on."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    made = Subscription(body.key, body.title.strip(), body.url.strip(), secret, body.types, call.who.login, clock(), 0)
    await webhooks.add(made, call.who.login)
    return NewSubscriptionOut(secret)


@endpoint("PUT", "/api/subscriptions/{subscription}", Permission.MANAGE_EXCHANGE)
async def change_subscription(webhooks: WebhookDispatcher, call: Call, subscription: str, body: SubscriptionChangeIn) -> None:
    """Change address or types; key and position stay."""
    await webhooks.change(subscription, call.who.login, title=body.title.strip(), url=body.url.strip(), types=body.types)


@endpoint("POST", "/api/subscriptions/{subscription}/test", Permission.MANAGE_EXCHANGE)
async def test_subscription(webhooks: WebhookDispatcher, call: Call, subscription: str) -> None:
    """Send a test event now; 409 with the answer where it is refused."""
    del call
    await webhooks.test(subscription)


@endpoint("DELETE", "/api/subscriptions/{subscription}", Permission.MANAGE_EXCHANGE)
async def unsubscribe(webhooks: WebhookDispatcher, call: Call, subscription: str) -> None:
    """Delete it, with its failed events."""
    await webhooks.drop(subscription, call.who.login)


@endpoint("POST", "/api/subscriptions/{subscription}/replay", Permission.MANAGE_EXCHANGE)
async def replay(webhooks: WebhookDispatcher, call: Call, subscription: str, body: ReplayIn) -> None:
    """Send everything since a moment again, with the same ids. An ended subscription continues."""
    await webhooks.replay(subscription, body.since, call.who.login)


@endpoint("GET", "/api/subscriptions/{subscription}/events", Permission.MANAGE_EXCHANGE)
async def events(webhooks: WebhookDispatcher, call: Call, subscription: str, query: EventsQuery) -> EventsOut:
    """Its events with their results, newest first."""
    del call
    await webhooks.find(subscription)
    found = await webhooks.log(subscription, query.state, before=query.before, limit=SHOWN + 1)
    return EventsOut([_event_out(each) for each in found[:SHOWN]], len(found) > SHOWN)


@endpoint("GET", "/api/subscriptions/{subscription}/events.csv", Permission.MANAGE_EXCHANGE)
async def events_csv(centre: Centre, webhooks: WebhookDispatcher, clock: Clock, call: Call, subscription: str,
                     query: EventsQuery) -> web.Response:
    """The last ten thousand of them as CSV."""
    del call
    await webhooks.find(subscription)
    zone = ZoneInfo(centre.timezone)
    rows = [_row(each, zone) for each in await webhooks.log(subscription, query.state, before=query.before, limit=FILED)]
    return csv_response(f"events-{subscription}-{clock():%Y-%m-%d}.csv", as_csv(rows, HEADINGS))


@endpoint("POST", "/api/subscriptions/{subscription}/events/{event}/send", Permission.MANAGE_EXCHANGE)
async def send(webhooks: WebhookDispatcher, call: Call, subscription: str, event: Annotated[int, Meta(ge=1)]) -> None:
    """Send one of them now; 409 where it is refused."""
    await webhooks.send_again(subscription, event, call.who.login)


@endpoint("POST", "/api/subscriptions/{subscription}/events/send", Permission.MANAGE_EXCHANGE)
async def send_all(webhooks: WebhookDispatcher, call: Call, subscription: str, body: PeriodIn) -> SentOut:
    """Send failed ones, or all of a period, the oldest first, until one is refused; 409 if that is the first."""
    if (body.since is None) is not (body.until is None):
        raise RefusedError("bad_request", "Период — это начало и конец.")
    period = (body.since, body.until) if body.since and body.until else None
    return SentOut(await webhooks.send_all_again(subscription, call.who.login, period))


def _event_out(each: DeliveryAttempt) -> EventTryOut:
    return EventTryOut(str(each.number), each.what, each.subject, each.at, each.state, each.tries, each.last, each.why)


def _row(each: DeliveryAttempt, zone: ZoneInfo) -> tuple[str | int, ...]:
    at, last = (f"{moment.astimezone(zone):%d.%m.%Y %H:%M:%S}" if moment else "" for moment in (each.at, each.last))
    return str(each.number), each.what, each.subject, at, STATES[each.state], each.tries, last, each.why


async def _out(webhooks: WebhookDispatcher, each: Subscription) -> SubscriptionOut:
    wrong, tries = webhooks.wrong.get(each.key, ""), webhooks.tries.get(each.key, 0)
    return SubscriptionOut(each.key, each.title, each.url, list(each.types), each.by, each.at, wrong, tries, each.ended,
                           await webhooks.behind(each), await webhooks.count(each.key))


ENDPOINTS = (subscriptions, subscribe, change_subscription, test_subscription, unsubscribe, replay, events, events_csv, send_all, send)
