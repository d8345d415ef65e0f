"""Deletion on a citizen's request: preview, proposal, approval (152-ФЗ ст. 20, 21)."""

from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.desk.http.parts import Clock
from hub.desk.privacy.parts import Rights
from hub.desk.privacy.subject_requests import DemandOut, Key, demand_out
from hub.dispatch.dispatcher import Dispatch
from hub.privacy.deletions import STAYS


class PartOut(Struct, frozen=True):
    """One conversation to delete. `problem` prevents the deletion for now, `kept` is the law for which it is kept."""

    conversation: str
    number: str
    messages: int
    files: int
    recordings: int
    problem: str
    kept: str


class DeletionOut(Struct, frozen=True):
    """What would be deleted, and in words what is kept and why."""

    parts: list[PartOut]
    stays: list[str]


@endpoint("GET", "/api/conversations/{conversation}/demands/{demand}/deletion", Permission.ANSWER_DEMAND)
async def deletion(rights: Rights, call: Call, conversation: Id, demand: Key) -> DeletionOut:
    """Preview of a deletion in all conversations of the person."""
    parts = await rights.deleting.preview(call.who, conversation, demand)
    return DeletionOut([PartOut(str(each.conversation), each.number, each.messages, each.files, each.recordings, each.problem, each.kept)
                        for each in parts], list(STAYS))


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/propose", Permission.ANSWER_DEMAND)
async def propose_deletion(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key) -> DemandOut:
    """Propose the deletion, for approval by another person."""
    return demand_out(rights, dispatch, clock, await rights.deleting.propose(call.who, conversation, demand))


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/approve", Permission.ERASE)
async def approve_deletion(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key) -> DemandOut:
    """Approve another person's proposal: the citizen is informed, and the data is deleted permanently."""
    return demand_out(rights, dispatch, clock, await rights.deleting.approve(call.who, conversation, demand))


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/take-back", Permission.ANSWER_DEMAND)
async def take_deletion_back(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key) -> DemandOut:
    """Withdraw the proposal: the request is open again."""
    return demand_out(rights, dispatch, clock, await rights.deleting.take_back(call.who, conversation, demand))


ENDPOINTS = (deletion, propose_deletion, approve_deletion, take_deletion_back)
