"""From hiring to the first offer: a course, an exam, a certificate; and what the public page says of it (TR-01…TR-05)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from okno.training import shipped_courses
from tests.house import Clerk, House, People, house_in
from tests.rig import eventually

COURSE = next(each for each in shipped_courses() if each.key == "operator")
RIGHT = {question.key: list(question.right) for day in COURSE.days for lesson in day.lessons for question in lesson.questions}
OWN = "/api/own-courses/operator"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A centre whose first line demands the qualification of an operator."""
    folder = tmp_path_factory.mktemp("house")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8")
    config.write_text(builtin.replace('id = "general"', 'id = "general"\nqualification = "operator"', 1), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


async def learnt(clerk: Clerk) -> None:
    """All lessons with their questions, as a trainee would."""
    for day in COURSE.days:
        for lesson in day.lessons:
            told = await clerk.does("POST", f"{OWN}/lessons/{lesson.key}", {"answers": {q.key: RIGHT[q.key] for q in lesson.questions}})
            assert (told["percent"], told["done"]) == (100, True)


async def examined(clerk: Clerk, *, right: bool = True) -> dict[str, Any]:
    exam = await clerk.does("POST", f"{OWN}/exam")
    assert "right" not in str(exam["questions"])
    answers = {each["key"]: RIGHT[each["key"]] if right else [] for each in exam["questions"]}
    told: dict[str, Any] = await clerk.does("POST", f"{OWN}/exam/answers", {"answers": answers})
    return told


async def group_of(admin: Clerk, *logins: str) -> str:
    await admin.does("PUT", "/api/training-providers/college", {"name": "Колледж связи", "licence": "Л035-01298", "until": "2099-12-31"})
    made = {"title": "Ноябрь", "course": "operator", "version": 1, "provider": "college", "lecturer": "Мария Лебедева", "begins": "2026-11-02",
            "trainees": list(logins)}
    key = f"group-{logins[0]}"
    shown = await admin.does("PUT", f"/api/training-groups/{key}", made)
    assert shown["schedule"][:2] == ["2026-11-02", "2026-11-03"]
    return key


async def test_from_hiring_to_the_first_offer(at: People, admin: Clerk, house: House) -> None:
    # TR-01, TR-02, TR-04, TR-05, TR-06
    anna = await at.clerk(admin, queues=("general",))
    screen = await anna.live()
    await anna.does("PUT", "/api/presence", {"presence": "ready"})
    citizen = await at.citizen(name="Пётр")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    status, refused = await anna.call("POST", f"/api/conversations/{citizen.conversation}/take")
    assert (status, refused["error"]) == (403, "not_certified")
    key = await group_of(admin, anna.login)
    status, refused = await admin.call("POST", f"/api/training-groups/{key}/certificates/{anna.login}")
    assert (status, refused["error"]) == (409, "not_finished")
    assert "уроков пройдено 0 из 15" in refused["text"]
    assert (await anna.call("POST", f"{OWN}/exam"))[1]["error"] == "lessons_left"
    await learnt(anna)
    assert not (await examined(anna, right=False))["passed"]
    assert (await examined(anna))["passed"]
    assert (await anna.call("POST", f"{OWN}/exam"))[1]["error"] == "attempts_over"
    for day in range(len(COURSE.days)):
        await admin.does("PUT", f"/api/training-groups/{key}/days/{day}", {"present": [anna.login]})
    certificate = await admin.does("POST", f"/api/training-groups/{key}/certificates/{anna.login}")
    offer = await screen.hear("offer")
    assert offer["conversation"]["id"] == citizen.conversation
    shares = {each["course"]: (each["trained"], each["staff"]) for each in await admin.does("GET", "/api/trained-shares")}
    assert shares["operator"][0] == 1
    async with aiohttp.ClientSession() as stranger, stranger.get(f"{house.base}{certificate['page']}") as page:
        told = await page.text()
    assert 'data-state="valid"' in told
    assert "Колледж связи, лицензия Л035-01298" in told
    await admin.does("POST", f"/api/certificates/{certificate['code']}/revoke", {"why": "выдан по ошибке"})

    async def taken_back() -> bool:
        return (await anna.call("POST", f"/api/conversations/{citizen.conversation}/take"))[1].get("error") == "not_certified"
    await eventually(taken_back)
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def test_nobody_teaches_without_the_right(at: People, admin: Clerk) -> None:
    # SE-01, TR-03
    anna = await at.clerk(admin, queues=("documents",))
    assert [each["key"] for each in await anna.does("GET", "/api/own-courses")] == ["operator", "regional"]
    assert (await anna.call("GET", "/api/own-courses/senior"))[0] == 404
    for method, path in (("GET", "/api/courses"), ("GET", "/api/training-groups"), ("GET", "/api/certificates"), ("GET", "/api/training-providers")):
        assert (await anna.call(method, path))[0] == 403
    course = await anna.does("GET", OWN)
    assert all("right" not in question for day in course["days"] for lesson in day["lessons"] for question in lesson["questions"])


async def test_a_guessed_code_says_nothing(house: House) -> None:
    # TR-04
    async with aiohttp.ClientSession() as stranger, stranger.get(f"{house.base}/certificate/AAAAAAAAAAAA") as page:
        assert (page.status, "Сертификата с таким кодом нет" in await page.text()) == (404, True)
    async with aiohttp.ClientSession() as stranger, stranger.get(f"{house.base}/certificate?code=%3Cscript%3E") as page:
        assert (page.status, "<script>" in (await page.text()).partition("<body>")[2]) == (404, False)
