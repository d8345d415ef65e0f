"""One search: by any part of the number, by name, by words with their hits; an operator finds and reopens what they closed."""

from typing import Any

from tests.house import Citizen, Clerk, People, talking
from tests.storage.data import eventually


async def found(clerk: Clerk, text: str, **facets: str) -> Any:
    return (await clerk.call("GET", "/api/search", params={"text": text, **facets}))[1]


async def ids(clerk: Clerk, text: str, **facets: str) -> list[str]:
    return [row["id"] for row in (await found(clerk, text, **facets))["conversations"]]


async def number_of(clerk: Clerk, citizen: Citizen) -> str:
    return str((await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["number"])


async def test_any_part_of_a_number_finds_it(at: People, admin: Clerk) -> None:  # RQ-01 CH-12
    anna = await at.clerk(admin)
    citizen = await talking(at, anna, name="Вера Николаевна Сухоцкая")
    number = await number_of(anna, citizen)
    centre, day, running, check = number.split("-")
    for text in (number, number.replace("-", ""), f"№ {number}", running, f"{running}-{check}", f"{day}-{running}", f"{centre}-{day}-{running}",
                 number.replace("-", " "), number[-5:]):
        assert citizen.conversation in await ids(anna, text), text
    assert await ids(anna, "99999") == []
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def test_the_beginnings_of_a_name_find_it(at: People, admin: Clerk) -> None:  # CH-12
    anna = await at.clerk(admin)
    citizen = await talking(at, anna, name="Семён Ёжиков-Дальний")

    async def there() -> bool:
        return await ids(anna, "ежиков") == [citizen.conversation]
    await eventually(there)
    for text in ("Ежиков", "семен еж", "дальн", "ЁЖИКОВ СЕМЁН"):
        assert await ids(anna, text) == [citizen.conversation], text
    assert await ids(anna, "ежиков пётр") == []
    # A colleague who may not see it finds nothing.
    boris = await at.clerk(admin, queues=("documents",))
    assert await ids(boris, "ежиков") == []
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def test_words_are_marked_and_facets_narrow(at: People, admin: Clerk) -> None:  # KB-02 CH-12
    anna = await at.clerk(admin)
    citizen = await talking(at, anna)
    await citizen.tell("Где получить квитанцию на межевание участка?")

    async def hit() -> Any:
        return next(iter((await found(anna, "межевания участков"))["hits"]), None)
    await eventually(hit)
    text, marks = (await hit())["entry"]["text"], (await hit())["marks"]
    assert [text[a:b] for a, b in marks] == ["межевание", "участка"]
    assert (await found(anna, "межевания", channel="web"))["hits"]
    for facets in ({"channel": "sms"}, {"topic": "other"}, {"operator": "nobody"}, {"state": "closed"}, {"until": "2020-01-01T00:00:00Z"}):
        assert (await found(anna, "межевания", **facets))["hits"] == [], facets
    assert (await found(anna, "межевания", operator=anna.login, state="open", since="2020-01-01T00:00:00Z"))["hits"]
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def test_an_operator_finds_and_reopens_what_they_closed(at: People, admin: Clerk) -> None:  # CH-09 CH-12
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    first, second = await talking(at, anna), await talking(at, anna)
    for citizen in (first, second):
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
    done = (await anna.does("GET", "/api/inbox?view=done"))["conversations"]
    assert [row["id"] for row in done] == [second.conversation, first.conversation]
    number = done[1]["number"]
    assert await ids(anna, number) == [first.conversation]
    assert (await anna.does("GET", f"/api/conversations/{first.conversation}"))["conversation"]["holder"]["kind"] == "closed"
    assert await ids(boris, number) == []
    assert (await boris.act(first.conversation, "reopen"))[1]["error"] == "forbidden"
    again = await anna.does("POST", f"/api/conversations/{first.conversation}/reopen")
    assert again["conversation"]["holder"]["operator"] == anna.login
    await anna.does("POST", f"/api/conversations/{first.conversation}/reopen")  # twice is once
    await first.line.hear("state", holder="operator")
    assert (await boris.act(first.conversation, "reopen"))[1]["error"] == "not_closed"
    assert [row["id"] for row in (await anna.does("GET", "/api/inbox?view=done"))["conversations"]] == [second.conversation]
    entries = [d["what"] for d in await admin.does("GET", "/api/audit") if d["about"] == first.conversation]
    assert entries.count("resumed") == 1
    named = {d["about"]: d["number"] for d in await admin.does("GET", "/api/audit")}
    assert named[first.conversation] == number
    await anna.does("POST", f"/api/conversations/{first.conversation}/close", {"topic": "other"})


async def test_a_name_told_in_the_talk_is_written_down_and_found(at: People, admin: Clerk) -> None:  # CH-16 CH-12 SE-03
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    citizen = await talking(at, anna)
    path, told = f"/api/conversations/{citizen.conversation}/citizen", {"name": "Гульнара Закирова", "language": "tt", "why": "назвалась в разговоре"}
    assert (await boris.call("PUT", path, told))[0] == 403
    assert (await anna.call("PUT", path, told | {"why": " "}))[0] == 400
    await anna.does("PUT", path, told)
    shown = await anna.does("GET", f"/api/conversations/{citizen.conversation}")
    assert (shown["conversation"]["name"], shown["conversation"]["language"]) == ("Гульнара Закирова", "tt")
    assert [entry["why"] for entry in shown["entries"] if entry["kind"] == "corrected"] == ["name", "language"]

    async def there() -> bool:
        return await ids(anna, "закирова гуль") == [citizen.conversation]
    await eventually(there)
    await anna.does("PUT", path, told | {"name": "Гульнара Сафина"})

    async def renamed() -> bool:
        return await ids(anna, "закирова") == [] and await ids(anna, "сафина") == [citizen.conversation]
    await eventually(renamed)
    details = [d["detail"] for d in await admin.does("GET", "/api/audit") if d["what"] == "citizen_written" and d["about"] == citizen.conversation]
    assert details[-1].startswith("name, language: ")
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})
