"""What is erased: a step that takes words out of the journal, the archive and the documents, all of it or nothing."""

import pytest
from msgspec.structs import replace

from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Closed, Conversation
from hub.conversations.identities import Membership
from hub.conversations.journal import Erased, ErasureCause, StoredEvent, Transcribed, TranscriptLine
from hub.conversations.message import Author
from hub.conversations.ports import Commit, Store
from hub.kernel.errors import ConflictError
from hub.privacy.erased_conversation import all_redacted, redacted_head
from tests.storage.contract_archive import caught_up, found
from tests.storage.data import adding, address, at, audit_entry, head, opening, said, waiting_for

LONG = "Ваша запись подтверждена, приходите с паспортом в окно номер семь, " * 3
"""Long enough to be kept as a phrase."""
CLOSED = Closed(at(20), "other", "anna")


def closed(number: int, *records: StoredEvent) -> Commit:
    change = opening(number, *records, holder=CLOSED)
    assert change.head is not None
    return replace(change, head=replace(change.head, citizen=Citizen("Пётр")))


async def erase(store: Store, number: int, *, expects: int = 0, dropped: tuple[tuple[type[Membership], str], ...] = ()) -> Conversation:
    records, before = await store.records(number), await store.conversation(number)
    assert before is not None
    change = Commit(number, expects or before.last, (StoredEvent(before.last + 1, number, Erased(at(50), ErasureCause.TERM)),), redacted_head(before, at(50)))
    await store.erase(change, tuple(all_redacted(records)), dropped=dropped, audit_entry=audit_entry(50, "erased"))
    after = await store.conversation(number)
    assert after is not None
    return after


class ErasureContract:
    async def test_what_is_erased_keeps_when_and_by_whom_and_nothing_else(self, store: Store) -> None:
        # SE-03: 152-ФЗ ст. 5 ч. 7
        words = StoredEvent(14, 10, Transcribed(at(14), 12, (TranscriptLine(0, Author.CITIZEN, "Потерял загранпаспорт"),)))
        await store.commit(closed(10, said(11, 10, "Живу на Заречной", key="k1"), said(12, 10, LONG, author=Author.BOT),
                                  said(13, 10, "Запишу", author=Author.OPERATOR, by="anna"), words))
        after = await erase(store, 10)
        assert (after.address, after.citizen, after.erased, after.number) == (Address("web.chat", ""), Citizen(), at(50), "077-260101-00010-0")
        assert [(type(r.entry).__name__, r.entry.at, getattr(r.entry, "text", ""), getattr(r.entry, "by", "")) for r in await store.records(10)] == [
            ("Message", at(11), "", ""), ("Message", at(12), "", ""), ("Message", at(13), "", "anna"),
            ("Transcribed", at(14), "", ""), ("Erased", at(50), "", "")]
        assert await store.keys(10) == {}
        assert [each.what for _, each in await store.audit_entries()] == ["erased"]

    async def test_words_that_were_erased_are_found_no_more(self, store: Store) -> None:
        # SE-03: the other's words stay; what was never indexed breaks nothing
        await store.commit(closed(10, said(11, 10, "Потерял загранпаспорт")))
        await store.commit(closed(20, said(21, 20, "Нашёл загранпаспорт"), said(22, 20, "маяк")))
        await caught_up(store, 22)
        await store.commit(closed(30, said(31, 30, "Третий загранпаспорт")))
        await erase(store, 10)
        await erase(store, 30)
        await store.commit(opening(40, said(41, 40, "маяк")))
        await caught_up(store, 41)
        assert await found(store, "загранпаспорт") == [21]
        assert await found(store, "потерять") == []

    async def test_nobody_is_found_by_an_address_that_was_erased(self, store: Store) -> None:
        # SE-03: whoever comes back begins anew
        await store.commit(closed(10))
        await erase(store, 10)
        assert await store.at_address(address("10")) is None
        assert await store.with_addresses([address("10")]) == []
        await store.commit(opening(20, name="10"))
        assert [each.id for each in await store.with_addresses([address("10")])] == [20]

    async def test_documents_go_in_the_same_step(self, store: Store) -> None:
        # SE-03, CH-16
        await store.commit(closed(10))
        await store.put(Membership("web.chat:10", "1"))
        with pytest.raises(ConflictError):
            await erase(store, 10, expects=99, dropped=((Membership, "web.chat:10"),))
        assert await store.get(Membership, "web.chat:10") is not None
        assert (await store.records(10))[0] == said(11, 10)
        assert await store.at_address(address("10")) == replace(head(10, CLOSED), last=11, citizen=Citizen("Пётр"))
        await erase(store, 10, dropped=((Membership, "web.chat:10"),))
        assert await store.get(Membership, "web.chat:10") is None

    async def test_nothing_is_owed_of_what_was_erased(self, store: Store) -> None:
        await store.commit(replace(closed(10, said(11, 10), said(12, 10)), owed=(11, 12)))
        await store.commit(opening(20, owed=(21,)))
        await erase(store, 10)
        assert [each.id for each in await store.owed()] == [21]

    async def test_what_is_over_is_read_once(self, store: Store) -> None:
        # SE-03: closed and not erased yet, oldest first
        for number in (10, 20, 30):
            await store.commit(closed(number))
        await store.commit(opening(40))
        await erase(store, 20)
        assert [each.id for each in await store.over(50)] == [10, 30]
        assert [each.id for each in await store.over(30)] == [10]
        assert [each.id for each in await store.over(50, after=10, limit=1)] == [30]

    async def test_what_the_robot_has_and_nobody_speaks_in_is_found(self, store: Store) -> None:
        # SE-03
        await store.commit(closed(10))
        await store.commit(opening(20))
        await store.commit(opening(30, holder=waiting_for("general", 1)))
        await store.commit(opening(40))
        await store.commit(opening(50))
        await store.commit(adding(51, said(70, 50)))
        assert [each.id for each in await store.unheard(60)] == [20, 40]
        assert [each.id for each in await store.unheard(60, after=20)] == [40]
        assert [each.id for each in await store.unheard(41, limit=1)] == [20]
