"""Documents that are found by marks, and changed by whoever saw them last."""

import asyncio

import pytest

from hub.cases.case import Case, CaseKind, CaseStep, Classification, Label, LegalTerms
from hub.cases.state import Act, CaseState
from hub.cases.transitions import apply
from hub.conversations.ports import Store
from hub.kernel.errors import ConflictError
from hub.organisation.legal_terms import LegalTerm
from tests.storage.data import at, audit_entry


def case(number: str, s: float = 0, *, conversation: int = 1, due_s: float = 100) -> Case:
    ruling = LegalTerms("inquiry", Label.OUTSIDE, "", at(s), LegalTerm(hours=24))
    steps, filings = (CaseStep(at(s), "anna", Act.REGISTER, CaseState.REGISTERED),), (Classification(at(s), "anna", "passports", 1),)
    return Case(f"077-261126-{int(number):07}-0", CaseKind.REQUEST, "Когда будет готов паспорт?", conversation, "sms.smpp:+79001", "sms", at(s),
                ruling, at(due_s), "general", "general", steps, filings)


def ids(cases: list[Case]) -> list[int]:
    return [int(each.number.split("-")[2]) for each in cases]


class MarksContract:
    # RQ-01
    async def test_documents_are_found_by_their_marks_in_order(self, store: Store) -> None:
        await asyncio.gather(*(store.put(case(str(n), s, conversation=n % 2, due_s=s)) for n, s in enumerate((30, 10, 20, 40))))
        assert ids(await store.marked(Case, "due")) == [1, 2, 0, 3]
        assert ids(await store.marked(Case, "due", newest=True, limit=2)) == [3, 0]
        assert ids(await store.marked(Case, "conversation", "1")) == [1, 3]
        assert await store.marked(Case, "conversation", "7") == []
        assert await store.marked(Case, "nothing") == []
        assert ids(await store.marked(Case, "due", since=at(20), until=at(40))) == [2, 0]
        assert await store.count(Case, "due") == 4
        assert await store.count(Case, "due", since=at(20), until=at(40)) == 2
        assert await store.count(Case, "topic", "passports") == 4

    @pytest.mark.parametrize("newest", [False, True])
    async def test_marks_are_paged(self, store: Store, *, newest: bool) -> None:
        # Three at the same moment: the key goes on where the moment does not.
        await asyncio.gather(*(store.put(case(str(n), n // 3, due_s=n // 3)) for n in range(9)))
        whole = await store.marked(Case, "due", newest=newest)
        paged, last = [], None
        while page := await store.marked(Case, "due", after=last, newest=newest, limit=2):
            last = page[-1]
            paged += page
        assert paged == whole
        assert [each.due for each in whole] == sorted((each.due for each in whole), reverse=newest)

    @pytest.mark.parametrize("newest", [False, True])
    async def test_pages_go_on_after_what_has_lost_its_mark(self, store: Store, *, newest: bool) -> None:
        first, *rest = [case(str(n), n) for n in (range(4) if not newest else range(3, -1, -1))]
        await store.exchange((), (), new=(first, *rest))
        assert await store.marked(Case, "state", CaseState.REGISTERED, newest=newest, limit=1) == [first]
        await store.exchange((apply(first, at(9), "anna", Act.ANSWER),), (), seen=(first,))
        assert await store.marked(Case, "state", CaseState.REGISTERED, after=first, newest=newest) == rest

    async def test_marks_go_along_with_their_document(self, store: Store) -> None:
        first = case("1")
        await store.put(first)
        answered = apply(first, at(1), "anna", Act.ANSWER)
        await store.put(answered)
        assert await store.marked(Case, "due") == []
        assert await store.marked(Case, "state", CaseState.REGISTERED) == []
        assert await store.marked(Case, "state", CaseState.ANSWERED) == [answered]
        await store.drop(Case, first.number)
        assert await store.marked(Case, "state", CaseState.ANSWERED) == []
        assert await store.count(Case, "all") == 0
        await store.put(first)
        await store.exchange((), (first,))
        assert await store.count(Case, "all") == 0

    # RQ-04, BK-03: of those who change the same at once exactly one wins.
    async def test_only_what_was_seen_is_changed(self, store: Store) -> None:
        first = case("1")
        await store.exchange((), (), new=(first,))
        with pytest.raises(ConflictError):
            await store.exchange((), (), audit_entry(0, "registered twice"), new=(case("1", 5),))
        steps = [apply(first, at(n), f"op{n}", Act.TAKE) for n in range(20)]
        told = await asyncio.gather(
            *(store.exchange((each,), (), audit_entry(n, "taken"), seen=(first,)) for n, each in enumerate(steps)), return_exceptions=True)
        assert [type(each) for each in told if each is not None] == [ConflictError] * 19
        won = await store.get(Case, first.number)
        assert won == steps[told.index(None)]
        assert [d.what for _, d in await store.audit_entries()] == ["taken"]
        with pytest.raises(ConflictError):
            await store.exchange((case("2"),), (), seen=(case("3"),))
        assert await store.get(Case, case("2").number) is None
