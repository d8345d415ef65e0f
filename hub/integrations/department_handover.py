"""Matters handed to a department's own call centre: their states, and the interface of such a centre.

sending ──► accepted ──► answered
   │  ╲        │
   │   ╰───────┴──► refused
   ▼           ▼
 silent ──► back       (not accepted or answered in time: it is withdrawn, and the other centre is informed)

Our centre owes the answer all the time, whatever happens at the other centre. Pure.
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
"""Time for handing over."""
SOON, OFTEN = timedelta(seconds=30), timedelta(minutes=1)
"""Pause before a retry, and between polls for an answer."""
FORGOTTEN = timedelta(days=1)
"""How long a withdrawal is sent."""


class RelayState(StrEnum):
    SENDING = "sending"
    """Whether the other centre has received it is unknown."""
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"
    """It is back here, and the other centre may not know yet."""
    BACK = "back"


class Entrusted(Struct, frozen=True, omit_defaults=True):
    """Data for the other centre: what it needs for the answer, and the citizen agreed to."""

    key: str
    """The same at each attempt."""
    number: str
    """Of the conversation, known to the citizen."""
    channel: str
    """The family of the channel: "voice", "web"."""
    topic: str
    summary: str
    callback: str
    """Where to call or write to the citizen."""
    since: datetime
    """When the citizen began to wait."""
    until: datetime
    """Deadline of the answer; later it returns."""


class ReplyState(StrEnum):
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Reply(Struct, frozen=True, omit_defaults=True):
    """State there."""

    state: ReplyState
    number: str = ""
    """Number at the other centre."""
    text: str = ""
    """The answer, or the reason of a refusal."""
    told: bool = False
    """Whether the other centre has given the answer to the citizen."""


@runtime_checkable
class CallCentre(Protocol):
    """A department's call centre. All methods raise UnavailableError, RefusedError("system_refused"), as department_systems.System."""

    async def entrust(self, matter: Entrusted) -> Reply:
        """Hand it over. Idempotent by key; returns the state."""

    async def reply(self, key: str) -> Reply | None:
        """The state; None for an unknown one."""

    async def take_back(self, key: str) -> Reply | None:
        """Withdraw it; an answer given before stays valid."""

    async def version(self) -> str:
        """Contract version of the server."""

    async def close(self) -> None: ...


class DepartmentRelay(Document, frozen=True, omit_defaults=True, tag="relay"):
    """A handed-over matter. It is stored until it ends; its messages stay in the conversation."""

    key: str
    conversation: int
    draft: str
    """The key of the operator's note, which confirms the hand-over."""
    system: str
    title: str
    """The other centre's title."""
    by: str
    """Login."""
    at: datetime
    matter: Entrusted
    state: RelayState = RelayState.SENDING
    next: datetime | None = None
    """Next poll; None when it has ended."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("conversation", str(self.conversation), self.at)
        if self.next is not None:
            yield IndexEntry("due", at=self.next)


OVER = frozenset({RelayState.ANSWERED, RelayState.REFUSED, RelayState.BACK})
BECOMES = {ReplyState.ACCEPTED: RelayState.ACCEPTED, ReplyState.ANSWERED: RelayState.ANSWERED, ReplyState.REFUSED: RelayState.REFUSED,
           ReplyState.WITHDRAWN: RelayState.REFUSED}


def heard(relay: DepartmentRelay, reply: Reply | None, now: datetime) -> DepartmentRelay:
    """The relay after a report of the other centre; None means that it is unknown there."""
    if relay.state is RelayState.SILENT:
        answered = reply is not None and reply.state is ReplyState.ANSWERED
        return replace(relay, state=RelayState.ANSWERED if answered else RelayState.BACK, next=None)
    if reply is None:  # forgotten there: the same key is the same matter
        return in_time(replace(relay, state=RelayState.SENDING, next=now + SOON), now)
    state = BECOMES[reply.state]
    return in_time(replace(relay, state=state, next=None if state in OVER else now + OFTEN), now)


def unheard(relay: DepartmentRelay, now: datetime) -> DepartmentRelay:
    """The relay after a failed poll."""
    if relay.state is RelayState.SILENT and now >= relay.matter.until + FORGOTTEN:
        return replace(relay, state=RelayState.BACK, next=None)
    return in_time(replace(relay, next=now + (SOON if relay.state is RelayState.SENDING else OFTEN)), now)


def taken_back(relay: DepartmentRelay, now: datetime) -> DepartmentRelay:
    """To be withdrawn at once."""
    return replace(relay, state=RelayState.SILENT, next=now)


def in_time(relay: DepartmentRelay, now: datetime) -> DepartmentRelay:
    """Unchanged, or withdrawn after its deadline."""
    over = {RelayState.SENDING: relay.at + TAKEN, RelayState.ACCEPTED: relay.matter.until}.get(relay.state)
    return taken_back(relay, now) if over is not None and now >= min(over, relay.matter.until) else relay
