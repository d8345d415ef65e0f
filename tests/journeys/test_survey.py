"""A survey of people who were served: a conversation by SMS is closed, its citizen is invited, agrees, answers, puts it right, takes it back."""

import asyncio
import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.gateway_hub import GatewayHub, gateway_hub
from tests.house import Clerk, People, people
from tests.rig import eventually

NOTICES = 'quiet_from = "00:00"\nquiet_until = "00:00"\n\n[surveys]\naddress = "https://hub.example"'
KEY = "service-quality"
GOOD = {"what": "answer", "q0": "0", "q2": "4", "q3": "4", "q5-0": "0", "q5-2": "2", "q6": "=Спасибо"}


@pytest.fixture(scope="module")
def carrying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHub]:
    with gateway_hub(tmp_path_factory.mktemp("carrying"), NOTICES) as running:
        yield running


@pytest.fixture
async def at(carrying: GatewayHub) -> AsyncIterator[People]:
    async with people(carrying) as present:
        yield present


@pytest.fixture
async def boss(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "supervisor")


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


async def served(carrying: GatewayHub, admin: Clerk, boss: Clerk, number: str) -> str:
    """Somebody who wrote by SMS, and whose conversation was closed; its id."""
    carrying.writes(f"first{number}", number, "позовите оператора")
    found: list[str] = []

    async def waits() -> bool:
        rows = (await boss.does("GET", "/api/inbox?view=waiting"))["conversations"]
        found[:] = [each["id"] for each in rows if each["address"] == number]
        return bool(found)

    await eventually(waits)
    await boss.does("POST", f"/api/conversations/{found[0]}/take")
    await boss.act(found[0], "reply", {"key": "told", "text": "Хорошо"})
    assert (await boss.act(found[0], "close", {"topic": "documents"}))[0] == 200
    return found[0]


def terms(**more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"questionnaire": KEY, "version": 1, "since": now.isoformat(), "until": (now + timedelta(days=7)).isoformat(),
            "closed_since": (now - timedelta(hours=1)).isoformat(), "closed_until": (now + timedelta(hours=1)).isoformat(), "size": 100} | more


class Page:
    """What one invited person has before him."""

    def __init__(self, at: People, path: str) -> None:
        self._http, self._path = at.http, path

    async def look(self, more: str = "") -> str:
        async with self._http.get(self._path + more) as answer:
            assert answer.status in {200, 404}, answer.status
            return await answer.text()

    async def send(self, **fields: str) -> tuple[int, str]:
        async with self._http.post(self._path, data=fields) as answer:
            return answer.status, await answer.text()


async def link(carrying: GatewayHub, at: People, number: str) -> Page:
    await carrying.receives(number, "https://hub.example/survey/p/")
    text = next(said for to, said in reversed(carrying.carried()) if to == number and "/survey/p/" in said)
    return Page(at, carrying.base + re.findall(r"https://hub\.example(/survey/p/[\w-]+)", text)[0])


@pytest.mark.smoke
async def test_from_a_closed_conversation_to_nobodys_answers(carrying: GatewayHub, admin: Clerk, boss: Clerk, at: People) -> None:
    # SV-02, SV-03, RG-07, MU-05
    numbers = ["+74232000011", "+74232000012", "+74232000013", "+74232000014"]
    conversations = [await served(carrying, admin, boss, each) for each in numbers]
    carrying.writes("stop", numbers[3], "Стоп")
    await carrying.receives(numbers[3], "СТАРТ")
    path = "/api/personal-surveys/quality"
    assert (await boss.does("PUT", path, terms(topics=["documents"])))["state"] == "planned"
    for _ in range(2):
        started = await boss.does("POST", "/api/surveys/quality/start")
    assert started["state"] == "going"
    first, second, third = [await link(carrying, at, each) for each in numbers[:3]]
    assert not [said for to, said in carrying.carried() if to == numbers[3] and "/survey/p/" in said]  # the stop list

    # Consent before the first question; no answer without it.
    page = await first.look()
    assert "Согласие на участие в опросе" in page
    assert "Ваш вопрос решён?" not in page
    assert (await first.send(**GOOD))[0] == 409
    assert (await first.send(what="agree", version="2"))[0] == 409  # nobody can have read that
    assert "Ваш вопрос решён?" in (await first.send(what="agree", version="1"))[1]
    assert (await first.send(**(GOOD | {"q0": ""})))[0] == 422
    assert (await first.send(**(GOOD | {"q0": "99"})))[0] == 422
    assert "Спасибо за ответы" in (await first.send(**GOOD))[1]
    assert "Спасибо за ответы" in (await first.send(**(GOOD | {"q0": "1"})))[1]  # put right: one answer an invitation
    assert 'value="1" checked' in await first.look("?correct=1")
    assert "не хотите отвечать" in (await second.send(what="refuse"))[1]
    assert "How the contact centre helped you" in await third.look("?lang=en")

    results = await boss.does("GET", "/api/surveys/quality")
    total = results["sum"]
    assert [total[each] for each in ("invited", "answered", "refused", "silent", "barred", "late")] == [3, 1, 1, 1, 0, 0]
    assert total["refusal_rate"] == pytest.approx(1 / 3)
    assert [each["counts"] for each in total["questions"][:1]] == [[0, 1, 0]]
    assert total["questions"][2]["mean"] == 5
    answers = await boss.does("GET", f"{path}/answers")
    assert [(each["conversation"], each["address"], each["topic"]) for each in answers] == [(conversations[0], numbers[0], "documents")]
    table = (await boss.does("GET", "/api/survey-files/quality")).decode("utf-8-sig")
    assert "'=Спасибо" in table  # no spreadsheet takes it for a formula

    # Taking it back: the link goes, the count stays.
    assert "Согласие отозвано" in (await first.send(what="withdraw"))[1]
    assert "Такого опроса нет" in await first.look()
    total = (await boss.does("GET", "/api/surveys/quality"))["sum"]
    assert [total[each] for each in ("invited", "answered", "refused", "withdrawn")] == [3, 1, 1, 1]
    assert (total["questions"][0]["counts"], total["questions"][6]["texts"]) == ([0, 1, 0], [])
    assert await boss.does("GET", f"{path}/answers") == []
    audit_entries = [each["what"] for each in await admin.does("GET", "/api/audit")]
    assert {"survey", "survey_started", "survey_answered", "survey_refused", "survey_answers", "survey_withdrawn",
            "consent_given", "consent_withdrawn"} <= set(audit_entries)

    # Who withdraws through an operator is nobody's, too; after the end nobody answers.
    await third.send(what="agree", version="1")
    await third.send(**GOOD)
    assert (await boss.act(conversations[2], "rights/withdraw"))[0] == 200
    assert "Такого опроса нет" in await third.look()
    assert (await boss.does("POST", "/api/surveys/quality/end"))["state"] == "over"
    assert "Опрос закончен" in (page := await second.look())
    assert "Отозвать согласие" not in page  # he has given none


async def test_a_quota_and_a_survey_that_nobody_fits(carrying: GatewayHub, admin: Clerk, boss: Clerk, at: People) -> None:
    # SV-03
    numbers = ["+74232000021", "+74232000022"]
    for each in numbers:
        await served(carrying, admin, boss, each)
    await boss.does("PUT", "/api/personal-surveys/nobody", terms(topics=["other"]))
    assert (await boss.call("POST", "/api/surveys/nobody/start"))[1]["error"] == "nobody_selected"
    await boss.does("PUT", "/api/personal-surveys/few", terms(quota=1))
    await boss.does("POST", "/api/surveys/few/start")
    first, second = [await link(carrying, at, each) for each in numbers]
    await first.send(what="agree", version="1")
    await first.send(**GOOD)
    assert "уже собрано" in await second.look()
    assert "Спасибо за ответы" in await first.look()
    total = (await boss.does("GET", "/api/surveys/few"))["sum"]
    assert (total["late"], total["invited"]) == (1, 2)  # whoever was drawn for the survey before is spared
    await boss.does("PUT", "/api/personal-surveys/again", terms())
    assert (await boss.call("POST", "/api/surveys/again/start"))[1]["error"] == "nobody_selected"
    assert not {row["key"] for row in rows(carrying, "documents") if row["kind"] == "survey_pause"} & {f"sms.folder:{each}" for each in numbers}
    await boss.does("POST", "/api/surveys/few/end")
    assert "Отозвать согласие" in await first.look()  # also afterwards
    await first.send(what="withdraw")
    assert await boss.does("GET", "/api/personal-surveys/few/answers") == []


async def test_two_hundred_push_the_button_of_an_anonymous_one(admin: Clerk, boss: Clerk, at: People, carrying: GatewayHub) -> None:
    # SV-01, FD-08
    body = {name: value for name, value in terms().items() if not name.startswith(("closed", "size"))}
    planned = await boss.does("PUT", "/api/surveys/everybody", body)
    await boss.does("POST", "/api/surveys/everybody/start")
    path = carrying.base + planned["path"]
    async with at.http.get(path) as answer:
        key = re.findall(r'name="key" value="([\w-]+)"', await answer.text())[0]

    async def push(key: str) -> tuple[int, str]:
        async with at.http.post(path, data=GOOD | {"key": key}, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Set-Cookie", "")

    answers = await asyncio.gather(*(push(key) for _ in range(20)), *(push(f"other-{number}") for number in range(6)))
    assert {status for status, _ in answers} == {303}
    assert all(re.match(r"okno-survey-everybody=1; HttpOnly; Max-Age=\d+; Path=/survey/everybody; SameSite=Strict", cookie) for _, cookie in answers)
    async with at.http.post(path, data=GOOD | {"key": "again"}, headers={"Cookie": "okno-survey-everybody=1"}) as answer:
        assert "Ваши ответы посчитаны" in await answer.text()
    assert (await boss.does("GET", "/api/surveys/everybody"))["sum"]["answered"] == 5  # of 7, while it goes on
    await boss.does("POST", "/api/surveys/everybody/end")
    total = (await boss.does("GET", "/api/surveys/everybody"))["sum"]
    assert (total["answered"], total["questions"][0]["counts"], total["questions"][6]["texts"]) == (7, [7, 0, 0], ["=Спасибо"] * 7)


def rows(carrying: GatewayHub, table: str) -> list[dict[str, Any]]:
    """All that a table of the database has."""
    with closing(sqlite3.connect(f"file:{carrying.data / 'okno.db'}?mode=ro", uri=True)) as db:
        db.row_factory = sqlite3.Row
        return [dict(each) for each in db.execute(f"SELECT * FROM {table}")]


async def test_an_export_of_everything_joins_no_answer_to_anybody(admin: Clerk, boss: Clerk, at: People, carrying: GatewayHub) -> None:
    # SV-01: whoever has the whole database learns neither who has answered, nor when, nor after whom
    number = "+74232000031"
    await served(carrying, admin, boss, number)
    body = {name: value for name, value in terms().items() if not name.startswith(("closed", "size"))}
    planned = await boss.does("PUT", "/api/surveys/export", body)
    await boss.does("POST", "/api/surveys/export/start")
    others = {table: rows(carrying, table) for table in ("journal", "conversations", "audit", "phrases", "outbox", "last_events")}
    texts = [f"Мой номер {number}, почта ivan@mail.ru. Очередь длинная", *(f"Слово {'абвгдежз'[each]}" for each in range(8))]
    for each, text in enumerate(texts):
        fields = GOOD | {"key": f"sheet {each}", "q0": str(each % 3), "q6": text}
        async with at.http.post(carrying.base + planned["path"], data=fields, allow_redirects=False) as answer:
            assert answer.status == 303

    # Nothing else has grown, so no row beside it has a time that could be compared.
    assert {table: rows(carrying, table) for table in others} == others
    kept = [(each["kind"], each["key"], json.loads(each["doc"])) for each in rows(carrying, "documents") if b"export" in bytes(each["doc"])]
    of = {kind: [doc for found, _, doc in kept if found == kind] for kind in ("survey", "survey_tally", "survey_text")}
    assert len(kept) == sum(map(len, of.values()))
    assert {name for doc in of["survey_tally"] for name in doc} == {"type", "survey", "answered", "counts"}
    assert {name for doc in of["survey_text"] for name in doc} == {"type", "key", "survey", "question", "text"}
    assert of["survey_tally"][0]["counts"][0] == [3, 3, 3]
    said = "".join(doc["text"] for doc in of["survey_text"])
    assert "Очередь длинная" in said
    assert not re.search(r"[0-9]|mail", said)
    keys = [doc["key"] for doc in of["survey_text"]]
    assert len({len(key) for key in keys}) == 1 and len(set(keys)) == len(texts)  # random, all alike
    marks = [each for each in rows(carrying, "index_entries") if each["kind"] == "survey_text" and each["key"] in keys]
    assert {(each["name"], each["value"], each["at"]) for each in marks} == {("survey", "export", 0.0)}
    # No value of theirs stands anywhere else: nothing is there to join by, but the survey's own name.
    elsewhere = json.dumps(others, default=str, ensure_ascii=False)
    assert not [key for key in keys if key in elsewhere]
    assert not [each for each in rows(carrying, "audit") if b"export" in bytes(each["doc"]) and not re.search(rb'"survey(_started)?"', bytes(each["doc"]))]
