"""The archive: what people said is found in any form of the words, newest first."""

from hub.conversations.conversation import WithBot
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from tests.storage.data import adding, at, eventually, handed, opening, said


async def found(store: Store, text: str, *, before: int = 0, limit: int = 50) -> list[int]:
    return [hit.record.id for hit in await store.find(text, before=before, limit=limit)]


async def caught_up(store: Store, record: int) -> None:
    """Wait until the archive has seen a last record that says «маяк»."""
    async def seen() -> bool:
        return record in await found(store, "маяк")
    await eventually(seen)


class ArchiveContract:
    async def test_words_are_found_in_any_form_newest_first(self, store: Store) -> None:
        # KB-02, CH-12
        texts = ("Потерял загранпаспорт", "Сколько денег нужно за ребёнка?", "паспорта детей и деньги", "Елка стоит", "маяк")
        await store.commit(opening(10, *(said(11 + n, 10, text) for n, text in enumerate(texts))))
        await caught_up(store, 15)
        assert await found(store, "загранпаспорта") == [11]
        assert await found(store, "ЗАГРАНПАСПОРТОВ") == [11]
        assert await found(store, "деньгам") == [13, 12]
        assert await found(store, "деньги паспорт") == [13]
        assert await found(store, "ребенок") == [13, 12]  # детей, ребёнка
        assert await found(store, "ёлка") == [14]
        assert await found(store, "ёлки деньги") == []
        hit, = await store.find("ёлка")
        assert (hit.record, hit.head.id, hit.head.last) == (said(14, 10, "Елка стоит"), 10, 15)

    async def test_pages_of_the_archive(self, store: Store) -> None:
        for number in range(10, 100, 10):
            await store.commit(opening(number, said(number + 1, number, "справка о доходах"), said(number + 2, number, "маяк")))
        await caught_up(store, 92)
        everything = [n + 1 for n in range(90, 0, -10)]
        assert await found(store, "справки") == everything
        assert await found(store, "справки", limit=4) == everything[:4]
        assert await found(store, "справки", before=everything[3], limit=4) == everything[4:8]
        assert await found(store, "справки", before=everything[-1]) == []

    async def test_only_what_people_said_is_found(self, store: Store) -> None:
        await store.commit(opening(10, handed(11, 10, WithBot()), said(12, 10, "снилс", author=Author.BOT),
                                   said(13, 10, "снилс", author=Author.SYSTEM), said(14, 10, "снилс", author=Author.OPERATOR, by="anna")))
        note = StoredEvent(15, 10, Message(Author.OPERATOR, "заметка про снилс", at(15), by="anna", internal=True))
        await store.commit(adding(14, note, said(16, 10, "маяк")))
        await caught_up(store, 16)
        assert await found(store, "снилс") == [15, 14]

    async def test_nonsense_finds_nothing_and_breaks_nothing(self, store: Store) -> None:
        await store.commit(opening(10, said(11, 10, "справка"), said(12, 10, "маяк")))
        await caught_up(store, 12)
        for text in ("", "   ", "?!", '"', 'справка" OR "', "archive_0001", "NEAR(справка)", "*", "-справка +", "\x00", "а" * 10_000):
            assert set(await found(store, text)) <= {11}
        assert await found(store, "справка-") == [11]
