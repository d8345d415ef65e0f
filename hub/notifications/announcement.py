"""Announcements of the auto-informer: written by one person, approved by another, valid for a period (CH-11). Pure.

approve             valid_from              valid_until
draft ───────────────► approved ───────────► in force ───────────► expired
▲                        │                     │
└── write (another version) ── withdraw ──► withdrawn
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.approval import Approval, approval_of
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError

FROM = "."
"""Separates the code of the sending centre from the id there; ids of own announcements do not contain it."""
OWN = RefusedError("own_announcement", "Своё объявление утверждает другой сотрудник.")


class Occasion(StrEnum):
    """When a citizen hears it."""

    GREETING = "greeting"
    JOINING = "joining"
    """On joining a line."""
    CLOSED = "closed"
    """While waiting in a closed line."""


class State(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    """Not valid yet."""
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Wording(Struct, frozen=True):
    """What an author writes and another person approves as a whole. It is valid until `valid_until` (exclusive)."""

    text: str
    occasion: Occasion
    valid_from: datetime
    valid_until: datetime
    queues: tuple[str, ...] = ()
    """Its lines; all, when none is named."""
    below: bool = False
    """It is said at the subordinate centres as well; then it names no lines (KB-09)."""


class Announcement(Document, frozen=True, omit_defaults=True, tag="announcement"):
    """One announcement in its newest version; `by` are logins. The audit has all versions."""

    id: str
    version: int
    wording: Wording
    written_by: str
    written: datetime
    approval: Approval | None = None
    withdrawn: datetime | None = None
    shared: bool = False
    """A version of it was approved for the subordinate centres: they are told of all that follows."""
    centre: str = ""
    """Code of the centre on another deployment that has sent it; "" for this one."""

    @property
    def changed(self) -> datetime:
        """When it was written, approved or withdrawn last."""
        return max(filter(None, (self.written, self.approval.at if self.approval else None, self.withdrawn)))


def write(before: Announcement | None, id_: str, wording: Wording, by: str, now: datetime) -> Announcement:
    """A new version, not approved. Raises RefusedError for dates in the wrong order, and for lines that the centres below do not have."""
    if wording.valid_from >= wording.valid_until:
        raise RefusedError("bad_dates", "Конец срока должен быть позже начала.")
    if wording.below and wording.queues:
        raise RefusedError("bad_request", "Объявление для нижестоящих центров звучит во всех очередях: у них очереди свои.")
    return Announcement(id_, before.version + 1 if before else 1, wording, by, now, shared=before is not None and before.shared)


def approve(announcement: Announcement, by: str, now: datetime) -> Announcement:
    """Raises RefusedError for the author himself, and for what could never be said any more."""
    approval = approval_of(announcement, by, now, OWN)
    if (known := state(announcement, now)) in {State.EXPIRED, State.WITHDRAWN}:
        raise RefusedError("not_approvable", "Срок объявления прошёл." if known is State.EXPIRED else "Объявление снято.")
    return replace(announcement, approval=approval, shared=announcement.shared or announcement.wording.below)


def withdraw(announcement: Announcement, now: datetime) -> Announcement:
    """End it now, whatever its dates."""
    return announcement if announcement.withdrawn else replace(announcement, withdrawn=now)


def state(announcement: Announcement, now: datetime) -> State:
    wording = announcement.wording
    if announcement.withdrawn:
        return State.WITHDRAWN
    if now >= wording.valid_until:
        return State.EXPIRED
    if announcement.approval is None:
        return State.DRAFT
    return State.APPROVED if now < wording.valid_from else State.IN_FORCE


def heard(announcements: Iterable[Announcement], occasion: Occasion, queue: str, now: datetime) -> list[Announcement]:
    """The current announcements for an occasion, in or before a line, in the order of `valid_from`."""
    found = [each for each in announcements if each.wording.occasion is occasion and state(each, now) is State.IN_FORCE
             and (not each.wording.queues or queue in each.wording.queues)]
    return sorted(found, key=lambda each: (each.wording.valid_from, each.id))
