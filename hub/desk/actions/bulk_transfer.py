"""Bulk transfer of waiting conversations to a line or to a colleague (CH-09)."""

from math import inf, isinf
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.bulk_transfer import BulkTransfer, Left, TransferTarget
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError

MOST = 1000
"""Most conversations of one request."""
Number = Annotated[str, Meta(pattern=r"^[0-9]{1,18}$")]
Line = Annotated[str, Meta(max_length=64)]
Whom = Annotated[str, Meta(max_length=64)]


class StandsIn(Struct, frozen=True):
    """Where a conversation was seen waiting: moved only if it is still there."""

    conversation: Number
    queue: Line
    operator: Whom = ""


Seen = Annotated[list[StandsIn], Meta(min_length=1, max_length=MOST)]


class WhereToIn(Struct, frozen=True):
    """To a line, to a colleague, or to a colleague in a line; without a line each stays in its own."""

    conversations: Seen
    queue: Line = ""
    operator: Whom = ""


class RearrangeIn(Struct, frozen=True):
    """As above; `why` is a note for colleagues in each conversation."""

    conversations: Seen
    why: Annotated[str, Meta(min_length=1, max_length=500)]
    queue: Line = ""
    operator: Whom = ""


class StayingOut(Struct, frozen=True):
    """A conversation that stays, and why."""

    conversation: str
    error: str
    text: str


class MoveOutlookOut(Struct, frozen=True):
    """Number of `movable` ones. For the target line: waiting conversations, and the wait of a new one."""

    movable: int
    staying: list[StayingOut]
    waiting: int | None
    predicted_s: int | None


class RearrangedOut(Struct, frozen=True):
    done: list[str]
    staying: list[StayingOut]


@endpoint("POST", "/api/waiting/outlook", Permission.STEER)
async def move_outlook(centre: Centre, rearranging: BulkTransfer, dispatch: Dispatch, call: Call, body: WhereToIn) -> MoveOutlookOut:
    """Preview of a bulk transfer."""
    seen, to = _meant(body)
    staying = await rearranging.staying(call.who, seen, to)
    known = to.queue in centre.lines
    predicted_s = dispatch.expects(to.queue) if known else inf
    return MoveOutlookOut(len(seen) - len(staying), _out(staying), dispatch.length(to.queue) if known else None,
                          None if isinf(predicted_s) else round(predicted_s))


@endpoint("POST", "/api/waiting/move", Permission.STEER)
async def rearrange(rearranging: BulkTransfer, call: Call, body: RearrangeIn) -> RearrangedOut:
    """Move them, each in its own step with its own clock; those that are not where they were seen stay and are listed."""
    seen, to = _meant(body)
    staying = await rearranging.move(call.who, seen, to, body.why.strip())
    left = {each.conversation for each in staying}
    return RearrangedOut([str(each) for each in seen if each not in left], _out(staying))


def _meant(body: WhereToIn | RearrangeIn) -> tuple[dict[int, TransferTarget], TransferTarget]:
    """Raises RefusedError where there is no target."""
    if not (body.queue or body.operator):
        raise RefusedError("bad_transfer", "Укажите очередь или коллегу.")
    return {int(each.conversation): TransferTarget(each.queue, each.operator)
            for each in body.conversations}, TransferTarget(body.queue, body.operator)


def _out(staying: list[Left]) -> list[StayingOut]:
    return [StayingOut(str(each.conversation), each.code, each.text) for each in staying]


ENDPOINTS = (move_outlook, rearrange)
