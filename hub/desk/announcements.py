"""Announcements: designers write them, supervisors approve them, either withdraws them."""

from datetime import UTC, datetime

from hub.access import Permission
from hub.announcements import Wording
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint
from hub.desk.forms import AnnouncementIn, AnnouncementOut, VersionIn
from hub.desk.knowledge import Slug
from hub.errors import RefusedError


@endpoint("GET", "/api/announcements")
async def announcements(desk: Desk, call: Call) -> list[AnnouncementOut]:
    """All announcements, also those that nobody hears."""
    del call
    return [desk.announcement(each) for each in desk.informer.all()]


@endpoint("PUT", "/api/announcements/{announcement}", Permission.EDIT_KNOWLEDGE)
async def put_announcement(desk: Desk, call: Call, announcement: Slug, body: AnnouncementIn) -> AnnouncementOut:
    """Write an announcement, or another version of one, which waits for its approval."""
    wording = Wording(body.text, body.occasion, _utc(body.valid_from), _utc(body.valid_until), tuple(body.queues))
    return desk.announcement(await desk.informer.write(call.who, announcement, body.version, wording))


@endpoint("POST", "/api/announcements/{announcement}/approve", Permission.APPROVE)
async def approve_announcement(desk: Desk, call: Call, announcement: Slug, body: VersionIn) -> AnnouncementOut:
    """Approve the version that one has read, unless one has written it."""
    return desk.announcement(await desk.informer.approve(call.who, announcement, body.version))


@endpoint("POST", "/api/announcements/{announcement}/withdraw", Permission.EDIT_KNOWLEDGE, Permission.APPROVE)
async def withdraw_announcement(desk: Desk, call: Call, announcement: Slug) -> AnnouncementOut:
    """Withdraw an announcement at once."""
    return desk.announcement(await desk.informer.withdraw(call.who, announcement))


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise RefusedError("bad_dates", "Такой даты нет.") from None


ENDPOINTS = (announcements, put_announcement, approve_announcement, withdraw_announcement)
