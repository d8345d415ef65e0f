"""Lists of conversations that are longer than a page, and rows of those that were handed on again and again."""

from typing import Any

import pytest

from tests.house import Clerk, People, talking

pytestmark = pytest.mark.demonstration

MANY = 60
"""More than a page has."""


async def pages(clerk: Clerk, view: str) -> list[list[Any]]:
    page = await clerk.does("GET", f"/api/inbox?view={view}")
    found = [page["conversations"]]
    while page["next"]:
        page = await clerk.does("GET", f"/api/inbox?view={view}&after={page['next']}")
        found.append(page["conversations"])
    return found


async def in_line(at: People, name: str) -> str:
    citizen = await at.citizen(name=name)
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await citizen.line.close()
    return citizen.conversation


async def test_all_who_wait_are_reached_page_by_page_longest_waiting_first(at: People, admin: Clerk) -> None:  # CH-08 OC-01
    came = [await in_line(at, f"Гражданин {n}") for n in range(MANY)]
    first, second = await pages(admin, "waiting")
    assert [row["id"] for row in first + second] == came
    assert (len(first), len(second)) == (50, 10)
    # Whoever was last on a page may be gone before the next is asked for: the page begins behind his place all the same.
    page = await admin.does("GET", "/api/inbox?view=waiting")
    await admin.does("POST", f"/api/conversations/{came[49]}/take")
    rest = await admin.does("GET", f"/api/inbox?view=waiting&after={page['next']}")
    assert [row["id"] for row in rest["conversations"]] == came[50:]
    newest = [row["id"] for rows in await pages(admin, "recent") for row in rows]
    assert newest[:MANY] == came[::-1]
    for conversation in came:
        await admin.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})


async def test_a_place_in_a_list_is_one_that_a_list_gave(admin: Clerk) -> None:  # SE-02
    for after in ("-1", "x", "1-", "1.0-99999999999999999999", "1e5-3", "' or 1"):
        assert (await admin.call("GET", "/api/inbox", params={"view": "waiting", "after": after}))[0] == 400
    assert (await admin.does("GET", "/api/inbox?view=waiting&after=1.0-9999999999999999999"))["conversations"] == []


async def test_words_are_shown_however_often_a_conversation_was_handed_on(at: People, admin: Clerk) -> None:  # OC-01 CH-09
    anna = await at.clerk(admin, queues=("general", "documents"))
    citizen = await talking(at, anna, name="Пётр")
    await citizen.tell("Где мой паспорт?")
    for n in range(12):
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": ("documents", "general")[n % 2]})
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    live = next(row for row in (await anna.does("GET", "/api/inbox"))["conversations"] if row["id"] == citizen.conversation)
    assert (live["last_text"], live["last_author"]) == ("Где мой паспорт?", "citizen")
    # Who has it in no view keeps nothing of it in memory: its row is read from the store.
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    closed = next(row for row in (await pages(admin, "recent"))[0] if row["id"] == citizen.conversation)
    assert closed["last_text"] != ""


async def test_a_row_shows_what_the_citizen_asked(at: People, admin: Clerk) -> None:  # OC-01 CH-09
    """Never «оператор», never the robot's answer, whatever was written since: by the citizen, by robots, by hand-overs."""
    anna = await at.clerk(admin, queues=("general", "documents"))
    citizen = await at.citizen(name="Пётр")
    await citizen.tell("Как сменить прописку ребёнку после развода?")
    await citizen.tell("позовите человека")
    await citizen.line.hear("state", holder="queue")
    await citizen.tell("алло")

    async def row(view: str) -> Any:
        return next(row for row in (await anna.does("GET", f"/api/inbox?view={view}"))["conversations"] if row["id"] == citizen.conversation)

    assert (await row("waiting"))["question"] == "Как сменить прописку ребёнку после развода?"
    assert "прописк" in (await row("waiting"))["summary"].lower()
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    for n in range(30):
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": ("documents", "general")[n % 2]})
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert (await row("mine"))["question"] == "Как сменить прописку ребёнку после развода?"
    await citizen.tell("А через Госуслуги можно?")
    assert (await row("mine"))["question"] == "А через Госуслуги можно?"
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    closed = next(row for row in (await pages(admin, "recent"))[0] if row["id"] == citizen.conversation)
    assert closed["question"] == "А через Госуслуги можно?"
    assert "прописк" in closed["summary"].lower()
