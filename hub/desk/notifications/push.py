"""Web Push: the subscription of this session's browser, its kinds and quiet hours."""

from base64 import urlsafe_b64decode
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.notifications.push import DAY_MIN, PushKind, PushSubscription
from hub.notifications.push_sender import PushSender

Minute = Annotated[int, Meta(ge=0, lt=DAY_MIN)]
Key = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9_-]+$")]


class PushIn(Struct, frozen=True):
    """The browser's PushSubscription; `quiet_from` to `quiet_until` in minutes of the centre's day, equal ones are no quiet hours."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=2048)]
    p256dh: Key
    auth: Key
    kinds: Annotated[list[PushKind], Meta(max_length=len(PushKind))]
    quiet_from: Minute = 0
    quiet_until: Minute = 0


class PushOut(Struct, frozen=True):
    """`key` is what a browser subscribes to, "" where the centre pushes nothing. `on` says whether this session's browser is subscribed."""

    key: str
    on: bool
    kinds: list[PushKind]
    quiet_from: int
    quiet_until: int


@endpoint("GET", "/api/push", Permission.ACCOUNT)
async def push_subscription(push_sender: PushSender, call: Call) -> PushOut:
    """Subscription of this session's browser to pushes."""
    known = push_sender.subscription(call.sign_in)
    return PushOut(await push_sender.public_key(), known is not None, list(known.kinds if known else PushKind),
                   known.quiet_from if known else 0, known.quiet_until if known else 0)


@endpoint("PUT", "/api/push", Permission.ACCOUNT)
async def subscribe_browser(push_sender: PushSender, call: Call, body: PushIn) -> None:
    """Push to this session's browser until it ends."""
    sign_in = call.sign_in
    await push_sender.subscribe(PushSubscription(
        sign_in.token, sign_in.login, body.endpoint, _bytes(body.p256dh), _bytes(body.auth), tuple(dict.fromkeys(body.kinds)),
        sign_in.until, body.quiet_from, body.quiet_until))


@endpoint("DELETE", "/api/push", Permission.ACCOUNT)
async def unsubscribe_browser(push_sender: PushSender, call: Call) -> None:
    """Push nothing more to this session's browser."""
    await push_sender.unsubscribe(call.sign_in)


def _bytes(text: str) -> bytes:
    """Of base64url; unusable keys are refused where they are checked."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


ENDPOINTS = (push_subscription, subscribe_browser, unsubscribe_browser)
