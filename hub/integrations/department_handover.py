"""Matters that are handed to a department's own call centre: how each stands, and what such a centre must be able to do.

sending ──► accepted ──► answered
   │  ╲        │
   │   ╰───────┴──► refused
   ▼           ▼
 silent ──► back       (not taken, or not answered in time: it is taken back, and the other centre is told so)

The answer stays owed by our centre all the while: whatever becomes of it there, nobody is forgotten here. Pure.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry

TAKEN = timedelta(minutes=15)
"""For so long it is tried to hand something over."""
SOON, OFTEN = timedelta(seconds=30), timedelta(minutes=1)
"""After so long it is tried again, and an answer is asked for again."""
FORGOTTEN = timedelta(days=1)
"""For so long a centre is told that something was taken back."""


class RelayState(StrEnum):
    SENDING = "sending"
    """Whether the other centre has heard of it is not known."""
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"
    """It is ours again, and the other centre may not know that yet."""
    BACK = "back"


class Entrusted(Struct, frozen=True, omit_defaults=True):
    """What the other centre is told: as much as it needs to answer, and the citizen has agreed to."""

    key: str
    """The same however often it is sent."""
    number: str
    """Of the conversation, as the citizen knows it."""
    channel: str
    """Its family: "voice", "web"."""
    topic: str
    summary: str
    callback: str
    """Where he is called or written to."""
    since: datetime
    """When he began to wait."""
    until: datetime
    """By then the answer is needed; later it is ours again."""


class ReplyState(StrEnum):
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Reply(Struct, frozen=True, omit_defaults=True):
    """How it stands there."""

    state: ReplyState
    number: str = ""
    """Of the other centre."""
    text: str = ""
    """The answer, or why it was refused."""
    told: bool = False
    """Whether the citizen has heard the answer from the other centre itself."""


@runtime_checkable
class CallCentre(Protocol):
    """A department's call centre. All raise as department_systems.System does: UnavailableError, RefusedError("system_refused")."""

    async def entrust(self, matter: Entrusted) -> Reply:
        """Hand it over. The same key twice is once, and tells how it stands."""

    async def reply(self, key: str) -> Reply | None:
        """How it stands; None for what was never heard of there."""

    async def take_back(self, key: str) -> Reply | None:
        """It is not to be answered there any more; what was answered before stays so."""

    async def version(self) -> str:
        """Of the contract, as the far end has it."""

    async def close(self) -> None: ...


class DepartmentRelay(Document, frozen=True, omit_defaults=True, tag="relay"):
    """A matter on its way. It is kept until it is over; what was said of it stays in its conversation."""

    key: str
    conversation: int
    draft: str
    """The key of the operator's note, without which nothing was handed over."""
    system: str
    title: str
    """The other centre's."""
    by: str
    """Login."""
    at: datetime
    matter: Entrusted
    state: RelayState = RelayState.SENDING
    next: datetime | None = None
    """When it is looked at again; None where it is over."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("conversation", str(self.conversation), self.at)
        if self.next is not None:
            yield IndexEntry("due", at=self.next)


OVER = frozenset({RelayState.ANSWERED, RelayState.REFUSED, RelayState.BACK})
BECOMES = {ReplyState.ACCEPTED: RelayState.ACCEPTED, ReplyState.ANSWERED: RelayState.ANSWERED, ReplyState.REFUSED: RelayState.REFUSED,
           ReplyState.WITHDRAWN: RelayState.REFUSED}


def heard(relay: DepartmentRelay, reply: Reply | None, now: datetime) -> DepartmentRelay:
    """The relay after the other centre has said how it stands there; None is that it knows nothing of it."""
    if relay.state is RelayState.SILENT:
        answered = reply is not None and reply.state is ReplyState.ANSWERED
        return replace(relay, state=RelayState.ANSWERED if answered else RelayState.BACK, next=None)
    if reply is None:  # it has forgotten it: the same key again is the same matter
        return in_time(replace(relay, state=RelayState.SENDING, next=now + SOON), now)
    state = BECOMES[reply.state]
    return in_time(replace(relay, state=state, next=None if state in OVER else now + OFTEN), now)


def unheard(relay: DepartmentRelay, now: datetime) -> DepartmentRelay:
    """The relay after the other centre did not answer."""
    if relay.state is RelayState.SILENT and now >= relay.matter.until + FORGOTTEN:
        return replace(relay, state=RelayState.BACK, next=None)
    return in_time(replace(relay, next=now + (SOON if relay.state is RelayState.SENDING else OFTEN)), now)


def taken_back(relay: DepartmentRelay, now: datetime) -> DepartmentRelay:
    """The other centre is told at once."""
    return replace(relay, state=RelayState.SILENT, next=now)


def in_time(relay: DepartmentRelay, now: datetime) -> DepartmentRelay:
    """The same, or taken back where its time is over."""
    over = {RelayState.SENDING: relay.at + TAKEN, RelayState.ACCEPTED: relay.matter.until}.get(relay.state)
    return taken_back(relay, now) if over is not None and now >= min(over, relay.matter.until) else relay
