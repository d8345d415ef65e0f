"""Web Push to the browsers of operators (RFC 8030): what is sent, to whom, and when not. Pure.

A push service is a third party that sees when somebody is notified. So the message has no personal data and no words of anybody: its kind
and the conversation's number. The rest is fetched by the desk after sign-in.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec
from msgspec import Struct

from hub.kernel.document import Document
from hub.kernel.errors import OknoError

DAY_MIN = 24 * 60


class PushKind(StrEnum):
    """Each can be switched off."""

    OFFER = "offer"
    """A conversation is offered."""
    MESSAGE = "message"
    """A citizen writes in the operator's conversation."""
    MENTION = "mention"
    """A colleague's note names the operator."""


TTL_S = {PushKind.OFFER: 60, PushKind.MESSAGE: 3600, PushKind.MENTION: 3600}
"""How long the push service keeps it for a browser that is away (RFC 8030 §5.2). An offer has ended then."""


class PushKey(Document, frozen=True, tag="push_key"):
    """The hub's own key (RFC 8292): push services know the hub by it, and browsers subscribe to it. There is one, «vapid»."""

    key: str
    private: bytes


class PushSubscription(Document, frozen=True, omit_defaults=True, tag="push_subscription"):
    """One browser in one session, which is the key; it ends with the session.

    `public` and `secret` are the browser's key and its authentication secret (RFC 8291 §3.1). From minute `quiet_from` of the centre's day
    to `quiet_until` nothing is sent; equal ones are no quiet hours.
    """

    key: str
    login: str
    endpoint: str
    public: bytes
    secret: bytes
    kinds: tuple[PushKind, ...]
    until: datetime
    quiet_from: int = 0
    quiet_until: int = 0

    def wants(self, kind: PushKind, now: datetime) -> bool:
        """`now` in the centre's time zone."""
        return kind in self.kinds and now < self.until and not self._is_quiet(now.hour * 60 + now.minute)

    def _is_quiet(self, minute: int) -> bool:
        return (minute - self.quiet_from) % DAY_MIN < (self.quiet_until - self.quiet_from) % DAY_MIN


class PushMessage(Struct, frozen=True):
    """What the desk's service worker gets."""

    kind: PushKind
    conversation: str
    number: str

    def content(self) -> bytes:
        return msgspec.json.encode(self)


class SubscriptionGoneError(OknoError):
    """The push service does not know the subscription any more."""


class PushService(Protocol):
    """Delivers to push services."""

    def new_key(self) -> bytes: ...

    def public(self, key: bytes) -> str:
        """As browsers expect it (`applicationServerKey`)."""

    def check(self, subscription: PushSubscription) -> str:
        """Why it is unusable; "" when it can be tried."""

    async def send(self, key: bytes, subscription: PushSubscription, message: PushMessage) -> None:
        """Raises SubscriptionGoneError, UnavailableError (try later), UndeliverableError."""

    async def close(self) -> None: ...
