"""Tags of a conversation."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.tags import LONGEST, ConversationTags
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id


class TagIn(Struct, frozen=True):
    """A tag to set; with `off` it is taken off."""

    name: Annotated[str, Meta(min_length=1, max_length=LONGEST)]
    off: bool = False


@endpoint("PUT", "/api/conversations/{conversation}/tags", Permission.SERVE)
async def put_tag(tags: ConversationTags, call: Call, conversation: Id, body: TagIn) -> None:
    """Set a tag of a conversation that one sees, or take it off."""
    await tags.put(call.who, conversation, body.name, off=body.off)


ENDPOINTS = (put_tag,)
