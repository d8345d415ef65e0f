"""A promise by the desk's own requests: given, listed, tried, kept."""

from datetime import datetime

from tests.house import Clerk, People, talking


async def listed(clerk: Clerk) -> list[str]:
    return [row["id"] for row in (await clerk.does("GET", "/api/promises"))["conversations"]]


async def test_a_promise_from_its_word_to_its_answer(at: People, admin: Clerk) -> None:
    # SL-05
    anna, olga, stranger = await at.clerk(admin), await at.clerk(admin), await at.clerk(admin, queues=("social",))
    citizen = await talking(at, anna, name="Пётр")
    line = await anna.live()
    await line.hear("hello")
    assert (await anna.act(citizen.conversation, "promise", {"why": "надо уточнить", "number": "не номер"}))[1]["error"] == "bad_address"
    assert (await anna.act(citizen.conversation, "promise", {"why": "надо уточнить", "number": "8 (495) 000-00-00"}))[0] == 200
    await citizen.line.hear("state", holder="promised")
    row = (await line.hear("conversation"))["conversation"]
    assert (row["holder"]["kind"], row["promise"]["address"], row["promise"]["not_reached"]) == ("promised", "voice:+74950000000", False)
    assert [citizen.conversation in await listed(clerk) for clerk in (anna, olga, stranger, admin)] == [True, True, False, True]
    await olga.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert (await olga.act(citizen.conversation, "attempt", {"outcome": "asleep"}))[1]["error"] == "bad_request"
    assert (await olga.act(citizen.conversation, "attempt", {"outcome": "busy"}))[0] == 200
    assert (await olga.act(citizen.conversation, "attempt", {"outcome": "busy"}))[1]["error"] == "not_yours"
    await olga.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert await olga.act(citizen.conversation, "close", {"topic": "other"}) == (
        409, {"error": "promise_open", "text": "Гражданину обещан ответ: сначала дайте его."})
    kept = await olga.does("POST", f"/api/conversations/{citizen.conversation}/keep", {"key": "k", "text": "Паспорт готов"})
    assert kept["text"] == (await citizen.line.hear("message", author="operator"))["text"] == "Паспорт готов"
    assert citizen.conversation not in await listed(admin)
    await olga.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    entries = await admin.timeline(citizen.conversation)
    told = [(e["kind"], e["why"]) for e in entries if e["kind"] in {"promise_given", "attempted", "promise_ended"}]
    assert told == [("promise_given", "надо уточнить"), ("attempted", "busy"), ("promise_ended", "kept")]


async def test_a_promise_that_nobody_wants_any_more(at: People, admin: Clerk) -> None:
    # SL-05
    anna = await at.clerk(admin)
    citizen = await talking(at, anna, name="Пётр")
    assert (await anna.act(citizen.conversation, "withdraw", {"note": "отказался"}))[1]["error"] == "not_promised"
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/promise", {"why": "надо уточнить"})
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert (await anna.act(citizen.conversation, "withdraw", {"note": ""}))[1]["error"] == "bad_request"
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/withdraw", {"note": "сам позвонил и отказался"})
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def test_the_list_of_promises_is_paged_by_deadline(at: People, admin: Clerk) -> None:
    # SL-05: the end of one page is the beginning of the next, also when its last promise was kept meanwhile
    anna = await at.clerk(admin, queues=("documents",))
    given = []
    for _ in range(3):
        citizen = await talking(at, admin, name="Пётр")
        await admin.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": "documents"})
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/promise", {"why": "надо уточнить"})
        given.append(citizen.conversation)
    assert await listed(anna) == given
    owed = (await anna.does("GET", "/api/promises"))["conversations"][0]
    first = f"{datetime.fromisoformat(owed['promise']['due']).timestamp()!r}-{given[0]}"
    await anna.does("POST", f"/api/conversations/{given[0]}/take")
    await anna.does("POST", f"/api/conversations/{given[0]}/keep", {"key": "kept", "text": "Готово"})
    assert [row["id"] for row in (await anna.does("GET", f"/api/promises?after={first}"))["conversations"]] == given[1:]
