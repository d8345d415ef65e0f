"""Cases submitted by partner programs for their citizens, and reports back to the programs (IN-01).

Each has a conversation of its own, closed from the beginning. A program sees only its own cases.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.cases.case import Case, CaseKey, CaseKind, Subject
from hub.cases.notifications import CaseNotifications
from hub.cases.registration import CaseRegistration, Draft, key_of
from hub.cases.state import STATES
from hub.conversations.address import Address
from hub.conversations.conversation import Closed, hand_over
from hub.conversations.journal import HandedOver
from hub.conversations.message import CITIZEN, Attachment, Message
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, Reach
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

PAGE = 100
HANDED_IN = "handed_in"
KeepFile = Callable[[int, Attachment], Awaitable[None]]
"""Makes a stored file one of a conversation."""


class PartnerCase(Struct, frozen=True):
    """`key` is unique at the partner: a repeated one registers nothing. `said` is the complete text, `text` the subject."""

    key: str
    topic: str
    text: str
    said: str
    matter: Subject
    files: tuple[Attachment, ...] = ()


class News(Struct, frozen=True):
    """A change of a case: `words` is the text for the citizen."""

    case: Case
    place: int
    """Index of the step."""
    words: str


class PartnerCases:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, case_registration: CaseRegistration,
                 case_notifications: CaseNotifications, met: Reach, *,
                 channel: str, queue: str, keep: KeepFile) -> None:
        """`met` gives a conversation without messages; `queue` is the line of programs without their own."""
        self._keep = keep
        self._sequencer, self._store, self._actions = sequencer, store, actions
        self._case_registration, self._case_notifications = case_registration, case_notifications
        self._met, self._channel, self._queue = met, channel, queue

    def now(self) -> datetime:
        return self._sequencer.now()

    def check(self, who: Operator) -> None:
        """Raises RefusedError where a program may not, as at the federal level (FD-04)."""
        if (refusal := self._actions.authorization.why_not(who, Permission.HAND_IN)) is not None:
            raise RefusedError(refusal.code, refusal.text)

    async def read(self, who: Operator, about: str = "") -> None:
        """A program reads its own cases: one, or with "" all. Audited."""
        self.check(who)
        await self._actions.readings.note(who.login, "case" if about else "listed", about, "open311")

    async def hand_in(self, who: Operator, petition: PartnerCase) -> Case:
        """Register it. Raises RefusedError, StoreError; after an interruption it is submitted again."""
        self.check(who)
        live = await self._met(self._address(who, petition.key))
        if (known := live.keys.get(("", petition.key))) is None:
            await self._said(who, live, petition)
        else:
            await self._sequencer.stored(live, known)
        for file in petition.files:
            await self._keep(live.head.id, file)
        draft = Draft(petition.key, CaseKind.REQUEST, petition.topic, petition.text, petition.matter, partner=who.login)
        return (await self._case_registration.take_in(who, live, draft))[0]

    async def number_of(self, who: Operator, key: str) -> str:
        """The number for a key; raises RefusedError("no_such_case")."""
        self.check(who)
        live = await self._sequencer.at(self._address(who, key))
        known = await self._store.get(CaseKey, key_of(live.head.id, key)) if live is not None else None
        if known is None:
            raise RefusedError("no_such_case", "Такого обращения нет.")
        return known.number

    async def add(self, who: Operator, number: str, key: str, text: str) -> Case:
        """Add a message of the citizen. Idempotent by key."""
        self.check(who)
        case = await self.case(who.login, number)
        live = await self._sequencer.load(case.conversation)
        if (known := live.keys.get(("", key))) is not None:
            await self._sequencer.stored(live, known)
        else:
            now = self._sequencer.now()
            audit_entry = AuditEntry(now, who.login, "case_addition", number)
            await self._sequencer.committed_step(live, (Message(CITIZEN, text, now, key=key),), audit_entries=(audit_entry,))
            self._case_registration.on_change(case)
        return case

    async def case(self, partner: str, number: str) -> Case:
        """A case of a program, or with "" of any; others are reported as unknown."""
        case = await self._store.get(Case, number)
        if case is None or not case.partner or partner not in {"", case.partner}:
            raise RefusedError("no_such_case", "Такого обращения нет.")
        return case

    async def cases(self, partner: str, since: datetime, until: datetime) -> AsyncGenerator[Case, None]:
        """Cases of a program, or with "" of all, registered in a period, newest first."""
        after: Case | None = None
        while page := await self._store.marked(Case, "partner", partner, since=since, until=until, after=after, newest=True, limit=PAGE):
            after = page[-1]
            for case in page:
                yield case

    async def news(self, partner: str, since: datetime, until: datetime) -> AsyncGenerator[News, None]:
        """Their changes in a period, case by case. A concurrent change may appear in the next call."""
        after: Case | None = None
        while page := await self._store.marked(Case, "partner_news", partner, since=since, after=after, limit=PAGE):
            after = page[-1]
            for case in page:
                for place, step in enumerate(case.steps):
                    if since <= step.at < until and (words := self.words(case, place)):
                        yield News(case, place, words)

    def notice(self, case: Case) -> str:
        """The text for the citizen after registration."""
        return self._case_notifications.words(case, case.steps[0])

    def words(self, case: Case, place: int) -> str:
        """The text of a step: the citizen's notice, otherwise the new state; "" for steps without a visible change."""
        step = case.steps[place]
        if place and step.state is not case.steps[place - 1].state:
            return self._case_notifications.words(case, step) or f"Обращение № {case.number}: {STATES[step.state].title}."
        return self._case_notifications.words(case, step)

    async def _said(self, who: Operator, live: LiveConversation, petition: PartnerCase) -> None:
        now = self._sequencer.now()
        closed = Closed(now, petition.topic, who.login)
        head = hand_over(live.head, closed)
        head = replace(head, line=(who.queues or (self._queue,))[0])
        said = Message(CITIZEN, petition.said, now, key=petition.key, attachments=petition.files)
        audit_entry = AuditEntry(now, who.login, HANDED_IN, str(head.id))
        await self._sequencer.committed_step(live, (said, HandedOver(now, closed, HANDED_IN, who.login)), head=head,
                                             audit_entries=(audit_entry,))

    def _address(self, who: Operator, key: str) -> Address:
        return Address(self._channel, f"{who.login}/{key}")
