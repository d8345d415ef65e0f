"""Merging two conversations of one citizen: candidates, preview, merge, unmerge."""

from msgspec import Struct

from hub.access.permissions import Permission
from hub.cases.case import Case
from hub.citizens.conversation_merging import ConversationMerging
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.ports import Store
from hub.desk.citizens.identity import ContactOut, contact_out
from hub.desk.conversations.citizen_view import promise_out
from hub.desk.conversations.forms import ConversationOut, EntryOut, PromiseOut
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.timeline_view import TimelineView
from hub.desk.conversations.timelines import Timelines
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id

SHOWN = 40
"""Timeline entries in a preview."""
EVERY = 100


class MergeOut(Struct, frozen=True):
    """Preview of a merge: `other` would continue in `kept`, and `entries` are the last of the timeline of both.

    `promise` is the answer then owed; `cases` keep their registration under the number of the other. `better` is the id of the
    proposed one to keep, and `swaps` whether the other one could be kept.
    """

    kept: ConversationOut
    other: ConversationOut
    entries: list[EntryOut]
    promise: PromiseOut | None
    cases: int
    better: str
    swaps: bool


@endpoint("GET", "/api/conversations/{conversation}/merges", Permission.SEE_PERSON)
async def mergeable(merging: ConversationMerging, entries: TimelineView, traits: TraitRegistry, call: Call,
                    conversation: Id) -> list[ContactOut]:
    """The citizen's other conversations that could be merged into this one, newest first."""
    return [contact_out(entries, traits, head) for head in await merging.candidates(call.who, conversation)]


@endpoint("GET", "/api/conversations/{conversation}/merges/{other}", Permission.SEE_PERSON)
async def preview_merge(merging: ConversationMerging, store: Store, veil: Veil, timelines: Timelines, call: Call,
                        conversation: Id, other: Id) -> MergeOut:
    """Preview of merging the other one into this one."""
    found = await merging.preview(call.who, conversation, other)
    records = await timelines.together((found.kept, found.other), 0, SHOWN)
    kept, merged = await veil.rows(call.who, [found.kept, found.other])
    cases = await store.marked(Case, "conversation", str(other), limit=EVERY)
    return MergeOut(kept, merged, [veil.entry(call.who, whose, record) for whose, record in records], promise_out(found.promise),
                    len(cases), str(found.better.id), found.swaps)


@endpoint("PUT", "/api/conversations/{conversation}/merges/{other}", Permission.JOIN_PERSON)
async def merge(merging: ConversationMerging, call: Call, conversation: Id, other: Id) -> None:
    """Merge the other one into this one."""
    await merging.merge(call.who, conversation, other)


@endpoint("DELETE", "/api/conversations/{conversation}/merges/{other}", Permission.JOIN_PERSON)
async def part(merging: ConversationMerging, call: Call, conversation: Id, other: Id) -> None:
    """Restore the other one as it was before."""
    await merging.part(call.who, conversation, other)


ENDPOINTS = (mergeable, preview_merge, merge, part)
