"""Documents (operators, sessions, articles, announcements, uploads) and the audit."""

import pytest

from hub.access.operator import Operator, Role, SignIn
from hub.citizens.consent import Consents, ConsentText, Contact, Given, Phrasing
from hub.conversations.address import Address
from hub.conversations.identities import How, Identity, Membership, Proof
from hub.conversations.ports import Store
from hub.kernel.approval import Approval
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError
from hub.knowledge.article import Article
from hub.notifications.announcement import Announcement, Occasion, Wording
from hub.notifications.notice import Ground, Notice, OptOut
from hub.privacy.subject_request import Field, Fix, Refusing, RequestKind, RequestState, SubjectRequest
from hub.reporting.national import Report
from tests.storage.data import at, audit_entry, opening, together

ANNA = Operator("anna", "Анна Иванова", Role.OPERATOR, ("general",))
MINE = Identity("1", (Proof("web.chat:a", "sms.smpp:+79001", at(0), "anna", How.TYPED),))
OTHER = Identity("2", (Proof("email.imap:a@b.ru", "sms.smpp:+79001", at(1), "olga", How.WRITTEN),))
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

    async def test_what_is_committed_is_heard(self, store: Store) -> None:
        # MC-01: once it is there, and never where nothing was changed
        heard: list[object] = []
        store.on_documents.subscribe(heard.extend)
        done = AuditEntry(at(0), "boss", "operator_changed", "anna")
        await store.put(ANNA, done)
        await store.exchange((OLGA,), (ANNA,), seen=(ANNA,))
        with pytest.raises(ConflictError):
            await store.exchange((ANNA,), (), done, new=(OLGA,))
        await store.drop(Operator, "olga")
        await store.note(done)
        assert heard == [ANNA, done, OLGA, ANNA, Operator, done]

    async def test_kinds_stand_apart(self, store: Store) -> None:
        article = Article("anna", "Анна", "Просто статья")
        sign_in = SignIn("anna", "anna", "csrf", at(0), at(60))
        wording = Wording("Портал не работает", Occasion.JOINING, at(0), at(60), ("general",))
        announced = Announcement("anna", 2, wording, "dina", at(0), Approval("boss", at(1)))
        report = Report("anna", "001", at(0), 1, {"offered": 5, "wait_s": 2.5})
        notice = Notice("anna", 1, Address("sms.smpp", "+79161234567"), "Готово", Ground.LAW, at(0), at(60), "boss", urgent=True)
        refused = OptOut("anna", at(0), 1, 2, back=True)
        for document in (ANNA, article, sign_in, announced, report, notice, refused):
            await store.put(document)
        kinds = (Operator, Article, SignIn, Announcement, Report, Notice, OptOut)
        assert [await store.get(kind, "anna") for kind in kinds] == [ANNA, article, sign_in, announced, report, notice, refused]
        await store.drop(Article, "anna")
        assert await store.get(Operator, "anna") == ANNA
        assert await store.all(Article) == []

    async def test_documents_are_read_by_pages(self, store: Store) -> None:
        # SE-04
        for login in ("c", "a", "b"):
            await store.put(Operator(login, login, Role.OPERATOR))
        await store.put(Article("b2", "Статья", "Просто статья"))
        first = await store.page(Operator, limit=2)
        assert len(first) == 2
        (second,) = [operator.login for operator in await store.page(Operator, after=first[-1].login, limit=2)]
        assert sorted([*(operator.login for operator in first), second]) == ["a", "b", "c"]
        assert await store.page(Operator, after=second) == []

    async def test_an_exchange_is_one_step(self, store: Store) -> None:
        # CH-16
        await store.put(ANNA)
        await store.put(MINE)
        await store.exchange((OTHER, Membership("sms.smpp:+79001", "2")), (MINE, ANNA, OLGA), audit_entry(1, "split"))
        assert await store.all(Identity) == [OTHER]
        assert await store.get(Membership, "sms.smpp:+79001") == Membership("sms.smpp:+79001", "2")
        assert await store.all(Operator) == []
        assert [d.what for _, d in await store.audit_entries()] == ["split"]
        await store.exchange((ANNA,), (ANNA,))
        assert await store.get(Operator, "anna") == ANNA

    async def test_the_deed_is_stored_with_what_was_done(self, store: Store) -> None:
        # SE-01
        await store.put(ANNA, audit_entry(1, "operator_made"))
        await store.drop(Operator, "anna", audit_entry(2, "operator_dropped"))
        await store.note(audit_entry(3, "searched"))
        assert [d.what for _, d in await store.audit_entries()] == ["searched", "operator_dropped", "operator_made"]

    async def test_the_audit_is_paged_from_the_newest(self, store: Store) -> None:
        # SE-01
        for n in range(10):
            await store.note(audit_entry(n, f"deed {n}"))
        page = await store.audit_entries(limit=3)
        assert [d.what for _, d in page] == ["deed 9", "deed 8", "deed 7"]
        rest = await store.audit_entries(before=page[-1][0])
        assert [d.what for _, d in rest] == [f"deed {n}" for n in range(6, -1, -1)]
        assert len({number for number, _ in (*page, *rest)}) == 10

    async def test_documents_and_steps_meet_in_one_batch(self, store: Store) -> None:
        outcomes = await together(store, opening(10), opening(20, name="10"))
        await store.put(ANNA)
        assert outcomes[0] is None
        assert outcomes[1] is not None
        assert await store.get(Operator, "anna") == ANNA

    async def test_deeds_are_found_by_what_they_are_about(self, store: Store) -> None:
        # ST-05
        for n, about in enumerate(("7", "8", "anna", "", "7", "77")):
            await store.note(AuditEntry(at(n), "anna", f"deed {n}", about))
        found = await store.deeds_about(["7", "anna"])
        assert [d.what for _, d in found] == ["deed 4", "deed 2", "deed 0"]
        assert found == [each for each in await store.audit_entries() if each[1].about in {"7", "anna"}]
        assert [d.what for _, d in await store.deeds_about(["7", "anna"], limit=1)] == ["deed 4"]
        assert [d.what for _, d in await store.deeds_about(["7", "anna"], before=found[0][0])] == ["deed 2", "deed 0"]
        assert await store.deeds_about(["9"]) == []

    async def test_consents_and_demands_are_kept(self, store: Store) -> None:
        # SE-03
        wording = Phrasing("Согласие", "Данные хранит {keeper}")
        text = ConsentText("form/1", "form", 1, wording, wording, "anna", at(0), Approval("boss", at(1)))
        consents = Consents("7", (Given("sheet", "form", 1, "ru", at(2), "web.form", at(3), "anna"),), Contact("a@example.ru"))
        fixed = Fix(Field.NAME, "Анна", "Инна")
        demand = SubjectRequest("70", 7, RequestKind.CORRECTION, at(0), at(60), state=RequestState.DONE, ended=at(9), refusing=Refusing.LAW, fixes=(fixed,), going=(7,))
        for document in (text, consents, demand):
            await store.put(document)
        assert [await store.get(ConsentText, "form/1"), await store.get(Consents, "7"), await store.get(SubjectRequest, "70")] == [text, consents, demand]
