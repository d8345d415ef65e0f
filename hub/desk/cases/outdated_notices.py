"""What is told to be out of date: flagged from a card, sent to the body that answers, put right (KB-07, AL-10)."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId, Number
from hub.desk.knowledge.flags import FlagOut, flag_out
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.edition import CardKind
from hub.knowledge.editorial import Editorial

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


@endpoint("GET", "/api/outdated", Permission.READ_KNOWLEDGE)
async def outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call) -> list[FlagOut]:
    """All that is told to be out of date and not put right yet, the oldest first."""
    del call
    return [await flag_out(dispatch, flagging, editorial, each) for each in flagging.open]


@endpoint("POST", "/api/handbook/{sort}/{card}/outdated", Permission.SERVE, Permission.EDIT_KNOWLEDGE)
async def flag_card(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, sort: CardKind, card: CardId,
                    body: FlagIn) -> FlagOut:
    """Say that a field is out of date: a case is registered, and the body told by e-mail where it has an address."""
    return await flag_out(dispatch, flagging, editorial, await flagging.flag(call.who, sort, card, body.field, body.evidence.strip()))


@endpoint("POST", "/api/outdated/{case}/send", Permission.EDIT_KNOWLEDGE)
async def send_outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, case: Number) -> FlagOut:
    """Send it by e-mail, or note that it was sent by hand."""
    return await flag_out(dispatch, flagging, editorial, await flagging.send(call.who, case))


@endpoint("POST", "/api/outdated/{case}/answer", Permission.EDIT_KNOWLEDGE)
async def answer_outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, case: Number,
                          body: AnsweredIn) -> FlagOut:
    """Accept what the body has answered: a draft with the new value is written, and the warning goes when it is in force."""
    return await flag_out(dispatch, flagging, editorial, await flagging.answer(call.who, case, body.answer.strip(), body.value))


@endpoint("POST", "/api/outdated/{case}/confirm", Permission.EDIT_KNOWLEDGE)
async def confirm_outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, case: Number,
                           body: ConfirmedIn) -> FlagOut:
    """The body says that it is right as it is: the warning goes."""
    return await flag_out(dispatch, flagging, editorial, await flagging.confirm(call.who, case, body.answer.strip()))


@endpoint("POST", "/api/outdated/{case}/seen", Permission.READ_KNOWLEDGE)
async def see_outdated(flagging: OutdatedInfoReports, call: Call, case: Number) -> None:
    """One has seen that what one has flagged is solved."""
    await flagging.seen(call.who, case)


ENDPOINTS = (outdated, flag_card, send_outdated, answer_outdated, confirm_outdated, see_outdated)
