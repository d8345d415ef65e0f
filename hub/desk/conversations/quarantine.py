"""Files in quarantine: the list, and the release of unscannable ones."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.attachments import OutboundAttachments
from hub.actions.conversation_actions import Actions
from hub.conversations.attachments import Check, Quarantined, Upload
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import FileId, Id

MOST = 100
"""Only the newest are shown."""


class HeldFileOut(Struct, frozen=True):
    """A file in quarantine since `at`; `found` is the scanner's text."""

    conversation: str
    number: str
    file: str
    name: str
    state: Check
    found: str
    at: datetime


class ReleaseIn(Struct, frozen=True):
    """Release of an unscannable file, with the reason."""

    file: FileId
    why: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]


@endpoint("GET", "/api/quarantine", Permission.SEE_ALL)
async def quarantine(quarantine: Quarantine, actions: Actions, store: Store, authorization: Authorization, call: Call) -> list[HeldFileOut]:
    """Files in quarantine of visible conversations, newest first."""
    found: list[HeldFileOut] = []
    for held in reversed(quarantine.all()):
        if len(found) < MOST and (shown := await _shown(store, actions, authorization, call, held)) is not None:
            found.append(shown)
    if found:
        await actions.readings.note(call.who.login, "listed", detail="quarantine")
    return found


async def _shown(store: Store, actions: Actions, authorization: Authorization, call: Call, held: Quarantined) -> HeldFileOut | None:
    """Without invisible ones and those at another centre; contractors without personal data see no files."""
    if held.state in {Check.COMING, Check.MISSING}:
        return None
    head, upload = await store.conversation(held.conversation), await store.get(Upload, held.key)
    if head is None or upload is None or not actions.sees(call.who, head) or not authorization.knows(call.who, head.queue):
        return None
    return HeldFileOut(str(head.id), head.number, held.file, upload.attachment.name, held.state, held.found, held.at)


@endpoint("POST", "/api/conversations/{conversation}/release", Permission.STEER)
async def release(outbound_attachments: OutboundAttachments, call: Call, conversation: Id, body: ReleaseIn) -> None:
    """Release an unscannable file on one's own responsibility; infected ones are never released."""
    await outbound_attachments.release(call.who, conversation, body.file, body.why.strip())


ENDPOINTS = (quarantine, release)
