"""The citizen's card beside a conversation: what is known of them, and their cases and appointments.

It is in this room because it shows both: the rooms of citizens and of cases know nothing of each other.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.appointments.appointment import Appointment, BookingState
from hub.cases.case import Case, CaseKind
from hub.cases.state import CaseState
from hub.citizens.address_linking import AddressLinking
from hub.citizens.citizen_data import CitizenData, ToldByCitizen
from hub.conversations.ports import Store
from hub.desk.appointments.parts import Appointments
from hub.desk.cases.view import CaseView
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.organisation.form_fields import FieldKind, FormField
from hub.organisation.settings_versions import SettingsVersions

PAGE = 50
"""Cases and appointments of each address, the newest."""
Tag = Annotated[str, Meta(max_length=40)]
Key = Annotated[str, Meta(max_length=80)]
Value = Annotated[str, Meta(max_length=500)]


class CitizenIn(Struct, frozen=True):
    """`why` is the ground: the citizen has introduced themselves, a document was shown. Of the card, null leaves what is there."""

    name: Annotated[str, Meta(max_length=200)]
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")]
    why: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
    phone: Annotated[str, Meta(max_length=40)] | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    tags: Annotated[list[Tag], Meta(max_length=20)] | None = None
    fields: Annotated[dict[Key, Value], Meta(max_length=50)] | None = None
    note: Annotated[str, Meta(max_length=2000)] = ""


class FieldOut(Struct, frozen=True):
    """A field that the centre has defined, with its value: "" where nothing was told."""

    id: str
    title: str
    kind: FieldKind
    options: list[str]
    required: bool
    value: str = ""


class CitizenNoteOut(Struct, frozen=True):
    at: datetime
    by: str
    text: str


class CitizenEventOut(Struct, frozen=True):
    """A case or an appointment; `topic` is that of the case, or the service, `at` its registration, or the time of the appointment."""

    kind: Literal["case", "appointment"]
    at: datetime
    number: str
    topic: str
    case_kind: CaseKind | None = None
    case_state: CaseState | None = None
    booking_state: BookingState | None = None


class CitizenCardOut(Struct, frozen=True):
    """`events` are newest first; the conversations are the history."""

    phone: str
    email: str
    tags: list[str]
    fields: list[FieldOut]
    notes: list[CitizenNoteOut]
    events: list[CitizenEventOut]


def field_out(field: FormField, value: str = "") -> FieldOut:
    return FieldOut(field.id, field.title, field.kind, list(field.options), field.required, value)


@endpoint("GET", "/api/conversations/{conversation}/citizen", Permission.SEE_PERSON)
async def citizen_card(citizen_data: CitizenData, actions: Actions, linking: AddressLinking, authorization: Authorization,
                       settings_versions: SettingsVersions, dispatch: Dispatch, store: Store, case_view: CaseView,
                       appointments: Appointments, call: Call, conversation: Id) -> CitizenCardOut:
    """What is known of the citizen at all proved addresses."""
    head = (await actions.read(call.who, conversation, "card")).head
    if not linking.personal(head):
        raise RefusedError("federal", "На федеральном уровне карточка заявителя не ведётся.")
    card, addresses = await citizen_data.card(head), sorted(await linking.person(head))
    events = [*await _cases(store, case_view, authorization, call.who, addresses),
              *await _appointments(store, appointments, authorization, call.who, addresses)]
    return CitizenCardOut(
        card.phone, card.email, list(card.tags),
        [field_out(each, card.fields.get(each.id, "")) for each in settings_versions.current.settings.citizen_fields],
        [CitizenNoteOut(each.at, dispatch.name(each.by), each.text) for each in card.notes],
        sorted(events, key=lambda each: each.at, reverse=True))


async def _cases(store: Store, case_view: CaseView, authorization: Authorization, who: Operator,
                 addresses: list[str]) -> list[CitizenEventOut]:
    if not authorization.may(who, Permission.REGISTER_CASE):
        return []
    found = [each for address in addresses for each in await store.marked(Case, "person", address, newest=True, limit=PAGE)]
    shown = [case_view.seen_by(who, each) for each in found if authorization.covers(who, each.home)]
    return [CitizenEventOut("case", each.registered, each.number, each.topic, each.kind, each.state) for each in shown]


async def _appointments(store: Store, appointments: Appointments, authorization: Authorization, who: Operator,
                        addresses: list[str]) -> list[CitizenEventOut]:
    if not authorization.may(who, Permission.BOOK):
        return []
    found = [each for address in addresses for each in await store.marked(Appointment, "person", address, newest=True, limit=PAGE)]
    title = appointments.booking.receptions.title
    return [CitizenEventOut("appointment", each.slot.at if each.slot else each.made, each.number, title(each.service),
                            booking_state=each.state) for each in found]


@endpoint("PUT", "/api/conversations/{conversation}/citizen", Permission.SEE_PERSON)
async def write_citizen(citizen_data: CitizenData, call: Call, conversation: Id, body: CitizenIn) -> None:
    """Write down what the citizen has told about themselves, in one's own conversation."""
    phone, email = (each if each is None else each.strip() for each in (body.phone, body.email))
    told = ToldByCitizen(body.name.strip(), body.language, phone, email, body.tags, body.fields, body.note.strip())
    await citizen_data.write(call.who, conversation, told, body.why.strip())


ENDPOINTS = (citizen_card, write_citizen)
