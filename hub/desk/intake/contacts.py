"""Visits and letters on paper: registered by operators; answers are printed, and marked as sent (CH-18)."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.conversations.address import Citizen, Person, e164
from hub.conversations.attachments import MOST_FILES
from hub.conversations.channel_traits import AddressForm
from hub.conversations.identities import spelled
from hub.desk.conversations.forms import TimelineOut
from hub.desk.conversations.timelines import Timelines
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import FileId, Id, Instant, Key, Short, Text
from hub.desk.http.papers import paper_response
from hub.desk.organisation.centre import Centre
from hub.intake.contact_registration import Contact, ContactRegistration, SentBy, paper_of
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Printer


class ContactIn(Struct, frozen=True):
    """A visit or a letter on paper. Without a `queue` it goes on with the operator; `own_number` is the letter's."""

    key: Key
    family: Literal["visit", "post"]
    text: Text
    arrived: Instant
    queue: Annotated[str, Meta(max_length=64)] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    person: Person = Person.INDIVIDUAL
    phone: Annotated[str, Meta(max_length=40)] = ""
    email: Annotated[str, Meta(max_length=320)] = ""
    postal: Short = ""
    own_number: Annotated[str, Meta(max_length=100)] = ""


class ContactMadeOut(Struct, frozen=True):
    conversation: str


class ScansIn(Struct, frozen=True):
    """Files that were uploaded to the conversation."""

    key: Key
    files: Annotated[list[FileId], Meta(min_length=1, max_length=MOST_FILES)]


class SentIn(Struct, frozen=True):
    """`note` is the postal item's number, or who took it."""

    way: SentBy
    note: Short = ""


@endpoint("POST", "/api/contacts", Permission.WORK_CASES)
async def register_contact(contact_registration: ContactRegistration, call: Call, body: ContactIn) -> ContactMadeOut:
    """Register a visit or a letter on paper: its term runs from its arrival."""
    number, mailbox = e164(body.phone), spelled(AddressForm.MAILBOX, body.email)
    if (body.phone.strip() and not number) or (body.email.strip() and not mailbox):
        raise RefusedError("bad_address", "Проверьте номер телефона и электронную почту.")
    contact = Contact(body.key, body.family, body.text.strip(), body.arrived, Citizen(body.name.strip(), body.person), number, mailbox,
                      body.postal.strip(), body.own_number.strip())
    if not contact.text:
        raise RefusedError("empty", "Напишите, с чем обратились.")
    return ContactMadeOut(str(await contact_registration.register(call.who, contact, body.queue)))


@endpoint("POST", "/api/conversations/{conversation}/scans", Permission.WORK_CASES)
async def add_scans(contact_registration: ContactRegistration, timelines: Timelines, call: Call, conversation: Id,
                    body: ScansIn) -> TimelineOut:
    """Add scans to what the citizen brought or sent on paper."""
    await contact_registration.enclose(call.who, conversation, body.key, body.files)
    return await timelines.out(call, conversation)


@endpoint("GET", "/api/conversations/{conversation}/replies/{record}/file", Permission.WORK_CASES)
async def printed_reply(contact_registration: ContactRegistration, centre: Centre, printer: Printer, call: Call, conversation: Id,
                        record: Id) -> web.Response:
    """A reply on paper as PDF, to be printed and signed."""
    head, reply = await contact_registration.reply(call.who, conversation, record)
    body = await printer(paper_of(head, reply, centre.name, ZoneInfo(centre.timezone)), "pdf")
    return paper_response(head.number, "pdf", body)


@endpoint("POST", "/api/conversations/{conversation}/replies/{record}/sent", Permission.WORK_CASES)
async def sent_reply(contact_registration: ContactRegistration, timelines: Timelines, call: Call, conversation: Id, record: Id,
                     body: SentIn) -> TimelineOut:
    """Mark a reply on paper as sent, by whom and how: the owed answer is given."""
    await contact_registration.sent(call.who, conversation, record, body.way, body.note.strip())
    return await timelines.out(call, conversation)


ENDPOINTS = (register_contact, add_scans, printed_reply, sent_reply)
