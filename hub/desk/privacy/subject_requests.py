"""Subjects' rights: consents, requests, and their answers (152-ФЗ ст. 9, 14, 20, 21)."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.citizens.address_linking import AddressLinking
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.citizens.identity import CodeIn, IdentityOut, identity_out
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.desk.http.parts import Clock
from hub.desk.organisation.places import Places
from hub.desk.privacy.parts import Rights
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import begun, download_headers
from hub.privacy.corrections import Corrections, code_of, kept
from hub.privacy.disclosures import Look
from hub.privacy.subject_request import Field, Refusing, RequestKind, RequestState, SubjectRequest

Words = Annotated[str, Meta(max_length=1000)]
Key = Annotated[str, Meta(pattern=r"^[0-9]{1,20}$")]
Value = Annotated[str, Meta(max_length=200)]


class ConsentOut(Struct, frozen=True):
    """A given consent; `withdrawn_by` is a name, "" for the citizen."""

    purpose: str
    version: int
    at: datetime
    withdrawn: datetime | None
    withdrawn_by: str


class DemandOut(Struct, frozen=True):
    """`due` is the end of the last day; `by` and `ended_by` are names, "" is the citizen.

    `progress` of a copy is from 0 to 1, null without one; `failed` tells that the last one failed.
    """

    id: str
    conversation: str
    kind: RequestKind
    state: RequestState
    taken: datetime
    due: datetime
    by: str
    text: str
    proposed_by: str
    """Login of the proposer: another person decides."""
    proposed_name: str
    ended: datetime | None
    ended_by: str
    words: str
    refusing: Refusing | None
    fields: list[Field]
    """Corrected fields."""
    undoable: bool
    ready: bool
    """Whether a document is ready."""
    progress: float | None
    failed: bool


class RightsOut(Struct, frozen=True):
    """`email` and `phone`, for the answer, are stored on consent only; `kept` are correctable data by field.

    `proven` tells whether the current citizen is proved to be the subject.
    """

    consents: list[ConsentOut]
    email: str
    phone: str
    kept: dict[Field, str]
    proven: bool
    demands: list[DemandOut]
    delivers: bool
    """Whether a document can be handed over in the conversation."""


class DemandIn(Struct, frozen=True):
    kind: RequestKind
    text: Words = ""


class RefusalIn(Struct, frozen=True):
    refusing: Refusing
    words: Words = ""


class CorrectionIn(Struct, frozen=True):
    """`place` is the code of a subject, or of an МФЦ; `remarks` are by message id."""

    name: Value | None = None
    person: Annotated[str, Meta(pattern="^(individual|organisation)$")] | None = None
    language: Annotated[str, Meta(pattern="^[a-z]{2,3}$")] | None = None
    subject: Annotated[str, Meta(max_length=2)] | None = None
    mfc: Value = ""
    email: Annotated[str, Meta(max_length=200, pattern=r"^([^@\s]+@[^@\s]+)?$")] | None = None
    phone: Annotated[str, Meta(max_length=200, pattern=r"^[+\d\s().-]*$")] | None = None
    remarks: dict[Annotated[str, Meta(pattern="^[0-9]{1,19}$")], Annotated[str, Meta(min_length=1, max_length=1000)]] = {}


class HandOverIn(Struct, frozen=True):
    """`here` is into the conversation; otherwise it was handed over personally."""

    here: bool


class DueOut(Struct, frozen=True):
    """A request in the list of all, with its conversation's number."""

    demand: DemandOut
    number: str
    late: bool


def demand_out(rights: Rights, dispatch: Dispatch, clock: Clock, demand: SubjectRequest) -> DemandOut:
    answering, name = rights.answering, dispatch.name
    return DemandOut(
        demand.key, str(demand.conversation), demand.kind, demand.state, demand.taken, demand.due, name(demand.by) if demand.by else "",
        demand.text, demand.proposed_by, name(demand.proposed_by) if demand.proposed_by else "", demand.ended,
        name(demand.ended_by) if demand.ended_by else "", demand.words, demand.refusing, [each.field for each in demand.fixes],
        demand.undoable(clock()), demand.file is not None, answering.progress(demand.key), answering.failed(demand.key))


@endpoint("GET", "/api/conversations/{conversation}/rights", Permission.SEE_PERSON)
async def rights(rights: Rights, dispatch: Dispatch, linking: AddressLinking, actions: Actions, clock: Clock, call: Call,
                 conversation: Id) -> RightsOut:
    """A citizen's consents, correctable data, and requests."""
    head, own = (await actions.read(call.who, conversation, "rights")).head, rights
    consents = await own.data.consents(conversation)
    name = dispatch.name
    given = [ConsentOut(each.purpose, each.version, each.at, each.withdrawn, name(each.withdrawn_by) if each.withdrawn_by else "")
             for each in consents.given]
    return RightsOut(given, consents.contact.email, consents.contact.phone, kept(head, consents), bool(linking.proven(head)),
                     [demand_out(rights, dispatch, clock, each) for each in own.demands.of(conversation)], own.answering.delivers(head))


@endpoint("POST", "/api/conversations/{conversation}/rights/withdraw", Permission.TAKE_DEMAND)
async def withdraw_consent(actions: Actions, rights: Rights, call: Call, conversation: Id) -> None:
    """The citizen withdraws consent: data stored on that ground only is deleted at once."""
    await actions.seen(call.who, conversation)
    await rights.data.withdraw(conversation, call.who.login)


@endpoint("POST", "/api/conversations/{conversation}/rights/code", Permission.JOIN_PERSON)
async def prove(linking: AddressLinking, dispatch: Dispatch, traits: TraitRegistry, call: Call, conversation: Id,
                body: CodeIn) -> IdentityOut:
    """Send a code to a linked address: returning it proves the citizen's presence."""
    return identity_out(linking, dispatch, traits, await linking.ask(call.who, conversation, body.channel, body.address, again=True))


@endpoint("GET", "/api/conversations/{conversation}/rights/looks", Permission.ANSWER_DEMAND)
async def seen_by(rights: Rights, call: Call, conversation: Id) -> list[Look]:
    """Who has read the person's data, in all conversations, as the citizen would see it."""
    return await rights.answering.looks(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/demands", Permission.TAKE_DEMAND)
async def take_demand(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, body: DemandIn) -> DemandOut:
    """Register a request; the citizen is told the deadline."""
    return demand_out(rights, dispatch, clock, await rights.answering.take(call.who, conversation, body.kind, body.text.strip()))


@endpoint("GET", "/api/demands", Permission.ANSWER_DEMAND)
async def demands(clock: Clock, rights: Rights, authorization: Authorization, actions: Actions, sequencer: ConversationSequencer,
                  dispatch: Dispatch, call: Call) -> list[DueOut]:
    """All requests of one's own centre, open ones by deadline first."""
    found, now = list[DueOut](), clock()
    for each in rights.demands.all():
        head = (await sequencer.load(each.conversation)).head
        if authorization.may(call.who, Permission.ANSWER_DEMAND, head):
            found.append(DueOut(demand_out(rights, dispatch, clock, each), head.number, not each.over and each.due <= now))
    await actions.readings.note(call.who.login, "listed", detail="demands")
    return found


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/refuse", Permission.ANSWER_DEMAND)
async def refuse_demand(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key,
                        body: RefusalIn) -> DemandOut:
    """Refuse it on a legal ground; the citizen is told, with the body for complaints."""
    refused = await rights.answering.refuse(call.who, conversation, demand, body.refusing, body.words.strip())
    return demand_out(rights, dispatch, clock, refused)


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/prepare", Permission.ANSWER_DEMAND)
async def prepare_demand(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key) -> DemandOut:
    """Start making the copy, or the list of reads, in the background; `person` is sent when it is ready."""
    return demand_out(rights, dispatch, clock, await rights.answering.prepare(call.who, conversation, demand))


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/hand-over", Permission.ANSWER_DEMAND)
async def hand_over_demand(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key,
                           body: HandOverIn) -> DemandOut:
    """Hand over the result."""
    return demand_out(rights, dispatch, clock, await rights.answering.hand_over(call.who, conversation, demand, here=body.here))


@endpoint("GET", "/api/conversations/{conversation}/demands/{demand}/file", Permission.ANSWER_DEMAND)
async def demand_file(rights: Rights, call: Call, conversation: Id, demand: Key) -> web.Response:
    """The result, for personal handing over; audited."""
    file, content = await rights.answering.download(call.who, conversation, demand)
    headers = download_headers(file.name, file.size) | {"Cache-Control": "no-store"}
    return web.Response(body=await begun(content), content_type=file.type, headers=headers)


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/correct", Permission.ANSWER_DEMAND)
async def correct_demand(places: Places, rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key,
                         body: CorrectionIn) -> DemandOut:
    """Correct wrong data; omitted fields are unchanged."""
    told = {Field.NAME: body.name, Field.PERSON: body.person, Field.LANGUAGE: body.language, Field.EMAIL: body.email,
            Field.PHONE: body.phone}
    fields = {field: value.strip() for field, value in told.items() if value is not None}
    if body.subject is not None or body.mfc:
        fields[Field.PLACE] = code_of(places.settled(body.subject or "", body.mfc))
    what = Corrections(fields, {_record(number): text.strip() for number, text in body.remarks.items()})
    return demand_out(rights, dispatch, clock, await rights.correcting.correct(call.who, conversation, demand, what))


@endpoint("POST", "/api/conversations/{conversation}/demands/{demand}/undo", Permission.ANSWER_DEMAND)
async def undo_demand(rights: Rights, dispatch: Dispatch, clock: Clock, call: Call, conversation: Id, demand: Key) -> DemandOut:
    """Undo a correction, for 30 days; the request is open again."""
    return demand_out(rights, dispatch, clock, await rights.correcting.undo(call.who, conversation, demand))


def _record(number: str) -> int:
    if int(number) >> 63:
        raise RefusedError("no_such_message", "Такого сообщения нет.")
    return int(number)


ENDPOINTS = (rights, withdraw_consent, prove, seen_by, take_demand, demands, refuse_demand, prepare_demand, hand_over_demand, demand_file,
             correct_demand, undo_demand)
