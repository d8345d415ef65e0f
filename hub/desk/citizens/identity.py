"""Identity of a conversation's citizen: linked addresses, and earlier conversations (CH-16)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.access.permissions import Permission
from hub.citizens.address_linking import AddressLinking, Known
from hub.conversations.address import Address
from hub.conversations.channel_traits import AddressForm, TraitRegistry
from hub.conversations.conversation import Conversation
from hub.conversations.identities import ACCOUNT, How, address_of
from hub.conversations.ports import Store
from hub.desk.conversations.forms import EntryOut, HolderOut
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.timeline_view import TimelineView
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Before, Id
from hub.desk.http.pagination import PAGE
from hub.dispatch.dispatcher import Dispatch


class AddressOut(Struct, frozen=True):
    """One of the person's addresses. `id` names it in requests; `value` is its readable form, "" where there is none.

    How and when it was linked is given for all but the conversation's own (`own`); `by` is a name.
    """

    id: str
    channel: str
    value: str
    own: bool
    at: datetime | None = None
    by: str = ""
    how: How | None = None


class AwaitedOut(Struct, frozen=True):
    """A code sent to an address, its expiry, and the remaining attempts."""

    address: AddressOut
    until: datetime
    left: int


class IdentityOut(Struct, frozen=True):
    """`channels` are those that can send a code; `undelivered` is why the last one did not arrive."""

    addresses: list[AddressOut]
    awaited: AwaitedOut | None
    channels: list[str]
    undelivered: str = ""


class ContactOut(Struct, frozen=True):
    """An earlier conversation of the same person."""

    id: str
    number: str
    address: AddressOut
    opened: datetime
    holder: HolderOut
    topic: str


class HistoryOut(Struct, frozen=True):
    contacts: list[ContactOut]
    more: bool


class PastOut(Struct, frozen=True):
    """Entries of an earlier conversation, oldest first; read-only here."""

    contact: ContactOut
    entries: list[EntryOut]
    more: bool


class CodeIn(Struct, frozen=True):
    channel: Annotated[str, Meta(min_length=1, max_length=100)]
    address: Annotated[str, Meta(min_length=1, max_length=320)]


class ConfirmIn(Struct, frozen=True):
    code: Annotated[str, Meta(pattern=r"^[0-9]{6}$")]


class SplitIn(Struct, frozen=True):
    address: Annotated[str, Meta(min_length=1, max_length=500)]
    why: Annotated[str, Meta(min_length=1, max_length=1000)]


def address_out(address: Address, traits: TraitRegistry, *, own: bool) -> AddressOut:
    """Website visitors and accounts have no readable address: they are digests."""
    shown = "" if address.channel == ACCOUNT or traits.of(address).address is AddressForm.DIGEST else address.value
    return AddressOut(f"{address.channel}:{address.value}", address.channel, shown, own)


def identity_out(linking: AddressLinking, dispatch: Dispatch, traits: TraitRegistry, known: Known) -> IdentityOut:
    addresses = {known.here: address_out(address_of(known.here), traits, own=True)}
    for each in known.identity.proofs if known.identity else ():
        for end in each.ends - addresses.keys():
            addresses[end] = replace(address_out(address_of(end), traits, own=False), at=each.at, by=dispatch.name(each.by), how=each.how)
    awaited = known.awaited
    return IdentityOut(
        list(addresses.values()),
        AwaitedOut(address_out(address_of(awaited.address), traits, own=False), awaited.until, awaited.left) if awaited else None,
        linking.channels(), known.undelivered)


def contact_out(entries: TimelineView, traits: TraitRegistry, head: Conversation) -> ContactOut:
    holder = entries.holder(head.holder)
    return ContactOut(str(head.id), head.number, address_out(head.address, traits, own=False), head.opened, holder, head.topic)


@endpoint("GET", "/api/conversations/{conversation}/identity", Permission.SEE_PERSON)
async def identity(linking: AddressLinking, dispatch: Dispatch, traits: TraitRegistry, call: Call, conversation: Id) -> IdentityOut:
    """The addresses proved to be this citizen's, and the pending code."""
    return identity_out(linking, dispatch, traits, await linking.known(call.who, conversation))


@endpoint("POST", "/api/conversations/{conversation}/identity/code", Permission.JOIN_PERSON)
async def ask_code(linking: AddressLinking, dispatch: Dispatch, traits: TraitRegistry, call: Call, conversation: Id,
                   body: CodeIn) -> IdentityOut:
    """Send a one-time code to another address of the citizen."""
    return identity_out(linking, dispatch, traits, await linking.ask(call.who, conversation, body.channel, body.address))


@endpoint("POST", "/api/conversations/{conversation}/identity/confirm", Permission.JOIN_PERSON)
async def confirm(linking: AddressLinking, dispatch: Dispatch, traits: TraitRegistry, call: Call, conversation: Id,
                  body: ConfirmIn) -> IdentityOut:
    """Check the code that the citizen returned: the right one links the addresses."""
    return identity_out(linking, dispatch, traits, await linking.confirm(call.who, conversation, body.code))


@endpoint("POST", "/api/conversations/{conversation}/identity/split", Permission.JOIN_PERSON)
async def split(linking: AddressLinking, dispatch: Dispatch, traits: TraitRegistry, call: Call, conversation: Id,
                body: SplitIn) -> IdentityOut:
    """Unlink an address, with the ones linked only through it."""
    return identity_out(linking, dispatch, traits, await linking.split(call.who, conversation, body.address, body.why))


@endpoint("GET", "/api/conversations/{conversation}/history", Permission.SEE_PERSON)
async def history(linking: AddressLinking, entries: TimelineView, traits: TraitRegistry, call: Call, conversation: Id,
                  query: Before) -> HistoryOut:
    """The person's other conversations at all linked addresses, newest first, or those before one."""
    found = await linking.history(call.who, conversation, query.before, PAGE + 1)
    return HistoryOut([contact_out(entries, traits, head) for head in found[:PAGE]], more=len(found) > PAGE)


@endpoint("GET", "/api/conversations/{conversation}/history/{other}", Permission.SEE_PERSON)
async def past(linking: AddressLinking, store: Store, veil: Veil, entries: TimelineView, traits: TraitRegistry, call: Call,
               conversation: Id, other: Id,
               query: Before) -> PastOut:
    """The last entries of an earlier conversation, or those before one."""
    head = await linking.past(call.who, conversation, other)
    records = await store.records(other, before=query.before, limit=PAGE + 1)
    return PastOut(contact_out(entries, traits, head), [veil.entry(call.who, head, record) for record in records[-PAGE:]],
                   more=len(records) > PAGE)


ENDPOINTS = (identity, ask_code, confirm, split, history, past)
