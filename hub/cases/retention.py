"""Erases personal data of cases when the retention by their legal class is over and no legal hold applies (SE-03).

`CaseTerms` says for how long a case is kept, and `left_of` what remains of it (0031).
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from hub.cases.case import Case, Label, Subject
from hub.cases.state import OPEN, CaseState
from hub.cases.tracking import CaseCode
from hub.cases.transitions import TRANSITIONS, Need
from hub.conversations.attachments import Hold
from hub.conversations.journal import ErasureCause
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError
from hub.kernel.retention_kind import Expired
from hub.organisation.territory import Place

ORGANISED = frozenset({Need.LINE, Need.CENTRE})
"""Targets of a step that remain: lines and centres."""
ENDED = tuple(each for each in CaseState if each not in OPEN)
OPEN_STILL = "Обращение № {number} ещё рассматривается: без него на него не ответить (152-ФЗ ст. 6 ч. 1 п. 2)."
KEPT = {
    Label.FZ59: "59-ФЗ и приказ Росархива от 20.12.2019 № 236", Label.FZ210: "210-ФЗ и приказ Росархива от 20.12.2019 № 236"}
WITHIN = "Обращение № {number} хранится {until}: {law}; хранить его обязывает закон (152-ФЗ ст. 6 ч. 1 п. 2)."


class CaseTerms(Struct, frozen=True):
    """`years` by legal class, counted from the first of January after the year of the end; a class without a number is kept forever."""

    years: Mapping[Label, int]
    zone: tzinfo

    def until(self, case: Case) -> datetime | None:
        """End of the retention; None for an open case, or one kept forever."""
        at, years = ended(case), self.years.get(case.ruling.label)
        if at is None or years is None:
            return None
        # Приказ Росархива от 20.12.2019 № 237: terms run from the first of January after the year in which the file was closed.
        return datetime(at.astimezone(self.zone).year + 1 + years, 1, 1, tzinfo=self.zone)

    def newest(self, now: datetime) -> datetime:
        """Cases registered since then are still kept."""
        return datetime(now.astimezone(self.zone).year - min(self.years.values()), 1, 1, tzinfo=self.zone)

    def stays(self, case: Case, now: datetime) -> str:
        """Why it is kept although its citizen requests the deletion, in words; "" where it may be deleted (152-ФЗ ст. 21)."""
        if ended(case) is None:
            return OPEN_STILL.format(number=case.number)
        until = self.until(case)
        if case.ruling.label not in KEPT or (until is not None and until <= now):
            return ""
        term = f"до {until:%d.%m.%Y}" if until else "постоянно"
        return WITHIN.format(number=case.number, until=term, law=KEPT[case.ruling.label])


def ended(case: Case) -> datetime | None:
    """The last step of a case that is not open any more; None for an open one."""
    return None if case.state in OPEN else case.steps[-1].at


def left_of(case: Case, at: datetime) -> Case:
    """The basis of reports and the audit: number, kind, law, terms, lines, topics and steps, without words, person or body."""
    steps = tuple(replace(each, why="", to=each.to if TRANSITIONS[each.act].to in ORGANISED else "") for each in case.steps)
    origin = replace(case.origin, by="", why="", name="", contact="", files=()) if case.origin else None
    return replace(case, text="", conversation=0, others=(), address="", shown="", series="", steps=steps, told=len(steps), origin=origin,
                   matter=Subject(place=Place(case.matter.place.subject), refusal=case.matter.refusal), restated=(), erased=at)


PAGE = 500
EVERY = 1_000_000


class CasesOver:
    """Retention by the last step. Reports count erased cases as before."""

    name = "cases"

    def __init__(self, terms: CaseTerms, sequencer: ConversationSequencer, store: Store) -> None:
        self._terms, self._sequencer, self._store = terms, sequencer, store

    async def over(self) -> AsyncGenerator[Expired, None]:
        newest = self._terms.newest(self._sequencer.now())
        for state in ENDED:
            after: Case | None = None
            while page := await self._store.marked(Case, "state", state, until=newest, after=after, limit=PAGE):
                after = page[-1]
                for case in page:
                    if self._over(case) and not await self._held(case):
                        yield Expired(case.number, case.steps[-1].at, key=case.number)

    async def end(self, over: Sequence[Expired]) -> None:
        for each in over:
            case = await self._store.get(Case, each.key)
            if case is not None and case.erased is None and self._over(case):
                await wipe(self._store, case, AuditEntry(self._sequencer.now(), "", "case_erased", case.number, ErasureCause.TERM))

    def _over(self, case: Case) -> bool:
        until = self._terms.until(case)
        return until is not None and until <= self._sequencer.now()

    async def _held(self, case: Case) -> bool:
        return any([await self._store.get(Hold, str(each)) for each in (case.conversation, *case.others)])


async def wipe(store: Store, case: Case, audit_entry: AuditEntry) -> bool:
    """Whether it was erased: a case that changes at this moment is not. Raises StoreError."""
    code = await store.get(CaseCode, case.number)
    try:
        await store.exchange((left_of(case, audit_entry.at),), (code,) if code else (), audit_entry, seen=(case,))
    except ConflictError:
        return False
    return True


async def cases_of(store: Store, conversation: int) -> list[Case]:
    """The cases of a conversation."""
    return await store.marked(Case, "conversation", str(conversation), limit=EVERY)


async def owing(store: Store, conversation: int) -> Case | None:
    """An unanswered case that needs its conversation."""
    return next((each for each in await cases_of(store, conversation) if ended(each) is None), None)
