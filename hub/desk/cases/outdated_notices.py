"""Reports of outdated information: raised from a card, sent to the body, solved (KB-07, AL-10)."""

from datetime import timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId, Number
from hub.desk.http.parts import Clock
from hub.desk.knowledge.flags import FlagOut, flag_out
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.edition import CardKind
from hub.knowledge.editorial import Editorial
from hub.knowledge.outdated_flag import FlagTimes

Words = Annotated[str, Meta(max_length=4000)]


class FlagIn(Struct, frozen=True):
    """`evidence` is the source of the knowledge; the field's value is added automatically."""

    field: Annotated[str, Meta(max_length=40)]
    evidence: Words = ""


class AnsweredIn(Struct, frozen=True):
    """The body's answer, and the new JSON `value` of the field."""

    answer: Annotated[str, Meta(min_length=1, max_length=4000)]
    value: Any


class ConfirmedIn(Struct, frozen=True):
    answer: Annotated[str, Meta(min_length=1, max_length=4000)]


class TimesQuery(Struct, frozen=True):
    days: Annotated[int, Meta(ge=1, le=1830)] = 90


@endpoint("GET", "/api/outdated", Permission.READ_KNOWLEDGE)
async def outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call) -> list[FlagOut]:
    """All unsolved reports, the oldest first."""
    del call
    return [await flag_out(dispatch, flagging, editorial, each) for each in flagging.open]


@endpoint("GET", "/api/outdated-times", Permission.READ_KNOWLEDGE)
async def outdated_times(flagging: OutdatedInfoReports, clock: Clock, call: Call, query: TimesQuery) -> FlagTimes:
    """How long the reports of the last days took to the notice and to the correction."""
    del call
    return await flagging.times(clock() - timedelta(days=query.days), clock())


@endpoint("POST", "/api/handbook/{sort}/{card}/outdated", Permission.SERVE, Permission.EDIT_KNOWLEDGE)
async def flag_card(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, sort: CardKind, card: CardId,
                    body: FlagIn) -> FlagOut:
    """Report an outdated field: a case is registered, and the body is informed by e-mail where it has an address."""
    return await flag_out(dispatch, flagging, editorial, await flagging.flag(call.who, sort, card, body.field, body.evidence.strip()))


@endpoint("POST", "/api/outdated/{case}/send", Permission.EDIT_KNOWLEDGE)
async def send_outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, case: Number) -> FlagOut:
    """Send it by e-mail, or record that it was sent by hand."""
    return await flag_out(dispatch, flagging, editorial, await flagging.send(call.who, case))


@endpoint("POST", "/api/outdated/{case}/answer", Permission.EDIT_KNOWLEDGE)
async def answer_outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, case: Number,
                          body: AnsweredIn) -> FlagOut:
    """Accept the body's answer: a draft with the new value is written, and the warning ends when it becomes valid."""
    return await flag_out(dispatch, flagging, editorial, await flagging.answer(call.who, case, body.answer.strip(), body.value))


@endpoint("POST", "/api/outdated/{case}/confirm", Permission.EDIT_KNOWLEDGE)
async def confirm_outdated(flagging: OutdatedInfoReports, dispatch: Dispatch, editorial: Editorial, call: Call, case: Number,
                           body: ConfirmedIn) -> FlagOut:
    """The body confirms the value: the warning ends."""
    return await flag_out(dispatch, flagging, editorial, await flagging.confirm(call.who, case, body.answer.strip()))


@endpoint("POST", "/api/outdated/{case}/seen", Permission.READ_KNOWLEDGE)
async def see_outdated(flagging: OutdatedInfoReports, call: Call, case: Number) -> None:
    """One has seen the solution of one's own report."""
    await flagging.seen(call.who, case)


ENDPOINTS = (outdated, outdated_times, flag_card, send_outdated, answer_outdated, confirm_outdated, see_outdated)
