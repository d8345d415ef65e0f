"""The way to other centres: where the service is received, who would take the conversation, and passing it on."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.conversations.transfer_route import ReferByPhone, TransferPurpose, TransferRefused
from hub.desk.conversations.endpoints import Id
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.wire import Key
from hub.desk.organisation.places import PlacesOut
from hub.integrations.department_handover_service import Draft
from hub.kernel.errors import RefusedError

DOWN = "Связи с этим центром сейчас нет: если она не появится, ответ будет обещан заявителю."


class WayQuery(Struct, frozen=True):
    errand: TransferPurpose
    matter: Annotated[str, Meta(max_length=100)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""


class PlaceIn(Struct, frozen=True):
    """An МФЦ tells its subject; both empty: the place is unknown again."""

    subject: Annotated[str, Meta(max_length=2)] = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""


class WayOut(Struct, frozen=True):
    """The line that would take it and the reason; `text` is why nobody would, or what is in the way."""

    possible: bool
    queue: str = ""
    reason: str = ""
    text: str = ""
    instead: ReferByPhone | None = None
    centre: str = ""
    """Who would take it where there is no line: a department's own call centre, by `relay`; a centre on another deployment, by `pass`."""


class RelayIn(Struct, frozen=True):
    """`key` is a unique one: sending it again hands nothing over twice. `summary` is what the citizen has agreed to have handed over.

    `callback` is where he is called or written to, "" where he is now.
    """

    key: Key
    department: Annotated[str, Meta(min_length=1, max_length=100)]
    summary: Annotated[str, Meta(min_length=1, max_length=2000)]
    agreed: bool
    topic: Annotated[str, Meta(max_length=100)] = ""
    callback: Annotated[str, Meta(max_length=200)] = ""


class GiveBackIn(Struct, frozen=True):
    """Why, for whoever has it next."""

    note: Annotated[str, Meta(max_length=8000)] = ""


class PassIn(Struct, frozen=True):
    """`matter` is the department of the errand `department`; `topic` is what the question turned out to be about."""

    errand: TransferPurpose
    matter: Annotated[str, Meta(max_length=100)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    note: Annotated[str, Meta(max_length=8000)] = ""


@endpoint("GET", "/api/places", Permission.SERVE)
async def places(desk: Desk, call: Call) -> PlacesOut:
    """The places of services, the departments, and what one may pass a conversation on for."""
    del call
    return desk.places.named()


@endpoint("PUT", "/api/conversations/{conversation}/place", Permission.SERVE)
async def place(desk: Desk, call: Call, conversation: Id, body: PlaceIn) -> None:
    """State where the service is received: it decides which centre answers."""
    await desk.passing.place(call.who, conversation, desk.places.settled(body.subject, body.mfc))


@endpoint("GET", "/api/conversations/{conversation}/way", Permission.HAND_OVER)
async def way(desk: Desk, call: Call, conversation: Id, query: WayQuery) -> WayOut:
    """Who would take the conversation for an errand, or why nobody would; nothing is changed."""
    step = await desk.passing.way(call.who, conversation, query.errand, query.matter, query.topic)
    centre = desk.department_handover.title(query.matter) if query.errand is TransferPurpose.DEPARTMENT else ""
    if isinstance(step, TransferRefused) and step.by_telephone and centre:
        return WayOut(possible=True, reason=step.by_telephone.reason, centre=centre)
    if isinstance(step, TransferRefused) and (there := await desk.passing.reaches(call.who, conversation, step)) is not None:
        text = "" if desk.handover_sender.remote.up(there.receiver) else DOWN
        return WayOut(possible=True, reason=there.reason, text=text, centre=desk.handover_sender.remote.title(there.receiver))
    if isinstance(step, TransferRefused):
        return WayOut(possible=False, text=step.why, instead=step.instead)
    return WayOut(possible=True, queue=step.queue, reason=step.passed.reason)


@endpoint("POST", "/api/conversations/{conversation}/pass", Permission.HAND_OVER)
async def pass_on(desk: Desk, call: Call, conversation: Id, body: PassIn) -> None:
    """Hand the conversation to the line that must answer; the citizen's clocks and the journal go along."""
    await desk.passing.pass_on(call.who, conversation, body.errand, body.matter, body.topic, body.note)


@endpoint("POST", "/api/conversations/{conversation}/give_back", Permission.HAND_OVER)
async def send_back(desk: Desk, call: Call, conversation: Id, body: GiveBackIn) -> None:
    """Give back what a centre on another deployment has handed over; there it is first in its line."""
    await desk.passing.give_back(call.who, conversation, body.note.strip())


@endpoint("POST", "/api/conversations/{conversation}/take_back", Permission.HAND_OVER)
async def take_back(desk: Desk, call: Call, conversation: Id) -> None:
    """Ask the centre on another deployment that has it for it; whether it comes back or stays is told in it."""
    await desk.passing.take_back(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/relay", Permission.HAND_OVER)
async def relay(desk: Desk, call: Call, conversation: Id, body: RelayIn) -> None:
    """Hand the matter to a department's own call centre, and promise the answer; it comes back into the conversation."""
    if not body.agreed:
        raise RefusedError("not_agreed", "Передать можно только то, с чем заявитель согласился.")
    summary = body.summary.strip()
    if not summary:
        raise RefusedError("bad_request", "Напишите, что передать.")
    await desk.department_handover.relay(call.who, conversation,
                                         Draft(body.key, body.department, summary, body.topic, body.callback.strip()))


ENDPOINTS = (places, place, way, pass_on, send_back, take_back, relay)
