"""What the holder of a talk writes down of its citizen: name, language and card, each with its ground."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import asdict, replace

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.citizens.address_linking import AddressLinking
from hub.citizens.citizen_card import MOST_NOTES, CitizenCard, CitizenNote, together
from hub.conversations.address import Citizen, e164
from hub.conversations.conversation import Conversation
from hub.conversations.identities import MAILBOX, plain
from hub.conversations.journal import Corrected
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.organisation.form_fields import checked
from hub.organisation.settings_versions import SettingsVersions


class ToldByCitizen(Struct, frozen=True):
    """The new values; of the card, None leaves what is there. A note is added to the others."""

    name: str
    language: str
    phone: str | None = None
    email: str | None = None
    tags: Sequence[str] | None = None
    fields: Mapping[str, str] | None = None
    note: str = ""


class CitizenData:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, linking: AddressLinking,
                 settings_versions: SettingsVersions) -> None:
        self._sequencer, self._store, self._actions = sequencer, store, actions
        self._linking, self._settings_versions = linking, settings_versions

    async def card(self, head: Conversation) -> CitizenCard:
        """What is known of a conversation's citizen, at all of their proved addresses."""
        addresses = sorted(await self._linking.person(head))
        found = [await self._store.get(CitizenCard, each) for each in addresses]
        return together(plain(head.address), [each for each in found if each is not None])

    async def write(self, who: Operator, conversation: int, told: ToldByCitizen, why: str) -> None:
        """Change what differs, each change with its audit entry. Raises RefusedError where it is not held, or no data is kept."""
        live, _ = await self._actions.mine(who, conversation)
        head = live.head
        before = await self.card(head)
        after = self._changed(who, before, told)
        if (told.name or after != before) and not self._linking.personal(head):
            raise RefusedError("federal", "Федеральный центр не хранит сведений о гражданах.")
        ground = self._actions.readings.masked(why)
        if after != before:
            changed = [name for name, value in asdict(after).items() if value != getattr(before, name)]
            audit_entry = self._actions.audit_entry(who, "citizen_written", live, f"{', '.join(changed)}: {ground}")
            await self._keep(replace(after, written=self._sequencer.now()), after.notes[len(before.notes):], audit_entry)
            self._linking.on_change(await self._linking.person(head))
        # The card was awaited: the conversation may have moved on meanwhile.
        live, _ = await self._actions.mine(who, conversation)
        citizen = replace(live.head.citizen, name=told.name, language=told.language)
        corrected = [name for name in Citizen.__struct_fields__ if getattr(citizen, name) != getattr(live.head.citizen, name)]
        now = self._sequencer.now()
        if corrected:
            audit_entry = self._actions.audit_entry(who, "citizen_written", live, f"{', '.join(corrected)}: {ground}")
            await self._sequencer.committed_step(live, tuple(Corrected(now, name, who.login) for name in corrected),
                                                 head=replace(live.head, citizen=citizen), audit_entries=(audit_entry,))

    async def _keep(self, card: CitizenCard, notes: Sequence[CitizenNote], audit_entry: AuditEntry) -> None:
        """The card of one address: its own notes, and the new ones. Raises RefusedError where a colleague writes at the same time."""
        own = await self._store.get(CitizenCard, card.address)
        kept = replace(card, notes=(*(own.notes if own else ()), *notes)[-MOST_NOTES:])
        try:
            if own is None:
                await self._store.exchange((), (), audit_entry, new=(kept,))
            else:
                await self._store.exchange((kept,), (), audit_entry, seen=(own,))
        except ConflictError:
            raise RefusedError("outdated", "Карточку только что изменил коллега: посмотрите её и повторите.") from None

    def _changed(self, who: Operator, card: CitizenCard, told: ToldByCitizen) -> CitizenCard:
        """Raises RefusedError for a value that cannot be right."""
        if told.phone is not None:
            card = replace(card, phone=_spelled(told.phone, e164(told.phone), "Это не номер телефона: напишите его с кодом."))
        if told.email is not None:
            mailbox = told.email if MAILBOX.fullmatch(told.email) else ""
            card = replace(card, email=_spelled(told.email, mailbox, "Это не адрес почты."))
        if told.tags is not None:
            card = replace(card, tags=tuple(dict.fromkeys(each.strip() for each in told.tags if each.strip())))
        if told.fields is not None:
            defined = self._settings_versions.current.settings.citizen_fields
            removed = {key: value for key, value in card.fields.items() if key not in {each.id for each in defined}}
            card = replace(card, fields=removed | checked(defined, told.fields))
        if told.note:
            card = replace(card, notes=(*card.notes, CitizenNote(self._sequencer.now(), who.login, told.note)))
        return card


def _spelled(typed: str, value: str, refusal: str) -> str:
    if typed and not value:
        raise RefusedError("bad_address", refusal)
    return value
