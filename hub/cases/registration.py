"""Registration of a case by an operator or the robot: number at once, term by law (CM-01, CM-02, RQ-01).

Refusals are those of actions/conversation_actions.py, and: not read back to the caller, unknown topic or line.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.cases.case import NOWHERE, Case, CaseKey, CaseKind, CaseStep, Classification, LegalTerms, Subject, proof
from hub.cases.law import Law, hurried
from hub.cases.notifications import CaseNotifications
from hub.cases.ports import CaseWish
from hub.cases.state import Act, CaseState
from hub.cases.topic_tree import TopicTree
from hub.conversations.identities import plain
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.conversations.verification_level import Proven, check_shown, proven
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.ids import TicketNumbers
from hub.kernel.ports import D
from hub.kernel.signal import Signal
from hub.organisation.level import Level

OWN = "desk"
"""The channel of cases initiated by the centre."""
ROBOTS_OWN = 3
"""Most cases of one conversation registered by the robot."""


class Draft(Struct, frozen=True):
    """An operator's draft. `key` is unique to it: a repeated one registers nothing."""

    key: str
    kind: CaseKind
    topic: str
    text: str
    matter: Subject
    read_back: bool = False
    shown: str = ""
    """The kind of the identity document; not needed after verification by ЕСИА in the conversation."""
    received: datetime | None = None
    """Time of receipt, if it was before today: a letter of the weekend. None for a contact that was registered with its own."""
    partner: str = ""


class CaseRegistration:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, law: Law, topic_tree: TopicTree,
                 case_notifications: CaseNotifications,
                 numbers: TicketNumbers) -> None:
        self._sequencer, self._store, self._actions, self._law = sequencer, store, actions, law
        self._topic_tree, self._case_notifications, self._numbers = topic_tree, case_notifications, numbers
        self.on_change = Signal[[Case]]()

    async def register(self, who: Operator, conversation: int, draft: Draft) -> tuple[Case, str]:
        """The case, and the code that the operator must say where the citizen cannot read it; "" otherwise, and for a repeated key."""
        live, _ = await self._actions.mine(who, conversation)
        worker = who.login if self._actions.authorization.may(who, Permission.WORK_CASES, live.head) else ""
        return await self.take_in(who, live, draft, worker)

    async def take_in(self, who: Operator, live: LiveConversation, draft: Draft, worker: str = "") -> tuple[Case, str]:
        """The same in a conversation without a holder, for a caller whose permission was checked; it belongs to `worker`."""
        if draft.kind is CaseKind.COMPLAINT and (refusal := self._actions.authorization.why_not(who, Permission.TAKE_COMPLAINT, live.head)):
            raise RefusedError(refusal.code, refusal.text)
        return await self._register(who.login, live, live.head.queue, draft, worker)

    async def by_robot(self, conversation: int, line: str, topic: str, key: str, wanted: CaseWish) -> None:
        """A case confirmed in a talk with the robot, into a line (hub.cases.ports.RegisterCase).

        At the federal centre it is refused: an operator forwards cases there (D19).
        """
        if self._actions.authorization.line(line).level is Level.FEDERAL:
            raise RefusedError("federal", "Обращение принимает и передаёт сотрудник.")
        before = await self._store.get(CaseKey, key_of(conversation, key))
        if before is None and await self._store.count(Case, "conversation", str(conversation)) >= ROBOTS_OWN:
            raise RefusedError("too_fast", "Дальше обращения принимает сотрудник.")
        draft = Draft(key, wanted.kind, topic, wanted.text, Subject(authority=wanted.authority), read_back=True)
        await self._register("", await self._sequencer.load(conversation), line, draft)

    async def _register(self, by: str, live: LiveConversation, line: str, draft: Draft, worker: str = "") -> tuple[Case, str]:
        conversation = live.head.id
        if (before := await self._store.get(CaseKey, key_of(conversation, draft.key))) is not None:
            return await self._told(before.number)
        self._check(live, draft)
        case = replace(self._case(by, live, line, draft), worker=worker)
        try:
            await self._store.exchange(
                (), (), AuditEntry(case.registered, by, "case_register", case.number, f"{conversation} {proof(case)}".strip()),
                new=(case, CaseKey(key_of(conversation, draft.key), case.number)))
        except ConflictError:  # the same draft, twice at once
            before = await self._store.get(CaseKey, key_of(conversation, draft.key))
            if before is None:
                raise
            return await self._told(before.number)
        self.on_change(case)
        return await self._told(case.number)

    async def report(self, who: Operator, line: str, draft: Draft, beside: Callable[[Case], D]) -> D:
        """Register a case without a waiting citizen in a line; returns what is stored together with it (AL-10)."""
        now = self.now()
        ruling, due = self._law.ruling(self._law.of(draft.kind, OWN, draft.matter, now, identified=True), now, now)
        case = Case(
            self._numbers.next(now), draft.kind, draft.text, NOWHERE, "", OWN, now, ruling, due, line, line,
            (CaseStep(now, who.login, Act.REGISTER, CaseState.REGISTERED),),
            (Classification(now, who.login, draft.topic, self._topic_tree.current.version),), draft.matter)
        other = beside(case)
        await self._store.exchange((), (), AuditEntry(now, who.login, "case_register", case.number), new=(case, other))
        self.on_change(case)
        return other

    def now(self) -> datetime:
        return self._sequencer.now()

    def preview(self, live: LiveConversation, kind: CaseKind, matter: Subject, *, shown: bool) -> tuple[LegalTerms, datetime]:
        """Preview of the legal terms; `shown` is an identity document, besides verification by ЕСИА."""
        now = self._sequencer.now()
        rule = self._law.of(kind, live.head.address.family, matter, now, identified=shown or self.proved(live))
        return self._law.ruling(rule, now, now)

    def proved(self, live: LiveConversation) -> bool:
        """Whether ЕСИА has verified the citizen in this conversation, and recently enough (ST-04)."""
        return proven(live.head.verification, self._sequencer.now()) is Proven.ACCOUNT

    async def _told(self, number: str) -> tuple[Case, str]:
        code = await self._case_notifications.tell(number)
        case = await self._store.get(Case, number)
        if case is None:
            raise RefusedError("no_such_case", "Такого обращения нет.")
        return case, code

    def _check(self, live: LiveConversation, draft: Draft) -> None:
        if draft.topic not in self._topic_tree:
            raise RefusedError("no_such_topic", "Такой темы нет.")
        if self._sequencer.traits.of(live.head.address).spoken and not draft.read_back:
            raise RefusedError("not_read_back", "Прочитайте текст заявителю и отметьте, что он согласен.")
        check_shown(draft.shown)

    def _case(self, by: str, live: LiveConversation, line: str, draft: Draft) -> Case:
        head, now = live.head, self._sequencer.now()
        arrived = head.opened if self._sequencer.traits.of(head.address).registered else now
        received = min(draft.received or arrived, now)
        proved = self.proved(live)
        identified = proved or bool(draft.shown)
        rule = self._law.of(draft.kind, head.address.family, draft.matter, received, identified=identified)
        ruling, due = self._law.ruling(rule, received, now)
        return Case(
            self._numbers.next(now), draft.kind, draft.text, head.id, plain(head.address), head.address.family, received, ruling,
            hurried(draft.matter, now, due),
            line, line, (CaseStep(now, by, Act.REGISTER, CaseState.REGISTERED),),
            (Classification(now, by, draft.topic, self._topic_tree.current.version),), draft.matter, draft.read_back, identified,
            "" if proved else draft.shown, draft.partner)


def key_of(conversation: int, key: str) -> str:
    """Id of a CaseKey: a draft in its conversation."""
    return f"{conversation}/{key}"


async def newest_number(store: Store, centre: str) -> str:
    """The highest case number of a centre so far; "" before the first."""
    found = await store.marked(Case, "numbered", centre, newest=True, limit=1)
    return found[0].number if found else ""


