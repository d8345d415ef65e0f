"""Two conversations of one citizen as one: which could be, what would come of it, done and taken back."""

from msgspec import Struct

from hub.access.permissions import Permission
from hub.cases.case import Case
from hub.desk.citizens.identity import ContactOut, contact_out
from hub.desk.conversations.endpoints import together
from hub.desk.conversations.forms import ConversationOut, EntryOut, PromiseOut
from hub.desk.desk import Desk, promise_out
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id

SHOWN = 40
"""Entries of the timeline that a preview shows."""
EVERY = 100


class MergeOut(Struct, frozen=True):
    """What would come of merging: `other` would go on in `kept`, and `entries` are the last of the timeline of both.

    `promise` is what would be owed then; `cases` stay registered under the number of the other. `better` is the id of the one to keep, if
    nobody thinks otherwise, and `swaps` whether the other one could be.
    """

    kept: ConversationOut
    other: ConversationOut
    entries: list[EntryOut]
    promise: PromiseOut | None
    cases: int
    better: str
    swaps: bool


@endpoint("GET", "/api/conversations/{conversation}/merges", Permission.SEE_PERSON)
async def mergeable(desk: Desk, call: Call, conversation: Id) -> list[ContactOut]:
    """The citizen's other conversations that could go on in this one, newest first."""
    return [contact_out(desk, head) for head in await desk.merging.candidates(call.who, conversation)]


@endpoint("GET", "/api/conversations/{conversation}/merges/{other}", Permission.SEE_PERSON)
async def preview_merge(desk: Desk, call: Call, conversation: Id, other: Id) -> MergeOut:
    """What would come of the other one going on in this one."""
    found = await desk.merging.preview(call.who, conversation, other)
    records = await together(desk, (found.kept, found.other), 0, SHOWN)
    kept, merged = await desk.rows([found.kept, found.other], call.who)
    cases = await desk.store.marked(Case, "conversation", str(other), limit=EVERY)
    return MergeOut(kept, merged, [desk.shown(call.who, whose, record) for whose, record in records], promise_out(found.promise),
                    len(cases), str(found.better.id), found.swaps)


@endpoint("PUT", "/api/conversations/{conversation}/merges/{other}", Permission.JOIN_PERSON)
async def merge(desk: Desk, call: Call, conversation: Id, other: Id) -> None:
    """Have the other one go on in this one."""
    await desk.merging.merge(call.who, conversation, other)


@endpoint("DELETE", "/api/conversations/{conversation}/merges/{other}", Permission.JOIN_PERSON)
async def part(desk: Desk, call: Call, conversation: Id, other: Id) -> None:
    """Have the other one as it was before."""
    await desk.merging.part(call.who, conversation, other)


ENDPOINTS = (mergeable, preview_merge, merge, part)
