"""What is told to be out of date: flagged from a card, sent to the body that answers, put right (KB-07, AL-10)."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId, Number
from hub.desk.knowledge.flags import FlagOut, flag_out
from hub.desk.live.frames import FlagChanged
from hub.knowledge.edition import CardKind
from hub.knowledge.outdated_flag import OutdatedReport

Words = Annotated[str, Meta(max_length=4000)]


class FlagIn(Struct, frozen=True):
    """`evidence` is how it is known, in words; the field and what it says are noted by themselves."""

    field: Annotated[str, Meta(max_length=40)]
    evidence: Words = ""


class AnsweredIn(Struct, frozen=True):
    """What the body has answered, and the new `value` of the field as the card has it."""

    answer: Annotated[str, Meta(min_length=1, max_length=4000)]
    value: Any


class ConfirmedIn(Struct, frozen=True):
    answer: Annotated[str, Meta(min_length=1, max_length=4000)]


def flag_changed(flag: OutdatedReport, login: str) -> FlagChanged:
    """What a desk is told; `own` where whoever has flagged it is to see that it is solved."""
    sort, _, card = flag.card.partition("/")
    own = flag.by == login and flag.solved is not None and not flag.told
    return FlagChanged(flag.case, CardKind(sort), card, flag.title, flag.field, flag.state, flag.answer, own)


@endpoint("GET", "/api/outdated", Permission.READ_KNOWLEDGE)
async def outdated(desk: Desk, call: Call) -> list[FlagOut]:
    """All that is told to be out of date and not put right yet, the oldest first."""
    del call
    return [await flag_out(desk, each) for each in desk.flagging.open]


@endpoint("POST", "/api/handbook/{sort}/{card}/outdated", Permission.SERVE, Permission.EDIT_KNOWLEDGE)
async def flag_card(desk: Desk, call: Call, sort: CardKind, card: CardId, body: FlagIn) -> FlagOut:
    """Say that a field is out of date: a case is registered, and the body told by e-mail where it has an address."""
    return await flag_out(desk, await desk.flagging.flag(call.who, sort, card, body.field, body.evidence.strip()))


@endpoint("POST", "/api/outdated/{case}/send", Permission.EDIT_KNOWLEDGE)
async def send_outdated(desk: Desk, call: Call, case: Number) -> FlagOut:
    """Send it by e-mail, or note that it was sent by hand."""
    return await flag_out(desk, await desk.flagging.send(call.who, case))


@endpoint("POST", "/api/outdated/{case}/answer", Permission.EDIT_KNOWLEDGE)
async def answer_outdated(desk: Desk, call: Call, case: Number, body: AnsweredIn) -> FlagOut:
    """Accept what the body has answered: a draft with the new value is written, and the warning goes when it is in force."""
    return await flag_out(desk, await desk.flagging.answer(call.who, case, body.answer.strip(), body.value))


@endpoint("POST", "/api/outdated/{case}/confirm", Permission.EDIT_KNOWLEDGE)
async def confirm_outdated(desk: Desk, call: Call, case: Number, body: ConfirmedIn) -> FlagOut:
    """The body says that it is right as it is: the warning goes."""
    return await flag_out(desk, await desk.flagging.confirm(call.who, case, body.answer.strip()))


@endpoint("POST", "/api/outdated/{case}/seen", Permission.READ_KNOWLEDGE)
async def see_outdated(desk: Desk, call: Call, case: Number) -> None:
    """One has seen that what one has flagged is solved."""
    await desk.flagging.seen(call.who, case)


ENDPOINTS = (outdated, flag_card, send_outdated, answer_outdated, confirm_outdated, see_outdated)
