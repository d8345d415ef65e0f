"""Rectification of a citizen's stored data, and its undo (152-ФЗ ст. 14 ч. 1, ст. 20 ч. 3, ст. 21).

The journal records the act, its author and the fields; former values are only in the request, as long as undo is possible. A message
cannot be changed: a remark is added to it.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.citizens.consent import Consents, Contact
from hub.citizens.consent_service import ConsentService
from hub.conversations.address import Citizen, Person
from hub.conversations.conversation import Conversation
from hub.conversations.journal import ConversationEvent, Corrected, Placed, shown_to_citizen
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.kernel.errors import RefusedError
from hub.organisation.territory import Place
from hub.privacy.subject_request import Field, Fix, RequestKind, RequestState, SubjectRequest, done, of_kind, still, undone
from hub.privacy.subject_request_answers import SubjectRequestAnswers
from hub.privacy.subject_requests import SubjectRequests

CORRECTED = "Ваши данные исправлены: {what}."
BACK = "Исправление ваших данных отменено."
WORDS = {Field.NAME: "имя", Field.PERSON: "кто обращается", Field.LANGUAGE: "язык", Field.PLACE: "место", Field.EMAIL: "почта для ответа",
         Field.PHONE: "телефон для ответа"}
REMARK = "уточнение к сообщению"


class Corrections(Struct, frozen=True):
    """Corrections: fields with the right values, and messages with their author's remarks."""

    fields: Mapping[Field, str]
    remarks: Mapping[int, str] = {}


class Rectification:
    def __init__(self, sequencer: ConversationSequencer, store: Store, answering: SubjectRequestAnswers, demands: SubjectRequests,
                 consent_service: ConsentService) -> None:
        self._sequencer, self._store, self._answering = sequencer, store, answering
        self._demands, self._consent_service = demands, consent_service

    async def correct(self, who: Operator, conversation: int, key: str, what: Corrections) -> SubjectRequest:
        """Apply all atomically; the citizen is told what was corrected."""
        async with self._demands.changing:
            live, demand = await self._answering.mine(who, conversation, key)
            of_kind(demand, RequestKind.CORRECTION)
            still(demand, RequestState.OPEN)
            start = self._answering.proven(live.head)
            await self._check(live, what)
            head, consents, fixes = fixed(live.head, await self._consent_service.of(live.head.id), what.fields)
            if not fixes and not what.remarks:
                raise RefusedError("unchanged", "Так и записано: исправлять нечего.")
            words = CORRECTED.format(what=", ".join([*(WORDS[each.field] for each in fixes), *([REMARK] if what.remarks else [])]))
            await self._step(who, live, demand, head, consents, [each.field for each in fixes], what.remarks, words)
            now = self._sequencer.now()
            return await self._demands.put(replace(done(demand, words, who.login, now), fixes=fixes, start=start))

    async def undo(self, who: Operator, conversation: int, key: str) -> SubjectRequest:
        """Restore the former values; the request is open again."""
        async with self._demands.changing:
            live, demand = await self._answering.mine(who, conversation, key)
            after = undone(demand, self._sequencer.now())
            before = {each.field: each.was for each in demand.fixes}
            head, consents, _ = fixed(live.head, await self._consent_service.of(live.head.id), before)
            await self._step(who, live, demand, head, consents, list(before), {}, BACK, back=True)
            return await self._demands.put(after)

    async def _step(self, who: Operator, live: LiveConversation, demand: SubjectRequest, head: Conversation, consents: Consents,
                    fields: list[Field], remarks: Mapping[int, str], words: str, *, back: bool = False) -> None:
        now = self._sequencer.now()
        entries: list[ConversationEvent] = [Message(Author.SYSTEM, words, now)]
        entries += [Corrected(now, each, who.login, back=back) for each in fields]
        entries += [Corrected(now, "message", who.login, record, text) for record, text in remarks.items()]
        if Field.PLACE in fields:
            entries.append(Placed(now, head.place or Place(), who.login))
        told = ", ".join([*fields, *(f"message {record}" for record in remarks)])
        await self._store.put(consents)
        await self._sequencer.committed_step(
            live, entries, head=head,
            audit_entries=(self._answering.audit_entry(who, "corrected_back" if back else "corrected", demand, told),))

    async def _check(self, live: LiveConversation, what: Corrections) -> None:
        """Raises RefusedError for a remark on a message that the citizen did not write."""
        for record in what.remarks:
            found = await self._store.records(live.head.id, upto=record, limit=1)
            entry = found[0].entry if found and found[0].id == record else None
            if not (isinstance(entry, Message) and entry.author is Author.CITIZEN and shown_to_citizen(entry)):
                raise RefusedError("no_such_message", "Уточнить можно только сообщение самого гражданина.")


def fixed(head: Conversation, consents: Consents, fields: Mapping[Field, str]) -> tuple[Conversation, Consents, tuple[Fix, ...]]:
    """The new values, and the changed fields. Raises RefusedError for invalid ones."""
    was = kept(head, consents)
    fixes = tuple(Fix(field, now, was[field]) for field, now in fields.items() if now != was[field])
    now = was | {each.field: each.now for each in fixes}
    citizen = Citizen(now[Field.NAME], Person(now[Field.PERSON]), now[Field.LANGUAGE])
    contact = Contact(now[Field.EMAIL], now[Field.PHONE])
    if contact != consents.contact and not consents.valid:
        raise RefusedError("no_consent", "Контакты хранятся только с согласия гражданина, а его нет.")
    return replace(head, citizen=citizen, place=place_in(now[Field.PLACE])), replace(consents, contact=contact), fixes


def kept(head: Conversation, consents: Consents) -> dict[Field, str]:
    """The correctable data of a citizen; the place by its code."""
    return {Field.NAME: head.citizen.name, Field.PERSON: head.citizen.person.value, Field.LANGUAGE: head.citizen.language,
            Field.PLACE: code_of(head.place), Field.EMAIL: consents.contact.email, Field.PHONE: consents.contact.phone}


def code_of(place: Place | None) -> str:
    """A place as one code; "" where none is known."""
    return f"{place.subject}/{place.municipality}/{place.mfc}" if place else ""


def place_in(code: str) -> Place | None:
    return Place(*code.split("/")) if code else None
