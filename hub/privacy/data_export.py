"""Collects all data of one citizen, and packs the copy (152-ФЗ ст. 14 ч. 7)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.appointments.appointment import Appointment
from hub.cases.case import Case
from hub.citizens.citizen_card import CitizenCard
from hub.citizens.consent import Consents, Given
from hub.citizens.consent_service import ConsentService
from hub.conversations.channel_traits import TraitRegistry
from hub.conversations.conversation import Conversation
from hub.conversations.identities import Identity, Membership, address_of, plain
from hub.conversations.journal import StoredEvent, shown_to_citizen
from hub.conversations.message import Attachment, Message
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.ports import Files
from hub.monitoring.trunk import RefusedCall
from hub.notifications.opt_outs import OptOuts
from hub.organisation.territory import Place
from hub.privacy.data_copy import (
    CopiedAppointment,
    CopiedCard,
    CopiedProof,
    CopiedRefusedCall,
    CopiedRequest,
    CopiedSurvey,
    DataCopy,
    looks_page,
    page,
    placed,
    registered,
    surveyed,
    talked,
)
from hub.privacy.disclosures import Look, looks
from hub.privacy.subject_request import SubjectRequest
from hub.quality.surveys.survey import Invited, Questionnaire, Survey, id_of

PAGE, EVERY = 500, 1_000_000
ROOM = 200 << 20
"""Bytes of files in one copy: it is made in memory, so that nothing is stored in clear. Files left out are named."""


class Titles(Struct, frozen=True):
    """Titles used by the centre, and whether it shows operators' names to citizens."""

    keeper: str
    zone: ZoneInfo
    place: Callable[[Place], str]
    topic: Callable[[str], str]
    centre: Callable[[str], str]
    """The name of the centre of a line or a code."""
    operators: bool
    appointment: Callable[[Appointment], str]
    """State of an appointment in words."""
    traits: TraitRegistry
    field: Callable[[str], str]
    """The title of a field of the citizen's card."""


class DataExport:
    """Includes only conversations of the operator's own centre."""

    def __init__(self, store: Store, files: Files, authorization: Authorization, consent_service: ConsentService, opt_outs: OptOuts,
                 named: Titles,
                 locked: Callable[[int, str], object], kept: Sequence[tuple[str, ...]],
                 vouched: Callable[[Iterable[str]], Awaitable[Sequence[str]]]) -> None:
        """`locked` tells why a file of a conversation is not available, None if it is.

        `kept` gives purpose, ground and retention of each kind of data; `vouched` the persons whose disclosures are shown to the
        owner of some addresses.
        """
        self._store, self._files, self._authorization, self._consent_service = store, files, authorization, consent_service
        self._opt_outs, self._named, self._locked, self._kept = opt_outs, named, locked, tuple(kept)
        self._vouched = vouched
        self._one = asyncio.Lock()

    async def heads(self, who: Operator, addresses: Sequence[str]) -> list[Conversation]:
        """All conversations at some addresses, newest first."""
        found, before, sought = list[Conversation](), 0, [address_of(each) for each in addresses]
        while chunk := await self._store.with_addresses(sought, before=before, limit=PAGE):
            found += [each for each in chunk if self._authorization.may(who, Permission.ANSWER_DEMAND, each)]
            before = chunk[-1].id
        return found

    async def cases(self, who: Operator, addresses: Sequence[str]) -> list[Case]:
        """All registered cases at some addresses, newest first."""
        found = [case for address in addresses for case in await self._store.marked(Case, "person", address, newest=True, limit=EVERY)]
        return [case for case in found if self._authorization.covers(who, case.home)]

    async def records(self, conversation: int) -> list[StoredEvent]:
        """The whole journal of a conversation, oldest first."""
        pages, before = list[list[StoredEvent]](), 0
        while chunk := await self._store.records(conversation, before=before, limit=PAGE):
            pages.append(chunk)
            before = chunk[0].id
        return [each for chunk in reversed(pages) for each in chunk]

    async def looks(self, heads: Sequence[Conversation], cases: Iterable[Case]) -> list[Look]:
        """Who has read these conversations and cases."""
        registered = [each.number for each in cases]
        subjects = await self._vouched({plain(each.address) for each in heads})
        about, audit_entries, before = [*(str(each.id) for each in heads), *registered, *subjects], list[AuditEntry](), 0
        while chunk := await self._store.deeds_about(about, before=before, limit=PAGE):
            audit_entries += [audit_entry for _, audit_entry in chunk]
            before = chunk[-1][0]
        people = {each.login: each for each in await self._store.all(Operator)}
        centres = {login: self._named.centre(each.queues[0] if each.queues else "") for login, each in people.items()}
        found = looks(audit_entries, heads, registered, people, centres, names=self._named.operators, subjects=subjects)
        return [replace(each, centre=self._named.centre(each.centre)) for each in found]

    async def packed(self, heads: Sequence[Conversation], addresses: Sequence[str], cases: Sequence[Case],
                     demands: Iterable[SubjectRequest],
                     now: datetime, progress: Callable[[float], None]) -> bytes:
        """The copy as a ZIP: data.json, a page, and the files. Raises StoreError, OSError."""
        async with self._one:  # one at a time: each takes memory
            talks, wanted, locked = [], dict[str, Attachment](), list[str]()
            for number, head in enumerate(heads):
                records = await self.records(head.id)
                consents = await self._consent_service.of(head.id)
                talks.append(talked(head, records, self._named.place(head.place) if head.place else "", self._named.topic(head.topic),
                                    _unsigned(consents), consents.contact, self._named.traits))
                for each in _files(records):
                    if self._locked(head.id, each.file) is None:
                        wanted[placed(head, each)] = each
                    else:
                        locked.append(each.name)
                progress((number + 1) / len(heads) / 2)
            folder, left_out = await self._fetch(wanted, progress)
            traits = self._named.traits
            copy = DataCopy(
                self._named.keeper, now, tuple(traits.readable(address_of(each)) or each.partition(":")[0] for each in addresses),
                await self._proofs(addresses), tuple(talks),
                tuple(registered(each, self._named.topic(each.topic), traits) for each in cases),
                tuple(each for each in addresses if self._opt_outs.hold(address_of(each))),
                tuple(CopiedRequest(each.kind, each.taken, each.due, each.state, each.words) for each in demands),
                tuple(await self.looks(heads, cases)), await self._appointments(addresses),
                await self._surveys(heads, addresses), self._kept, (*left_out, *locked),
                await self._cards(addresses), await self._refused(addresses))
            folder["data.json"] = msgspec.json.format(msgspec.json.encode(copy))
            folder["Ваши данные.html"] = page(copy, self._named.zone).encode()
            return await asyncio.to_thread(_zipped, folder)

    async def told(self, heads: Sequence[Conversation], cases: Iterable[Case], now: datetime) -> bytes:
        """The list of reads, as a ZIP like the copy. Raises StoreError."""
        found = await self.looks(heads, cases)
        return await asyncio.to_thread(_zipped, {
            "data.json": msgspec.json.format(msgspec.json.encode(found)),
            "Кто видел ваши данные.html": looks_page(self._named.keeper, now, found, self._named.zone).encode()})

    async def _fetch(self, wanted: dict[str, Attachment], progress: Callable[[float], None]) -> tuple[dict[str, bytes], list[str]]:
        folder, left_out, room = dict[str, bytes](), list[str](), ROOM
        for number, (path, each) in enumerate(wanted.items()):
            content = await self._files.get(each.file) if each.size <= room else None
            if content is None:
                left_out.append(each.name)
            else:
                folder[path] = content
                room -= len(content)
            progress(0.5 + (number + 1) / len(wanted) / 2)
        return folder, left_out

    async def _appointments(self, addresses: Sequence[str]) -> tuple[CopiedAppointment, ...]:
        made = [each for address in addresses for each in await self._store.marked(Appointment, "person", address, limit=PAGE)]
        return tuple(CopiedAppointment(each.number, each.slot.at if each.slot else None, each.state, each.name,
                                       self._named.appointment(each))
                     for each in made)

    async def _refused(self, addresses: Sequence[str]) -> tuple[CopiedRefusedCall, ...]:
        numbers = {number: None for each in addresses if (number := self._named.traits.number_of(address_of(each)))}
        found = [call for number in numbers for call in await self._store.marked(RefusedCall, "number", number, limit=PAGE)]
        return tuple(CopiedRefusedCall(each.at, each.dialled, each.decided is not None) for each in found)

    async def _cards(self, addresses: Sequence[str]) -> tuple[CopiedCard, ...]:
        cards = [card for address in addresses if (card := await self._store.get(CitizenCard, address)) is not None]
        readable, field = self._named.traits.readable, self._named.field
        return tuple(CopiedCard(readable(address_of(each.address)) or each.address.partition(":")[0], each.phone, each.email, each.tags,
                                tuple((field(key), value) for key, value in each.fields.items())) for each in cards)

    async def _surveys(self, heads: Sequence[Conversation], addresses: Sequence[str]) -> tuple[CopiedSurvey, ...]:
        """Invitations after these conversations; others are anonymous."""
        found, ours = list[CopiedSurvey](), {each.id for each in heads}
        for address in addresses:
            for invited in await self._store.marked(Invited, "person", address, limit=PAGE):
                survey = await self._store.get(Survey, invited.survey)
                asked = await self._store.get(Questionnaire, id_of(survey.questionnaire, survey.version)) if survey else None
                if asked is not None and invited.conversation in ours:
                    found.append(surveyed(invited, asked))
        return tuple(found)

    async def _proofs(self, addresses: Sequence[str]) -> tuple[CopiedProof, ...]:
        member = await self._store.get(Membership, addresses[0]) if addresses else None
        identity = await self._store.get(Identity, member.identity) if member else None
        return tuple(CopiedProof(each.at, each.heard_at, each.sent_to) for each in identity.proofs if each.ends <= set(addresses)
                     ) if identity else ()


def _unsigned(consents: Consents) -> tuple[Given, ...]:
    return tuple(replace(each, withdrawn_by="") for each in consents.given)


def _files(records: Iterable[StoredEvent]) -> Iterable[Attachment]:
    return (file for each in records if isinstance(each.entry, Message) and shown_to_citizen(each.entry) for file in each.entry.attachments)


def _zipped(folder: dict[str, bytes]) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        for path, file in folder.items():
            archive.writestr(path, file)
    return content.getvalue()
