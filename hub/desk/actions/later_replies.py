"""Replies that are sent later."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.copies import copies
from hub.actions.later_replies import LaterReplies
from hub.conversations.attachments import MOST_FILES
from hub.conversations.message import MOST_COPIES
from hub.desk.conversations.forms import Mailbox
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import FileId, Id, Key
from hub.desk.http.parts import Channels


class LaterIn(Struct, frozen=True):
    """A reply, and when it is sent; `key` as of a reply."""

    key: Key
    at: Annotated[datetime, Meta(tz=True)]
    text: Annotated[str, Meta(max_length=8000)]
    files: Annotated[list[FileId], Meta(max_length=MOST_FILES)] = []
    cc: Annotated[list[Mailbox], Meta(max_length=MOST_COPIES)] = []


@endpoint("PUT", "/api/conversations/{conversation}/later", Permission.SERVE)
async def reply_later(actions: Actions, channels: Channels, later_replies: LaterReplies, call: Call, conversation: Id,
                      body: LaterIn) -> None:
    """Plan a reply in one's own conversation, or change it; it is not sent where the citizen writes before, or the holder changes."""
    cc = copies(channels, (await actions.live(conversation)).head, body.cc)
    await later_replies.plan(call.who, conversation, body.at, body.key, body.text.strip(), body.files, cc)


@endpoint("DELETE", "/api/conversations/{conversation}/later", Permission.SERVE)
async def reply_never(later_replies: LaterReplies, call: Call, conversation: Id) -> None:
    """Cancel a planned reply."""
    await later_replies.cancel(call.who, conversation)


ENDPOINTS = (reply_later, reply_never)
