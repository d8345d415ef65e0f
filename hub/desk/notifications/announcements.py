"""Announcements: written by designers, approved by supervisors, withdrawn by either."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId, Slug
from hub.desk.http.parts import Clock
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender
from hub.kernel.errors import RefusedError
from hub.notifications.announcement import Announcement, Occasion, State, Wording, state
from hub.notifications.announcer import AnnouncementService

Instant = Annotated[datetime, Meta(tz=True)]


class AnnouncementIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new announcement. An empty list of queues is all of them.

    `below`: it is said at the subordinate centres as well, in all their queues.
    """

    version: Annotated[int, Meta(ge=0)]
    text: Annotated[str, Meta(min_length=1, max_length=1000)]
    occasion: Occasion
    queues: Annotated[list[str], Meta(max_length=100)]
    valid_from: Instant
    valid_until: Instant
    below: bool = False


class AnnouncementOut(Struct, frozen=True):
    """`state` is current: reload at `valid_from` and `valid_until`. `centre` is the name of the superior centre that has sent it, or ""."""

    id: str
    version: int
    text: str
    occasion: Occasion
    queues: list[str]
    valid_from: datetime
    valid_until: datetime
    state: State
    written_by: str
    written_name: str
    written: datetime
    approved_by: str
    approved_name: str
    approved: datetime | None
    withdrawn: datetime | None
    below: bool
    centre: str


class VersionIn(Struct, frozen=True):
    version: int


def announcement_out(dispatch: Dispatch, remote: HandoverSender, clock: Clock, announcement: Announcement) -> AnnouncementOut:
    """The current state."""
    wording, approval, name = announcement.wording, announcement.approval, dispatch.name
    return AnnouncementOut(
        announcement.id, announcement.version, wording.text, wording.occasion, list(wording.queues), wording.valid_from,
        wording.valid_until, state(announcement, clock()), announcement.written_by, name(announcement.written_by),
        announcement.written, approval.by if approval else "", name(approval.by) if approval else "",
        approval.at if approval else None, announcement.withdrawn, wording.below,
        remote.remote.title(announcement.centre) if announcement.centre else "")


@endpoint("GET", "/api/announcements", Permission.READ_KNOWLEDGE)
async def announcements(announcement_service: AnnouncementService, dispatch: Dispatch, remote: HandoverSender, clock: Clock,
                        call: Call) -> list[AnnouncementOut]:
    """All announcements, including inactive ones."""
    del call
    return [announcement_out(dispatch, remote, clock, each) for each in announcement_service.all()]


@endpoint("PUT", "/api/announcements/{announcement}", Permission.EDIT_KNOWLEDGE)
async def put_announcement(announcement_service: AnnouncementService, dispatch: Dispatch, remote: HandoverSender, clock: Clock, call: Call,
                           announcement: Slug, body: AnnouncementIn) -> AnnouncementOut:
    """Write an announcement or a new version, for approval."""
    wording = Wording(body.text, body.occasion, _utc(body.valid_from), _utc(body.valid_until), tuple(body.queues), body.below)
    return announcement_out(dispatch, remote, clock, await announcement_service.write(call.who, announcement, body.version, wording))


@endpoint("POST", "/api/announcements/{announcement}/approve", Permission.APPROVE)
async def approve_announcement(announcement_service: AnnouncementService, dispatch: Dispatch, remote: HandoverSender, clock: Clock,
                               call: Call, announcement: CardId, body: VersionIn) -> AnnouncementOut:
    """Approve the version that one has read, unless one is its author."""
    return announcement_out(dispatch, remote, clock, await announcement_service.approve(call.who, announcement, body.version))


@endpoint("POST", "/api/announcements/{announcement}/withdraw", Permission.EDIT_KNOWLEDGE, Permission.APPROVE)
async def withdraw_announcement(announcement_service: AnnouncementService, dispatch: Dispatch, remote: HandoverSender, clock: Clock,
                                call: Call, announcement: CardId) -> AnnouncementOut:
    """Withdraw an announcement at once."""
    return announcement_out(dispatch, remote, clock, await announcement_service.withdraw(call.who, announcement))


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise RefusedError("bad_dates", "Такой даты нет.") from None


ENDPOINTS = (announcements, put_announcement, approve_announcement, withdraw_announcement)
