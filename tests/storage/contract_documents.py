"""Documents (operators, sessions, articles, announcements, uploads) and the audit."""

from hub.announcements import Announcement, Approval, Occasion, Wording
from hub.knowledge import Article
from hub.operators import Operator, Role, SignIn
from hub.ports import Store
from tests.storage.data import at, deed, opening, together

ANNA = Operator("anna", "Анна Иванова", Role.OPERATOR, ("general",))
OLGA = Operator("olga", "Ольга Петрова", Role.SENIOR)


class DocumentsContract:
    async def test_documents_are_put_replaced_and_dropped(self, store: Store) -> None:
        assert await store.get(Operator, "anna") is None
        await store.put(OLGA)
        await store.put(ANNA)
        assert await store.get(Operator, "anna") == ANNA
        assert await store.all(Operator) == [ANNA, OLGA]
        retired = Operator("anna", "Анна Сидорова", Role.OPERATOR, active=False)
        await store.put(retired)
        assert await store.all(Operator) == [retired, OLGA]
        await store.drop(Operator, "anna")
        await store.drop(Operator, "anna")
        assert await store.all(Operator) == [OLGA]

    async def test_kinds_stand_apart(self, store: Store) -> None:
        article = Article("anna", "Анна", "Просто статья")
        sign_in = SignIn("anna", "anna", "csrf", at(0), at(60))
        wording = Wording("Портал не работает", Occasion.JOINING, at(0), at(60), ("general",))
        announced = Announcement("anna", 2, wording, "dina", at(0), Approval("boss", at(1)))
        for document in (ANNA, article, sign_in, announced):
            await store.put(document)
        assert [await store.get(kind, "anna") for kind in (Operator, Article, SignIn, Announcement)] == [ANNA, article, sign_in, announced]
        await store.drop(Article, "anna")
        assert await store.get(Operator, "anna") == ANNA
        assert await store.all(Article) == []

    async def test_the_deed_is_stored_with_what_was_done(self, store: Store) -> None:
        # SE-01
        await store.put(ANNA, deed(1, "operator_made"))
        await store.drop(Operator, "anna", deed(2, "operator_dropped"))
        await store.note(deed(3, "searched"))
        assert [d.what for _, d in await store.deeds()] == ["searched", "operator_dropped", "operator_made"]

    async def test_the_audit_is_paged_from_the_newest(self, store: Store) -> None:
        # SE-01
        for n in range(10):
            await store.note(deed(n, f"deed {n}"))
        page = await store.deeds(limit=3)
        assert [d.what for _, d in page] == ["deed 9", "deed 8", "deed 7"]
        rest = await store.deeds(before=page[-1][0])
        assert [d.what for _, d in rest] == [f"deed {n}" for n in range(6, -1, -1)]
        assert len({number for number, _ in (*page, *rest)}) == 10

    async def test_documents_and_steps_meet_in_one_batch(self, store: Store) -> None:
        outcomes = await together(store, opening(10), opening(20, name="10"))
        await store.put(ANNA)
        assert outcomes[0] is None
        assert outcomes[1] is not None
        assert await store.get(Operator, "anna") == ANNA
