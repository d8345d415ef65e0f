"""Takes a case in: out of a conversation, under a number that the citizen gets at once, with its term by law (CM-01, CM-02, RQ-01).

Refusals are those of actions.py, and: the text was not read back to a caller, there is no such topic or line.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from hub.access import Permission
from hub.actions import Actions
from hub.audit import Deed
from hub.cases import Act, Case, CaseKey, CaseKind, CaseState, CaseStep, Filing, Matter, Ruling, family, proof
from hub.classifier import Classifier
from hub.errors import ConflictError, RefusedError
from hub.identities import plain
from hub.lanes import Lane, Lanes
from hub.law import Law
from hub.numbers import Numbers
from hub.operators import Operator
from hub.ports import Store
from hub.telling import SPOKEN, Telling
from hub.verification import Proven, check_shown, proven


class Draft(Struct, frozen=True):
    """What an operator writes down. `key` is unique to it: sending it again registers nothing twice."""

    key: str
    kind: CaseKind
    topic: str
    text: str
    matter: Matter
    read_back: bool = False
    shown: str = ""
    """The kind of document by which he has shown who he is; ЕСИА's proof in the conversation needs none."""
    received: datetime | None = None
    """When it came, where that was before today: a letter of the weekend."""
    partner: str = ""


class Registering:
    def __init__(self, lanes: Lanes, store: Store, actions: Actions, law: Law, classifier: Classifier, telling: Telling,
                 numbers: Numbers) -> None:
        self._lanes, self._store, self._actions, self._law = lanes, store, actions, law
        self._classifier, self._telling, self._numbers = classifier, telling, numbers
        self.on_change: Callable[[Case], None] = lambda _: None

    async def register(self, who: Operator, conversation: int, draft: Draft) -> tuple[Case, str]:
        """The case, and the code that its operator must say where the citizen cannot read it; "" else, and for a repeated key."""
        lane, _ = await self._actions.mine(who, conversation)
        return await self.take_in(who, lane, draft)

    async def take_in(self, who: Operator, lane: Lane, draft: Draft) -> tuple[Case, str]:
        """The same in a conversation that nobody holds, for whoever was asked already whether he may."""
        conversation = lane.head.id
        if (before := await self._store.get(CaseKey, key_of(conversation, draft.key))) is not None:
            return await self._told(before.number)
        self._check(who, lane, draft)
        case = self._case(who, lane, draft)
        try:
            await self._store.exchange(
                (), (), Deed(case.registered, who.login, "case_register", case.number, f"{conversation} {proof(case)}".strip()),
                new=(case, CaseKey(key_of(conversation, draft.key), case.number)))
        except ConflictError:  # the same draft, twice at once
            before = await self._store.get(CaseKey, key_of(conversation, draft.key))
            if before is None:
                raise
            return await self._told(before.number)
        self.on_change(case)
        return await self._told(case.number)

    def preview(self, lane: Lane, kind: CaseKind, matter: Matter, *, shown: bool) -> tuple[Ruling, datetime]:
        """What the law would make of it now, and until when an answer would be owed; `shown` who he is, or proved through ЕСИА."""
        now = self._lanes.now()
        rule = self._law.of(kind, family(lane.head.address), matter, now, identified=shown or self.proved(lane))
        return self._law.ruling(rule, now, now)

    def proved(self, lane: Lane) -> bool:
        """Whether ЕСИА has proved who he is, in this conversation and not too long ago (ST-04)."""
        return proven(lane.head.verification, self._lanes.now()) is Proven.ACCOUNT

    async def _told(self, number: str) -> tuple[Case, str]:
        code = await self._telling.tell(number)
        case = await self._store.get(Case, number)
        if case is None:
            raise RefusedError("no_such_case", "Такого обращения нет.")
        return case, code

    def _check(self, who: Operator, lane: Lane, draft: Draft) -> None:
        if draft.topic not in self._classifier:
            raise RefusedError("no_such_topic", "Такой темы нет.")
        if family(lane.head.address) in SPOKEN and not draft.read_back:
            raise RefusedError("not_read_back", "Прочитайте текст заявителю и отметьте, что он согласен.")
        check_shown(draft.shown)
        if draft.kind is CaseKind.COMPLAINT and (refusal := self._actions.admission.why_not(who, Permission.TAKE_COMPLAINT, lane.head)):
            raise RefusedError(refusal.code, refusal.text)

    def _case(self, who: Operator, lane: Lane, draft: Draft) -> Case:
        head, now = lane.head, self._lanes.now()
        received = min(draft.received or now, now)
        proved = self.proved(lane)
        identified = proved or bool(draft.shown)
        rule = self._law.of(draft.kind, family(head.address), draft.matter, received, identified=identified)
        ruling, due = self._law.ruling(rule, received, now)
        return Case(
            self._numbers.next(now), draft.kind, draft.text, head.id, plain(head.address), family(head.address), received, ruling, due,
            head.queue, head.queue, (CaseStep(now, who.login, Act.REGISTER, CaseState.REGISTERED),),
            (Filing(now, who.login, draft.topic, self._classifier.current.version),), draft.matter, draft.read_back, identified,
            "" if proved else draft.shown, draft.partner)


def key_of(conversation: int, key: str) -> str:
    """Of a CaseKey: what a draft is known by in its conversation."""
    return f"{conversation}/{key}"


async def newest_number(store: Store, centre: str) -> str:
    """The highest number that a centre ever gave to a case; "" before the first."""
    found = await store.marked(Case, "numbered", centre, newest=True, limit=1)
    return found[0].number if found else ""


