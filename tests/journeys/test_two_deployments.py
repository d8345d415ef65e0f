"""A region and a city on hubs of their own: a conversation goes there and comes back over the line between them."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from tests.deployments import PROVINCE, WHOLE, Centres, two
from tests.house import Citizen, Clerk
from tests.peers.nats import Federation, federation
from tests.rig import eventually

SCAN = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4000


async def at_city(centres: Centres, admin: Clerk, *, up: bool = True) -> tuple[Citizen, Clerk]:
    """A citizen of the region who needs the staff of the city's МФЦ, and the operator who passes him on."""
    clerk = await centres.region.clerk(admin, queues=("line",))
    citizen = await centres.region.citizen()
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await clerk.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"mfc": "large"})
    asked = f"/api/conversations/{citizen.conversation}/way?errand=mfc_staff"

    async def known() -> bool:
        return ((await clerk.does("GET", asked))["text"] == "") == up
    await eventually(known)
    way = await clerk.does("GET", asked)
    assert (way["possible"], way["centre"], way["reason"]) == (True, "Центр телефонного обслуживания города", "mfc_consultation")
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/pass", {"errand": "mfc_staff", "note": "Нужен приём в МФЦ"})
    return citizen, clerk


async def holder(clerk: Clerk, conversation: str) -> str:
    row = (await clerk.does("GET", f"/api/conversations/{conversation}"))["conversation"]
    return str(row["holder"]["kind"])


@pytest.mark.smoke
@pytest.mark.parametrize("over", ["memory", "nats"])
async def test_from_the_region_to_the_city_and_answered_there(tmp_path: Path, over: str) -> None:
    # RT-05, RT-08, LV-05, CH-08, CH-09
    with federation() if over == "nats" else nullcontext() as servers:
        await there_and_answered(tmp_path, servers)


async def there_and_answered(folder: Path, servers: Federation | None) -> None:
    async with two(folder, servers) as centres:
        admin, boss = await centres.region.admin(), await centres.city.admin()
        citizen, clerk = await at_city(centres, admin)
        there = await centres.city.clerk(boss, queues=("line",))
        rows: list[dict[str, str]] = []

        async def came() -> bool:
            rows[:] = (await there.does("GET", "/api/inbox?view=waiting"))["conversations"]
            return bool(rows)
        await eventually(came)
        away = (await clerk.does("GET", "/api/inbox?view=away"))["conversations"]
        assert [(row["id"], row["holder"]["operator_name"]) for row in away] == [(citizen.conversation, "Центр телефонного обслуживания города")]
        assert (rows[0]["channel"], rows[0]["address"]) == ("centre.001", away[0]["number"])
        guest = rows[0]["id"]
        await there.does("POST", f"/api/conversations/{guest}/take")
        assert "Нужен приём в МФЦ" in str(await there.timeline(guest))
        await there.act(guest, "reply", {"key": "one", "text": "Приходите завтра к десяти"})
        await citizen.line.hear("message", text="Приходите завтра к десяти")
        await citizen.tell("Спасибо, приду")

        async def read() -> bool:
            return "Спасибо, приду" in str(await there.timeline(guest))
        await eventually(read)
        async with centres.region.http.post(f"{centres.houses[0].base}/chat/files?token={citizen.token}", data=SCAN) as answer:
            file = str((await answer.json())["file"])
        await citizen.line.send(type="say", key="scan", text="Вот скан", files=[file])

        async def opens() -> bool:
            found = [each for entry in await there.timeline(guest) for each in entry["attachments"]]
            return [(each["file"], each["state"], each["type"]) for each in found] == [(file, "clean", "image/png")]
        await eventually(opens)
        assert await there.does("GET", f"/api/files/{file}?conversation={guest}") == SCAN
        assert (await there.act(guest, "close", {"topic": "booking"}))[0] == 200
        await citizen.line.hear("state", holder="closed")
        assert (await clerk.does("GET", "/api/inbox?view=away"))["conversations"] == []


async def test_what_is_not_for_the_federal_centre_goes_to_the_region_by_itself(tmp_path: Path) -> None:
    # RT-02, RT-03, RT-08, LV-05, FD-04: nobody passes it on, and the region's matrix lets it in
    with federation() as servers:
        async with two(tmp_path, servers, WHOLE, PROVINCE) as centres:
            admin, boss = await centres.region.admin(), await centres.city.admin()

            async def linked() -> bool:
                waiting = await centres.region.citizen(name="Иван Петров", place={"subject": "50"})  # type: ignore[arg-type]
                await waiting.tell("Как подать жалобу?")
                await waiting.tell("позовите оператора")
                await waiting.line.hear("state", holder="queue")
                return await holder(admin, waiting.conversation) == "centre"
            await eventually(linked)
            rows: list[dict[str, str]] = []

            async def came() -> bool:
                rows[:] = (await boss.does("GET", "/api/inbox?view=recent"))["conversations"]
                return bool(rows)
            await eventually(came)
            assert rows[0]["channel"] == "centre.001"
            said = str(await admin.timeline((await admin.does("GET", "/api/inbox?view=away"))["conversations"][0]["id"]))
            assert "personalised" in said


@pytest.mark.smoke
async def test_given_back_it_waits_with_its_clock(tmp_path: Path) -> None:
    # RT-08, RT-09
    async with two(tmp_path) as centres:
        admin, boss = await centres.region.admin(), await centres.city.admin()
        citizen, clerk = await at_city(centres, admin)
        there = await centres.city.clerk(boss, queues=("line",))

        async def came() -> bool:
            return bool((await there.does("GET", "/api/inbox?view=waiting"))["conversations"])
        await eventually(came)
        guest = (await there.does("GET", "/api/inbox?view=waiting"))["conversations"][0]
        await there.act(guest["id"], "take")
        assert (await there.act(guest["id"], "give_back", {"note": "Это не к нам"}))[0] == 200

        async def back() -> bool:
            return await holder(admin, citizen.conversation) == "queue"
        await eventually(back)
        row = (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]
        assert row["waiting_since"] == guest["waiting_since"]
        assert (await clerk.act(citizen.conversation, "give_back", {}))[1]["error"] in {"not_yours", "no_way"}


async def test_what_nobody_is_at_there_is_taken_back(tmp_path: Path) -> None:
    # RT-08: pushed to the desk, and audited
    async with two(tmp_path) as centres:
        admin = await centres.region.admin()
        citizen, clerk = await at_city(centres, admin)
        other = await centres.region.clerk(admin, queues=())
        assert (await other.act(citizen.conversation, "take_back"))[1]["error"] == "forbidden"
        assert (await clerk.act(citizen.conversation, "take_back"))[0] == 200
        await citizen.line.hear("state", holder="queue")

        async def back() -> bool:
            return await holder(admin, citizen.conversation) == "queue"
        await eventually(back)
        assert (await clerk.act(citizen.conversation, "take_back"))[1]["error"] == "not_away"
        assert ("take_back", "077") in [(audit_entry["what"], audit_entry["detail"]) for audit_entry in await admin.does("GET", "/api/audit")]


async def test_a_line_that_is_cut_makes_a_promise_and_the_other_side_lets_go(tmp_path: Path) -> None:
    # RT-08, RT-10, SL-05, LV-04
    async with two(tmp_path) as centres:
        admin, boss = await centres.region.admin(), await centres.city.admin()
        await centres.lines.cut("001", "077")
        citizen, clerk = await at_city(centres, admin, up=False)
        await citizen.line.hear("state", holder="promised")
        assert await holder(clerk, citizen.conversation) == "promised"
        await centres.lines.mend("001", "077")

        async def let_go() -> bool:
            rows = (await boss.does("GET", "/api/inbox?view=recent"))["conversations"]
            return [row["holder"]["kind"] for row in rows] == ["closed"]
        await eventually(let_go)
        assert await holder(clerk, citizen.conversation) == "promised"
