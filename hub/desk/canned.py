"""Ready replies: an operator writes his own, seniors those of lines (KB-01)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Permission
from hub.canned import Canned, CannedWords
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint

Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class CannedIn(Struct, frozen=True):
    """`version` is the one that was changed, 0 for a new reply. Without queues it is one's own."""

    version: Annotated[int, Meta(ge=0)]
    title: Annotated[str, Meta(min_length=1, max_length=100)]
    text: Annotated[str, Meta(min_length=1, max_length=4000)]
    sign: Annotated[str, Meta(max_length=30)] = ""
    queues: Annotated[list[str], Meta(max_length=100)] = []


class CannedOut(Struct, frozen=True):
    """`own` is nobody else's; `mine` is one's to change."""

    id: str
    version: int
    title: str
    text: str
    sign: str
    queues: list[str]
    own: bool
    mine: bool
    written_name: str
    written: datetime


class CannedDropQuery(Struct, frozen=True):
    version: Annotated[int, Meta(ge=1)]


def _out(desk: Desk, call: Call, each: Canned) -> CannedOut:
    words = each.words
    return CannedOut(each.id, each.version, words.title, words.text, words.sign, list(words.queues), bool(each.owner),
                     desk.canning.steers(call.who, each), desk.dispatch.name(each.written_by), each.written)


@endpoint("GET", "/api/canned", Permission.SERVE)
async def canned(desk: Desk, call: Call) -> list[CannedOut]:
    """Ready replies that one may use or change, by title."""
    return [_out(desk, call, each) for each in sorted(desk.canning.of(call.who), key=lambda each: (each.words.title.lower(), each.id))]


@endpoint("PUT", "/api/canned/{reply}", Permission.SERVE)
async def put_canned(desk: Desk, call: Call, reply: Key, body: CannedIn) -> CannedOut:
    """Write a ready reply, or another version of one; one of lines is written by whoever may share replies."""
    words = CannedWords(body.title, body.text, body.sign, tuple(body.queues))
    return _out(desk, call, await desk.canning.write(call.who, reply, body.version, words))


@endpoint("DELETE", "/api/canned/{reply}", Permission.SERVE)
async def drop_canned(desk: Desk, call: Call, reply: Key, query: CannedDropQuery) -> None:
    """Delete a ready reply, as long as it is as one has seen it."""
    await desk.canning.drop(call.who, reply, query.version)


ENDPOINTS = (canned, put_canned, drop_canned)
