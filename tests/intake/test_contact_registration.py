"""Visits and letters on paper, registered and answered by people through the desk's requests (CH-18)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # it is annotated and does not say so

from tests.house import Clerk, People, people
from tests.paper import near
from tests.rig import Clock, eventually

CENTRE = """centre = { code = "077", name = "Центр «Окно»", level = "regional", timezone = "Europe/Moscow" }
queues = [{ id = "general", title = "Общие" }, { id = "social", title = "Соцзащита" }]
topics = [{ id = "other", title = "Другое" }, { id = "documents", title = "Документы" }]
"""
MORNING = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
"""Half past nine in the centre."""
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@asynccontextmanager
async def centre(folder: Path, clock: Clock) -> AsyncIterator[tuple[People, Clerk]]:
    clock.now = MORNING
    async with near(folder, CENTRE, now=clock) as (house, _), people(house) as at:
        yield at, await at.admin()


def told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def letter(arrived: datetime, **more: Any) -> dict[str, Any]:
    return {"key": "letter-1", "family": "post", "text": "Прошу выдать копию решения о субсидии.", "arrived": told(arrived),
            "name": "Иванов Пётр Ильич", "postal": "101000, Москва, ул. Лесная, 5, кв. 12", "own_number": "вх-17"} | more


def visit(arrived: datetime, **more: Any) -> dict[str, Any]:
    return {"key": "visit-1", "family": "visit", "text": "Не пришло пособие за ноябрь", "arrived": told(arrived),
            "name": "Мария", "phone": "8 (916) 123-45-67"} | more


async def made(clerk: Clerk, contact: dict[str, Any]) -> str:
    conversation: str = (await clerk.does("POST", "/api/contacts", contact))["conversation"]
    return conversation


async def row(clerk: Clerk, conversation: str) -> dict[str, Any]:
    found: dict[str, Any] = (await clerk.does("GET", f"/api/conversations/{conversation}"))["conversation"]
    return found


async def test_a_letter_has_its_term_from_the_moment_that_it_arrived(tmp_path: Path) -> None:
    # CH-18, RQ-07, GV-17: it lay over the weekend's first day and is typed on the second
    clock = Clock()
    async with centre(tmp_path, clock) as (at, admin):
        anna = await at.clerk(admin)
        arrived = MORNING - timedelta(hours=20)
        conversation = await made(anna, letter(arrived, queue="general"))
        assert await made(anna, letter(arrived, queue="general")) == conversation  # a second click
        head = await row(anna, conversation)
        assert (head["channel"], head["holder"]["kind"], head["promise"]["due"]) == ("post", "queue", told(arrived + timedelta(hours=24)))
        assert "Лесная" in head["address"]
        said = [entry for entry in await anna.timeline(conversation) if entry["kind"] in {"message", "note"}]
        assert [entry["text"] for entry in said if entry["author"] == "citizen"] == [letter(arrived)["text"]]
        assert "Номер письма: вх-17" in said[0]["text"]
        assert [each["id"] for each in (await anna.does("GET", "/api/promises"))["conversations"]] == [conversation]
        audit = [entry["what"] for entry in await admin.does("GET", "/api/audit") if entry["about"] == conversation]
        assert audit.count("contact_register") == 1


async def test_an_answer_on_paper_is_given_when_it_was_sent(tmp_path: Path) -> None:
    # CH-18: written is not sent; the desk says by whom, how and when
    clock = Clock()
    async with centre(tmp_path, clock) as (at, admin):
        anna = await at.clerk(admin)
        conversation = await made(anna, letter(MORNING - timedelta(minutes=40)))
        head = await row(anna, conversation)
        assert (head["holder"]["kind"], head["holder"]["operator"]) == ("operator", anna.login)
        path = f"/api/conversations/{conversation}"
        scan = await anna.does("POST", f"{path}/files?name=скан.png", data=PNG)
        await anna.does("POST", f"{path}/scans", {"key": "s", "files": [scan["file"]]})
        assert [each["attachments"][0]["name"] for each in await anna.timeline(conversation) if each["attachments"]] == ["скан.png"]
        reply = await anna.does("POST", f"{path}/reply", {"key": "r", "text": "Копия решения приложена.\nПриём по будням."})
        assert (await row(anna, conversation))["promise"] is not None
        assert (await anna.act(conversation, "close", {"topic": "other"}))[1]["error"] == "promise_open"

        status, paper = await anna.call("GET", f"{path}/replies/{reply['id']}/file")
        assert status == 200
        words = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(paper))
        assert all(each in words for each in ("Копия решения", "Лесная", head["number"], "Центр «Окно»"))

        clock.forward(600)
        await anna.does("POST", f"{path}/replies/{reply['id']}/sent", {"way": "post", "note": "РПО 10100012345678"})
        assert (await row(anna, conversation))["promise"] is None
        (sent,) = [each for each in await anna.timeline(conversation) if each["kind"] == "carried"]
        assert (sent["why"], sent["record"], sent["at"]) == ("sent", reply["id"], told(MORNING + timedelta(minutes=10)))
        assert sent["text"] == f"почтой, РПО 10100012345678 ({anna.login.title()})"
        assert (await anna.act(conversation, "close", {"topic": "other"}))[0] == 200


async def test_a_visitor_is_served_like_a_caller(tmp_path: Path) -> None:
    # CH-18: the queue's clock from the moment they came, the case that was read back, the answer by a call
    clock = Clock()
    async with centre(tmp_path, clock) as (at, admin):
        anna, boris = await at.clerk(admin), await at.clerk(admin, queues=("social",))
        came = MORNING - timedelta(minutes=5)
        conversation = await made(anna, visit(came, queue="social"))
        (waiting,) = (await boris.does("GET", "/api/inbox?view=waiting"))["conversations"]
        assert (waiting["id"], waiting["holder"]["since"], waiting["channel"]) == (conversation, told(came), "visit")
        await boris.does("POST", f"/api/conversations/{conversation}/take")
        draft = {"key": "c", "kind": "request", "topic": "documents", "text": "Не пришло пособие"}
        path = f"/api/conversations/{conversation}/cases"
        assert (await boris.call("POST", path, draft))[1]["error"] == "not_read_back"
        case = await boris.does("POST", path, draft | {"read_back": True})
        assert (case["case"]["label"], len(case["code"])) == ("59-fz", 8)
        await boris.does("POST", f"/api/conversations/{conversation}/close", {"topic": "documents"})
        for step in ({"act": "take"}, {"act": "answer", "why": "Выплачено 30 ноября"}):
            await boris.does("POST", f"/api/cases/{case['case']['number']}/steps", step)
        (owed,) = (await boris.does("GET", "/api/promises"))["conversations"]
        assert (owed["id"], owed["callable"]) == (conversation, False)  # no telephone here to call from
        assert "сообщите его по телефону" in owed["promise"]["why"]

        # The same visitor comes again: another contact, the same person.
        again = await made(boris, visit(clock.now, key="visit-2"))
        assert again != conversation
        history = await boris.does("GET", f"/api/conversations/{again}/history")
        assert [each["id"] for each in history["contacts"]] == [conversation]

        async def both_found() -> bool:
            found = await admin.does("GET", "/api/search?text=пособие&channel=visit")
            return {each["conversation"]["id"] for each in found["hits"]} == {conversation, again}
        await eventually(both_found)
        by_number = await admin.does("GET", "/api/search?text=8916-123-45-67")
        assert {each["id"] for each in by_number["conversations"]} == {conversation, again}


async def test_the_answer_to_a_letters_case_is_owed_until_it_is_sent(tmp_path: Path) -> None:
    # CH-18, RQ-07: 59-ФЗ, from the day on which it arrived
    clock = Clock()
    async with centre(tmp_path, clock) as (at, admin):
        anna = await at.clerk(admin)
        arrived = MORNING - timedelta(days=2)
        conversation = await made(anna, letter(arrived))
        case = await anna.does("POST", f"/api/conversations/{conversation}/cases",
                               {"key": "c", "kind": "request", "topic": "documents", "text": "Прошу копию решения"})
        assert (case["case"]["label"], len(case["code"])) == ("59-fz", 8)
        assert (await anna.does("GET", f"/api/cases/{case['case']['number']}"))["received"] == told(arrived)
        await anna.act(conversation, "withdraw", {"note": "ответ — по зарегистрированному обращению"})
        await anna.does("POST", f"/api/conversations/{conversation}/close", {"topic": "documents"})
        for step in ({"act": "take"}, {"act": "answer", "why": "Копия решения приложена"}):
            await anna.does("POST", f"/api/cases/{case['case']['number']}/steps", step)
        assert "напечатайте его и отправьте" in (await row(anna, conversation))["promise"]["why"]
        await anna.does("POST", f"/api/conversations/{conversation}/take")
        answer = next(each for each in await anna.timeline(conversation) if "Копия решения приложена" in each["text"])
        await anna.does("POST", f"/api/conversations/{conversation}/replies/{answer['id']}/sent", {"way": "by_hand"})
        assert (await row(anna, conversation))["promise"] is None


async def test_reports_show_them_by_channel(tmp_path: Path) -> None:
    # CH-18, MC-02: a letter of an earlier day is counted on the day on which it was registered
    clock = Clock()
    async with centre(tmp_path, clock) as (at, admin):
        anna = await at.clerk(admin)
        await made(anna, letter(MORNING - timedelta(days=3), queue="general"))
        await made(anna, visit(MORNING - timedelta(minutes=1)))
        report = await admin.does("GET", "/api/periods?since=2026-12-01&until=2026-12-01&by=channel")
        assert {each["key"]: each["offered"] for each in report["rows"]} == {"post": 1, "visit": 1}


async def test_what_may_not_be_registered(tmp_path: Path) -> None:
    # CH-18, SE-01
    clock = Clock()
    async with centre(tmp_path, clock) as (at, admin):
        anna = await at.clerk(admin)
        assert (await anna.call("POST", "/api/contacts", visit(MORNING, phone="12")))[1]["error"] == "bad_address"
        assert (await anna.call("POST", "/api/contacts", visit(MORNING, queue="none")))[1]["error"] == "no_such_queue"
        assert (await anna.call("POST", "/api/contacts", visit(MORNING, family="voice")))[0] == 400
        tomorrow = await made(anna, visit(MORNING + timedelta(days=1), queue="general"))
        assert (await row(anna, tomorrow))["opened"] == told(MORNING)
        chat = await at.citizen()
        await chat.tell("позовите оператора")
        await chat.line.hear("state", holder="queue")
        await anna.does("POST", f"/api/conversations/{chat.conversation}/take")
        assert (await anna.call("POST", f"/api/conversations/{chat.conversation}/scans", {"key": "s", "files": ["0" * 64]}))[1]["error"] == "not_registered"
        reply = await anna.does("POST", f"/api/conversations/{chat.conversation}/reply", {"key": "r", "text": "Здравствуйте"})
        assert (await anna.call("POST", f"/api/conversations/{chat.conversation}/replies/{reply['id']}/sent", {"way": "post"}))[1]["error"] == "no_such_message"
