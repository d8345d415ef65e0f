"""Transfer to other centres: stating the place, finding the target, handing over."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.centre_transfer import CentreTransfer
from hub.conversations.transfer_route import ReferByPhone, TransferPurpose, TransferRefused
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id, Key
from hub.desk.organisation.places import Places, PlacesOut
from hub.federation.handover_sender import HandoverSender
from hub.integrations.department_handover_service import DepartmentHandover, Draft
from hub.kernel.errors import RefusedError

DOWN = "Связи с этим центром сейчас нет: если она не появится, ответ будет обещан заявителю."


class WayQuery(Struct, frozen=True):
    errand: TransferPurpose
    matter: Annotated[str, Meta(max_length=100)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""


class PlaceIn(Struct, frozen=True):
    """An МФЦ determines its municipality and subject, a `municipality` (ОКТМО) its subject; all empty: the place is unknown again."""

    subject: Annotated[str, Meta(max_length=2)] = ""
    mfc: Annotated[str, Meta(max_length=100)] = ""
    municipality: Annotated[str, Meta(max_length=11)] = ""


class WayOut(Struct, frozen=True):
    """The target line and the reason; `text` is why there is none, or an obstacle."""

    possible: bool
    queue: str = ""
    reason: str = ""
    text: str = ""
    instead: ReferByPhone | None = None
    centre: str = ""
    """The target without a line: a department's own call centre, by `relay`; a centre on another deployment, by `pass`."""


class RelayIn(Struct, frozen=True):
    """`key` is unique: a repeated one hands nothing over. `summary` is the data that the citizen agreed to hand over.

    `callback` is an address for the answer, "" for the current one.
    """

    key: Key
    department: Annotated[str, Meta(min_length=1, max_length=100)]
    summary: Annotated[str, Meta(min_length=1, max_length=2000)]
    agreed: bool
    topic: Annotated[str, Meta(max_length=100)] = ""
    callback: Annotated[str, Meta(max_length=200)] = ""


class GiveBackIn(Struct, frozen=True):
    """The reason, for the next holder."""

    note: Annotated[str, Meta(max_length=8000)] = ""


class PassIn(Struct, frozen=True):
    """`matter` is the department for the errand `department`; `topic` is the actual subject."""

    errand: TransferPurpose
    matter: Annotated[str, Meta(max_length=100)] = ""
    topic: Annotated[str, Meta(max_length=100)] = ""
    note: Annotated[str, Meta(max_length=8000)] = ""


@endpoint("GET", "/api/places", Permission.SERVE)
async def places(places: Places, call: Call) -> PlacesOut:
    """Places of services, departments, and possible purposes of a transfer."""
    del call
    return places.named()


@endpoint("PUT", "/api/conversations/{conversation}/place", Permission.SERVE)
async def place(passing: CentreTransfer, places: Places, call: Call, conversation: Id, body: PlaceIn) -> None:
    """State where the service is received: it decides which centre answers."""
    await passing.place(call.who, conversation, places.settled(body.subject, body.mfc, body.municipality))


@endpoint("GET", "/api/conversations/{conversation}/way", Permission.HAND_OVER)
async def way(passing: CentreTransfer, department_handover: DepartmentHandover, handover_sender: HandoverSender, call: Call,
              conversation: Id, query: WayQuery) -> WayOut:
    """Preview of a transfer: the target, or why there is none."""
    step = await passing.way(call.who, conversation, query.errand, query.matter, query.topic)
    centre = department_handover.title(query.matter) if query.errand is TransferPurpose.DEPARTMENT else ""
    if isinstance(step, TransferRefused) and step.by_telephone and centre:
        return WayOut(possible=True, reason=step.by_telephone.reason, centre=centre)
    if isinstance(step, TransferRefused) and (there := await passing.reaches(call.who, conversation, step)) is not None:
        text = "" if handover_sender.remote.up(there.receiver) else DOWN
        return WayOut(possible=True, reason=there.reason, text=text, centre=handover_sender.remote.title(there.receiver))
    if isinstance(step, TransferRefused):
        return WayOut(possible=False, text=step.why, instead=step.instead)
    return WayOut(possible=True, queue=step.queue, reason=step.passed.reason)


@endpoint("POST", "/api/conversations/{conversation}/pass", Permission.HAND_OVER)
async def pass_on(passing: CentreTransfer, call: Call, conversation: Id, body: PassIn) -> None:
    """Hand the conversation to the responsible line, with the citizen's clocks and the journal."""
    await passing.pass_on(call.who, conversation, body.errand, body.matter, body.topic, body.note)


@endpoint("POST", "/api/conversations/{conversation}/give_back", Permission.HAND_OVER)
async def send_back(passing: CentreTransfer, call: Call, conversation: Id, body: GiveBackIn) -> None:
    """Return a conversation to the centre on another deployment that handed it over; it is first in its line there."""
    await passing.give_back(call.who, conversation, body.note.strip())


@endpoint("POST", "/api/conversations/{conversation}/take_back", Permission.HAND_OVER)
async def take_back(passing: CentreTransfer, call: Call, conversation: Id) -> None:
    """Request a conversation back from a centre on another deployment; the result is in its timeline."""
    await passing.take_back(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/relay", Permission.HAND_OVER)
async def relay(department_handover: DepartmentHandover, call: Call, conversation: Id, body: RelayIn) -> None:
    """Hand the matter to a department's own call centre, and promise the answer, which returns to the conversation."""
    if not body.agreed:
        raise RefusedError("not_agreed", "Передать можно только то, с чем заявитель согласился.")
    summary = body.summary.strip()
    if not summary:
        raise RefusedError("bad_request", "Напишите, что передать.")
    await department_handover.relay(call.who, conversation,
                                         Draft(body.key, body.department, summary, body.topic, body.callback.strip()))


ENDPOINTS = (places, place, way, pass_on, send_back, take_back, relay)
