"""Canned replies and macros: private ones of operators, and shared ones of supervisors (KB-01)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.canned_replies import CannedReplies
from hub.actions.canned_reply import CannedReply, CannedWords
from hub.actions.conversation_actions import Actions, Macro
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import DocumentId, Id
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError


class CannedIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new reply. Without queues it is private.

    With a `note`, a target line `then_queue`, or a closing topic `then_topic` it is a macro.
    """

    version: Annotated[int, Meta(ge=0)]
    title: Annotated[str, Meta(min_length=1, max_length=100)]
    text: Annotated[str, Meta(max_length=4000)]
    sign: Annotated[str, Meta(max_length=30)] = ""
    queues: Annotated[list[str], Meta(max_length=100)] = []
    note: Annotated[str, Meta(max_length=4000)] = ""
    then_queue: Annotated[str, Meta(max_length=100)] = ""
    then_topic: Annotated[str, Meta(max_length=100)] = ""


class CannedOut(Struct, frozen=True):
    """`own` is private; `mine` may be changed; a `macro` does more than send a text."""

    id: str
    version: int
    title: str
    text: str
    sign: str
    queues: list[str]
    note: str
    then_queue: str
    then_topic: str
    macro: bool
    own: bool
    mine: bool
    written_name: str
    written: datetime


class MacroIn(Struct, frozen=True):
    """A macro in the `version` that was seen, with the texts as filled in. `key` makes the request idempotent."""

    key: DocumentId
    macro: DocumentId
    version: Annotated[int, Meta(ge=1)]
    text: Annotated[str, Meta(max_length=8000)] = ""
    note: Annotated[str, Meta(max_length=8000)] = ""


class CannedDropQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


def _out(canned_replies: CannedReplies, dispatch: Dispatch, call: Call, each: CannedReply) -> CannedOut:
    words = each.words
    return CannedOut(each.id, each.version, words.title, words.text, words.sign, list(words.queues),
                     words.note, words.then_queue, words.then_topic, words.macro, bool(each.owner),
                     canned_replies.steers(call.who, each), dispatch.name(each.written_by), each.written)


@endpoint("GET", "/api/canned", Permission.SERVE)
async def canned(canned_replies: CannedReplies, dispatch: Dispatch, call: Call) -> list[CannedOut]:
    """Canned replies that one may use or change, by title."""
    return [_out(canned_replies, dispatch, call, each)
            for each in sorted(canned_replies.of(call.who), key=lambda each: (each.words.title.lower(), each.id))]


@endpoint("PUT", "/api/canned/{reply}", Permission.SERVE)
async def put_canned(canned_replies: CannedReplies, dispatch: Dispatch, call: Call, reply: DocumentId, body: CannedIn) -> CannedOut:
    """Write a canned reply or a new version; those of lines need the permission to share."""
    words = CannedWords(body.title, body.text, body.sign, tuple(body.queues), body.note, body.then_queue, body.then_topic)
    return _out(canned_replies, dispatch, call, await canned_replies.write(call.who, reply, body.version, words))


@endpoint("DELETE", "/api/canned/{reply}", Permission.SERVE)
async def drop_canned(canned_replies: CannedReplies, call: Call, reply: DocumentId, query: CannedDropQuery) -> None:
    """Delete a canned reply, if it is unchanged since it was seen."""
    await canned_replies.drop(call.who, reply, query.version)


@endpoint("POST", "/api/conversations/{conversation}/macro", Permission.SERVE)
async def run_macro(canned_replies: CannedReplies, actions: Actions, call: Call, conversation: Id, body: MacroIn) -> None:
    """Run a macro, all of it or nothing: note, reply, transfer or closing."""
    words = canned_replies.meant(call.who, body.macro, body.version)
    text, note = body.text.strip(), body.note.strip()
    if (bool(text), bool(note)) != (bool(words.text), bool(words.note)) or not words.macro:
        raise RefusedError("other_version", "Это не то, что делает макрос: посмотрите его и повторите.")
    macro = Macro(body.key, f"{body.macro} {body.version}", text, note, words.then_queue, words.then_topic)
    await actions.run(call.who, conversation, macro)


ENDPOINTS = (canned, put_canned, drop_canned, run_macro)
