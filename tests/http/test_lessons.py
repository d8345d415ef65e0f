"""Phrases that the robot did not understand, by the desk's own requests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import Clerk, House, People
from tests.past import house_that_talked, today

GARAGE = "хочу снять гараж с учета мой телефон ‹телефон›"
LETTER = "сколько идет письмо ‹имя›"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_that_talked(tmp_path_factory.mktemp("house")) as running:
        yield running


async def phrases(clerk: Clerk, query: str = "") -> list[Any]:
    return list((await clerk.does("GET", f"/api/robot/phrases?{query}"))["phrases"])


async def test_a_designer_sees_phrases_and_nobody_who_said_them(at: People, admin: Clerk) -> None:
    # KB-02, SE-03
    designer = await at.clerk(admin, "designer")
    status, page = await designer.call("GET", "/api/robot/phrases")
    assert (status, page["total"], page["last"]) == (200, 3, today().isoformat())
    assert [(each["key"], each["count"], each["why"], each["conversation"]) for each in page["phrases"]] == [
        ("ну и где оно", 1, "asked", ""), (LETTER, 1, "doubtful", ""), (GARAGE, 2, "missed", "")]
    garage = page["phrases"][2]
    assert garage["text"] == "хочу снять гараж с учёта, мой телефон ‹телефон›"
    assert [guess["intent"] for guess in garage["guesses"]] == ["ask_fee", "file_complaint", "ask_snils"]
    assert not any(secret in str(page) for secret in ("912", "903", "Иванов", "анна", "борис"))
    seen = (await phrases(admin))[2]["conversation"]
    opened = await admin.does("GET", f"/api/conversations/{seen}")
    assert "89031112233" in str(opened["entries"])


async def test_assigned_dismissed_and_taken_back(at: People, admin: Clerk) -> None:
    # KB-02
    designer = await at.clerk(admin, "designer")
    intents = {each["intent"]: each for each in await designer.does("GET", "/api/robot/intents")}
    assert len(intents) >= 40
    assert intents["ask_snils"]["example"]
    done = await designer.does("POST", "/api/robot/phrases/assign", {"phrase": GARAGE, "intent": "out_of_scope", "text": "снять гараж с учёта"})
    assert (done["intent"], done["example"], done["by"], done["by_name"]) == (
        "out_of_scope", "снять гараж с учёта", designer.login, designer.login.title())
    draft = await designer.does("GET", "/api/robot/draft")
    assert "data/nlu/phrases.yml" in {file["path"] for file in draft["files"]}
    await designer.does("POST", "/api/robot/phrases/dismiss", {"phrase": LETTER})
    assert [each["key"] for each in await phrases(admin)] == ["ну и где оно"]
    assert [each["phrase"] for each in await admin.does("GET", "/api/robot/phrases/assigned")] == [LETTER, GARAGE]
    for phrase in (LETTER, GARAGE):
        await admin.does("POST", "/api/robot/phrases/undo", {"phrase": phrase})
    assert len(await phrases(admin)) == 3
    assert await admin.does("GET", "/api/robot/phrases/assigned") == []


@pytest.mark.parametrize(("body", "status", "code"), [
    ({"phrase": GARAGE, "intent": "ask_snils", "text": "Как получить СНИЛС"}, 409, "example_exists"),
    ({"phrase": GARAGE, "intent": "no", "text": "гараж"}, 404, "no_such_intent"),
    ({"phrase": GARAGE, "intent": "ask_snils", "text": "мой паспорт 4512 123456"}, 400, "personal"),
    ({"phrase": GARAGE, "intent": "ask_snils", "text": "‹имя›"}, 400, "no_words"),
    ({"phrase": GARAGE, "intent": "ask_snils"}, 400, "bad_request")])
async def test_what_is_refused(admin: Clerk, body: dict[str, str], status: int, code: str) -> None:
    answer = await admin.call("POST", "/api/robot/phrases/assign", body)
    assert (answer[0], answer[1]["error"]) == (status, code)


async def test_what_is_not_there(admin: Clerk) -> None:
    assert (await admin.call("POST", "/api/robot/phrases/undo", {"phrase": "нет"}))[1]["error"] == "not_assigned"
    assert await phrases(admin, "skip=50") == []
    assert (await admin.call("GET", "/api/robot/phrases?first=2023-01-01"))[1]["error"] == "bad_day"


@pytest.mark.parametrize("role", ["operator", "senior", "supervisor"])
async def test_phrases_are_for_designers(at: People, admin: Clerk, role: str) -> None:
    # SE-01
    clerk = await at.clerk(admin, role)
    for method, what in (("GET", "phrases"), ("GET", "intents"), ("GET", "phrases/assigned"), ("POST", "phrases/dismiss")):
        body = {"phrase": "x"} if method == "POST" else None
        assert (await clerk.call(method, f"/api/robot/{what}", body))[0] == 403


async def test_what_an_operator_does_not_find_is_counted_and_closed_by_an_article(at: People, admin: Clerk) -> None:
    # RG-01: unknown is a gap for editors
    anna, designer = await at.clerk(admin), await at.clerk(admin, "designer")
    for text in ("Где получить поливочную книжку? Мой телефон 89031112233", "где получить поливочную книжку, мой телефон 89035556677"):
        await anna.does("POST", "/api/gaps", {"text": text})
    assert (await anna.call("POST", "/api/gaps", {"text": "89031112233"}))[1]["error"] == "no_words"
    (gap,) = [each for each in await phrases(designer) if each["why"] == "sought"]
    assert (gap["count"], gap["conversation"]) == (2, "")
    assert "8903" not in str(gap)
    answered = await designer.call("POST", "/api/robot/phrases/article", {"phrase": gap["key"], "article": "nothing"})
    assert answered[1]["error"] == "no_such_article"
    done = await designer.does("POST", "/api/robot/phrases/article", {"phrase": gap["key"], "article": "mfc"})
    assert (done["article"], done["intent"]) == ("mfc", "")
    assert gap["key"] not in [each["key"] for each in await phrases(designer)]
    await designer.does("POST", "/api/robot/phrases/undo", {"phrase": gap["key"]})
    assert gap["key"] in [each["key"] for each in await phrases(designer)]
